/* SPDX-License-Identifier: GPL-2.0-only */
/* Which machine frame each guest frame is, in little room: superpages first, then single pages. */
#ifndef HYPHA_XEN_FRAMES_H
#define HYPHA_XEN_FRAMES_H

#include <linux/types.h>

#define HYPHA_SUPERPAGE_ORDER	9
#define HYPHA_SUPERPAGE_PAGES	(1ULL << HYPHA_SUPERPAGE_ORDER)

struct hypha_frames {
	u64 nr_pages;		/* of guest memory */
	u64 nr_super;		/* guest frames below nr_super * 512 come in superpages */
	u64 *super;		/* the first machine frame of each */
	u64 *single;		/* machine frame of each guest frame after them */
};

/* @pfn < @f->nr_pages */
static inline u64 hypha_frames_mfn(const struct hypha_frames *f, u64 pfn)
{
	u64 n = pfn >> HYPHA_SUPERPAGE_ORDER;

	if (n < f->nr_super)
		return f->super[n] + (pfn & (HYPHA_SUPERPAGE_PAGES - 1));
	return f->single[pfn - (f->nr_super << HYPHA_SUPERPAGE_ORDER)];
}

#endif
