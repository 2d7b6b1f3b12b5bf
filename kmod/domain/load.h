/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies files into a guest's memory, page-cache page by page where that is possible. */
#ifndef HYPHA_DOMAIN_LOAD_H
#define HYPHA_DOMAIN_LOAD_H

#include <linux/types.h>
#include <xen/interface/xen.h>

#include "domain/elf.h"
#include "domain/source.h"

struct hypha_frames;
struct hypha_window;

/* Where to. */
struct hypha_load_target {
	domid_t domid;
	const struct hypha_frames *frames;
	struct hypha_window *win;	/* left mapped or not; the caller unmaps */
	struct hypha_reason *reason;
};

/**
 * hypha_load_kernel() - put all segments of a kernel into place, and zeros where they have no bytes in the file
 *
 * Context: process, sleeps. Return: 0, -ENOMEM, -EINTR killed, -EIO file too short, a read's or Xen's errno.
 */
int hypha_load_kernel(const struct hypha_load_target *to, const struct hypha_source *src, const struct hypha_elf *elf);

/* Bytes that parts take when each is padded to 4 bytes. */
u64 hypha_load_initrd_len(const struct hypha_source *parts, unsigned int nr);

/* Put initrd parts one after another at guest frame @pfn, each padded with zeros to 4 bytes. As hypha_load_kernel(). */
int hypha_load_initrd(const struct hypha_load_target *to, const struct hypha_source *parts, unsigned int nr, u64 pfn);

#endif
