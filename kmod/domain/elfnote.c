// SPDX-License-Identifier: GPL-2.0-only
/* Xen's ELF notes: how a kernel tells its domain builder where it wants what. Pure. */
#include "domain/elfnote.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#define NR_NOTES_MAX	1024	/* in one segment or section */

struct note_header {
	u32 namesz, descsz, type;
};

#define NUMBER(type, field) [type] = { offsetof(struct hypha_elfnotes, field), 0 }
#define STRING(type, field) [type] = { offsetof(struct hypha_elfnotes, field), sizeof(((struct hypha_elfnotes *)0)->field) }

/* The notes we read: where their value goes; size 0 = a number (u64). */
static const struct {
	u16 offset;
	u16 size;
} known[] = {
	NUMBER(HYPHA_ELFNOTE_ENTRY, entry),
	NUMBER(HYPHA_ELFNOTE_HYPERCALL_PAGE, hypercall_page),
	NUMBER(HYPHA_ELFNOTE_VIRT_BASE, virt_base),
	NUMBER(HYPHA_ELFNOTE_PADDR_OFFSET, paddr_offset),
	STRING(HYPHA_ELFNOTE_XEN_VERSION, xen_version),
	STRING(HYPHA_ELFNOTE_GUEST_OS, guest_os),
	STRING(HYPHA_ELFNOTE_LOADER, loader),
	STRING(HYPHA_ELFNOTE_FEATURES, features),
	NUMBER(HYPHA_ELFNOTE_INIT_P2M, init_p2m),
	NUMBER(HYPHA_ELFNOTE_MOD_START_PFN, mod_start_pfn),
	NUMBER(HYPHA_ELFNOTE_PHYS32_ENTRY, phys32_entry),
};

static int take_number(u64 *value, const u8 *desc, u32 len, u32 type, struct hypha_reason *reason)
{
	if (len != 1 && len != 2 && len != 4 && len != 8)
		return hypha_reason(reason, -ENOEXEC, "kernel: Xen note %u is a number of %u bytes; 1, 2, 4 or 8 are possible",
				    type, len);
	*value = 0;
	memcpy(value, desc, len);
	return 0;
}

static int take_string(char *value, size_t size, const u8 *desc, u32 len, u32 type, struct hypha_reason *reason)
{
	if (len >= size)
		return hypha_reason(reason, -ENOEXEC, "kernel: Xen note %u is a text of %u bytes; at most %zu are read", type, len,
				    size - 1);
	memcpy(value, desc, len);
	value[len] = '\0';
	return 0;
}

static int take_note(struct hypha_elfnotes *n, const struct note_header *h, const u8 *desc, struct hypha_reason *reason)
{
	void *value;

	if (h->type >= ARRAY_SIZE(known) || !known[h->type].offset)
		return 0;
	n->seen |= 1U << h->type;
	value = (u8 *)n + known[h->type].offset;
	if (known[h->type].size)
		return take_string(value, known[h->type].size, desc, h->descsz, h->type, reason);
	return take_number(value, desc, h->descsz, h->type, reason);
}

/* Names and values are padded to 4 bytes each. */
static u64 padded(u32 len)
{
	return ((u64)len + 3) & ~3ULL;
}

int hypha_elfnotes_scan(struct hypha_elfnotes *n, const u8 *buf, size_t len, struct hypha_reason *reason)
{
	struct note_header h;
	unsigned int count;
	u64 left = len, size;
	int err;

	for (count = 0; left >= sizeof(h); count++) {
		if (count == NR_NOTES_MAX)
			return hypha_reason(reason, -ENOEXEC, "kernel: more than %u notes; is this an endless chain?", NR_NOTES_MAX);
		memcpy(&h, buf, sizeof(h));
		size = sizeof(h) + padded(h.namesz) + padded(h.descsz);
		if (sizeof(h) + padded(h.namesz) + h.descsz > left)
			return hypha_reason(reason, -ENOEXEC,
					    "kernel: note %u has a name of %u and a value of %u bytes where %llu bytes are left",
					    count, h.namesz, h.descsz, left - sizeof(h));
		if (h.namesz == 4 && !memcmp(buf + sizeof(h), "Xen", 4)) {
			err = take_note(n, &h, buf + sizeof(h) + 4, reason);
			if (err)
				return err;
		}
		if (size >= left)
			break;
		buf += size;
		left -= size;
	}
	return 0;
}

/* "a|!b|c": is @name listed as required ('!')? Unknown required features are the kernel's own affair, as with libxenguest. */
static bool requires(const char *features, const char *name)
{
	size_t len = strlen(name);
	const char *at = features;

	while ((at = strchr(at, '!'))) {
		at++;
		if (!strncmp(at, name, len) && (!at[len] || at[len] == '|'))
			return true;
	}
	return false;
}

static int check_features(const struct hypha_elfnotes *n, struct hypha_reason *reason)
{
	static const char *const impossible[] = { "auto_translated_physmap", "supervisor_mode_kernel", "dom0" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++)
		if (requires(n->features, impossible[i]))
			return hypha_reason(reason, -ENOEXEC, "kernel: its Xen notes require the feature %s, which a 64-bit PV guest does not get",
					    impossible[i]);
	return 0;
}

int hypha_elfnotes_check(const struct hypha_elfnotes *n, struct hypha_reason *reason)
{
	if (!n->seen)
		return hypha_reason(reason, -ENOEXEC,
				    "kernel: no Xen notes in it: not a Xen PV kernel; Linux needs CONFIG_XEN_PV=y, and its notes must not be stripped");
	if (!hypha_elfnotes_has(n, HYPHA_ELFNOTE_ENTRY) && hypha_elfnotes_has(n, HYPHA_ELFNOTE_PHYS32_ENTRY))
		return hypha_reason(reason, -ENOEXEC,
				    "kernel: it can only be booted as PVH (PHYS32_ENTRY %#llx, no PV entry); Linux needs CONFIG_XEN_PV=y",
				    n->phys32_entry);
	if (!hypha_elfnotes_has(n, HYPHA_ELFNOTE_ENTRY))
		return hypha_reason(reason, -ENOEXEC, "kernel: its Xen notes name no entry point (ENTRY, type 1): not a Xen PV kernel");
	if (strncmp(n->xen_version, "xen-3.0", 7))
		return hypha_reason(reason, -ENOEXEC, "kernel: its note XEN_VERSION is \"%s\"; \"xen-3.0\" is needed", n->xen_version);
	if (strncmp(n->guest_os, "linux", 5) && strncmp(n->loader, "generic", 7))
		return hypha_reason(reason, -ENOEXEC,
				    "kernel: its notes GUEST_OS \"%s\" and LOADER \"%s\" are for another builder; \"linux\" or \"generic\" is needed",
				    n->guest_os, n->loader);
	return check_features(n, reason);
}
