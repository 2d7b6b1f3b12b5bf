// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file's syntax. */
#include "util/conf.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONF_MAX (1 << 20)

static const char *const sections[] = { "registry", "limits" };

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	for (end = s + strlen(s); end > s && isspace((unsigned char)end[-1]); )
		*--end = '\0';
	return s;
}

/* [section] or [section "name"]: the words stay in @text. Return: the section's word, or NULL. */
static const char *split_heading(char *text, const char **name)
{
	char *end = text + strlen(text) - 1, *word, *quoted;

	if (*end != ']')
		return NULL;
	*end = '\0';
	word = trim(text + 1);
	*name = "";
	quoted = strchr(word, '"');
	if (!quoted)
		return word;
	end = strchr(quoted + 1, '"');
	if (!end || end[1])
		return NULL;
	*end = *quoted = '\0';
	*name = quoted + 1;
	return trim(word);
}

static int read_heading(char *text, struct conf_line *line)
{
	auto_free char *copy = mem_strdup(text);
	const char *word = split_heading(text, &line->name);

	for (size_t i = 0; word && i < sizeof(sections) / sizeof(sections[0]); i++)
		if (!strcmp(sections[i], word)) {
			line->section = sections[i];
			return 0;
		}
	return err_set(-EINVAL, "no such heading: %.200s; there are [registry \"HOST[/PATH]\"] and [limits]", copy);
}

static int read_line(char *text, struct conf_line *line, conf_take *take, void *arg)
{
	char *equals = strchr(text, '=');
	int err;

	line->key = line->value = NULL;
	if (*text == '[') {
		err = read_heading(text, line);
		return err ? err : take(arg, line);
	}
	if (!equals)
		return err_set(-EINVAL, "\"%.200s\" is not of the form key = value", text);
	*equals = '\0';
	line->key = trim(text);
	line->value = trim(equals + 1);
	return take(arg, line);
}

int conf_parse(char *text, const char *path, conf_take *take, void *arg)
{
	struct conf_line line = { .file = path, .section = "", .name = "" };

	for (char *rest; text; text = rest) {
		char *start;
		int err;

		line.line++;
		rest = strchr(text, '\n');
		if (rest)
			*rest++ = '\0';
		start = trim(text);
		if (!*start || *start == '#')
			continue;
		err = read_line(start, &line, take, arg);
		if (err)
			return err_in(err, "%s:%d", path, line.line);
	}
	return 0;
}

int conf_read(const char *path, conf_take *take, void *arg)
{
	auto_buf file = BUF_INIT;
	int err = file_read(path, CONF_MAX, &file);

	if (err)
		return err == -ENOENT ? 0 : err;
	return conf_parse(file.data, path, take, arg);
}

const char *conf_path(void)
{
	const char *path = getenv("HYPHA_CONF");

	return path && *path ? path : CONF_FILE;
}
