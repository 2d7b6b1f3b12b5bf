/* SPDX-License-Identifier: GPL-2.0-only */
/* A connected vif, for the files that serve it: vif.c, vif_tx.c, vif_rx.c. */
#ifndef HYPHA_NET_VIF_PRIV_H
#define HYPHA_NET_VIF_PRIV_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/io/netif.h>

#include "../xen/evtchn.h"
#include "../xen/grant.h"
#include "../xen/ring.h"
#include "slots.h"
#include "vif.h"

#define HYPHA_VIF_RING		256	/* entries of either ring: one page of them */
#define HYPHA_VIF_OPS		256	/* copies per hypercall; bounds the time with bottom halves off */

/*
 * A queue whose packets come fast is looked at again after so long without an event: guest and dom0 pay for one event per
 * burst instead of per packet. A packet after a pause, and one of few (acknowledgements of a bulk transfer), does not wait.
 */
#define HYPHA_VIF_LOOK_AGAIN_NS	(50ULL * NSEC_PER_USEC)

/*
 * A poll takes as many packets of the guest as should need that long, but some, else its copies come dear. A flood of what costs
 * most, new flows, must not keep the neighbours waiting; where a packet takes 4 us or less nothing changes.
 */
#define HYPHA_VIF_POLL_NS	(300U * NSEC_PER_USEC)
#define HYPHA_VIF_BATCH_MIN	8

/* Counters of a queue; they outlive a connection. Each is written by one poll; @drops by anyone. */
struct hypha_vif_counters {
	u64 tx_packets, tx_bytes, rx_packets, rx_bytes;
	atomic64_t drops;
};

/* A ring entry to be answered, as it will be written. */
union hypha_vif_rx_answer {
	struct xen_netif_rx_response rsp;
	struct xen_netif_extra_info extra;
};

/*
 * Frames that are short lie here one behind the other while they are copied: Xen looks up a page of ours once for all copies
 * in a row that concern it, and that is most of what a short copy costs. One poll's worth.
 */
#define HYPHA_VIF_STAGED_MAX	128	/* bytes of a frame that goes by way of it */
#define HYPHA_VIF_STAGE_SIZE	(NAPI_POLL_WEIGHT * HYPHA_VIF_STAGED_MAX + PAGE_SIZE)

struct hypha_vif_stage {
	void *va;
	u32 used;	/* 0 when a poll begins */
};

/* Guest to host. All but the ring's shared page belongs to the poll of @napi. */
struct hypha_vif_tx {
	struct hypha_grant_ring page;
	struct xen_netif_tx_back_ring ring;
	struct napi_struct napi;
	struct hypha_evtchn ec;		/* of both directions if the guest did not split them */
	u32 seen;			/* the guest's index, as last read */
	u32 nr_ops, nr_rsps;
	u64 polled;			/* when last, ns */
	u32 cost;			/* ns that a packet took of late; 0: nothing is known */
	struct hypha_slots slots;	/* of the packet that is being taken */
	struct hypha_vif_stage stage;
	struct gnttab_copy ops[HYPHA_VIF_OPS];
	struct xen_netif_tx_response rsps[HYPHA_VIF_RING];
};

/* Host to guest. As above, but for the queue. */
struct hypha_vif_rx {
	struct hypha_grant_ring page;
	struct xen_netif_rx_back_ring ring;
	struct napi_struct napi;
	struct hypha_evtchn ec;
	struct sk_buff_head queue;	/* its lock also covers @backlog; softirq context */
	u32 backlog;			/* bytes of memory, skb->truesize */
	struct timer_list stale;	/* looks after packets that wait while the guest does nothing */
	u32 seen;
	u32 nr_ops, nr_answers;
	struct hypha_vif_stage stage;
	DECLARE_BITMAP(failed, HYPHA_VIF_RING);	/* answers whose data could not be copied */
	u16 op_answer[HYPHA_VIF_OPS];	/* which answer a copy is for */
	struct gnttab_copy ops[HYPHA_VIF_OPS];
	union hypha_vif_rx_answer answers[HYPHA_VIF_RING];
};

struct hypha_vif_queue {
	struct hypha_vif *vif;
	struct hypha_vif_counters *counters;
	bool split;			/* two event channels */
	struct hypha_vif_tx tx;
	struct hypha_vif_rx rx;
};

/* What a connected vif needs. */
struct hypha_vif_session {
	u32 features;			/* HYPHA_VIF_* */
	netdev_features_t offloads;	/* the same for Linux: what need not be done for the guest */
	u32 nr_queues;
	struct hypha_vif_queue *queues[HYPHA_VIF_QUEUES];
};

struct hypha_vif {
	domid_t domid;
	u32 max_queues;
	struct hypha_endpoint *ep;
	struct net_device *dev;		/* never registered: owner of the NAPI contexts */
	struct hypha_vif_session __rcu *session;	/* NULL while not connected; set and cleared by our owner alone */
	bool broken;			/* the guest broke a ring: nothing is served until it reconnects */
	struct hypha_vif_counters counters[HYPHA_VIF_QUEUES];
};

/*
 * Entries put and not answered. @prod: the guest's index, just read; @seen: as read before; @rsp_prod: ours. Return: 0..
 * HYPHA_VIF_RING, or -EPROTO if that cannot be; an index that steps back would have us look again for ever.
 */
static inline int hypha_vif_used(u32 prod, u32 *seen, u32 rsp_prod)
{
	if ((s32)(prod - *seen) < 0)
		return -EPROTO;
	*seen = prod;
	return hypha_ring_used(prod, rsp_prod, HYPHA_VIF_RING);
}

/* Room for a frame of @len <= HYPHA_VIF_STAGED_MAX bytes, within one page; one of at most NAPI_POLL_WEIGHT per poll. */
static inline void *hypha_vif_stage(struct hypha_vif_stage *stage, u32 len)
{
	void *at;

	if (offset_in_page(stage->used) + len > PAGE_SIZE)
		stage->used = PAGE_ALIGN(stage->used);
	at = stage->va + stage->used;
	stage->used += len;
	return at;
}

/* The guest broke the protocol: a flag, and its queues are emptied. Softirq context. */
void hypha_vif_break(struct hypha_vif_queue *q);

/* Of no queue. The endpoint may deliver before its creator knows it. */
static inline void hypha_vif_count_drop(struct hypha_vif *vif, enum hypha_drop reason)
{
	struct hypha_endpoint *ep = READ_ONCE(vif->ep);

	if (ep)
		hypha_endpoint_drop(ep, reason);
}

static inline void hypha_vif_drop(struct hypha_vif_queue *q, enum hypha_drop reason)
{
	atomic64_inc(&q->counters->drops);
	hypha_endpoint_drop(q->vif->ep, reason);
}

/* vif_tx.c, vif_rx.c */
int hypha_vif_tx_poll(struct napi_struct *napi, int budget);
int hypha_vif_rx_poll(struct napi_struct *napi, int budget);
/* Check the indices the ring starts with. 0 or -EPROTO. */
int hypha_vif_tx_attach(struct hypha_vif_tx *tx);
int hypha_vif_rx_attach(struct hypha_vif_rx *rx);
/* Drop what waits, each for @reason; HYPHA_DROP_NONE: uncounted. */
void hypha_vif_rx_purge(struct hypha_vif_queue *q, enum hypha_drop reason);
/* The endpoint's @deliver. */
void hypha_vif_deliver(void *ctx, struct sk_buff *skb);

#endif
