/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's p2m list: which machine frame each of its frames is. Pure. */
#ifndef HYPHA_DOMAIN_P2M_H
#define HYPHA_DOMAIN_P2M_H

#include <linux/types.h>

#include "xen/frames.h"

#define HYPHA_P2M_PER_PAGE	512
#define HYPHA_P2M_INVALID	(~0ULL)

/**
 * hypha_p2m_fill() - contents of one page of the list
 * @frames:  of the guest
 * @index:   which page of the list
 * @entries: out: HYPHA_P2M_PER_PAGE of them; beyond @frames->nr_pages they are HYPHA_P2M_INVALID
 */
void hypha_p2m_fill(const struct hypha_frames *frames, u64 index, u64 *entries);

#endif
