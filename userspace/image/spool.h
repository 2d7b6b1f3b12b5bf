/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of files on their way from layers to the pack, in one unlinked temporary file; runs of zeros take no room. */
#ifndef HYPHA_IMAGE_SPOOL_H
#define HYPHA_IMAGE_SPOOL_H

#include "image/tree.h"

struct spool {
	int fd;
	uint64_t end;
};

/* @fd becomes the spool's. */
void spool_init(struct spool *spool, int fd);
void spool_clean(struct spool *spool);
/* Bytes of @inode from @offset on; offsets must ascend. Return: 0, or -errno with err_text(). */
int spool_add(struct spool *spool, struct inode *inode, uint64_t offset, const void *data, size_t len);
/* Exactly @len bytes of @inode from @offset on, zeros where nothing was added; @hint: start with 0, ask in order. */
int spool_read(const struct spool *spool, const struct inode *inode, uint64_t offset, void *data, size_t len, size_t *hint);

#endif
