// SPDX-License-Identifier: GPL-2.0-only
/* Packets of flows that exist: found, rewritten, sent on. The fast path of everything. */
#include "net_priv.h"

#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <net/checksum.h>
#include <net/ipv6.h>

#include "rewrite.h"

#define TTL_LEAST	1

u64 hypha_nat_now(void)
{
	return ktime_get_ns();
}

void hypha_nat_tell(enum hypha_flow_event event, const struct hypha_flow *flow)
{
	void (*observe)(enum hypha_flow_event, const struct hypha_flow *) = READ_ONCE(hypha_net.observe);

	if (observe)
		observe(event, flow);
}

struct hypha_flow *hypha_nat_flow_alloc(struct hypha_endpoint *owner, const struct hypha_packet *p, u32 flags)
{
	struct hypha_flow *flow = kzalloc(sizeof(*flow), GFP_ATOMIC);

	if (!flow)
		return NULL;
	flow->tuple[0] = p->tuple;
	flow->owner = &owner->owner;
	flow->flags = flags;
	return flow;
}

void hypha_nat_flow_free(struct hypha_flow *flow)
{
	if (flow->route)
		dst_release(flow->route);
	kfree(flow);
}

void hypha_nat_flow_gone(struct hypha_flow *flow)
{
	hypha_nat_tell(HYPHA_FLOW_EVENT_DESTROY, flow);
	hypha_nat_flow_free(flow);
}

/* The transport header as far as the rewrite may touch it, and what an error carries. */
static u32 writable_len(const struct hypha_transit *t)
{
	u32 len = t->p.flags & HYPHA_PACKET_ERROR ? t->p.inner_l4 + 20 : t->p.l4 + 20;

	return min(len, t->skb->len);
}

/*
 * Make the headers ours to write. A checksum the receiving hardware took over the whole packet is kept right by taking what
 * may change out of it before, and putting it in again after.
 */
static bool begin_rewrite(struct hypha_transit *t, u32 *len)
{
	struct sk_buff *skb = t->skb;

	skb_set_transport_header(skb, t->p.l4);
	*len = writable_len(t);
	if (skb_ensure_writable(skb, *len))
		return false;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_sub(skb->csum, csum_partial(skb->data, *len, 0));
	return true;
}

static void end_rewrite(struct hypha_transit *t, u32 len)
{
	struct sk_buff *skb = t->skb;

	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_add(skb->csum, csum_partial(skb->data, len, 0));
}

/* Nothing of where it was is left on it. */
static void scrub(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_scrub_packet(skb, true);
	skb_dst_drop(skb);
	skb->priority = 0;
}

static void send_on(struct hypha_flow *flow, const struct hypha_tuple *out, u32 to, struct hypha_transit *t)
{
	struct hypha_endpoint *ep;

	if (to != HYPHA_FROM_NET) {
		ep = flow->owner->guest == to ? hypha_endpoint_of(flow) : hypha_endpoint_by_id(to);
		if (ep)
			hypha_deliver(ep, t->skb, &t->p);
		else
			hypha_drop(t->ep, t->skb, HYPHA_DROP_NOT_CONNECTED);
		return;
	}
	if (flow->flags & HYPHA_FLOW_HOST)
		hypha_route_inject(t->skb);
	else
		hypha_route_send(flow, out, t);
}

static bool passes(struct hypha_flow *flow, const struct hypha_tuple *out, u32 to, struct hypha_transit *t)
{
	const struct dst_entry *route;
	struct hypha_endpoint *ep;
	u32 mtu = 0;

	if (t->p.ttl <= TTL_LEAST) {
		hypha_complain(t, HYPHA_COMPLAIN_TTL, 0);
		hypha_drop(t->ep, t->skb, HYPHA_DROP_TTL);
		return false;
	}
	if (to != HYPHA_FROM_NET) {
		ep = flow->owner->guest == to ? hypha_endpoint_of(flow) : hypha_endpoint_by_id(to);
		mtu = ep ? ep->wire.mtu : 0;
	} else if (!(flow->flags & HYPHA_FLOW_HOST)) {
		route = hypha_route_of(flow, out);	/* the MTU of one that has gone is 68 */
		if (!route) {
			hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_ROUTE);
			return false;
		}
		mtu = dst_mtu(route);
	}
	if (mtu && hypha_deliver_too_big(t, mtu)) {
		hypha_drop(t->ep, t->skb, HYPHA_DROP_TOO_BIG);
		return false;
	}
	return true;
}

void hypha_nat_forward(struct hypha_flow *flow, unsigned int dir, struct hypha_transit *t)
{
	u32 to = flow->tuple[!dir].from, len;
	struct hypha_tuple out;

	hypha_tuple_reverse(&flow->tuple[!dir], 0, &out);
	if (!passes(flow, &out, to, t))
		return;
	if (hypha_flow_seen(hypha_net.flows, flow, dir, &t->p, t->p.len, hypha_nat_now()))
		hypha_nat_tell(HYPHA_FLOW_EVENT_UPDATE, flow);
	if (!begin_rewrite(t, &len)) {
		hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_MEMORY);
		return;
	}
	hypha_rewrite(t->skb->data, &t->p, &out, t->skb->ip_summed == CHECKSUM_PARTIAL);
	end_rewrite(t, len);
	scrub(t->skb);
	send_on(flow, &out, to, t);
}

/*
 * An ICMP error about a packet that left as the reverse of tuple[d] and had come as tuple[!d]: its sender there gets to see
 * its own packet. The far end itself is known to it by another address perhaps; a router in between keeps its own.
 */
static void forward_error(struct hypha_flow *flow, unsigned int d, struct hypha_transit *t)
{
	const struct hypha_tuple *sent = &flow->tuple[!d];
	const struct in6_addr *src = NULL;
	u32 to = sent->from, len;
	struct hypha_tuple out;

	if (ipv6_addr_equal(&t->p.tuple.src, &flow->tuple[d].src) || t->ep)
		src = &sent->dst;
	if (!begin_rewrite(t, &len)) {
		hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_MEMORY);
		return;
	}
	hypha_rewrite_error(t->skb->data, &t->p, src, &sent->src, sent);
	end_rewrite(t, len);
	scrub(t->skb);
	hypha_tuple_reverse(sent, 0, &out);
	send_on(flow, &out, to, t);
}

static bool known_error(struct hypha_transit *t)
{
	struct hypha_tuple answer;
	struct hypha_flow *flow;
	unsigned int dir;

	hypha_tuple_reverse(&t->p.inner, t->p.tuple.from, &answer);
	flow = hypha_flow_find(hypha_net.flows, &answer, &dir);
	if (!flow)
		return false;
	forward_error(flow, dir, t);
	return true;
}

bool hypha_nat_known(struct hypha_transit *t)
{
	struct hypha_flow *flow;
	unsigned int dir;

	if (t->p.flags & HYPHA_PACKET_ERROR)
		return known_error(t);
	flow = hypha_flow_find(hypha_net.flows, &t->p.tuple, &dir);
	if (!flow)
		return false;
	hypha_nat_forward(flow, dir, t);
	return true;
}
