// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host to guest: packets wait in a queue, bounded in bytes and in time, until a poll copies many of them into the guest's
 * buffers with one hypercall.
 *
 * Buffers are filled to the brim: what a packet needs of them follows from its length alone. Whatever the guest did not say
 * it can take (super-packets, unfilled checksums) is done for it before the packet is queued.
 */
#include "vif_priv.h"

#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <net/dst.h>

#include "compat/gso.h"

#define BACKLOG_MAX	(2 << 20)	/* bytes of memory per queue */
#define STALE_AFTER	(4 * HZ)
#define PACKET_BUFFERS	17		/* of a packet; netfront takes no more (MAX_SKB_FRAGS) */

struct packet {
	unsigned long queued;		/* jiffies */
	u16 first_answer, nr_answers;
};

static struct packet *packet_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct packet) > sizeof(skb->cb));
	return (struct packet *)skb->cb;
}

static struct hypha_evtchn *channel_of(struct hypha_vif_queue *q)
{
	return q->split ? &q->rx.ec : &q->tx.ec;
}

/* Into the queue */

static void enqueue(struct hypha_vif_queue *q, struct sk_buff *skb)
{
	struct hypha_vif_rx *rx = &q->rx;
	bool fits;

	packet_of(skb)->queued = jiffies;
	spin_lock(&rx->queue.lock);
	fits = rx->backlog + skb->truesize <= BACKLOG_MAX;
	if (fits) {
		WRITE_ONCE(rx->backlog, rx->backlog + skb->truesize);
		__skb_queue_tail(&rx->queue, skb);
	}
	spin_unlock(&rx->queue.lock);

	if (fits) {
		napi_schedule(&rx->napi);
	} else {
		hypha_vif_drop(q, HYPHA_DROP_BACKLOG);
		kfree_skb(skb);
	}
}

/* The same flow, the same queue. */
static struct hypha_vif_queue *choose_queue(const struct hypha_vif_session *s, struct sk_buff *skb)
{
	return s->queues[s->nr_queues > 1 ? reciprocal_scale(skb_get_hash(skb), s->nr_queues) : 0];
}

static bool takes_checksum(const struct hypha_vif_session *s, const struct sk_buff *skb)
{
	return s->features & (skb->protocol == htons(ETH_P_IP) ? HYPHA_VIF_CSUM4 : HYPHA_VIF_CSUM6);
}

/* Without scatter-gather a packet is one buffer. */
static u32 max_len(const struct hypha_vif_session *s)
{
	return (s->features & HYPHA_VIF_SG ? PACKET_BUFFERS : 1) * HYPHA_SLOT_SIZE;
}

static void deliver_one(struct hypha_vif_session *s, struct sk_buff *skb)
{
	struct hypha_vif_queue *q = choose_queue(s, skb);
	enum hypha_drop drop = HYPHA_DROP_NONE;

	if (skb->len > max_len(s))
		drop = HYPHA_DROP_TOO_BIG;
	else if (skb->ip_summed == CHECKSUM_PARTIAL && !takes_checksum(s, skb) && skb_checksum_help(skb))
		drop = HYPHA_DROP_CHECKSUM;

	if (drop) {
		hypha_vif_drop(q, drop);
		kfree_skb(skb);
	} else {
		enqueue(q, skb);
	}
}

static bool takes_super_packet(const struct hypha_vif_session *s, struct sk_buff *skb)
{
	return skb_gso_ok(skb, s->offloads) && skb->ip_summed == CHECKSUM_PARTIAL && skb->len <= max_len(s);
}

/* In pieces as long as its wire takes them. */
static void deliver_segments(struct hypha_vif_session *s, struct sk_buff *skb)
{
	struct sk_buff *seg = ERR_PTR(-EINVAL), *next;

	if (skb->ip_summed == CHECKSUM_PARTIAL || skb->ip_summed == CHECKSUM_UNNECESSARY)	/* else Linux warns */
		seg = skb_gso_segment(skb, s->offloads & ~NETIF_F_GSO_MASK);
	if (IS_ERR_OR_NULL(seg)) {
		hypha_vif_drop(s->queues[0], HYPHA_DROP_GSO);
		kfree_skb(skb);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(seg, seg, next) {
		skb_mark_not_on_list(seg);
		deliver_one(s, seg);
	}
}

static void deliver(struct hypha_vif *vif, struct hypha_vif_session *s, struct sk_buff *skb)
{
	skb->dev = vif->dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_dst_drop(skb);	/* may not be counted: it must not outlive the caller */
	nf_reset_ct(skb);

	if (skb_orphan_frags_rx(skb, GFP_ATOMIC)) {	/* pages of other guests, or of user space */
		hypha_vif_drop(s->queues[0], HYPHA_DROP_NO_MEMORY);
		kfree_skb(skb);
	} else if (skb_is_gso(skb) && !takes_super_packet(s, skb)) {
		deliver_segments(s, skb);
	} else {
		deliver_one(s, skb);
	}
}

void hypha_vif_deliver(void *ctx, struct sk_buff *skb)
{
	struct hypha_vif *vif = ctx;
	struct hypha_vif_session *s;

	rcu_read_lock();
	s = rcu_dereference(vif->session);
	if (s && !READ_ONCE(vif->broken)) {
		deliver(vif, s, skb);
	} else {
		hypha_vif_count_drop(vif, HYPHA_DROP_NOT_CONNECTED);
		kfree_skb(skb);
	}
	rcu_read_unlock();
}

/* Out of the queue */

static void unqueue(struct hypha_vif_rx *rx, struct sk_buff *skb)
{
	__skb_unlink(skb, &rx->queue);
	WRITE_ONCE(rx->backlog, rx->backlog - skb->truesize);
}

static void drop_list(struct hypha_vif_queue *q, struct sk_buff_head *list, enum hypha_drop reason)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		if (reason)
			hypha_vif_drop(q, reason);
		kfree_skb(skb);
	}
}

static void drop_stale(struct hypha_vif_queue *q)
{
	struct hypha_vif_rx *rx = &q->rx;
	struct sk_buff_head list;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	spin_lock(&rx->queue.lock);
	while ((skb = skb_peek(&rx->queue)) && time_after(jiffies, packet_of(skb)->queued + STALE_AFTER)) {
		unqueue(rx, skb);
		__skb_queue_tail(&list, skb);
	}
	spin_unlock(&rx->queue.lock);
	drop_list(q, &list, HYPHA_DROP_STALE);
}

void hypha_vif_rx_purge(struct hypha_vif_queue *q, enum hypha_drop reason)
{
	struct hypha_vif_rx *rx = &q->rx;
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	spin_lock_bh(&rx->queue.lock);
	skb_queue_splice_init(&rx->queue, &list);
	WRITE_ONCE(rx->backlog, 0);
	spin_unlock_bh(&rx->queue.lock);
	drop_list(q, &list, reason);
}

/* The guest's buffers, and one for the description of a super-packet. */
static u32 nr_buffers(const struct sk_buff *skb)
{
	return DIV_ROUND_UP(skb->len, HYPHA_SLOT_SIZE) + skb_is_gso(skb);
}

/* The next packet if it fits into @avail buffers. *@needed: how many it wants; 0: there is none. */
static struct sk_buff *next_packet(struct hypha_vif_rx *rx, u32 avail, u32 *needed)
{
	struct sk_buff *skb;

	spin_lock(&rx->queue.lock);
	skb = skb_peek(&rx->queue);
	*needed = skb ? nr_buffers(skb) : 0;
	if (skb && *needed <= avail)
		unqueue(rx, skb);
	else
		skb = NULL;
	spin_unlock(&rx->queue.lock);
	return skb;
}

/* Into the guest's buffers */

/* The buffer that is being filled. */
struct buffer {
	struct hypha_vif_queue *q;
	grant_ref_t ref;
	u32 used;
	u32 answer;
};

static void run_copies(struct hypha_vif_rx *rx)
{
	u32 i;

	if (!rx->nr_ops)
		return;
	hypha_grant_copy(rx->ops, rx->nr_ops);	/* a hypercall that fails shows in each status */
	for (i = 0; i < rx->nr_ops; i++)
		if (rx->ops[i].status != GNTST_okay)
			__set_bit(rx->op_answer[i], rx->failed);
	rx->nr_ops = 0;
}

static void open_buffer(struct buffer *b, u16 flags)
{
	struct hypha_vif_rx *rx = &b->q->rx;
	struct xen_netif_rx_request req;

	RING_COPY_REQUEST(&rx->ring, rx->ring.req_cons, &req);
	rx->ring.req_cons++;
	b->ref = req.gref;
	b->used = 0;
	b->answer = rx->nr_answers++;
	rx->answers[b->answer].rsp = (struct xen_netif_rx_response){ .id = req.id, .flags = flags };
}

/* Behind a packet's first buffer: how it is to be cut. Takes a request, whose buffer stays the guest's. */
static void describe_gso(struct buffer *b, const struct sk_buff *skb)
{
	struct hypha_vif_rx *rx = &b->q->rx;
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	rx->answers[b->answer].rsp.flags |= XEN_NETRXF_extra_info;
	rx->ring.req_cons++;
	rx->answers[rx->nr_answers++].extra = (struct xen_netif_extra_info){
		.type = XEN_NETIF_EXTRA_TYPE_GSO,
		.u.gso.size = shinfo->gso_size,
		.u.gso.type = shinfo->gso_type & SKB_GSO_TCPV6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4,
	};
}

/* Within one page of ours; opens the next buffers as it goes. */
static void fill_from_page(struct buffer *b, struct page *page, u32 offset, u32 len)
{
	struct hypha_vif_rx *rx = &b->q->rx;
	u32 n;

	for (; len; len -= n, offset += n) {
		if (b->used == HYPHA_SLOT_SIZE) {
			rx->answers[b->answer].rsp.flags |= XEN_NETRXF_more_data;
			open_buffer(b, 0);
		}
		if (rx->nr_ops == HYPHA_VIF_OPS)
			run_copies(rx);
		n = min_t(u32, len, HYPHA_SLOT_SIZE - b->used);
		rx->op_answer[rx->nr_ops] = b->answer;
		hypha_grant_fill_to_guest(&rx->ops[rx->nr_ops++], b->q->vif->domid, b->ref, b->used, page, offset, n);
		b->used += n;
		rx->answers[b->answer].rsp.status = b->used;
	}
}

static void fill_from(struct buffer *b, const void *at, u32 len)
{
	u32 n;

	for (; len; len -= n, at += n) {
		n = min_t(u32, len, PAGE_SIZE - offset_in_page(at));
		fill_from_page(b, virt_to_page(at), offset_in_page(at), n);
	}
}

static u16 checksum_flags(const struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated;
	return skb->ip_summed == CHECKSUM_UNNECESSARY ? XEN_NETRXF_data_validated : 0;
}

static void fill_staged(struct buffer *b, const struct sk_buff *skb)
{
	void *at = hypha_vif_stage(&b->q->rx.stage, skb->len);

	skb_copy_bits(skb, 0, at, skb->len);
	fill_from(b, at, skb->len);
}

static void fill_in_place(struct buffer *b, struct sk_buff *skb)
{
	struct skb_seq_state seq;
	u32 done = 0, len;
	const u8 *at;

	skb_prepare_seq_read(skb, 0, skb->len, &seq);
	while ((len = skb_seq_read(done, &at, &seq))) {
		fill_from(b, at, len);
		done += len;
	}
}

static void put_packet(struct hypha_vif_queue *q, struct sk_buff *skb)
{
	struct hypha_vif_rx *rx = &q->rx;
	struct buffer b = { .q = q };
	u32 first = rx->nr_answers;

	open_buffer(&b, checksum_flags(skb));
	if (skb_is_gso(skb))
		describe_gso(&b, skb);
	if (skb->len <= HYPHA_VIF_STAGED_MAX)
		fill_staged(&b, skb);
	else
		fill_in_place(&b, skb);
	packet_of(skb)->first_answer = first;
	packet_of(skb)->nr_answers = rx->nr_answers - first;
}

/* Return: packets put, @budget if there is more to do, or -EPROTO. *@needed: buffers the next one waits for, 0: none. */
static int put_packets(struct hypha_vif_queue *q, int budget, struct sk_buff_head *packets, u32 *needed)
{
	struct hypha_vif_rx *rx = &q->rx;
	u32 prod = READ_ONCE(rx->ring.sring->req_prod);
	int nr, used = hypha_vif_used(prod, &rx->seen, rx->ring.rsp_prod_pvt);
	struct sk_buff *skb;

	virt_rmb();	/* requests after the index that covers them */
	if (used < 0)
		return used;

	for (nr = 0; nr < budget; nr++) {
		skb = next_packet(rx, prod - rx->ring.req_cons, needed);
		if (!skb)
			return nr;
		put_packet(q, skb);
		__skb_queue_tail(packets, skb);
		if (rx->nr_ops + PACKET_BUFFERS > HYPHA_VIF_OPS)
			break;
	}
	return budget;
}

/* All that was taken is answered at once, with one event if the guest wants one. */
static void answer(struct hypha_vif_queue *q)
{
	struct hypha_vif_rx *rx = &q->rx;
	bool notify;
	u32 i;

	if (!rx->nr_answers)
		return;
	for (i = 0; i < rx->nr_answers; i++) {
		void *rsp = RING_GET_RESPONSE(&rx->ring, rx->ring.rsp_prod_pvt++);

		if (test_bit(i, rx->failed))
			rx->answers[i].rsp.status = XEN_NETIF_RSP_ERROR;
		memcpy(rsp, &rx->answers[i], sizeof(rx->answers[i]));
	}
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&rx->ring, notify);
	if (notify)
		hypha_evtchn_notify(channel_of(q));
}

static void finish(struct hypha_vif_queue *q, struct sk_buff_head *packets, int budget)
{
	struct hypha_vif_rx *rx = &q->rx;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(packets))) {
		const struct packet *p = packet_of(skb);
		u32 end = p->first_answer + p->nr_answers;

		if (find_next_bit(rx->failed, end, p->first_answer) < end) {
			hypha_vif_drop(q, HYPHA_DROP_GRANT);
		} else {
			q->counters->rx_packets++;
			q->counters->rx_bytes += skb->len;
		}
		napi_consume_skb(skb, budget);
	}
	bitmap_zero(rx->failed, HYPHA_VIF_RING);
	rx->nr_answers = 0;
}

/* Ask for an event when there are @needed buffers. Return: true if there are already. */
static bool final_check(struct hypha_vif_rx *rx, u32 needed)
{
	WRITE_ONCE(rx->ring.sring->req_event, rx->ring.req_cons + needed);
	virt_mb();
	return READ_ONCE(rx->ring.sring->req_prod) - rx->ring.req_cons >= needed;
}

int hypha_vif_rx_poll(struct napi_struct *napi, int budget)
{
	struct hypha_vif_queue *q = container_of(napi, struct hypha_vif_queue, rx.napi);
	struct hypha_vif_rx *rx = &q->rx;
	struct sk_buff_head packets;
	int done = -EPROTO;
	u32 needed;

	if (!READ_ONCE(q->vif->broken)) {
		drop_stale(q);
		rx->stage.used = 0;
		__skb_queue_head_init(&packets);
		done = put_packets(q, budget, &packets, &needed);
		run_copies(rx);
		answer(q);
		finish(q, &packets, budget);
	}
	if (done < 0) {
		hypha_vif_break(q);
		hypha_vif_rx_purge(q, HYPHA_DROP_NOT_CONNECTED);
		napi_complete(napi);
		return 0;
	}
	if (done >= budget || (needed && final_check(rx, needed)))
		return budget;
	if (needed)
		mod_timer(&rx->stale, jiffies + STALE_AFTER + 1);
	if (napi_complete(napi) && q->split)
		hypha_evtchn_eoi(&rx->ec, !done);
	return done;
}

int hypha_vif_rx_attach(struct hypha_vif_rx *rx)
{
	struct xen_netif_rx_sring *shared = rx->page.va;

	BACK_RING_ATTACH(&rx->ring, shared, READ_ONCE(shared->rsp_prod), PAGE_SIZE);
	rx->seen = READ_ONCE(shared->req_prod);
	return hypha_ring_used(rx->seen, rx->ring.rsp_prod_pvt, HYPHA_VIF_RING) < 0 ? -EPROTO : 0;
}
