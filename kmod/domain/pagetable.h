/* SPDX-License-Identifier: GPL-2.0-only */
/* The initial page tables of a PV guest, one table page at a time. Pure. */
#ifndef HYPHA_DOMAIN_PAGETABLE_H
#define HYPHA_DOMAIN_PAGETABLE_H

#include <linux/types.h>

#include "domain/layout.h"
#include "xen/frames.h"

#define HYPHA_PAGETABLE_ENTRIES	512

/**
 * hypha_pagetable_fill() - contents of a page-table page
 * @l:       the plan
 * @frames:  of the guest
 * @pfn:     guest frame of the table: hypha_layout_is_table()
 * @entries: out: HYPHA_PAGETABLE_ENTRIES of them
 *
 * Entries hold machine addresses; frames that are page tables themselves are mapped read-only, as Xen demands.
 */
void hypha_pagetable_fill(const struct hypha_layout *l, const struct hypha_frames *frames, u64 pfn, u64 *entries);

#endif
