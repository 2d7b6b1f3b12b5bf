/* SPDX-License-Identifier: GPL-2.0-only */
/* Indices of shared rings are hostile input: read once, check against the ring's size, then use. */
#ifndef HYPHA_XEN_RING_H
#define HYPHA_XEN_RING_H

#include <linux/errno.h>
#include <linux/types.h>

/**
 * hypha_ring_used() - entries or bytes between two free-running indices
 * @prod: as read once from the shared page
 * @cons: the other end
 * @size: of the ring, a power of two
 *
 * Return: 0..@size, or -EPROTO if they cannot both be true.
 */
static inline int hypha_ring_used(u32 prod, u32 cons, u32 size)
{
	u32 used = prod - cons;

	return used <= size ? (int)used : -EPROTO;
}

#endif
