// SPDX-License-Identifier: GPL-2.0-or-later
/* Defaults and /etc/hypha/hypha.conf. */
#include "hyphactl/settings.h"

#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CONF "/etc/hypha/hypha.conf"

/*
 * loglevel=1: the container's output stays clean, but a panic is still seen. xen_legacy_crash: a panic ends the domain as
 * crashed, not as rebooted (arch/x86/xen/enlighten.c). random.trust_cpu: nothing in the guest waits for entropy.
 */
struct settings settings = {
	.root = "/var/lib/hypha",
	.memory = "256M",
	.vcpus = "1",
	.init = "/usr/lib/hypha/init",
	.helper = "/usr/lib/hypha/hypha-image",
	.cmdline = "console=hvc0 quiet loglevel=1 xen_legacy_crash random.trust_cpu=on",
	.pull = "missing",
	.stop_timeout = "10",
	.detach_keys = "ctrl-]",
	.log_size = "256k",
	.dns = "",
	.mtu = "1500",
	.net_policy = "fast",
};

static const struct key {
	const char *name;
	size_t to;
} keys[] = {
#define KEY(name) { #name, offsetof(struct settings, name) }
	KEY(root), KEY(memory), KEY(vcpus), KEY(kernel), KEY(init), KEY(helper), KEY(cmdline), KEY(pull), KEY(stop_timeout),
	KEY(detach_keys), KEY(log_size), KEY(dns), KEY(mtu), KEY(net_policy),
};

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	for (end = s + strlen(s); end > s && isspace((unsigned char)end[-1]); )
		*--end = '\0';
	return s;
}

static int set(struct settings *s, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name))
			continue;
		*(const char **)((char *)s + keys[i].to) = mem_strdup(value);	/* kept until the program ends */
		return 0;
	}
	return err_set(-EINVAL, "unknown key \"%s\"", name);
}

int settings_line(struct settings *s, const char *line)
{
	char *copy = mem_strdup(line), *text = trim(copy), *equals = strchr(text, '=');
	int err = 0;

	if (*text && *text != '#') {
		if (equals) {
			*equals = '\0';
			err = set(s, trim(text), trim(equals + 1));
		} else {
			err = err_set(-EINVAL, "\"%s\" is not of the form key = value", text);
		}
	}
	free(copy);
	return err;
}

static int load_file(const char *path)
{
	auto_buf file = BUF_INIT;
	char *rest, *line;
	int err, nr = 0;

	err = file_read(path, 1 << 20, &file);
	if (err)
		return err == -ENOENT ? 0 : err;
	for (line = file.data; line; line = rest) {
		nr++;
		rest = strchr(line, '\n');
		if (rest)
			*rest++ = '\0';
		err = settings_line(&settings, line);
		if (err)
			return err_in(err, "%s:%d", path, nr);
	}
	return 0;
}

int settings_load(void)
{
	const char *root = getenv("HYPHA_ROOT");
	int err = load_file(CONF);

	if (root && *root)
		settings.root = root;
	return err;
}

char *settings_path(const char *name)
{
	return mem_printf("%s/%s", settings.root, name);
}
