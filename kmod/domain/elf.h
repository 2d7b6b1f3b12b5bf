/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads a guest kernel's ELF headers and Xen notes. The image is hostile input. Pure: no kernel services. */
#ifndef HYPHA_DOMAIN_ELF_H
#define HYPHA_DOMAIN_ELF_H

#include <linux/types.h>

#include "domain/reason.h"

#define HYPHA_ELF_SEGMENTS_MAX	64

/* Where the image's bytes come from. */
struct hypha_elf_source {
	u64 size;
	/* @offset + @len <= @size. Return: 0 or -errno. */
	int (*read)(const struct hypha_elf_source *src, u64 offset, void *buf, size_t len);
};

/* What is loaded: @filesz bytes at @offset of the file to guest address @addr, then zeros up to @memsz bytes. */
struct hypha_elf_segment {
	u64 offset;
	u64 addr;		/* p_paddr - PADDR_OFFSET: byte address in guest memory */
	u64 filesz;
	u64 memsz;		/* > 0, >= @filesz */
};

/* A kernel that may be loaded: all values are within bounds and consistent. */
struct hypha_elf {
	u32 nr_segments;
	struct hypha_elf_segment segments[HYPHA_ELF_SEGMENTS_MAX];	/* ascending, not overlapping */
	u64 start, end;		/* guest addresses: of the first byte, after the last byte */
	u64 virt_base;		/* virtual address of guest address 0; page aligned */
	u64 entry;		/* virtual */
	u64 hypercall_page;	/* virtual, page aligned; valid if has_hypercall_page */
	u64 init_p2m;		/* virtual, page aligned; valid if has_init_p2m */
	bool has_hypercall_page;
	bool has_init_p2m;
	bool mod_start_pfn;	/* the initrd may be outside of the initial mapping */
};

/**
 * hypha_elf_parse() - read and check an image
 * @src:    the image
 * @elf:    filled on success
 * @reason: filled on failure
 *
 * Context: may allocate. Return: 0, -ENOEXEC not a kernel that hypha can boot, -ENOMEM, or the errno of @src->read.
 */
int hypha_elf_parse(const struct hypha_elf_source *src, struct hypha_elf *elf, struct hypha_reason *reason);

#endif
