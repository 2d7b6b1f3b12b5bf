/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's physical memory: frames allocated and cleared by Xen. */
#ifndef HYPHA_XEN_PHYSMAP_H
#define HYPHA_XEN_PHYSMAP_H

#include <linux/types.h>
#include <xen/interface/xen.h>

#include "xen/frames.h"

/* Tell the guest that its RAM may reach up to @bytes, so that it can balloon up to there. Return: 0 or Xen's errno. */
int hypha_physmap_set_limit(domid_t domid, u64 bytes);

/**
 * hypha_physmap_populate() - give a domain machine frames for guest frames 0..@nr_pages-1
 * @domid:    a paused domain with a sufficient memory maximum
 * @frames:   zeroed; filled, also on failure; to be given to hypha_physmap_forget()
 * @nr_pages: how many
 * @done:     out: how many were populated, also on failure
 *
 * In superpages of 2 MiB while Xen has them, then in single pages. Context: process, sleeps between batches.
 * Return: 0, -ENOMEM Xen or dom0 has no more memory, -EINTR killed meanwhile, or Xen's errno. Populated frames go with the
 * domain.
 */
int hypha_physmap_populate(domid_t domid, struct hypha_frames *frames, u64 nr_pages, u64 *done);

/* Free the lists of @frames; the frames stay the domain's. */
void hypha_physmap_forget(struct hypha_frames *frames);

/**
 * hypha_physmap_clear() - zero machine frames of a domain without mapping them
 * @domid: their owner
 * @mfns:  machine frames
 * @nr:    any number; cut into hypercalls
 *
 * Context: process, sleeps. Return: 0, -ENOMEM, or Xen's errno.
 */
int hypha_physmap_clear(domid_t domid, const u64 *mfns, unsigned int nr);

/* Make @l4_mfn and all tables below it page tables of @domid, which Xen checks. Return: 0 or Xen's errno. */
int hypha_physmap_pin(domid_t domid, u64 l4_mfn);

#endif
