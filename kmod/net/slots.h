/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet as the guest put it into its transmit ring: a chain of slots, every field of them untrusted. Pure. */
#ifndef HYPHA_NET_SLOTS_H
#define HYPHA_NET_SLOTS_H

#include <linux/types.h>
#include <xen/interface/io/netif.h>

#include "hypha_netlink.h"

#define HYPHA_SLOTS_MAX		18	/* data slots of a packet that is carried (XEN_NETIF_NR_SLOTS_MIN) */
#define HYPHA_SLOTS_FATAL	20	/* from here on the frontend is taken for mad (as xen-netback's fatal_skb_slots) */
#define HYPHA_SLOTS_TAKEN	(2 * (HYPHA_SLOTS_FATAL - 1))	/* the most ring entries of one packet */
#define HYPHA_SLOT_SIZE		4096
#define HYPHA_PACKET_MAX	65535	/* bytes, Ethernet header included */

/* A buffer of the guest's. */
struct hypha_slot {
	u32 ref;
	u16 offset, len;	/* within one page; len > 0 */
};

struct hypha_slots {
	u32 nr_taken;		/* ring entries, extra slots included: each gets a response */
	u32 nr_extras;		/* of these: entries 1..@nr_extras */
	u16 id[HYPHA_SLOTS_TAKEN];	/* of each entry taken; of extra slots 0 */
	u32 nr;			/* in @slot */
	u32 len;		/* sum of theirs */
	struct hypha_slot slot[HYPHA_SLOTS_MAX];
	bool csum_blank, data_validated;
	u16 gso_size;		/* 0: none */
	u8 gso_type;		/* XEN_NETIF_GSO_TYPE_TCPV4 or _TCPV6 */
};

/* Private copies of a ring's entries: a netif_tx_request or, behind one that says so, a netif_extra_info. */
union hypha_slot_wire {
	struct xen_netif_tx_request tx;
	struct xen_netif_extra_info extra;
};

/**
 * hypha_slots_take() - the next packet of a ring
 * @copy:  copies entry @i (0 = the first not taken yet) out of the ring once
 * @avail: entries the guest has put
 * @out:   filled; @nr_taken also when the packet must be dropped
 *
 * Slots of length zero are taken and carry nothing. Return: 0; -HYPHA_DROP_*: drop it and answer @nr_taken entries with
 * an error (SLOTS 19 of them, SLOT offset and length leave the page, sizes that do not add up to the first one's, EXTRA
 * other than GSO (nothing else is offered), twice the same, GSO size 0 or unknown type, RUNT); -EAGAIN the chain is not
 * complete yet (nothing taken); -EPROTO HYPHA_SLOTS_FATAL or more, of data or extras: switch the vif off.
 */
int hypha_slots_take(void (*copy)(u32 i, union hypha_slot_wire *wire, void *ctx), void *ctx, u32 avail, struct hypha_slots *out);

#endif
