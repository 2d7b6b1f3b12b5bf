// SPDX-License-Identifier: GPL-2.0-only
/* The guest's p2m list: which machine frame each of its frames is. Pure. */
#include "domain/p2m.h"

void hypha_p2m_fill(const struct hypha_frames *frames, u64 index, u64 *entries)
{
	u64 pfn = index * HYPHA_P2M_PER_PAGE;
	unsigned int i;

	for (i = 0; i < HYPHA_P2M_PER_PAGE; i++, pfn++)
		entries[i] = pfn < frames->nr_pages ? hypha_frames_mfn(frames, pfn) : HYPHA_P2M_INVALID;
}
