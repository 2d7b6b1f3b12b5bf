// SPDX-License-Identifier: GPL-2.0-only
/* The initial page tables of a PV guest, one table page at a time. Pure. */
#include "domain/pagetable.h"

#include <linux/kernel.h>
#include <linux/string.h>

/* Intel SDM vol. 3, 4-level paging. */
#define PRESENT		(1ULL << 0)
#define WRITABLE	(1ULL << 1)
#define USER		(1ULL << 2)
#define ACCESSED	(1ULL << 5)
#define DIRTY		(1ULL << 6)

#define LEAF		(PRESENT | WRITABLE | ACCESSED)
#define LEAF_TABLE	(PRESENT | ACCESSED)
#define UPPER		(PRESENT | WRITABLE | USER | ACCESSED | DIRTY)

#define ENTRIES		HYPHA_PAGETABLE_ENTRIES
#define INDEX_BITS	9

/*
 * A level of a mapping: its tables stand at @pfn, and entry n of table t maps what lies at address
 * ((@first >> @shift) aligned down to a table) + t tables + n entries.
 */
struct level {
	u64 pfn, nr;		/* tables */
	unsigned int shift;	/* of what one entry maps */
	u64 target;		/* frame that the entry for the mapping's first address points to; the rest follows */
};

static void get_level(const struct hypha_layout_map *map, unsigned int level, struct level *out)
{
	switch (level) {
	case 3:
		*out = (struct level){ map->l3_pfn, 1, 30, map->l2_pfn };
		return;
	case 2:
		*out = (struct level){ map->l2_pfn, map->nr_l2, 21, map->l1_pfn };
		return;
	default:
		*out = (struct level){ map->l1_pfn, map->nr_l1, 12, map->pfn };
	}
}

static u64 entry(const struct hypha_layout *l, const struct hypha_frames *frames, const struct level *level, u64 pfn)
{
	u64 flags = UPPER;

	if (level->shift == HYPHA_PAGE_SHIFT)
		flags = hypha_layout_is_table(l, pfn) ? LEAF_TABLE : LEAF;
	return hypha_frames_mfn(frames, pfn) << HYPHA_PAGE_SHIFT | flags;
}

/* Table @pfn of a level below L4. */
static void fill_table(const struct hypha_layout *l, const struct hypha_frames *frames, const struct hypha_layout_map *map,
		       const struct level *level, u64 pfn, u64 *entries)
{
	u64 first = map->first >> level->shift, last = map->last >> level->shift;	/* entries of the whole level */
	u64 base = ((first >> INDEX_BITS) + (pfn - level->pfn)) << INDEX_BITS;		/* this table's first */
	u64 i, from = max(first, base), to = min(last, base + ENTRIES - 1);

	for (i = from; i <= to; i++)
		entries[i - base] = entry(l, frames, level, level->target + (i - first));
}

static void fill_l4(const struct hypha_layout *l, const struct hypha_frames *frames, u64 *entries)
{
	unsigned int i;

	for (i = 0; i < 1 + l->p2m_apart; i++)
		entries[l->maps[i].first >> 39 & (ENTRIES - 1)] = hypha_frames_mfn(frames, l->maps[i].l3_pfn) << HYPHA_PAGE_SHIFT | UPPER;
}

void hypha_pagetable_fill(const struct hypha_layout *l, const struct hypha_frames *frames, u64 pfn, u64 *entries)
{
	struct level level;
	unsigned int map, n;

	memset(entries, 0, ENTRIES * sizeof(*entries));
	if (pfn == l->tables.pfn) {
		fill_l4(l, frames, entries);
		return;
	}
	for (map = 0; map < 1 + l->p2m_apart; map++) {
		for (n = 1; n <= 3; n++) {
			get_level(&l->maps[map], n, &level);
			if (pfn - level.pfn < level.nr)
				fill_table(l, frames, &l->maps[map], &level, pfn, entries);
		}
	}
}
