/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's ELF notes: how a kernel tells its domain builder where it wants what. Pure. */
#ifndef HYPHA_DOMAIN_ELFNOTE_H
#define HYPHA_DOMAIN_ELFNOTE_H

#include <linux/types.h>

#include "domain/reason.h"

/* xen/include/public/elfnote.h */
enum hypha_elfnote {
	HYPHA_ELFNOTE_ENTRY = 1,
	HYPHA_ELFNOTE_HYPERCALL_PAGE = 2,
	HYPHA_ELFNOTE_VIRT_BASE = 3,
	HYPHA_ELFNOTE_PADDR_OFFSET = 4,
	HYPHA_ELFNOTE_XEN_VERSION = 5,
	HYPHA_ELFNOTE_GUEST_OS = 6,
	HYPHA_ELFNOTE_LOADER = 8,
	HYPHA_ELFNOTE_FEATURES = 10,
	HYPHA_ELFNOTE_INIT_P2M = 15,
	HYPHA_ELFNOTE_MOD_START_PFN = 16,
	HYPHA_ELFNOTE_PHYS32_ENTRY = 18,
};

/* What the notes say; zero before the first scan. */
struct hypha_elfnotes {
	u32 seen;		/* bit per enum hypha_elfnote up to 31 */
	u64 entry, hypercall_page, virt_base, paddr_offset, init_p2m;
	u64 mod_start_pfn;
	u64 phys32_entry;
	char xen_version[16], guest_os[16], loader[16];
	char features[256];
};

static inline bool hypha_elfnotes_has(const struct hypha_elfnotes *n, enum hypha_elfnote type)
{
	return n->seen & 1U << type;
}

/* Take what Xen's notes among @len bytes of notes say. Return: 0 or -ENOEXEC. */
int hypha_elfnotes_scan(struct hypha_elfnotes *n, const u8 *buf, size_t len, struct hypha_reason *reason);

/* After the last scan: is it a kernel for us? Return: 0 or -ENOEXEC. */
int hypha_elfnotes_check(const struct hypha_elfnotes *n, struct hypha_reason *reason);

#endif
