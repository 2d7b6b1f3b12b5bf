// SPDX-License-Identifier: GPL-2.0-only
/* Where everything goes in a new guest's memory: the plan that construct.c performs. Pure. */
#include "domain/layout.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define L1_SHIFT	21	/* what one L1 table maps: 2 MiB */
#define L2_SHIFT	30
#define L3_SHIFT	39
#define MAP_ALIGN	(4ULL << 20)	/* the initial mapping ends on such a boundary ... */
#define MAP_SLACK	(512ULL << 10)	/* ... and has at least so much room after the last page */
#define PAGES_MAX	(1ULL << 40)
#define MIB_PAGES	256

#define pages(bytes)	(((bytes) + HYPHA_PAGE_BYTES - 1) >> HYPHA_PAGE_SHIFT)

/* Take the next @nr pages. */
static void take(struct hypha_layout *l, struct hypha_layout_area *area, u64 nr)
{
	area->pfn = l->end_pfn;
	area->nr_pages = nr;
	l->end_pfn += nr;
}

/* The tables a mapping needs below L4; false if it does not stay within one L4 slot. */
static bool size_map(struct hypha_layout_map *map, u64 first, u64 last)
{
	map->first = first;
	map->last = last;
	map->nr_l2 = (last >> L2_SHIFT) - (first >> L2_SHIFT) + 1;
	map->nr_l1 = (last >> L1_SHIFT) - (first >> L1_SHIFT) + 1;
	return first <= last && first >> L3_SHIFT == last >> L3_SHIFT;
}

static u64 map_tables(const struct hypha_layout_map *map)
{
	return 1 + map->nr_l2 + map->nr_l1;
}

/* Number the tables of a mapping from @pfn on. */
static void place_map(struct hypha_layout_map *map, u64 pfn)
{
	map->l3_pfn = pfn;
	map->l2_pfn = map->l3_pfn + 1;
	map->l1_pfn = map->l2_pfn + map->nr_l2;
}

/* Tables are themselves within what they map: try until their number is enough for the end that follows from it. */
static int plan_tables(struct hypha_layout *l, struct hypha_reason *reason)
{
	struct hypha_layout_map *map = &l->maps[0];
	u64 nr = 0, need = 2, end = 0;

	while (nr != need) {
		nr = need;
		end = hypha_layout_va(l, l->end_pfn + nr + 1) + MAP_SLACK;
		end = (end + MAP_ALIGN - 1) & ~(MAP_ALIGN - 1);
		if (!size_map(map, l->virt_base, end - 1))
			return hypha_reason(reason, -ENOEXEC,
					    "kernel: it ends at %#llx; with its boot data it leaves the 512 GiB that start at VIRT_BASE %#llx",
					    hypha_layout_va(l, l->kernel.pfn + l->kernel.nr_pages), l->virt_base);
		need = 1 + map_tables(map);
	}
	take(l, &l->tables, nr);
	place_map(map, l->tables.pfn + 1);
	take(l, &l->stack, 1);
	l->end_pfn = (end - l->virt_base) >> HYPHA_PAGE_SHIFT;
	return 0;
}

/* The p2m list outside of the initial mapping, mapped where the kernel wants it. */
static int plan_p2m_apart(struct hypha_layout *l, u64 list_pages, struct hypha_reason *reason)
{
	struct hypha_layout_map *map = &l->maps[1];

	if (!size_map(map, l->p2m_va, l->p2m_va + (list_pages << HYPHA_PAGE_SHIFT) - 1) ||
	    map->first >> L3_SHIFT == l->maps[0].first >> L3_SHIFT)
		return hypha_reason(reason, -ENOEXEC,
				    "kernel: its INIT_P2M %#llx leaves no room for a list of %llu pages apart from VIRT_BASE %#llx",
				    l->p2m_va, list_pages, l->virt_base);
	map->pfn = l->end_pfn;
	place_map(map, l->end_pfn + list_pages);
	l->nr_p2m_tables = map_tables(map);
	take(l, &l->p2m, list_pages + l->nr_p2m_tables);
	return 0;
}

/* As xg_dom_x86.c: a p2m address at or above the kernel means nothing apart. */
static bool wants_p2m_apart(const struct hypha_elf *elf)
{
	return elf->has_init_p2m && elf->init_p2m < elf->virt_base;
}

/* Plan without looking whether @nr_pages is enough; end_pfn tells. */
static int place(const struct hypha_elf *elf, u64 nr_pages, u64 initrd_len, struct hypha_layout *l,
		 struct hypha_reason *reason)
{
	u64 list_pages = pages(nr_pages * sizeof(u64));
	int err;

	memset(l, 0, sizeof(*l));
	l->nr_pages = nr_pages;
	l->virt_base = elf->virt_base;
	l->entry = elf->entry;
	l->initrd_len = initrd_len;
	l->initrd_by_pfn = elf->mod_start_pfn;
	l->p2m_apart = wants_p2m_apart(elf);

	l->end_pfn = elf->start >> HYPHA_PAGE_SHIFT;
	take(l, &l->kernel, pages(elf->end) - l->end_pfn);
	l->has_hypercall_page = elf->has_hypercall_page;
	if (l->has_hypercall_page)
		l->hypercall_pfn = (elf->hypercall_page - elf->virt_base) >> HYPHA_PAGE_SHIFT;

	if (!l->initrd_by_pfn)
		take(l, &l->initrd, pages(initrd_len));
	if (!l->p2m_apart)
		take(l, &l->p2m, list_pages);
	l->p2m_va = l->p2m_apart ? elf->init_p2m : hypha_layout_va(l, l->p2m.pfn);

	take(l, &l->start_info, 1);
	take(l, &l->store, 1);
	take(l, &l->console, 1);
	err = plan_tables(l, reason);
	if (err)
		return err;

	if (l->initrd_by_pfn)
		take(l, &l->initrd, pages(initrd_len));
	return l->p2m_apart ? plan_p2m_apart(l, list_pages, reason) : 0;
}

/* The least memory that holds the plan: the p2m list grows with memory, so ask again until it fits. */
static u64 pages_needed(const struct hypha_elf *elf, u64 initrd_len, u64 nr_pages, struct hypha_layout *l)
{
	while (!place(elf, nr_pages, initrd_len, l, NULL) && l->end_pfn > nr_pages)
		nr_pages = l->end_pfn;
	return nr_pages;
}

int hypha_layout_plan(const struct hypha_elf *elf, u64 nr_pages, u64 initrd_len, struct hypha_layout *l,
		      struct hypha_reason *reason)
{
	u64 need;
	int err;

	if (nr_pages > PAGES_MAX || initrd_len >> HYPHA_PAGE_SHIFT > PAGES_MAX)
		return hypha_reason(reason, -ENOMEM, "memory: %llu pages with an initrd of %llu bytes cannot be laid out", nr_pages,
				    initrd_len);
	err = place(elf, nr_pages, initrd_len, l, reason);
	if (err || l->end_pfn <= nr_pages)
		return err;

	need = pages_needed(elf, initrd_len, nr_pages, l);
	return hypha_reason(reason, -ENOMEM,
			    "memory: %llu MiB are too small: the kernel (up to %llu MiB), the initrd (%llu KiB) and boot data need at least %llu MiB, and the guest some to run in",
			    nr_pages / MIB_PAGES, (elf->end >> 20) + !!(elf->end & 0xfffff), (initrd_len + 1023) >> 10,
			    (need + MIB_PAGES - 1) / MIB_PAGES);
}
