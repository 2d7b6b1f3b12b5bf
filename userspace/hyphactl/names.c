// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of guests and variables of their environment. */
#include "hyphactl/names.h"

#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/hex.h"
#include "util/mem.h"
#include "util/strv.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GENERATED_MAX 48	/* characters taken from the image */
#define HOSTNAME_MAX 63

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int name_check(const char *name)
{
	if (strlen(name) >= GUEST_NAME_MAX)
		return err_set(-EINVAL, "name \"%s\" has %zu characters; at most %d are possible", name, strlen(name),
			       GUEST_NAME_MAX - 1);
	if (!name_char(*name))
		return err_set(-EINVAL, "name \"%s\" does not begin with a letter or digit", name);
	for (const char *p = name; *p; p++)
		if (!name_char(*p) && !strchr("_.-", *p))
			return err_set(-EINVAL, "name \"%s\": character '%c' is not possible; use letters, digits and _ . -",
				       name, *p);
	return 0;
}

int hostname_check(const char *name)
{
	if (!*name || strlen(name) > HOSTNAME_MAX)
		return err_set(-EINVAL, "hostname \"%s\" has %zu characters; 1 to %d are possible", name, strlen(name),
			       HOSTNAME_MAX);
	for (const char *p = name; *p; p++)
		if (!name_char(*p) && !strchr("_.-", *p))
			return err_set(-EINVAL, "hostname \"%s\": character '%c' is not possible", name, *p);
	return 0;
}

char *name_generate(const char *reference, const uint8_t uuid[16])
{
	const char *slash = strrchr(reference, '/'), *base = slash ? slash + 1 : reference;
	size_t len = strcspn(base, ":@");
	char hex[7], *name;

	hex_encode(uuid, 3, hex);
	if (len > GENERATED_MAX)
		len = GENERATED_MAX;
	name = mem_printf("%.*s-%s", (int)len, base, hex);
	for (char *p = name; *p; p++)	/* a bad reference is for others to refuse */
		if (!name_char(*p) && (p == name || !strchr("_.-", *p)))
			*p = 'x';
	return name;
}

int env_add(char ***env, const char *text)
{
	const char *value;

	if (!*text || *text == '=')
		return err_set(-EINVAL, "environment variable \"%s\" has no name; write KEY=value", text);
	if (strchr(text, '=')) {
		strv_set_env(env, text);
		return 0;
	}
	value = getenv(text);
	if (value) {
		auto_free char *assignment = mem_printf("%s=%s", text, value);

		strv_set_env(env, assignment);
	}
	return 0;
}

static int add_line(char ***env, char *line)
{
	while (isspace((unsigned char)*line))
		line++;
	line[strcspn(line, "\r")] = '\0';
	if (!*line || *line == '#')
		return 0;
	if (strcspn(line, " \t") < strcspn(line, "="))
		return err_set(-EINVAL, "variable \"%s\" has a blank in its name", line);
	return env_add(env, line);
}

int env_add_file(char ***env, const char *path)
{
	auto_buf file = BUF_INIT;
	char *rest, *line;
	int nr = 0, err = file_read(path, 1 << 20, &file);

	if (err)
		return err_in(err, "--env-file");
	if (strlen(buf_str(&file)) != file.len)
		return err_set(-EINVAL, "--env-file: %s: not a text file", path);
	for (line = file.data; line; line = rest) {
		nr++;
		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		err = add_line(env, line);
		if (err)
			return err_in(err, "--env-file: %s:%d", path, nr);
	}
	return 0;
}
