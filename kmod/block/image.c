// SPDX-License-Identifier: GPL-2.0-only
/* The file behind a disk: read from the page cache or through the filesystem, written only through the filesystem. */
#include "image.h"

#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/swap.h>

#include "request.h"

/* A block device's own inode has neither size nor pages; the device's has. */
static struct inode *image_inode(const struct file *file)
{
	struct inode *inode = file_inode(file);

	return S_ISBLK(inode->i_mode) ? file->f_mapping->host : inode;
}

/* Does the file's mapping hold its data, and can it be asked to read more? Not so for overlayfs, tmpfs, DAX. */
static bool in_page_cache(const struct file *file)
{
	return file->f_mapping->a_ops->read_folio && !IS_DAX(file->f_mapping->host) && !(file->f_flags & O_DIRECT);
}

static int check_access(const struct file *file, bool readonly)
{
	umode_t mode = file_inode(file)->i_mode;

	if (!S_ISREG(mode) && !S_ISBLK(mode))
		return -EINVAL;
	/* Files that copy to user memory themselves (proc) are none the kernel could read. */
	if (!file->f_op->read_iter || file->f_op->read)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if (readonly)
		return 0;
	if (!file->f_op->write_iter || file->f_op->write || file->f_flags & O_APPEND)
		return -EINVAL;
	return file->f_mode & FMODE_WRITE ? 0 : -EACCES;
}

int hypha_image_init(struct hypha_image *image, struct file *file, bool readonly)
{
	int err = check_access(file, readonly);

	if (err)
		return err;
	*image = (struct hypha_image){
		.size = round_down((u64)i_size_read(image_inode(file)), HYPHA_SECTOR),
		.readonly = readonly,
		.cached = readonly && in_page_cache(file),
	};
	if (!image->size)
		return -ENODATA;
	image->file = get_file(file);
	return 0;
}

void hypha_image_clean(struct hypha_image *image)
{
	fput(image->file);
}

u32 hypha_image_physical_sector(const struct hypha_image *image)
{
	if (S_ISBLK(file_inode(image->file)->i_mode))
		return bdev_physical_block_size(I_BDEV(image_inode(image->file)));
	return PAGE_SIZE;
}

/* Is all of it still in the file? */
static bool is_inside(const struct hypha_image *image, u64 pos, size_t len)
{
	return pos + len <= (u64)i_size_read(image_inode(image->file));
}

static void read_ahead(struct file *file, struct folio *folio, unsigned long nr)
{
	DEFINE_READAHEAD(control, file, &file->f_ra, file->f_mapping, folio->index);

	page_cache_async_ra(&control, folio, nr);
}

/* The page as it is in the cache now, after starting what readahead thinks will be wanted. NULL if it is not there. */
static struct page *peek_page(struct file *file, pgoff_t index, unsigned long nr)
{
	struct address_space *mapping = file->f_mapping;
	struct page *page = find_get_page(mapping, index);

	if (!page)
		page_cache_sync_readahead(mapping, &file->f_ra, file, index, nr);
	else if (folio_test_readahead(page_folio(page)))
		read_ahead(file, page_folio(page), nr);
	return page;
}

struct page *hypha_image_page(struct hypha_image *image, pgoff_t index, unsigned long nr)
{
	struct file *file = image->file;
	u64 pos = (u64)index << PAGE_SHIFT;
	struct page *page;

	/* The last page may end before its end; the caller takes whole sectors of the file as it was. */
	if (!is_inside(image, pos, min_t(u64, PAGE_SIZE, image->size - pos)))
		return ERR_PTR(-EIO);

	page = peek_page(file, index, nr);
	if (page && PageUptodate(page)) {
		mark_page_accessed(page);
		return page;
	}
	if (page)
		put_page(page);
	return read_mapping_page(file->f_mapping, index, file);
}

int hypha_image_read(struct hypha_image *image, void *buf, size_t len, u64 pos)
{
	while (len) {
		loff_t at = pos;
		ssize_t n = kernel_read(image->file, buf, len, &at);

		if (n <= 0)
			return n ? n : -EIO;
		buf += n;
		pos += n;
		len -= n;
	}
	return 0;
}

int hypha_image_write(struct hypha_image *image, const void *buf, size_t len, u64 pos)
{
	/* Writing would make a file long again that its owner cut; and appending is not what the guest asked for. */
	if (!is_inside(image, pos, len) || image->file->f_flags & O_APPEND)
		return -EIO;

	while (len) {
		loff_t at = pos;
		ssize_t n = kernel_write(image->file, buf, len, &at);

		if (n <= 0)
			return n ? n : -EIO;
		buf += n;
		pos += n;
		len -= n;
	}
	return 0;
}

int hypha_image_flush(struct hypha_image *image)
{
	return vfs_fsync(image->file, 1);
}
