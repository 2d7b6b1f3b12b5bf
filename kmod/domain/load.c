// SPDX-License-Identifier: GPL-2.0-only
/* Copies files into a guest's memory, page-cache page by page where that is possible, on two CPUs. */
#include "domain/load.h"

#include <linux/align.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "xen/foreign.h"
#include "xen/physmap.h"

#define CHUNK	(2ULL << 20)	/* what one who copies takes at a time */

/*
 * Two ways. Whole pages of the file that are whole pages of the guest are taken from the page cache: a page of zeros is
 * cleared by Xen without being mapped, the others are collected and mapped a window at a time. All else is read into the
 * window as bytes.
 */
struct batch {
	const struct hypha_load_target *to;
	unsigned int nr_copy, nr_clear;
	struct page *pages[HYPHA_WINDOW_PAGES];	/* counted; nr_copy of them */
	u64 copy[HYPHA_WINDOW_PAGES];		/* where they go */
	u64 clear[HYPHA_WINDOW_PAGES];
};

static int flush_copy(struct batch *b)
{
	unsigned int i, nr = b->nr_copy;
	void *va, *from;
	int err = 0;

	b->nr_copy = 0;
	if (!nr)
		return 0;

	va = hypha_window_map(b->to->win, b->to->domid, b->copy, nr);
	if (IS_ERR(va))
		err = hypha_reason(b->to->reason, PTR_ERR(va), "load: mapping %u guest pages: mmu_update says %ld", nr, PTR_ERR(va));
	for (i = 0; i < nr; i++) {
		if (!err) {
			from = kmap_local_page(b->pages[i]);
			copy_page(va + i * PAGE_SIZE, from);
			kunmap_local(from);
		}
		put_page(b->pages[i]);
	}
	if (!err && fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	return err;
}

static int flush_clear(struct batch *b)
{
	unsigned int nr = b->nr_clear;
	int err;

	b->nr_clear = 0;
	if (!nr)
		return 0;
	err = hypha_physmap_clear(b->to->domid, b->clear, nr);
	if (err)
		hypha_reason(b->to->reason, err, "load: clearing %u guest pages: mmuext_op says %d", nr, err);
	return err;
}

static int flush(struct batch *b, int err)
{
	unsigned int i;

	if (!err)
		err = flush_clear(b);
	if (!err)
		return flush_copy(b);

	for (i = 0; i < b->nr_copy; i++)
		put_page(b->pages[i]);
	b->nr_copy = 0;
	return err;
}

/* Takes over the reference of @page. */
static int add_copy(struct batch *b, u64 pfn, struct page *page)
{
	b->pages[b->nr_copy] = page;
	b->copy[b->nr_copy++] = hypha_frames_mfn(b->to->frames, pfn);
	return b->nr_copy == HYPHA_WINDOW_PAGES ? flush_copy(b) : 0;
}

static int add_clear(struct batch *b, u64 pfn)
{
	b->clear[b->nr_clear++] = hypha_frames_mfn(b->to->frames, pfn);
	return b->nr_clear == HYPHA_WINDOW_PAGES ? flush_clear(b) : 0;
}

/* Most pages differ from zero in their first words. */
static bool is_zero(struct page *page)
{
	const u64 *words = kmap_local_page(page);
	unsigned int i;
	bool zero = true;

	for (i = 0; i < PAGE_SIZE / sizeof(*words) && zero; i += 4)
		zero = !(words[i] | words[i + 1] | words[i + 2] | words[i + 3]);
	kunmap_local(words);
	return zero;
}

static int load_data(struct batch *b, const struct hypha_source *src, u64 index, u64 pfn, u64 nr)
{
	struct page *page;
	int err = 0;

	for (; nr && !err; nr--, index++, pfn++) {
		page = hypha_source_page(src, index);
		if (IS_ERR(page))
			return hypha_reason(b->to->reason, PTR_ERR(page), "load: reading the kernel at %llu: error %ld",
					    index << PAGE_SHIFT, PTR_ERR(page));
		if (!is_zero(page)) {
			err = add_copy(b, pfn, page);
			continue;
		}
		put_page(page);
		err = add_clear(b, pfn);
	}
	return err;
}

static int load_hole(struct batch *b, u64 pfn, u64 nr)
{
	int err = 0;

	for (; nr && !err; nr--)
		err = add_clear(b, pfn++);
	return err;
}

/* Whole pages, from page-aligned @offset of the file to page-aligned guest address @addr. */
static int load_pages(struct batch *b, const struct hypha_source *src, u64 offset, u64 addr, u64 len)
{
	u64 end, now;
	bool data;
	int err = 0;

	for (; len && !err; offset += now, addr += now, len -= now) {
		end = offset + len;
		data = hypha_source_extent(src, offset, &end);
		now = end - offset;
		err = data ? load_data(b, src, offset >> PAGE_SHIFT, addr >> PAGE_SHIFT, now >> PAGE_SHIFT)
			   : load_hole(b, addr >> PAGE_SHIFT, now >> PAGE_SHIFT);
	}
	return err;
}

/* Read @len bytes of the file to guest address @addr through the window. */
static int load_bytes(const struct hypha_load_target *to, const struct hypha_source *src, u64 offset, u64 addr, u64 len)
{
	const u64 room = HYPHA_WINDOW_PAGES * PAGE_SIZE;
	u64 in_page, now;
	void *va;
	int err;

	for (; len; offset += now, addr += now, len -= now) {
		in_page = offset_in_page(addr);
		now = min(len, room - in_page);
		va = hypha_window_map_frames(to->win, to->domid, to->frames, addr >> PAGE_SHIFT,
					     DIV_ROUND_UP_ULL(in_page + now, PAGE_SIZE));
		if (IS_ERR(va))
			return hypha_reason(to->reason, PTR_ERR(va), "load: mapping guest pages at %#llx: mmu_update says %ld", addr,
					    PTR_ERR(va));
		err = hypha_source_read(src, offset, va + in_page, now);
		if (err)
			return hypha_reason(to->reason, err, "load: reading %llu bytes at %llu of a file of %llu: error %d%s", now,
					    offset, src->size, err, err == -EIO ? " (did it shrink?)" : "");
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/* Clear the pages that the segment touches but does not fill with bytes of the file. */
static int clear_rest(struct batch *b, const struct hypha_elf_segment *seg)
{
	u64 pfn = seg->addr >> PAGE_SHIFT, end = DIV_ROUND_UP_ULL(seg->addr + seg->memsz, PAGE_SIZE);
	u64 full = DIV_ROUND_UP_ULL(seg->addr, PAGE_SIZE), full_end = (seg->addr + seg->filesz) >> PAGE_SHIFT;
	int err = 0;

	for (; pfn < end && !err; pfn++)
		if (pfn < full || pfn >= full_end)
			err = add_clear(b, pfn);
	return err;
}

/* Whole pages of the file that become whole pages of the guest. */
struct chunk {
	u64 offset, addr, len;
};

/* The chunks of a kernel, taken one by one by whoever copies; a kernel of 30 MiB is most of a launch's time. */
struct job {
	const struct hypha_source *src;
	atomic_t next;
	unsigned int nr;
	struct chunk *chunks;
};

/* One who copies: the caller, or a worker on another CPU with a window of its own. */
struct copier {
	struct work_struct work;
	struct job *job;
	struct hypha_load_target to;
	struct hypha_reason reason;	/* the worker's, handed on when it is done */
	struct batch batch;
	int err;
};

static void run_copier(struct work_struct *work)
{
	struct copier *c = container_of(work, struct copier, work);
	struct job *job = c->job;
	const struct chunk *chunk;
	int err = 0;

	while (!err) {
		unsigned int i = atomic_fetch_inc(&job->next);

		if (i >= job->nr)
			break;
		chunk = &job->chunks[i];
		err = load_pages(&c->batch, job->src, chunk->offset, chunk->addr, chunk->len);
	}
	c->err = flush(&c->batch, err);
	if (c->err)
		atomic_set(&job->next, job->nr);	/* nobody needs the rest */
}

static struct copier *alloc_copier(struct job *job, const struct hypha_load_target *to)
{
	struct copier *c = kvmalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	INIT_WORK(&c->work, run_copier);
	c->job = job;
	c->to = *to;
	c->reason.text[0] = '\0';
	c->batch.to = &c->to;
	c->batch.nr_copy = 0;
	c->batch.nr_clear = 0;
	return c;
}

/* A second one, if there is a CPU and a window to spare. */
static struct copier *start_helper(struct job *job, const struct hypha_load_target *to)
{
	struct copier *c;

	if (num_online_cpus() < 2 || job->nr < 2)
		return NULL;
	c = alloc_copier(job, to);
	if (!c)
		return NULL;
	c->to.reason = &c->reason;
	c->to.win = hypha_window_try_get();
	if (!c->to.win) {
		kvfree(c);
		return NULL;
	}
	queue_work(system_unbound_wq, &c->work);
	return c;
}

static int end_helper(struct copier *c, struct hypha_reason *reason)
{
	int err;

	if (!c)
		return 0;
	flush_work(&c->work);
	hypha_window_put(c->to.win);
	err = c->err;
	if (err && c->reason.text[0])
		hypha_reason(reason, err, "%s", c->reason.text);
	kvfree(c);
	return err;
}

static int run_job(struct job *job, const struct hypha_load_target *to)
{
	struct copier *helper, *c = alloc_copier(job, to);
	int err, helper_err;

	if (!c)
		return hypha_reason(to->reason, -ENOMEM, "load: no memory for a batch of pages");
	helper = start_helper(job, to);
	run_copier(&c->work);
	err = c->err;
	helper_err = end_helper(helper, to->reason);
	kvfree(c);
	return err ?: helper_err;
}

/* The bytes before and after the whole pages of a segment are loaded now, the pages become chunks. */
static int load_segment(const struct hypha_load_target *to, struct job *job, const struct hypha_elf_segment *seg)
{
	const struct hypha_source *src = job->src;
	u64 end = seg->addr + seg->filesz;
	u64 from = ALIGN(seg->addr, PAGE_SIZE), until = ALIGN_DOWN(end, PAGE_SIZE), addr;
	int err;

	if (!src->mapping || offset_in_page(seg->addr) != offset_in_page(seg->offset) || from >= until)
		return load_bytes(to, src, seg->offset, seg->addr, seg->filesz);

	for (addr = from; addr < until; addr += CHUNK)
		job->chunks[job->nr++] = (struct chunk){
			.offset = seg->offset + (addr - seg->addr), .addr = addr, .len = min_t(u64, CHUNK, until - addr),
		};
	err = load_bytes(to, src, seg->offset, seg->addr, from - seg->addr);
	if (!err)
		err = load_bytes(to, src, seg->offset + (until - seg->addr), until, end - until);
	return err;
}

/* Two segments may share a page: first all zeros, then all bytes. */
static int clear_rests(const struct hypha_load_target *to, const struct hypha_elf *elf)
{
	struct copier *c = alloc_copier(NULL, to);
	int err = 0;
	u32 i;

	if (!c)
		return hypha_reason(to->reason, -ENOMEM, "load: no memory for a batch of pages");
	for (i = 0; i < elf->nr_segments && !err; i++)
		err = clear_rest(&c->batch, &elf->segments[i]);
	err = flush(&c->batch, err);
	kvfree(c);
	return err;
}

static u64 nr_chunks(const struct hypha_elf *elf)
{
	u64 nr = 0;
	u32 i;

	for (i = 0; i < elf->nr_segments; i++)
		nr += DIV_ROUND_UP_ULL(elf->segments[i].filesz, CHUNK);
	return nr;
}

int hypha_load_kernel(const struct hypha_load_target *to, const struct hypha_source *src, const struct hypha_elf *elf)
{
	struct job job = { .src = src };
	int err;
	u32 i;

	job.chunks = kvmalloc_array(nr_chunks(elf), sizeof(*job.chunks), GFP_KERNEL);
	if (!job.chunks)
		return hypha_reason(to->reason, -ENOMEM, "load: no memory for a list of %llu chunks", nr_chunks(elf));

	err = clear_rests(to, elf);
	for (i = 0; i < elf->nr_segments && !err; i++)
		err = load_segment(to, &job, &elf->segments[i]);
	if (!err)
		err = run_job(&job, to);
	hypha_source_rewind(src);

	kvfree(job.chunks);
	return err;
}

static u64 padded(u64 len)
{
	return ALIGN(len, 4);
}

u64 hypha_load_initrd_len(const struct hypha_source *parts, unsigned int nr)
{
	u64 len = 0;

	while (nr--)
		len += padded(parts++->size);
	return len;
}

/* The page in which a part ends may have padding after it. */
static int clear_ends(const struct hypha_load_target *to, const struct hypha_source *parts, unsigned int nr, u64 addr)
{
	int err = 0;
	u64 mfn;

	for (; nr-- && !err; addr += padded(parts++->size)) {
		if (!parts->size || !offset_in_page(addr + parts->size))
			continue;
		mfn = hypha_frames_mfn(to->frames, (addr + parts->size) >> PAGE_SHIFT);
		err = hypha_physmap_clear(to->domid, &mfn, 1);
	}
	return err ? hypha_reason(to->reason, err, "load: clearing the initrd's last pages: mmuext_op says %d", err) : 0;
}

int hypha_load_initrd(const struct hypha_load_target *to, const struct hypha_source *parts, unsigned int nr, u64 pfn)
{
	u64 addr = pfn << PAGE_SHIFT;
	int err;

	err = clear_ends(to, parts, nr, addr);
	for (; nr-- && !err; addr += padded(parts++->size))
		err = load_bytes(to, parts, 0, addr, parts->size);
	return err;
}
