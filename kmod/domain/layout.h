/* SPDX-License-Identifier: GPL-2.0-only */
/* Where everything goes in a new guest's memory: the plan that construct.c performs. Pure. */
#ifndef HYPHA_DOMAIN_LAYOUT_H
#define HYPHA_DOMAIN_LAYOUT_H

#include <linux/types.h>

#include "domain/elf.h"

#define HYPHA_PAGE_BYTES	4096ULL
#define HYPHA_PAGE_SHIFT	12

/* Guest frames @pfn .. @pfn+@nr_pages-1; the page at guest frame n has virtual address virt_base + n * 4096 if mapped. */
struct hypha_layout_area {
	u64 pfn;
	u64 nr_pages;
};

/* One mapping of the initial page tables; lies within one 512 GiB slot of the L4 table, so it has exactly one L3 table. */
struct hypha_layout_map {
	u64 first, last;	/* virtual addresses of the first and the last byte */
	u64 pfn;		/* guest frame mapped at @first; the rest follows */
	u64 l3_pfn, l2_pfn, l1_pfn;	/* first table of each level; tables of a level are consecutive */
	u64 nr_l2, nr_l1;
};

/*
 *   pfn 0 ... kernel ... [initrd] [p2m] start_info store console tables stack | initrd  p2m+its tables ... nr_pages
 *   \______________ initial mapping, from virt_base to a 4 MiB boundary _____/|\__ not in the initial mapping __/
 *
 * The initrd and the p2m list are left of the bar only for kernels that cannot take them on the right (no MOD_START_PFN,
 * no INIT_P2M). The p2m list on the right is mapped at INIT_P2M by tables of its own that follow it.
 */
struct hypha_layout {
	u64 nr_pages;		/* of guest memory */
	u64 virt_base;
	u64 entry;		/* virtual */
	struct hypha_layout_area kernel, initrd, p2m, start_info, store, console, tables, stack;
	u64 initrd_len;		/* bytes */
	u64 p2m_va;
	u64 nr_p2m_tables;	/* of p2m's pages, the last ones */
	u64 hypercall_pfn;	/* valid if has_hypercall_page */
	u64 end_pfn;		/* first frame that nothing was planned for */
	bool initrd_by_pfn;	/* mod_start is a frame number */
	bool p2m_apart;		/* maps[1] exists */
	bool has_hypercall_page;
	struct hypha_layout_map maps[2];
};

/**
 * hypha_layout_plan() - place a kernel, its initrd and all that a PV guest starts with
 * @elf:        checked by hypha_elf_parse()
 * @nr_pages:   of guest memory
 * @initrd_len: bytes; 0 = none
 * @l:          filled on success
 * @reason:     filled on failure
 *
 * Source: tools/libs/guest/xg_dom_core.c and xg_dom_x86.c of Xen, which stock kernels expect.
 * Return: 0, -ENOMEM too little guest memory (@reason says how much is needed), -ENOEXEC addresses that cannot be.
 */
int hypha_layout_plan(const struct hypha_elf *elf, u64 nr_pages, u64 initrd_len, struct hypha_layout *l,
		      struct hypha_reason *reason);

/* Virtual address of a frame in the initial mapping. */
static inline u64 hypha_layout_va(const struct hypha_layout *l, u64 pfn)
{
	return l->virt_base + (pfn << HYPHA_PAGE_SHIFT);
}

/* First frame of the p2m list's own tables; hypha_layout.nr_p2m_tables of them. */
static inline u64 hypha_layout_p2m_tables(const struct hypha_layout *l)
{
	return l->p2m.pfn + l->p2m.nr_pages - l->nr_p2m_tables;
}

/* Is frame @pfn a page table? Such frames must not be mapped writable. */
static inline bool hypha_layout_is_table(const struct hypha_layout *l, u64 pfn)
{
	return pfn - l->tables.pfn < l->tables.nr_pages || pfn - hypha_layout_p2m_tables(l) < l->nr_p2m_tables;
}

#endif
