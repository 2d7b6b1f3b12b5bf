// SPDX-License-Identifier: GPL-2.0-only
/* A domain's physical memory: frames allocated and cleared by Xen. */
#include "xen/physmap.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "xen/hypercall.h"

#define SUPERPAGE_ORDER	9

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

struct physmap {
	domid_t domid;
	u64 *mfns;
	u64 nr_pages;
	u64 done;
	xen_pfn_t extents[BATCH_EXTENTS];	/* guest frames in, machine frames out */
};

/* Populate one batch at @pm->done. Return: extents done, fewer than asked if Xen has no more of that size, or -errno. */
static long populate_batch(struct physmap *pm, unsigned int order, unsigned int nr)
{
	struct xen_memory_reservation op = {
		.nr_extents = nr,
		.extent_order = order,
		.domid = pm->domid,
	};
	unsigned int i, page;
	long got;

	for (i = 0; i < nr; i++)
		pm->extents[i] = pm->done + ((u64)i << order);
	set_xen_guest_handle(op.extent_start, pm->extents);

	got = hypha_hypercall_populate(&op);
	for (i = 0; (long)i < got; i++)
		for (page = 0; page < 1U << order; page++)
			pm->mfns[pm->done++] = pm->extents[i] + page;
	return got;
}

/* Populate as much as Xen has in extents of @order. */
static int populate_order(struct physmap *pm, unsigned int order)
{
	u64 left;
	unsigned int nr;
	long got;

	while ((left = (pm->nr_pages - pm->done) >> order)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		nr = min_t(u64, left, BATCH_EXTENTS);
		got = populate_batch(pm, order, nr);
		if (got < 0)
			return got;
		if (got < nr)
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

int hypha_physmap_populate(domid_t domid, u64 *mfns, u64 nr_pages, u64 *done)
{
	struct physmap *pm;
	int err;

	*done = 0;
	pm = kmalloc(sizeof(*pm), GFP_KERNEL);
	if (!pm)
		return -ENOMEM;
	pm->domid = domid;
	pm->mfns = mfns;
	pm->nr_pages = nr_pages;
	pm->done = 0;

	err = populate_order(pm, SUPERPAGE_ORDER);
	if (!err || err == -ENOMEM)
		err = populate_order(pm, 0);

	*done = pm->done;
	kfree(pm);
	return err;
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
