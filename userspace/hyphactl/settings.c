// SPDX-License-Identifier: GPL-2.0-or-later
/* Defaults and the configuration file. */
#include "hyphactl/settings.h"

#include "util/buf.h"
#include "util/conf.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

static int set(struct settings *s, const char *name, const char *value)
{
	auto_buf names = BUF_INIT;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		buf_addf(&names, "%s%s", i ? ", " : "", keys[i].name);
		if (strcmp(keys[i].name, name))
			continue;
		*(const char **)((char *)s + keys[i].to) = mem_strdup(value);	/* kept until the program ends */
		return 0;
	}
	return err_set(-EINVAL, "unknown key \"%s\"; there are: %s", name, buf_str(&names));
}

/* What is said of registries is for hypha-image. */
static int take_line(void *arg, const struct conf_line *line)
{
	if (!strcmp(line->section, "limits"))
		return limits_line(line);
	return *line->section ? 0 : set(arg, line->key, line->value);
}

int settings_line(struct settings *s, const char *line)
{
	char *copy = mem_strdup(line);
	int err = conf_parse(copy, "line", take_line, s);

	free(copy);
	return err;
}

int settings_load(void)
{
	const char *root = getenv("HYPHA_ROOT");
	int err = conf_read(conf_path(), take_line, &settings);

	if (root && *root)
		settings.root = root;
	return err;
}

char *settings_path(const char *name)
{
	return mem_printf("%s/%s", settings.root, name);
}
