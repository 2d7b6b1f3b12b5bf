/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A launch: what the user asked for, made concrete step by step, then handed to the kernel at once. */
#ifndef HYPHACTL_LAUNCH_H
#define HYPHACTL_LAUNCH_H

#include "hyphactl/network.h"
#include "hyphactl/timings.h"
#include "image/image.h"
#include "image/kernel.h"
#include "libhypha/device.h"

/* As given on the command line; NULL or empty where not. */
struct launch_options {
	bool detach, attach, interactive, tty, remove, quiet, timings;
	const char *name, *workdir, *user, *entrypoint, *hostname, *memory, *max_memory, *vcpus, *kernel, *initrd, *cmdline;
	const char *pull, *progress, *cidfile, *stop_timeout, *detach_keys;
	char **env, **env_files, **labels, **disks;
	struct network_options network;
};

#define LAUNCH_INITRDS 3	/* init, kernel modules, config */

struct launch {
	const struct launch_options *opt;
	const char *reference;		/* as the user wrote it */
	char *const *command;		/* overrides the image's Cmd; NULL-terminated */

	bool attached, terminal, input;
	uint8_t uuid[16];
	char *name, *cmdline;
	const char *hostname;
	uint64_t memory, max_memory, vcpus, grace, log_size;
	enum image_pull pull;
	enum progress_format progress;
	char **args, **env;
	const char *user, *workdir;
	struct network network;
	char *labels;			/* JSON */
	struct image image;
	struct kernel kernel;
	char *kernel_path;
	int kernel_fd, initrds[LAUNCH_INITRDS];
	size_t nr_initrds, nr_disks;
	struct disk_spec disks[GUEST_DISKS_MAX];
	char *disk_files[GUEST_DISKS_MAX];	/* as shown by inspect */
	struct timings timings;
};

/* Everything that can be wrong with the options themselves; touches only the files they name. */
int launch_check(struct launch *l);
/* Addresses, as far as the module of @dev has a network. */
int launch_join(struct launch *l, int dev);
/* Image, kernel, initrd and disks, in this order. */
int launch_prepare(struct launch *l);
/* The JSON that the kernel keeps with the guest; part of launch_prepare(). */
int launch_describe(struct launch *l);
/* What the command gets: image and options merged; part of launch_prepare(). -EINVAL: there is no command. */
int launch_merge_process(struct launch *l);
/* All or nothing. If an address is taken that the user did not choose, others are tried. */
int launch_create(struct launch *l, int dev, struct guest_made *made);
void launch_init(struct launch *l);
void launch_clean(struct launch *l);

#endif
