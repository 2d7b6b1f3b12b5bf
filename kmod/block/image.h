/* SPDX-License-Identifier: GPL-2.0-only */
/* The file behind a disk. */
#ifndef HYPHA_BLOCK_IMAGE_H
#define HYPHA_BLOCK_IMAGE_H

#include <linux/types.h>

struct file;
struct page;

/* Embedded in its owner. */
struct hypha_image {
	struct file *file;	/* counted */
	u64 size;		/* bytes when opened, a multiple of 512; the file may shrink under us */
	bool readonly;
	bool cached;		/* hypha_image_page() works: read-only, and the file lives in the page cache */
};

/**
 * hypha_image_init() - take a file as a disk's image
 * @image:    filled
 * @file:     a reference is taken
 * @readonly: hypha_image_write() will not be called
 *
 * Return: 0, -EINVAL neither regular file nor block device, or append-only, -EACCES not open for what is needed,
 * -ENODATA shorter than a sector.
 */
int hypha_image_init(struct hypha_image *image, struct file *file, bool readonly);
void hypha_image_clean(struct hypha_image *image);

/* Bytes the medium writes at once. */
u32 hypha_image_physical_sector(const struct hypha_image *image);

/**
 * hypha_image_page() - a page of the file, up to date
 * @image:  with @cached
 * @index:  in pages
 * @nr:     pages the caller wants from @index on, for readahead
 *
 * Context: process, sleeps for I/O. Return: a page to put_page(), or ERR_PTR(-errno), -EIO also if it lies beyond the
 * end of a file that shrank.
 */
struct page *hypha_image_page(struct hypha_image *image, pgoff_t index, unsigned long nr);

/* All of @len bytes at @pos, or an error: -EIO if the file shrank. Process context, sleeps. */
int hypha_image_read(struct hypha_image *image, void *buf, size_t len, u64 pos);
int hypha_image_write(struct hypha_image *image, const void *buf, size_t len, u64 pos);
/* What was written before is on the medium when this returns 0. */
int hypha_image_flush(struct hypha_image *image);

#endif
