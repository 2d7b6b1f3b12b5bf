// SPDX-License-Identifier: GPL-2.0-only
/* A domain's physical memory: frames allocated and cleared by Xen. */
#include "xen/physmap.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "xen/hypercall.h"


#define BATCH_EXTENTS	512	/* 1 GiB of superpages or 2 MiB of pages: how long a kill may have to wait */
#define BATCH_CLEAR	256

#define E820_RAM	1

/* As struct e820entry of the PC firmware. */
struct e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __packed;

int hypha_physmap_set_limit(domid_t domid, u64 bytes)
{
	struct e820_entry ram = { .size = bytes, .type = E820_RAM };
	struct hypha_abi_memory_map op = { .domid = domid, .nr_entries = 1, .buffer = (unsigned long)&ram };

	return hypha_hypercall_set_memory_map(&op);
}

/* Populate guest frames from @pfn on. Return: extents done, fewer than asked if Xen has no more of that size, or -errno. */
static long populate_batch(domid_t domid, u64 pfn, u64 *mfns, unsigned int order, unsigned int nr)
{
	struct xen_memory_reservation op = {
		.nr_extents = nr,
		.extent_order = order,
		.domid = domid,
	};
	unsigned int i;

	for (i = 0; i < nr; i++)
		mfns[i] = pfn + ((u64)i << order);	/* guest frames in, machine frames out */
	set_xen_guest_handle(op.extent_start, (xen_pfn_t *)mfns);
	return hypha_hypercall_populate(&op);
}

/* Populate up to @nr extents of @order from @pfn on; @got of them when Xen has no more of that size. */
static int populate_order(domid_t domid, u64 pfn, u64 *mfns, unsigned int order, u64 nr, u64 *got)
{
	long now;

	for (*got = 0; *got < nr; *got += now) {
		unsigned int batch = min_t(u64, nr - *got, BATCH_EXTENTS);

		if (fatal_signal_pending(current))
			return -EINTR;
		now = populate_batch(domid, pfn + (*got << order), mfns + *got, order, batch);
		if (now < 0)
			return now;
		if (now < batch) {
			*got += now;
			return -ENOMEM;
		}
		cond_resched();
	}
	return 0;
}

static int populate_super(domid_t domid, struct hypha_frames *f)
{
	u64 nr = f->nr_pages >> HYPHA_SUPERPAGE_ORDER;

	f->super = kvmalloc_array(nr, sizeof(*f->super), GFP_KERNEL);
	if (!f->super)
		return -ENOMEM;
	return populate_order(domid, 0, f->super, HYPHA_SUPERPAGE_ORDER, nr, &f->nr_super);
}

static int populate_single(domid_t domid, struct hypha_frames *f, u64 *got)
{
	u64 first = f->nr_super << HYPHA_SUPERPAGE_ORDER, nr = f->nr_pages - first;

	*got = 0;
	if (!nr)
		return 0;
	f->single = kvmalloc_array(nr, sizeof(*f->single), GFP_KERNEL);
	if (!f->single)
		return -ENOMEM;
	return populate_order(domid, first, f->single, 0, nr, got);
}

int hypha_physmap_populate(domid_t domid, struct hypha_frames *frames, u64 nr_pages, u64 *done)
{
	u64 single = 0;
	int err;

	frames->nr_pages = nr_pages;
	err = populate_super(domid, frames);
	if (!err || err == -ENOMEM)
		err = populate_single(domid, frames, &single);

	*done = (frames->nr_super << HYPHA_SUPERPAGE_ORDER) + single;
	return err;
}

void hypha_physmap_forget(struct hypha_frames *frames)
{
	kvfree(frames->super);
	kvfree(frames->single);
	memset(frames, 0, sizeof(*frames));
}

int hypha_physmap_clear(domid_t domid, const u64 *mfns, unsigned int nr)
{
	struct mmuext_op *ops;
	unsigned int i, batch;
	int err = 0;

	ops = kcalloc(min_t(unsigned int, nr, BATCH_CLEAR), sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;

	while (nr && !err) {
		batch = min_t(unsigned int, nr, BATCH_CLEAR);
		for (i = 0; i < batch; i++) {
			ops[i].cmd = MMUEXT_CLEAR_PAGE;
			ops[i].arg1.mfn = mfns[i];
		}
		err = hypha_hypercall_mmuext(ops, batch, NULL, domid);
		mfns += batch;
		nr -= batch;
	}
	kfree(ops);
	return err;
}

int hypha_physmap_pin(domid_t domid, u64 l4_mfn)
{
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = l4_mfn };

	return hypha_hypercall_mmuext(&op, 1, NULL, domid);
}
