/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a tar that no packer can misread: ustar headers, PAX records for what does not fit, numeric owners only. */
#ifndef HYPHA_IMAGE_TARBALL_H
#define HYPHA_IMAGE_TARBALL_H

#include "image/spool.h"
#include "image/tree.h"
#include "util/buf.h"

struct tarball {
	int fd;
	struct buf out;		/* not yet written */
};

void tarball_init(struct tarball *tar, int fd);
void tarball_clean(struct tarball *tar);
/* Header and contents of @inode under @path, which has no leading '/'. Return: 0, or -errno with err_text(). */
int tarball_add(struct tarball *tar, const char *path, const struct inode *inode, const struct spool *spool);
/* @path as another name of @target, which was added before. */
int tarball_add_link(struct tarball *tar, const char *path, const struct inode *inode, const char *target);
/* The end marker, and everything out. */
int tarball_end(struct tarball *tar);

#endif
