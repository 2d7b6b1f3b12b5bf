// SPDX-License-Identifier: GPL-2.0-only
/* What a guest sends: is it who it says it is, is it for the gateway itself, else on to its flow. */
#include "net_priv.h"

#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ndisc.h>

static bool pull(struct sk_buff *skb, u32 len)
{
	return pskb_may_pull(skb, min(len, skb->len));
}

static enum hypha_drop parse(struct hypha_transit *t)
{
	u32 from = t->ep ? hypha_endpoint_id(t->ep) : HYPHA_FROM_NET;

	return hypha_packet_parse(t->skb->data, skb_headlen(t->skb), t->skb->len, from, &t->p);
}

/* What is linear already is most often enough; the rest is pulled only for what would else be refused. */
enum hypha_drop hypha_transit_look(struct hypha_transit *t)
{
	struct sk_buff *skb = t->skb;
	enum hypha_drop why = parse(t);

	if (why && skb_headlen(skb) < min_t(u32, skb->len, HYPHA_PACKET_LOOK)) {
		if (!pull(skb, HYPHA_PACKET_LOOK))
			return HYPHA_DROP_NO_MEMORY;
		why = parse(t);
	}
	if (why)
		return why;
	skb_reset_network_header(skb);
	return pskb_trim_rcsum(skb, t->p.len) ? HYPHA_DROP_NO_MEMORY : 0;
}

/* Source MAC and destination. */
static enum hypha_drop check_frame(const struct hypha_endpoint *ep, const struct ethhdr *eth)
{
	if (!ether_addr_equal(eth->h_source, ep->wire.guest_mac))
		return HYPHA_DROP_SPOOF_MAC;
	if (!ether_addr_equal(eth->h_dest, ep->wire.gateway_mac) && !is_multicast_ether_addr(eth->h_dest))
		return HYPHA_DROP_NOT_FOR_US;
	return 0;
}

static enum hypha_drop check_source(const struct hypha_transit *t)
{
	const struct hypha_wire *w = &t->ep->wire;
	const struct in6_addr *src = &t->p.tuple.src;

	if (t->p.version == 4)
		return src->s6_addr32[3] == w->guest4 ? 0 : HYPHA_DROP_SPOOF_IP4;
	if (ipv6_addr_equal(src, &w->guest6) || ipv6_addr_equal(src, &w->guest_ll))
		return 0;
	return HYPHA_DROP_SPOOF_IP6;
}

static void answer_neighbour(struct hypha_endpoint *ep, struct sk_buff *skb,
			     int (*answer)(const struct hypha_wire *w, const void *frame, u32 len, void *out))
{
	u8 out[HYPHA_NEIGHBOUR_MAX];
	int len;

	if (!pull(skb, HYPHA_NEIGHBOUR_MAX)) {
		hypha_drop(ep, skb, HYPHA_DROP_NO_MEMORY);
		return;
	}
	len = answer(&ep->wire, skb->data, skb_headlen(skb), out);
	if (len < 0) {
		hypha_drop(ep, skb, -len);
		return;
	}
	if (len)
		hypha_deliver_frame(ep, out, len);
	consume_skb(skb);
}

/* Neighbour discovery has no hops and no extension headers before it. */
static bool is_nd(struct sk_buff *skb)
{
	const struct ipv6hdr *ip;
	u8 type;

	if (!pskb_may_pull(skb, ETH_HLEN + sizeof(*ip) + 1))
		return false;
	ip = (void *)skb->data + ETH_HLEN;
	type = *(const u8 *)(ip + 1);
	return ip->version == 6 && ip->nexthdr == IPPROTO_ICMPV6 && type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT;
}

bool hypha_transit_is_to_gateway(const struct hypha_transit *t)
{
	const struct in6_addr *dst = &t->p.tuple.dst;
	const struct hypha_wire *w = &t->ep->wire;

	if (t->p.version == 4)
		return dst->s6_addr32[3] == w->gateway4;
	return ipv6_addr_equal(dst, &w->gateway6) || ipv6_addr_equal(dst, &w->gateway_ll);
}

static bool is_echo_request(const struct hypha_packet *p)
{
	return (p->tuple.proto == IPPROTO_ICMP && p->icmp_type == ICMP_ECHO) ||
	       (p->tuple.proto == IPPROTO_ICMPV6 && p->icmp_type == ICMPV6_ECHO_REQUEST);
}

/* Ping of the gateway. True: taken. */
static bool answer_echo(struct hypha_transit *t)
{
	struct sk_buff *skb = t->skb;

	if (!hypha_transit_is_to_gateway(t) || (t->p.flags & HYPHA_PACKET_ERROR) || !is_echo_request(&t->p))
		return false;
	if (skb_ensure_writable(skb, min(skb->len, (u32)t->p.l4 + 8))) {
		hypha_drop(t->ep, skb, HYPHA_DROP_NO_MEMORY);
		return true;
	}
	hypha_reply_echo(skb->data, &t->p);
	skb_orphan(skb);
	hypha_deliver(t->ep, skb, &t->p);
	return true;
}

/* To where nothing is carried, silently. */
static enum hypha_drop check_destination(const struct hypha_transit *t)
{
	const struct in6_addr *dst = &t->p.tuple.dst;
	__be32 dst4 = dst->s6_addr32[3];

	if (t->p.version == 4) {
		if (ipv4_is_multicast(dst4) || ipv4_is_lbcast(dst4))
			return HYPHA_DROP_MULTICAST;
		return ipv4_is_linklocal_169(dst4) || ipv4_is_loopback(dst4) || ipv4_is_zeronet(dst4) ? HYPHA_DROP_LINK_LOCAL : 0;
	}
	if (ipv6_addr_is_multicast(dst))
		return HYPHA_DROP_MULTICAST;
	if (ipv6_addr_loopback(dst) || ipv6_addr_any(dst) || ipv6_addr_v4mapped(dst))
		return HYPHA_DROP_LINK_LOCAL;
	return (ipv6_addr_type(dst) & IPV6_ADDR_LINKLOCAL) && !hypha_transit_is_to_gateway(t) ? HYPHA_DROP_LINK_LOCAL : 0;
}

bool hypha_transit_whole(struct hypha_transit *t, u32 user)
{
	enum hypha_drop why;

	if (t->p.version != 4) {
		hypha_drop(t->ep, t->skb, HYPHA_DROP_FRAGMENT);
		return false;
	}
	t->skb->dev = hypha_net.dev;
	memset(t->skb->cb, 0, sizeof(t->skb->cb));
	if (ip_defrag(&init_net, t->skb, user))
		return false;
	why = hypha_transit_look(t);
	if (!why && (t->p.flags & HYPHA_PACKET_FRAGMENT))
		why = HYPHA_DROP_FRAGMENT;
	if (why) {
		hypha_drop(t->ep, t->skb, why);
		return false;
	}
	return true;
}

static void receive_ip(struct hypha_endpoint *ep, struct sk_buff *skb)
{
	struct hypha_transit t = { .skb = skb, .ep = ep };
	enum hypha_drop why;

	skb_pull(skb, ETH_HLEN);
	why = hypha_transit_look(&t);
	if (!why)
		why = check_source(&t);
	if (!why)
		why = check_destination(&t);
	if (why) {
		hypha_drop(ep, skb, why);
		return;
	}
	if (READ_ONCE(ep->policy) & HYPHA_POLICY_STACK && !hypha_transit_is_to_gateway(&t)) {
		hypha_host_tap(skb);
		hypha_route_inject(skb);
		return;
	}
	if (t.p.flags & HYPHA_PACKET_FRAGMENT && !hypha_transit_whole(&t, HYPHA_DEFRAG_GUEST))
		return;
	hypha_host_tap(t.skb);
	if (!hypha_nat_known(&t) && !answer_echo(&t))
		hypha_admit_from_guest(&t);
}

void hypha_endpoint_receive(struct hypha_endpoint *ep, struct sk_buff *skb)
{
	const struct ethhdr *eth = (void *)skb->data;
	enum hypha_drop why = check_frame(ep, eth);

	if (why) {
		hypha_drop(ep, skb, why);
		return;
	}
	skb->protocol = eth->h_proto;
	skb->dev = hypha_net.dev;
	dev_sw_netstats_rx_add(hypha_net.dev, skb->len);

	rcu_read_lock();
	if (skb->protocol == htons(ETH_P_ARP))
		answer_neighbour(ep, skb, hypha_neighbour_arp);
	else if (skb->protocol == htons(ETH_P_IPV6) && is_nd(skb))
		answer_neighbour(ep, skb, hypha_neighbour_nd);
	else if (skb->protocol == htons(ETH_P_IP) || skb->protocol == htons(ETH_P_IPV6))
		receive_ip(ep, skb);
	else
		hypha_drop(ep, skb, HYPHA_DROP_ETHERTYPE);
	rcu_read_unlock();
}
