/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries of dom0's own kernel addresses, by machine address; only for kmod/xen/. */
#ifndef HYPHA_XEN_PTE_H
#define HYPHA_XEN_PTE_H

#include <linux/pgtable.h>

#include "xen/hypercall.h"

/* A read-write kernel mapping of @mfn. */
static inline u64 hypha_pte_val(u64 mfn)
{
	return pte_val_ma(mfn_pte(mfn, PAGE_KERNEL));
}

/**
 * hypha_pte_find() - where the page-table entries of kernel addresses are
 * @va:   first address, page aligned, with page tables in place
 * @ptes: out: machine address of each page's entry
 * @nr:   pages
 *
 * Return: 0, or -EFAULT if an address has no entry for a single page.
 */
static inline int hypha_pte_find(void *va, u64 *ptes, unsigned int nr)
{
	unsigned int i, level;
	pte_t *pte;

	for (i = 0; i < nr; i++) {
		pte = lookup_address((unsigned long)va + i * PAGE_SIZE, &level);
		if (!pte || level != PG_LEVEL_4K)
			return -EFAULT;
		ptes[i] = arbitrary_virt_to_machine(pte).maddr;
	}
	return 0;
}

/* Set the entry of one address, whose new frame belongs to @domid, and flush. Return: 0 or -errno. */
static inline int hypha_pte_set(void *va, u64 val, domid_t domid)
{
	struct mmu_update op = { .val = val };
	int err;

	err = hypha_pte_find(va, &op.ptr, 1);
	if (err)
		return err;
	op.ptr |= MMU_NORMAL_PT_UPDATE;
	return hypha_hypercall_mmu_update(&op, 1, NULL, domid) ?: hypha_hypercall_flush_tlb();
}

#endif
