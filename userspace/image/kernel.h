/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest kernel in any packaging becomes a cached plain ELF, and its modules one cached cpio. */
#ifndef HYPHA_IMAGE_KERNEL_H
#define HYPHA_IMAGE_KERNEL_H

#include "util/buf.h"

#include <sys/stat.h>

struct kernel {
	char *elf;		/* path of the plain ELF64 */
	char *modules;		/* path of the modules cpio, NULL if the kernel needs none (or none were found) */
	char *release;		/* e.g. 6.1.0-56-cloud-amd64, "" if unknown */
};

/* The default kernel's path: newest /boot/vmlinuz-*-cloud-amd64, else -ENOENT with a text that says what to install. */
int kernel_default(char **path);
/**
 * kernel_prepare() - from the cache, else unpacked into it
 * @helper: path of hypha-image, which unpacks: see unpack.h for the formats
 * @cache:  e.g. /var/lib/hypha/kernels
 * Return: 0, or -errno with err_text().
 */
int kernel_prepare(const char *helper, const char *cache, const char *path, struct kernel *k);
void kernel_clean(struct kernel *k);

/* From the cache only: 0, or -ENOENT whatever is missing. */
int kernel_lookup(const char *cache, const char *path, struct kernel *k);
/*
 * The cache's index saves reading and hashing the kernel at each launch: a file named by the kernel's identity (any change
 * of its bytes changes the ctime) whose four lines are the ELF, the modules cpio or "-", the release, the modules' stamp.
 */
char *kernel_record_path(const char *cache, const struct stat *st);
void kernel_format(const struct kernel *k, struct buf *record);			/* the first three lines */
int kernel_parse(char *record, struct kernel *k, char **rest);			/* cuts @record up; -EBADMSG, no err_text() */

#endif
