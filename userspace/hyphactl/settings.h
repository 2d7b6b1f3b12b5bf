/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Defaults: built in, overridden by the configuration file, overridden by HYPHA_ROOT in the environment. */
#ifndef HYPHACTL_SETTINGS_H
#define HYPHACTL_SETTINGS_H

struct settings {
	const char *root;		/* where state lives */
	const char *memory, *vcpus;	/* as the options take them */
	const char *kernel;		/* path; NULL: the newest cloud kernel in /boot */
	const char *init;		/* path of the guest's static init */
	const char *helper;		/* path of hypha-image */
	const char *cmdline;		/* guest kernel command line, before --cmdline */
	const char *pull, *stop_timeout, *detach_keys, *log_size, *dns, *mtu, *net_policy;
};

extern struct settings settings;

/* Read the file, [limits] included; its absence is no error. 0 or -errno with err_text() naming file and line. */
int settings_load(void);
/* One line of it, for tests: 0, or -EINVAL with err_text(). */
int settings_line(struct settings *s, const char *line);
/* "<root>/<name>", malloc()ed. */
char *settings_path(const char *name);

#endif
