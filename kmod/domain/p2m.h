/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's p2m list: which machine frame each of its frames is. Pure. */
#ifndef HYPHA_DOMAIN_P2M_H
#define HYPHA_DOMAIN_P2M_H

#include <linux/types.h>

#define HYPHA_P2M_PER_PAGE	512
#define HYPHA_P2M_INVALID	(~0ULL)

/**
 * hypha_p2m_fill() - contents of one page of the list
 * @mfns:     machine frame of each guest frame
 * @nr_pages: of guest memory
 * @index:    which page of the list
 * @entries:  out: HYPHA_P2M_PER_PAGE of them; beyond @nr_pages they are HYPHA_P2M_INVALID
 */
void hypha_p2m_fill(const u64 *mfns, u64 nr_pages, u64 index, u64 *entries);

#endif
