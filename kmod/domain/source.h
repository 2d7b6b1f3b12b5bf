/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that a guest is built from: bytes by copy, or whole pages straight from the page cache. */
#ifndef HYPHA_DOMAIN_SOURCE_H
#define HYPHA_DOMAIN_SOURCE_H

#include <linux/types.h>

struct address_space;
struct file;
struct page;

/* One file; its size is taken once. Embedded; holds no reference: the file outlives it. */
struct hypha_source {
	struct file *file;
	u64 size;
	loff_t pos;
	struct address_space *mapping;	/* NULL: pages cannot be looked up, only read */
};

/**
 * hypha_source_init() - look at a file
 *
 * Starts reading ahead what is not cached yet. Context: process, sleeps.
 * Return: 0, -EINVAL not a regular file or not readable by the kernel, -EACCES not open for reading.
 */
int hypha_source_init(struct hypha_source *src, struct file *file);

/* Copy @len bytes at @offset. Context: process, sleeps. Return: 0, -EIO the file is shorter, or the errno of the read. */
int hypha_source_read(const struct hypha_source *src, u64 offset, void *buf, size_t len);

/**
 * hypha_source_page() - a page of a file that has a @mapping, up to date
 * @index: page of the file
 *
 * Context: process, may read from disk. Return: the page, to be given back by put_page(), or ERR_PTR(-errno): -EIO also
 * where the file has become shorter.
 */
struct page *hypha_source_page(const struct hypha_source *src, u64 index);

/**
 * hypha_source_extent() - does a range of a file begin with data or with a hole?
 * @offset: page aligned, below @end
 * @end:    in: where the range ends; out: where what begins at @offset ends: data rounded up to pages, a hole down
 *
 * A hole reads as zeros and needs no look. Moves the file's position: see hypha_source_rewind(). Context: process, sleeps.
 * Return: true for data.
 */
bool hypha_source_extent(const struct hypha_source *src, u64 offset, u64 *end);

/* Put the file's position back to where hypha_source_init() found it. */
void hypha_source_rewind(const struct hypha_source *src);

#endif
