/* SPDX-License-Identifier: GPL-2.0-only */
/* Which port a masqueraded flow gets. Pure. */
#ifndef HYPHA_NET_PORT_H
#define HYPHA_NET_PORT_H

#include <linux/types.h>

struct hypha_port_range {
	u16 min, max;		/* inclusive */
};

#define HYPHA_PORT_TRIES	128	/* candidates looked at before giving up */

/**
 * hypha_port_pick() - try ports until one is free
 * @range: to take from
 * @seed:  random: where to start (RFC 6056); the step is odd and derived from it
 * @take:  0 it is ours now; -EEXIST it is in use, try another; else a final error
 *
 * Since @take inserts the reply tuple into the flow table, a port serves as many flows as there are different remotes.
 * Return: 0, -EADDRNOTAVAIL after HYPHA_PORT_TRIES or the whole range, or @take's error.
 */
int hypha_port_pick(const struct hypha_port_range *range, u32 seed, int (*take)(u16 port, void *ctx), void *ctx);

#endif
