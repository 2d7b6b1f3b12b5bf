// SPDX-License-Identifier: GPL-2.0-only
/* Files that a guest is built from: bytes by copy, or whole pages straight from the page cache. */
#include "domain/source.h"

#include <linux/align.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fadvise.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/string.h>

#define BOUNCE_SIZE	(64 << 10)

/*
 * Only tmpfs and file systems on a block device have a page cache that is always what a read would return; network ones may
 * have their own ideas. A file of overlayfs is looked up in the file system below.
 */
static struct address_space *find_mapping(const struct file *file)
{
	struct inode *inode = d_real_inode(file->f_path.dentry);
	struct address_space *mapping = inode->i_mapping;

	if (!S_ISREG(inode->i_mode) || IS_DAX(inode))
		return NULL;
	if (shmem_mapping(mapping))
		return mapping;
	return inode->i_sb->s_bdev && mapping->a_ops->read_folio ? mapping : NULL;
}

int hypha_source_init(struct hypha_source *src, struct file *file)
{
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if (!S_ISREG(file_inode(file)->i_mode) || !file->f_op->read_iter || file->f_op->read)
		return -EINVAL;

	src->file = file;
	src->size = i_size_read(file_inode(file));
	src->pos = file->f_pos;
	src->mapping = find_mapping(file);
	if (src->mapping && !shmem_mapping(src->mapping) && src->mapping->nrpages < DIV_ROUND_UP_ULL(src->size, PAGE_SIZE))
		vfs_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);	/* only a hint: reads do not depend on it */
	return 0;
}

/* A constant size makes the compiler copy words: where a CPU pretends to be fast at bytes (emulators do), that is much faster. */
static void copy_part(void *to, const void *from, size_t len)
{
	if (len == PAGE_SIZE)
		memcpy(to, from, PAGE_SIZE);
	else
		memcpy(to, from, len);
}

static int read_pages(const struct hypha_source *src, u64 offset, void *buf, size_t len)
{
	struct page *page;
	const void *from;
	size_t now;

	for (; len; offset += now, buf += now, len -= now) {
		now = min_t(size_t, len, PAGE_SIZE - offset_in_page(offset));
		page = hypha_source_page(src, offset >> PAGE_SHIFT);
		if (IS_ERR(page))
			return PTR_ERR(page);
		from = kmap_local_page(page);
		copy_part(buf, from + offset_in_page(offset), now);
		kunmap_local(from);
		put_page(page);
	}
	return 0;
}

/*
 * By way of memory of our own: @buf may be a guest's, which has no struct page here, and a file system may want one to let a
 * device write there (9p does).
 */
static int read_bytes(const struct hypha_source *src, u64 offset, void *buf, size_t len)
{
	size_t size = min_t(size_t, len, BOUNCE_SIZE);
	void *bounce = kvmalloc(size, GFP_KERNEL);
	loff_t pos = offset;
	ssize_t got = 0;

	if (!bounce)
		return -ENOMEM;
	for (; len; buf += got, len -= got) {
		got = kernel_read(src->file, bounce, min(len, size), &pos);
		if (got <= 0)
			break;
		memcpy(buf, bounce, got);
	}
	kvfree(bounce);
	return len ? got ?: -EIO : 0;
}

int hypha_source_read(const struct hypha_source *src, u64 offset, void *buf, size_t len)
{
	return src->mapping ? read_pages(src, offset, buf, len) : read_bytes(src, offset, buf, len);
}

struct page *hypha_source_page(const struct hypha_source *src, u64 index)
{
	struct folio *folio;

	if (index << PAGE_SHIFT >= i_size_read(src->mapping->host))
		return ERR_PTR(-EIO);	/* cut off since hypha_source_init() */
	if (shmem_mapping(src->mapping))
		return shmem_read_mapping_page(src->mapping, index);
	folio = read_mapping_folio(src->mapping, index, NULL);
	return IS_ERR(folio) ? ERR_CAST(folio) : folio_file_page(folio, index);
}

bool hypha_source_extent(const struct hypha_source *src, u64 offset, u64 *end)
{
	loff_t data = vfs_llseek(src->file, offset, SEEK_DATA);
	loff_t hole;

	if (data == -ENXIO)
		return false;		/* a hole up to the file's end */
	if (data < 0)
		return true;		/* the file system does not tell */
	if (ALIGN_DOWN(data, PAGE_SIZE) > offset) {
		*end = min_t(u64, *end, ALIGN_DOWN(data, PAGE_SIZE));
		return false;
	}
	hole = vfs_llseek(src->file, data, SEEK_HOLE);
	if (hole > data)
		*end = min_t(u64, *end, ALIGN(hole, PAGE_SIZE));
	return true;
}

void hypha_source_rewind(const struct hypha_source *src)
{
	vfs_llseek(src->file, src->pos, SEEK_SET);
}
