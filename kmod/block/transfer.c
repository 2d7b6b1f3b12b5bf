// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving data between a guest's granted pages and an image.
 *
 * Reads of an image in the page cache are copied from the cache's pages right into the guest's. Everything else goes
 * through a small buffer of ours: the filesystem's own read and write paths then keep its locks and its cache right.
 * A failing copy is the guest's doing: its request fails, nothing more.
 */
#include "transfer.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../xen/grant.h"

#define NR_OPS		128
#define BUFFER_SIZE	(64 << 10)	/* >= one segment; only for images not read from the page cache */

struct hypha_transfer {
	domid_t domid;
	struct hypha_image *image;
	void *fetched;		/* one page */
	void *buffer;		/* BUFFER_SIZE or NULL */
	u32 buffer_used;
	u32 nr_ops;
	struct gnttab_copy ops[NR_OPS];
	struct page *pages[NR_OPS];	/* to put after the copy, or NULL */
	int *errs[NR_OPS];
};

struct hypha_transfer *hypha_transfer_alloc(domid_t domid, struct hypha_image *image)
{
	struct hypha_transfer *t = kvzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	t->domid = domid;
	t->image = image;
	t->fetched = (void *)get_zeroed_page(GFP_KERNEL);
	if (!image->cached)
		t->buffer = kvzalloc(BUFFER_SIZE, GFP_KERNEL);
	if (!t->fetched || (!image->cached && !t->buffer)) {
		hypha_transfer_free(t);
		return NULL;
	}
	return t;
}

void hypha_transfer_free(struct hypha_transfer *t)
{
	if (!t)
		return;
	kvfree(t->buffer);
	free_page((unsigned long)t->fetched);
	kvfree(t);
}

void hypha_transfer_finish(struct hypha_transfer *t)
{
	u32 i;

	if (t->nr_ops)
		hypha_grant_copy(t->ops, t->nr_ops);	/* a hypercall that fails shows in each status */
	for (i = 0; i < t->nr_ops; i++) {
		if (t->ops[i].status != GNTST_okay)
			*t->errs[i] = -EFAULT;
		if (t->pages[i])
			put_page(t->pages[i]);
	}
	t->nr_ops = 0;
	t->buffer_used = 0;
}

/* The next free operation. @page: consumed, may be NULL. */
static struct gnttab_copy *add_op(struct hypha_transfer *t, struct page *page, int *err)
{
	t->pages[t->nr_ops] = page;
	t->errs[t->nr_ops] = err;
	return &t->ops[t->nr_ops++];
}

static void reserve_op(struct hypha_transfer *t)
{
	if (t->nr_ops == NR_OPS)
		hypha_transfer_finish(t);
}

static struct page *buffer_page(const void *at)
{
	return is_vmalloc_addr(at) ? vmalloc_to_page(at) : virt_to_page(at);
}

/* Part of a segment that shares one page with byte @pos of what lies on our side. */
static u32 piece_len(const struct hypha_segment *seg, u32 done, u64 pos)
{
	return min_t(u32, seg->len - done, PAGE_SIZE - offset_in_page(pos));
}

static int read_cached_segment(struct hypha_transfer *t, const struct hypha_segment *seg, u64 pos, u64 end, int *err)
{
	u32 n, done;

	for (done = 0; done < seg->len; done += n, pos += n) {
		pgoff_t index = pos >> PAGE_SHIFT;
		struct page *page;

		reserve_op(t);
		page = hypha_image_page(t->image, index, DIV_ROUND_UP(end, PAGE_SIZE) - index);
		if (IS_ERR(page))
			return PTR_ERR(page);
		n = piece_len(seg, done, pos);
		hypha_grant_fill_to_guest(add_op(t, page, err), t->domid, seg->gref, seg->offset + done, page,
					  offset_in_page(pos), n);
	}
	return 0;
}

static u64 sum_len(const struct hypha_segment *segs, u32 nr)
{
	u64 len = 0;

	while (nr--)
		len += segs++->len;
	return len;
}

static void read_cached(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u64 pos, int *err)
{
	u64 end = pos + sum_len(segs, nr);

	for (; nr; nr--, segs++) {
		int ret = read_cached_segment(t, segs, pos, end, err);

		if (ret) {
			*err = ret;
			return;
		}
		pos += segs->len;
	}
}

/* How many of @segs fit into what is free of the buffer, and their bytes. */
static u32 fit_segments(const struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u32 *len)
{
	u32 i;

	*len = 0;
	for (i = 0; i < nr && t->buffer_used + *len + segs[i].len <= BUFFER_SIZE; i++)
		*len += segs[i].len;
	return i;
}

/* Add copies between the buffer at @at and a segment. */
static void add_buffered_segment(struct hypha_transfer *t, const struct hypha_segment *seg, void *at, bool to_guest,
				 int *err)
{
	u32 n, done;

	for (done = 0; done < seg->len; done += n, at += n) {
		struct gnttab_copy *op;

		n = piece_len(seg, done, (uintptr_t)at);
		reserve_op(t);
		op = add_op(t, NULL, err);
		if (to_guest)
			hypha_grant_fill_to_guest(op, t->domid, seg->gref, seg->offset + done, buffer_page(at),
						  offset_in_page(at), n);
		else
			hypha_grant_fill_from_guest(op, t->domid, seg->gref, seg->offset + done, buffer_page(at),
						    offset_in_page(at), n);
	}
}

/*
 * The buffer holds BUFFER_SIZE / 512 segments at most, of two pieces each at worst: more operations than there are. What
 * reserve_op() runs early has its data in place, in both directions; only @buffer_used must not be reset under us.
 */
static void add_buffered(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, bool to_guest, int *err)
{
	u32 at = t->buffer_used;

	for (; nr; nr--, segs++) {
		add_buffered_segment(t, segs, t->buffer + at, to_guest, err);
		at += segs->len;
	}
	t->buffer_used = at;
}

static void read_buffered(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u64 pos, int *err)
{
	while (nr) {
		u32 len, fit = fit_segments(t, segs, nr, &len);
		int ret;

		if (!fit) {
			hypha_transfer_finish(t);
			continue;
		}
		ret = hypha_image_read(t->image, t->buffer + t->buffer_used, len, pos);
		if (ret) {
			*err = ret;
			return;
		}
		add_buffered(t, segs, fit, true, err);
		segs += fit;
		nr -= fit;
		pos += len;
	}
}

void hypha_transfer_read(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u64 pos, int *err)
{
	if (t->image->cached)
		read_cached(t, segs, nr, pos, err);
	else
		read_buffered(t, segs, nr, pos, err);
}

int hypha_transfer_write(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u64 pos)
{
	while (nr) {
		u32 len, fit = fit_segments(t, segs, nr, &len);
		int err = 0;

		add_buffered(t, segs, fit, false, &err);
		hypha_transfer_finish(t);
		if (!err)
			err = hypha_image_write(t->image, t->buffer, len, pos);
		if (err)
			return err;
		segs += fit;
		nr -= fit;
		pos += len;
	}
	return 0;
}

const void *hypha_transfer_fetch(struct hypha_transfer *t, grant_ref_t ref, u32 len)
{
	struct gnttab_copy op = {};

	hypha_grant_fill_from_guest(&op, t->domid, ref, 0, virt_to_page(t->fetched), 0, len);
	if (hypha_grant_copy(&op, 1) || op.status != GNTST_okay)
		return ERR_PTR(-EFAULT);
	return t->fetched;
}
