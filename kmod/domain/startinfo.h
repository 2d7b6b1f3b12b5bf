/* SPDX-License-Identifier: GPL-2.0-only */
/* The page a PV guest finds everything by: start_info. Pure. */
#ifndef HYPHA_DOMAIN_STARTINFO_H
#define HYPHA_DOMAIN_STARTINFO_H

#include <linux/types.h>

#include "domain/layout.h"

#define HYPHA_STARTINFO_CMDLINE	1024	/* bytes with NUL: Xen's MAX_GUEST_CMDLINE */

/* xen/include/public/xen.h: struct start_info for x86-64. */
struct hypha_startinfo {
	char magic[32];
	u64 nr_pages;
	u64 shared_info;	/* machine address */
	u32 flags;
	u32 pad0;
	u64 store_mfn;
	u32 store_evtchn;
	u32 pad1;
	u64 console_mfn;
	u32 console_evtchn;
	u32 pad2;
	u64 pt_base;
	u64 nr_pt_frames;
	u64 mfn_list;
	u64 mod_start;
	u64 mod_len;
	char cmd_line[HYPHA_STARTINFO_CMDLINE];
	u64 first_p2m_pfn;
	u64 nr_p2m_frames;
};

#define HYPHA_STARTINFO_MOD_PFN		(1U << 3)	/* SIF_MOD_START_PFN */
#define HYPHA_STARTINFO_VIRT_P2M	(1U << 4)	/* SIF_VIRT_P2M_4TOOLS: no need for the legacy p2m tree */

/* What only Xen knows. */
struct hypha_startinfo_xen {
	u64 shared_info_mfn;
	u64 store_mfn, console_mfn;
	u32 store_port, console_port;
};

/* Fill @si for a planned guest; @cmdline is shorter than HYPHA_STARTINFO_CMDLINE. */
void hypha_startinfo_fill(struct hypha_startinfo *si, const struct hypha_layout *l, const struct hypha_startinfo_xen *xen,
			  const char *cmdline);

#endif
