// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest to host: a poll takes packets off the transmit ring, copies all of them with one hypercall, answers the guest and
 * hands them on.
 *
 * A frame's headers must be linear before anybody looks (XSA-423): short frames are so whole, long ones in their first
 * bytes; the rest fills pages. Grants that fail are the guest's business: the packet is dropped.
 */
#include "vif_priv.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "packet.h"

#define LINEAR_WHOLE	1536	/* frames up to here are copied into one buffer */
#define LINEAR_HEAD	(ETH_HLEN + HYPHA_PACKET_LOOK)	/* of longer ones */
#define GSO_SIZE_MIN	32	/* else a frame makes more packets than it has lines in a cache */

/* Copies of one packet: its slots, cut where our pages end. */
#define PACKET_OPS	(HYPHA_SLOTS_MAX + DIV_ROUND_UP(HYPHA_PACKET_MAX, PAGE_SIZE) + 2)

static_assert(PACKET_OPS <= HYPHA_VIF_OPS);
static_assert(DIV_ROUND_UP(HYPHA_PACKET_MAX - LINEAR_HEAD, PAGE_SIZE) <= MAX_SKB_FRAGS);

/* What the poll has to know of a packet until it is copied. */
struct packet {
	const void *staged;		/* where its bytes are; NULL: in place */
	u16 first_op, nr_ops, first_rsp, nr_rsps;
	u16 gso_size;
	u8 gso_type;
	bool csum_blank, data_validated;
};

static struct packet *packet_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct packet) > sizeof(skb->cb));
	return (struct packet *)skb->cb;
}

static struct hypha_vif_queue *queue_of(struct napi_struct *napi)
{
	return container_of(napi, struct hypha_vif_queue, tx.napi);
}

static void copy_slot(u32 i, union hypha_slot_wire *wire, void *ctx)
{
	struct hypha_vif_tx *tx = ctx;

	RING_COPY_REQUEST(&tx->ring, tx->ring.req_cons + i, &wire->tx);
}

/* Where a packet's bytes come from and go to. */
struct cursor {
	const struct hypha_slot *slot;
	u32 done;	/* of @slot */
};

/* Copies of @len bytes to our @page+@offset, at most one page of it. */
static void add_ops(struct hypha_vif_queue *q, struct cursor *from, struct page *page, u32 offset, u32 len)
{
	struct hypha_vif_tx *tx = &q->tx;

	while (len) {
		u32 n = min_t(u32, len, from->slot->len - from->done);

		hypha_grant_fill_from_guest(&tx->ops[tx->nr_ops++], q->vif->domid, from->slot->ref,
					    from->slot->offset + from->done, page, offset, n);
		from->done += n;
		offset += n;
		len -= n;
		if (from->done == from->slot->len) {
			from->slot++;
			from->done = 0;
		}
	}
}

static void fill_linear(struct hypha_vif_queue *q, struct cursor *from, void *at, u32 len)
{
	u32 n;

	for (; len; len -= n, at += n) {
		n = min_t(u32, len, PAGE_SIZE - offset_in_page(at));
		add_ops(q, from, virt_to_page(at), offset_in_page(at), n);
	}
}

static int fill_frags(struct hypha_vif_queue *q, struct cursor *from, struct sk_buff *skb, u32 len)
{
	u32 n, i;

	for (i = 0; len; i++, len -= n) {
		struct page *page = dev_alloc_page();

		if (!page)
			return -ENOMEM;
		n = min_t(u32, len, PAGE_SIZE);
		add_ops(q, from, page, 0, n);
		skb_add_rx_frag(skb, i, page, 0, n, PAGE_SIZE);
	}
	return 0;
}

/* napi_alloc_skb() gives a short frame a quarter of a page, which has to be cleared. */
static struct sk_buff *alloc_head(struct napi_struct *napi, u32 len)
{
	struct sk_buff *skb;

	if (len > HYPHA_VIF_STAGED_MAX)
		return napi_alloc_skb(napi, len);
	skb = __alloc_skb(NET_SKB_PAD + len, GFP_ATOMIC | __GFP_NOWARN, SKB_ALLOC_NAPI, NUMA_NO_NODE);
	if (skb) {
		skb_reserve(skb, NET_SKB_PAD);
		skb->dev = napi->dev;
	}
	return skb;
}

/* A frame for the packet in @tx->slots, its copies planned; NULL without memory. */
static struct sk_buff *plan_packet(struct hypha_vif_queue *q)
{
	struct hypha_vif_tx *tx = &q->tx;
	const struct hypha_slots *slots = &tx->slots;
	u32 head = slots->len <= LINEAR_WHOLE ? slots->len : LINEAR_HEAD;
	void *staged = head <= HYPHA_VIF_STAGED_MAX ? hypha_vif_stage(&tx->stage, head) : NULL;
	struct cursor from = { .slot = slots->slot };
	struct sk_buff *skb = alloc_head(&tx->napi, head);
	u32 first_op = tx->nr_ops;
	void *data;

	if (!skb)
		return NULL;
	data = skb_put(skb, head);
	fill_linear(q, &from, staged ?: data, head);
	if (fill_frags(q, &from, skb, slots->len - head)) {
		tx->nr_ops = first_op;
		kfree_skb(skb);
		return NULL;
	}

	*packet_of(skb) = (struct packet){
		.staged = staged,
		.first_op = first_op,
		.nr_ops = tx->nr_ops - first_op,
		.first_rsp = tx->nr_rsps,
		.nr_rsps = slots->nr_taken,
		.gso_size = slots->gso_size,
		.gso_type = slots->gso_type,
		.csum_blank = slots->csum_blank,
		.data_validated = slots->data_validated,
	};
	return skb;
}

static void add_rsps(struct hypha_vif_tx *tx, s16 status)
{
	const struct hypha_slots *slots = &tx->slots;
	u32 i;

	for (i = 0; i < slots->nr_taken; i++)
		tx->rsps[tx->nr_rsps++] = (struct xen_netif_tx_response){
			.id = slots->id[i],
			.status = i && i <= slots->nr_extras ? XEN_NETIF_RSP_NULL : status,
		};
	tx->ring.req_cons += slots->nr_taken;
}

/* Take the next packet of @avail entries. 0; -EAGAIN none is whole; -EPROTO. */
static int take_packet(struct hypha_vif_queue *q, u32 avail, struct sk_buff_head *packets)
{
	struct hypha_vif_tx *tx = &q->tx;
	int ret = hypha_slots_take(copy_slot, tx, avail, &tx->slots);
	struct sk_buff *skb;

	if (!avail || ret == -EAGAIN || ret == -EPROTO)
		return ret;
	if (ret) {
		hypha_vif_drop(q, -ret);
		add_rsps(tx, XEN_NETIF_RSP_ERROR);
		return 0;
	}

	skb = plan_packet(q);
	if (!skb) {
		hypha_vif_drop(q, HYPHA_DROP_NO_MEMORY);
		add_rsps(tx, XEN_NETIF_RSP_DROPPED);
		return 0;
	}
	add_rsps(tx, XEN_NETIF_RSP_OKAY);
	__skb_queue_tail(packets, skb);
	return 0;
}

/*
 * Take what is in the ring: at most @batch packets, and as many as there are copies for; *@more if it was one of these.
 * Return: packets taken, bad ones too, or -EPROTO. *@prod: the index up to which the ring was looked at.
 */
static int take_packets(struct hypha_vif_queue *q, int batch, struct sk_buff_head *packets, u32 *prod, bool *more)
{
	struct hypha_vif_tx *tx = &q->tx;
	int nr, avail, err;

	*prod = READ_ONCE(tx->ring.sring->req_prod);
	virt_rmb();	/* requests after the index that covers them */
	avail = hypha_vif_used(*prod, &tx->seen, tx->ring.rsp_prod_pvt);	/* all that was taken is answered */
	if (avail < 0)
		return avail;

	for (nr = 0; nr < batch && avail; nr++) {
		if (tx->nr_ops + PACKET_OPS > HYPHA_VIF_OPS)
			break;
		err = take_packet(q, avail, packets);
		if (err == -EAGAIN)
			break;
		if (err)
			return err;
		avail -= tx->slots.nr_taken;
	}
	*more = nr == batch || tx->nr_ops + PACKET_OPS > HYPHA_VIF_OPS;
	return nr;
}

static bool copied(const struct hypha_vif_tx *tx, const struct packet *p)
{
	u32 i;

	for (i = 0; i < p->nr_ops; i++)
		if (tx->ops[p->first_op + i].status != GNTST_okay)
			return false;
	return true;
}

static void fail_rsps(struct hypha_vif_tx *tx, const struct packet *p)
{
	u32 i;

	for (i = 0; i < p->nr_rsps; i++)
		if (tx->rsps[p->first_rsp + i].status != XEN_NETIF_RSP_NULL)
			tx->rsps[p->first_rsp + i].status = XEN_NETIF_RSP_ERROR;
}

/* Copy all planned; packets whose grants failed leave @packets. */
static void copy_packets(struct hypha_vif_queue *q, struct sk_buff_head *packets)
{
	struct hypha_vif_tx *tx = &q->tx;
	struct sk_buff *skb, *next;

	if (!tx->nr_ops)
		return;
	hypha_grant_copy(tx->ops, tx->nr_ops);	/* a hypercall that fails shows in each status */
	tx->nr_ops = 0;
	skb_queue_walk_safe(packets, skb, next) {
		if (copied(tx, packet_of(skb))) {
			if (packet_of(skb)->staged)
				memcpy(skb->data, packet_of(skb)->staged, skb_headlen(skb));
			continue;
		}
		fail_rsps(tx, packet_of(skb));
		__skb_unlink(skb, packets);
		kfree_skb(skb);
		hypha_vif_drop(q, HYPHA_DROP_GRANT);
	}
}

/* Responses lie where requests were: nothing of dom0's may be in their padding (XSA-216). */
static void answer(struct hypha_vif_queue *q)
{
	struct hypha_vif_tx *tx = &q->tx;
	bool notify;
	u32 i;

	if (!tx->nr_rsps)
		return;
	for (i = 0; i < tx->nr_rsps; i++) {
		struct xen_netif_tx_response *rsp = RING_GET_RESPONSE(&tx->ring, tx->ring.rsp_prod_pvt++);

		memset(rsp, 0, sizeof(*rsp));
		*rsp = tx->rsps[i];
	}
	tx->nr_rsps = 0;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&tx->ring, notify);
	if (notify)
		hypha_evtchn_notify(&tx->ec);
}

/* A super-packet must be what its type says, with its headers there and more than one segment of data behind them. */
static enum hypha_drop set_gso(struct sk_buff *skb, const struct packet *p)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	bool v4 = p->gso_type == XEN_NETIF_GSO_TYPE_TCPV4;
	u32 headers;

	if (skb->protocol != (v4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6)) || p->gso_size < GSO_SIZE_MIN ||
	    skb->csum_offset != offsetof(struct tcphdr, check))
		return HYPHA_DROP_GSO;
	headers = skb_transport_offset(skb) + tcp_hdrlen(skb);
	if (tcp_hdrlen(skb) < sizeof(struct tcphdr) || headers >= skb->len)
		return HYPHA_DROP_GSO;
	if (skb->len - headers <= p->gso_size)
		return HYPHA_DROP_NONE;	/* one segment: a packet like any other */

	shinfo->gso_size = p->gso_size;
	shinfo->gso_segs = DIV_ROUND_UP(skb->len - headers, p->gso_size);
	shinfo->gso_type = (v4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) | SKB_GSO_DODGY;
	return HYPHA_DROP_NONE;
}

/*
 * What the guest said of the checksum, and of segments. Linux wants super-packets with a partial checksum, whatever the
 * guest says. @skb is at its network header meanwhile: skb_checksum_setup() counts from there.
 */
static enum hypha_drop set_offload(struct sk_buff *skb, const struct packet *p)
{
	if (!p->csum_blank && !p->gso_size) {
		skb->ip_summed = p->data_validated ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
		return HYPHA_DROP_NONE;
	}
	if (skb_checksum_setup(skb, !p->csum_blank) || skb->ip_summed != CHECKSUM_PARTIAL)
		return p->csum_blank ? HYPHA_DROP_CHECKSUM : HYPHA_DROP_GSO;
	return p->gso_size ? set_gso(skb, p) : HYPHA_DROP_NONE;
}

static enum hypha_drop prepare(struct sk_buff *skb)
{
	struct packet p = *packet_of(skb);
	enum hypha_drop drop;

	memset(skb->cb, 0, sizeof(skb->cb));
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	drop = set_offload(skb, &p);
	skb_push(skb, ETH_HLEN);
	return drop;
}

static void hand_on(struct hypha_vif_queue *q, struct sk_buff_head *packets)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(packets))) {
		enum hypha_drop drop = prepare(skb);

		if (drop) {
			hypha_vif_drop(q, drop);
			kfree_skb(skb);
			continue;
		}
		q->counters->tx_packets++;
		q->counters->tx_bytes += skb->len;
		hypha_endpoint_receive(q->vif->ep, skb);
	}
}

/* Ask for an event when the guest goes beyond @prod. Return: true if it did meanwhile. */
static bool final_check(struct hypha_vif_tx *tx, u32 prod)
{
	WRITE_ONCE(tx->ring.sring->req_event, prod + 1);
	virt_mb();
	return READ_ONCE(tx->ring.sring->req_prod) != prod;
}

/* A channel for both directions has had reason to speak if there is something to deliver. */
static bool spurious(struct hypha_vif_queue *q, int done)
{
	return !done && (q->split || skb_queue_empty_lockless(&q->rx.queue));
}

/* What may be taken now, so that the poll is over in time: others wait for it, to be polled or for the queue it fills. */
static int batch_of(const struct hypha_vif_tx *tx, int budget)
{
	return tx->cost ? clamp_t(u32, HYPHA_VIF_POLL_NS / tx->cost, HYPHA_VIF_BATCH_MIN, budget) : budget;
}

/* @nr packets took @ns, which is not what the next ones will. */
static void learn_cost(struct hypha_vif_tx *tx, int nr, u64 ns)
{
	u32 cost = div_u64(min_t(u64, ns, NSEC_PER_SEC), nr);

	tx->cost = tx->cost - tx->cost / 4 + cost / 4;
}

/* Did packets come so fast since the last poll that a look after HYPHA_VIF_LOOK_AGAIN_NS will find two or more? */
static bool is_busy(struct hypha_vif_tx *tx, int done)
{
	u64 now = ktime_get_ns(), passed = now - tx->polled;

	tx->polled = now;
	return done * HYPHA_VIF_LOOK_AGAIN_NS >= 2 * passed;
}

int hypha_vif_tx_poll(struct napi_struct *napi, int budget)
{
	struct hypha_vif_queue *q = queue_of(napi);
	u64 began = ktime_get_ns();
	struct sk_buff_head packets;
	bool more = false;
	int done;
	u32 prod;

	if (READ_ONCE(q->vif->broken)) {
		napi_complete(napi);	/* no EOI: its events cost nothing any more */
		return 0;
	}

	__skb_queue_head_init(&packets);
	q->tx.stage.used = 0;
	done = take_packets(q, batch_of(&q->tx, budget), &packets, &prod, &more);
	copy_packets(q, &packets);
	answer(q);
	hand_on(q, &packets);
	if (done < 0) {
		hypha_vif_break(q);
		napi_complete(napi);
		return 0;
	}
	if (done)
		learn_cost(&q->tx, done, ktime_get_ns() - began);
	if (more)
		return budget;
	if (!napi_complete_done(napi, is_busy(&q->tx, done) ? done : 0))
		return done;	/* looks again soon, unasked */
	hypha_evtchn_eoi(&q->tx.ec, spurious(q, done));
	if (final_check(&q->tx, prod))
		napi_schedule(napi);
	return done;
}

int hypha_vif_tx_attach(struct hypha_vif_tx *tx)
{
	struct xen_netif_tx_sring *shared = tx->page.va;

	BACK_RING_ATTACH(&tx->ring, shared, READ_ONCE(shared->rsp_prod), PAGE_SIZE);
	tx->seen = READ_ONCE(shared->req_prod);
	return hypha_ring_used(tx->seen, tx->ring.rsp_prod_pvt, HYPHA_VIF_RING) < 0 ? -EPROTO : 0;
}
