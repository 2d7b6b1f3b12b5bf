/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's granted pages: rings are mapped, data is copied. */
#ifndef HYPHA_XEN_GRANT_H
#define HYPHA_XEN_GRANT_H

#include <linux/types.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/xen.h>

#define HYPHA_GRANT_RING_PAGES	16

/* A mapped ring of 1..HYPHA_GRANT_RING_PAGES pages, contiguous at @va. Embedded in its owner; zeroed before use. */
struct hypha_grant_ring {
	void *va;		/* NULL while unmapped */
	unsigned int nr_pages;
	struct page *pages[HYPHA_GRANT_RING_PAGES];
	grant_handle_t handles[HYPHA_GRANT_RING_PAGES];
};

/**
 * hypha_grant_map_ring() - map a ring the guest granted, read-write
 * @ring:  filled
 * @domid: the guest
 * @refs:  @nr untrusted grant references
 * @nr:    1..HYPHA_GRANT_RING_PAGES
 *
 * Context: process, sleeps. Return: 0, -ENOMEM, -EINVAL (@nr), -EACCES (the guest did not grant it; nothing stays mapped).
 */
int hypha_grant_map_ring(struct hypha_grant_ring *ring, domid_t domid, const grant_ref_t *refs, unsigned int nr);

/* Undo hypha_grant_map_ring(); no-op if unmapped; works on a dead domain too. Context: process, sleeps. */
void hypha_grant_unmap_ring(struct hypha_grant_ring *ring);

/**
 * hypha_grant_copy() - run a batch of grant copies
 * @ops: filled by the caller; on return each has its GNTST_* status, which is guest-controlled input
 * @nr:  any number; cut into hypercalls of at most 256
 *
 * Context: any. Return: 0, or -errno if a whole hypercall failed (then every status of it reads GNTST_general_error).
 */
int hypha_grant_copy(struct gnttab_copy *ops, unsigned int nr);

/* Fill @op: @len bytes from our @page+@offset into the guest's @ref+@ref_offset. No page boundary may be crossed. */
void hypha_grant_fill_to_guest(struct gnttab_copy *op, domid_t domid, grant_ref_t ref, unsigned int ref_offset,
			       struct page *page, unsigned int offset, unsigned int len);
/* The reverse. */
void hypha_grant_fill_from_guest(struct gnttab_copy *op, domid_t domid, grant_ref_t ref, unsigned int ref_offset,
				 struct page *page, unsigned int offset, unsigned int len);

#endif
