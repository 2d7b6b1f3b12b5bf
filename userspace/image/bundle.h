/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The per-launch part of the initrd: a cpio with the guest's config.json. */
#ifndef HYPHA_IMAGE_BUNDLE_H
#define HYPHA_IMAGE_BUNDLE_H

#include <stdbool.h>

/* One network interface, as text. */
struct bundle_nic {
	const char *mac;
	unsigned int mtu;			/* 0: the driver's */
	char *const *addresses, *const *gateways;	/* NULL-terminated; addresses with prefix length */
};

/* What the guest's init needs to know; see docs/boot.md for the file it becomes. */
struct bundle {
	const char *hostname;
	const char *squashfs;		/* path; its first 96 bytes identify the root disk; NULL: no root disk */
	char *const *args, *const *env;	/* NULL-terminated; env as KEY=value */
	const char *workdir, *user;	/* "" or NULL: / and root */
	const char *stop_signal;	/* "" or NULL: SIGTERM */
	unsigned int stop_grace;	/* seconds until SIGKILL */
	bool terminal;			/* controlling tty; else pipes over a raw console */
	bool open_stdin;
	char *const *nameservers;	/* NULL-terminated; may be NULL */
	const struct bundle_nic *nic;	/* NULL: loopback only */
};

/* Return: a sealed memfd, or -errno with err_text(). Deterministic. */
int bundle_config_cpio(const struct bundle *b);
/* The init part: @path is the static init; becomes /init, mode 0755. A file if @path.cpio is there and not older, else a memfd. */
int bundle_init_cpio(const char *path);

#endif
