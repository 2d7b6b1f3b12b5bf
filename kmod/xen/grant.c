// SPDX-License-Identifier: GPL-2.0-only
/* A guest's granted pages: rings are mapped, data is copied. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "xen/grant.h"

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/vmalloc.h>

#include <xen/page.h>
#include <xen/xen.h>

#include "xen/hypercall.h"
#include "xen/pte.h"

/* Linux has it in 6.2+ as INVALID_GRANT_HANDLE only under some configurations. */
#define NO_HANDLE	((grant_handle_t)~0U)
#define COPY_BATCH	256	/* bounds the time with bottom halves off */

/* Contiguous addresses without frames behind them. */
static int ring_alloc(struct hypha_grant_ring *ring, unsigned int nr)
{
	int err;

	err = xen_alloc_unpopulated_pages(nr, ring->pages);
	if (err)
		return err;
	ring->va = vmap(ring->pages, nr, VM_MAP, PAGE_KERNEL);
	if (!ring->va) {
		xen_free_unpopulated_pages(nr, ring->pages);
		return -ENOMEM;
	}
	ring->nr_pages = nr;
	return 0;
}

static void ring_free(struct hypha_grant_ring *ring)
{
	vunmap(ring->va);
	xen_free_unpopulated_pages(ring->nr_pages, ring->pages);
	ring->va = NULL;
	ring->nr_pages = 0;
}

/* Undo the mappings that exist. Xen flushes. Return: 0, or -EIO if one stays. */
static int unmap_refs(struct hypha_grant_ring *ring, const u64 *ptes)
{
	struct gnttab_unmap_grant_ref ops[HYPHA_GRANT_RING_PAGES];
	unsigned int i, nr = 0;

	for (i = 0; i < ring->nr_pages; i++)
		if (ring->handles[i] != NO_HANDLE)
			ops[nr++] = (struct gnttab_unmap_grant_ref){ .host_addr = ptes[i], .handle = ring->handles[i] };
	if (!nr)
		return 0;

	if (HYPHA_INSIST(hypha_hypercall_grant(GNTTABOP_unmap_grant_ref, ops, nr)))
		return -EIO;
	for (i = 0; i < nr; i++)
		if (ops[i].status != GNTST_okay)
			return -EIO;
	return 0;
}

static int map_refs(struct hypha_grant_ring *ring, const u64 *ptes, domid_t domid, const grant_ref_t *refs)
{
	struct gnttab_map_grant_ref ops[HYPHA_GRANT_RING_PAGES];
	unsigned int i;
	int err = 0;

	for (i = 0; i < ring->nr_pages; i++) {
		ring->handles[i] = NO_HANDLE;
		ops[i] = (struct gnttab_map_grant_ref){
			.host_addr = ptes[i],
			.flags = GNTMAP_host_map | GNTMAP_contains_pte,
			.ref = refs[i],
			.dom = domid,
			.status = GNTST_general_error,
		};
	}

	if (hypha_hypercall_grant(GNTTABOP_map_grant_ref, ops, ring->nr_pages))
		return -EACCES;
	for (i = 0; i < ring->nr_pages; i++) {
		if (ops[i].status == GNTST_okay)
			ring->handles[i] = ops[i].handle;
		else
			err = -EACCES;
	}
	return err;
}

/* Unmap and free; addresses that could not be unmapped are lost rather than reused. */
static void ring_drop(struct hypha_grant_ring *ring, const u64 *ptes)
{
	if (!unmap_refs(ring, ptes)) {
		ring_free(ring);
		return;
	}
	pr_err_ratelimited("cannot unmap a guest's ring of %u pages; its address is lost\n", ring->nr_pages);
	ring->va = NULL;
	ring->nr_pages = 0;
}

int hypha_grant_map_ring(struct hypha_grant_ring *ring, domid_t domid, const grant_ref_t *refs, unsigned int nr)
{
	u64 ptes[HYPHA_GRANT_RING_PAGES];
	int err;

	if (!nr || nr > HYPHA_GRANT_RING_PAGES)
		return -EINVAL;

	err = ring_alloc(ring, nr);
	if (err)
		return err;

	err = hypha_pte_find(ring->va, ptes, nr);
	if (err) {
		ring_free(ring);
		return err;
	}

	err = map_refs(ring, ptes, domid, refs);
	if (err)
		ring_drop(ring, ptes);
	return err;
}

void hypha_grant_unmap_ring(struct hypha_grant_ring *ring)
{
	u64 ptes[HYPHA_GRANT_RING_PAGES];

	if (!ring->va)
		return;
	if (hypha_pte_find(ring->va, ptes, ring->nr_pages))
		return;	/* found when it was mapped; vmalloc does not take tables away */
	ring_drop(ring, ptes);
}

int hypha_grant_copy(struct gnttab_copy *ops, unsigned int nr)
{
	unsigned int batch, i;
	int err = 0, ret;

	for (; nr; ops += batch, nr -= batch) {
		batch = min_t(unsigned int, nr, COPY_BATCH);
		ret = hypha_hypercall_grant(GNTTABOP_copy, ops, batch);
		if (!ret)
			continue;
		for (i = 0; i < batch; i++)
			ops[i].status = GNTST_general_error;
		err = err ?: ret;
	}
	return err;
}

void hypha_grant_fill_to_guest(struct gnttab_copy *op, domid_t domid, grant_ref_t ref, unsigned int ref_offset,
			       struct page *page, unsigned int offset, unsigned int len)
{
	*op = (struct gnttab_copy){
		.source = { .u.gmfn = xen_page_to_gfn(page), .domid = DOMID_SELF, .offset = offset },
		.dest = { .u.ref = ref, .domid = domid, .offset = ref_offset },
		.len = len,
		.flags = GNTCOPY_dest_gref,
		.status = GNTST_general_error,
	};
}

void hypha_grant_fill_from_guest(struct gnttab_copy *op, domid_t domid, grant_ref_t ref, unsigned int ref_offset,
				 struct page *page, unsigned int offset, unsigned int len)
{
	*op = (struct gnttab_copy){
		.source = { .u.ref = ref, .domid = domid, .offset = ref_offset },
		.dest = { .u.gmfn = xen_page_to_gfn(page), .domid = DOMID_SELF, .offset = offset },
		.len = len,
		.flags = GNTCOPY_source_gref,
		.status = GNTST_general_error,
	};
}
