// SPDX-License-Identifier: GPL-2.0-only
/* The page a PV guest finds everything by: start_info. Pure. */
#include "domain/startinfo.h"

#include <linux/kernel.h>
#include <linux/string.h>

static void fill_initrd(struct hypha_startinfo *si, const struct hypha_layout *l)
{
	if (!l->initrd_len)
		return;
	si->mod_len = l->initrd_len;
	if (l->initrd_by_pfn) {
		si->mod_start = l->initrd.pfn;
		si->flags |= HYPHA_STARTINFO_MOD_PFN;
	} else {
		si->mod_start = hypha_layout_va(l, l->initrd.pfn);
	}
}

void hypha_startinfo_fill(struct hypha_startinfo *si, const struct hypha_layout *l, const struct hypha_startinfo_xen *xen,
			  const char *cmdline)
{
	memset(si, 0, sizeof(*si));
	strscpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = l->nr_pages;
	si->shared_info = xen->shared_info_mfn << HYPHA_PAGE_SHIFT;
	si->flags = HYPHA_STARTINFO_VIRT_P2M;
	si->store_mfn = xen->store_mfn;
	si->store_evtchn = xen->store_port;
	si->console_mfn = xen->console_mfn;
	si->console_evtchn = xen->console_port;
	si->pt_base = hypha_layout_va(l, l->tables.pfn);
	si->nr_pt_frames = l->tables.nr_pages;
	si->mfn_list = l->p2m_va;
	if (l->p2m_apart) {
		si->first_p2m_pfn = l->p2m.pfn;
		si->nr_p2m_frames = l->p2m.nr_pages;
	}
	fill_initrd(si, l);
	strscpy(si->cmd_line, cmdline, sizeof(si->cmd_line));
}
