/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contents of a layer's files, compressed as a squashfs has them, in one file: threads compress, order stays. Small files share
 * blocks, which are called fragments.
 */
#ifndef HYPHA_IMAGE_SPOOL_H
#define HYPHA_IMAGE_SPOOL_H

#include "image/tree.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define SPOOL_BLOCK (128 << 10)		/* bytes of a file in each of its blocks but the last */
#define SPOOL_PLAIN (1U << 24)		/* in an inode's blocks[]: not compressed; the other bits: bytes in the spool */

struct fragment {
	uint64_t at;		/* in the spool */
	uint64_t size;		/* as an entry of an inode's blocks[] */
};

/* Is it small, and so in a fragment? */
static inline bool spool_is_small(const struct inode *inode)
{
	return S_ISREG(inode->mode) && inode->size && inode->size < SPOOL_BLOCK;
}

/* An entry of inode->blocks is 0 if the block is all zeros and takes no room. An inode's blocks lie one behind the other. */
struct spool;

/* @fd, written from its beginning, stays the caller's. Return: NULL with err_text() if no thread can be made. */
struct spool *spool_new(int fd);
void spool_free(struct spool *spool);		/* NULL is fine */
/* From now on, until spool_end(), the contents of @inode, of inode->size bytes. */
void spool_begin(struct spool *spool, struct inode *inode);
/* What is skipped is zero; offsets ascend and stay within the size. Return: 0, or -errno with err_text(). */
int spool_add(struct spool *spool, uint64_t offset, const void *data, size_t len);
int spool_end(struct spool *spool);
/* All of it out: only now the inodes say where. @len: bytes in the file. @fragments: free them. */
int spool_flush(struct spool *spool, uint64_t *len, struct fragment **fragments, size_t *nr_fragments);

#endif
