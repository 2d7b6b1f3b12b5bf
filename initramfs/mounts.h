/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where: for process 1, and for the command in a mount namespace of its own. */
#ifndef INIT_MOUNTS_H
#define INIT_MOUNTS_H

#include <stdbool.h>

/* /proc, /sys, /dev in the initramfs. */
void mounts_early(void);
/* The squashfs on @disk with a tmpfs over it, at /newroot. Return: 0, or -1 after saying why. */
int mounts_root(const char *disk);
/*
 * In the command's process: leave process 1's mounts, make /newroot (if @has_root) the root directory and mount what a
 * container expects. Links in the image are followed inside the new root only. Return: 0, or -1 after saying why.
 */
int mounts_enter(bool has_root);
/* As `mkdir -p`. Return: 0, or -1 with errno. */
int mounts_mkdirs(const char *path);

#endif
