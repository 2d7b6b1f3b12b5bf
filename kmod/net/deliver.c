// SPDX-License-Identifier: GPL-2.0-only
/* The last step to a guest: what does not fit is cut or complained of, an Ethernet header goes in front. */
#include "net_priv.h"

#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "compat/gso.h"

/* A super-packet is as long as its pieces will be. */
static bool fits(const struct sk_buff *skb, u32 mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) : skb->len <= mtu;
}

static struct sk_buff *reply_alloc(void **data)
{
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + HYPHA_REPLY_MAX, GFP_ATOMIC);

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	*data = skb->data;
	return skb;
}

/* To whom the packet came from: over its wire, or the host's way. */
static void reply_send(struct hypha_endpoint *to, struct sk_buff *skb, u32 len)
{
	const struct iphdr *ip;

	if (!len) {
		kfree_skb(skb);
		return;
	}
	ip = skb_put(skb, len);
	skb->protocol = ip->version == 4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	if (to)
		hypha_deliver(to, skb, NULL);
	else
		hypha_route_reply(skb);
}

/* A guest, and who writes to one, hears from the gateway; others from the address of the host they wrote to. */
static void speaker(const struct hypha_transit *t, struct in6_addr *from)
{
	if (!t->ep && hypha_route_is_local(&t->p.tuple.dst))
		*from = t->p.tuple.dst;
	else if (t->p.version == 4)
		hypha_addr_set4(from, hypha_net.gateway4);
	else
		*from = hypha_net.gateway6;
}

void hypha_complain(const struct hypha_transit *t, enum hypha_complaint what, u32 mtu)
{
	struct in6_addr from;
	struct sk_buff *skb;
	void *out;

	skb = reply_alloc(&out);
	if (!skb)
		return;
	speaker(t, &from);
	reply_send(t->ep, skb, hypha_reply_error(out, t->skb->data, skb_headlen(t->skb), &t->p, &from, what, mtu));
}

void hypha_reset(const struct hypha_transit *t)
{
	struct sk_buff *skb;
	void *out;

	skb = reply_alloc(&out);
	if (skb)
		reply_send(t->ep, skb, hypha_reply_reset(out, t->skb->data, &t->p));
}

/*
 * IPv4 without DF is cut on the way out; a super-packet is TCP's and never without. A datagram of the host's own to a
 * published port met no link but loopback: its DF is not about the guest's, and nobody would send it again.
 */
static bool may_be_cut(const struct hypha_transit *t)
{
	if (t->p.version != 4 || skb_is_gso(t->skb))
		return false;
	return !(t->p.flags & HYPHA_PACKET_DF) || (t->p.tuple.proto == IPPROTO_UDP && t->skb->skb_iif == LOOPBACK_IFINDEX);
}

bool hypha_deliver_too_big(struct hypha_transit *t, u32 mtu)
{
	if (fits(t->skb, mtu) || may_be_cut(t))
		return false;
	hypha_complain(t, HYPHA_COMPLAIN_TOO_BIG, mtu);
	return true;
}

static void hand_over(struct hypha_endpoint *to, struct sk_buff *skb)
{
	struct ethhdr *eth;

	if (skb_cow_head(skb, ETH_HLEN)) {
		hypha_drop(to, skb, HYPHA_DROP_NO_MEMORY);
		return;
	}
	hypha_host_tap(skb);
	eth = skb_push(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, to->wire.guest_mac);
	ether_addr_copy(eth->h_source, to->wire.gateway_mac);
	eth->h_proto = skb->protocol;
	skb_reset_mac_header(skb);
	skb->dev = hypha_net.dev;
	dev_sw_netstats_tx_add(hypha_net.dev, 1, skb->len);
	to->ops->deliver(to->ctx, skb);
}

static int deliver_piece(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct in6_addr to;
	struct hypha_endpoint *ep;

	hypha_addr_set4(&to, ip_hdr(skb)->daddr);
	ep = hypha_endpoint_by_addr(&to);
	skb_dst_drop(skb);
	if (ep)
		hand_over(ep, skb);
	else
		kfree_skb(skb);
	return 0;
}

/* ip_do_fragment() wants to know the link by a route: that to the guest, whose MTU may be less than hypha0's. */
static void deliver_cut(struct hypha_endpoint *to, struct sk_buff *skb)
{
	struct flowi4 where = { .daddr = ip_hdr(skb)->daddr, .flowi4_oif = hypha_net.dev->ifindex };
	struct rtable *rt = ip_route_output_key(&init_net, &where);

	if (IS_ERR(rt)) {
		hypha_drop(to, skb, HYPHA_DROP_NO_ROUTE);
		return;
	}
	memset(skb->cb, 0, sizeof(skb->cb));
	IPCB(skb)->frag_max_size = to->wire.mtu;
	skb->ignore_df = 1;
	skb->dev = hypha_net.dev;
	skb_dst_set(skb, &rt->dst);
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		hypha_drop(to, skb, HYPHA_DROP_CHECKSUM);
		return;
	}
	ip_do_fragment(&init_net, NULL, skb, deliver_piece);
}

void hypha_deliver(struct hypha_endpoint *to, struct sk_buff *skb, const struct hypha_packet *p)
{
	skb_reset_network_header(skb);
	if (p)
		skb_set_transport_header(skb, p->l4);
	if (!fits(skb, to->wire.mtu) && skb->protocol == htons(ETH_P_IP) && !skb_is_gso(skb))
		deliver_cut(to, skb);
	else
		hand_over(to, skb);
}

void hypha_deliver_frame(struct hypha_endpoint *to, const void *frame, u32 len)
{
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + len, GFP_ATOMIC);

	if (!skb)
		return;
	skb_reserve(skb, NET_SKB_PAD);
	skb_put_data(skb, frame, len);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb->dev = hypha_net.dev;
	to->ops->deliver(to->ctx, skb);
}
