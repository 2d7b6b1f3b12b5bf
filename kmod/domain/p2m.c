// SPDX-License-Identifier: GPL-2.0-only
/* The guest's p2m list: which machine frame each of its frames is. Pure. */
#include "domain/p2m.h"

#include <linux/kernel.h>
#include <linux/string.h>

void hypha_p2m_fill(const u64 *mfns, u64 nr_pages, u64 index, u64 *entries)
{
	u64 first = index * HYPHA_P2M_PER_PAGE;
	u64 nr = first < nr_pages ? min_t(u64, nr_pages - first, HYPHA_P2M_PER_PAGE) : 0;

	memcpy(entries, mfns + first, nr * sizeof(*entries));
	memset(entries + nr, 0xff, (HYPHA_P2M_PER_PAGE - nr) * sizeof(*entries));
}
