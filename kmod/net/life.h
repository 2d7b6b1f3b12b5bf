/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow's life: the states its packets lead it through, and how long each may be silent. Pure. */
#ifndef HYPHA_NET_LIFE_H
#define HYPHA_NET_LIFE_H

#include "flow.h"

/* What of a flow changes with its packets. */
struct hypha_life {
	u32 flags;
	u8 state;
	u8 ends;
};

/* Where a flow stands after its first packet, which is @p. TCP that does not begin with a SYN is taken as it is. */
void hypha_life_begin(const struct hypha_flow *flow, const struct hypha_packet *p, struct hypha_life *life);

/**
 * hypha_life_next() - where a flow stands after one more packet
 * @dir:  of the packet
 * @life: filled
 *
 * TCP is followed by flags alone, windows are not looked at: a translator must not know better than the two ends. After
 * both FINs or a RST a new SYN from the first direction begins anew.
 *
 * Return: whether anything changed.
 */
bool hypha_life_next(const struct hypha_flow *flow, unsigned int dir, const struct hypha_packet *p, struct hypha_life *life);

/*
 * ns the flow may be silent. TCP (RFC 5382 REQ-5): established and answered 2 h 4 min, transitory 4 min, but 1 min until
 * the handshake is complete and 10 s after RST. UDP (RFC 4787 REQ-5): 2 min, answered 3 min, port 53 30 s. ICMP (RFC 5508
 * REQ-2): 60 s.
 */
u64 hypha_life_timeout(const struct hypha_flow *flow);

/* enum hypha_flow_rank, or -1: it stays. */
int hypha_life_rank(const struct hypha_flow *flow);

#endif
