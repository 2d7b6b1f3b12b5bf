// SPDX-License-Identifier: GPL-2.0-only
/* The host's routes: which way and address a flow's packets take, and the sending. */
#include "net_priv.h"

#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

static bool is4(const struct in6_addr *a)
{
	return ipv6_addr_v4mapped(a);
}

static enum hypha_reach find4(__be32 dst, __be32 from, u8 proto, struct in6_addr *src, struct dst_entry **route)
{
	struct flowi4 fl = { .daddr = dst, .saddr = from, .flowi4_proto = proto };
	struct rtable *rt = ip_route_output_key(&init_net, &fl);

	if (IS_ERR(rt))
		return HYPHA_REACH_NONE;
	hypha_addr_set4(src, fl.saddr);
	*route = &rt->dst;
	switch (rt->rt_type) {
	case RTN_UNICAST:
		return HYPHA_REACH_OUTSIDE;
	case RTN_LOCAL:
		return HYPHA_REACH_LOCAL;
	default:
		dst_release(&rt->dst);
		return rt->rt_type == RTN_BROADCAST || rt->rt_type == RTN_MULTICAST ? HYPHA_REACH_GROUP : HYPHA_REACH_NONE;
	}
}

static enum hypha_reach find6(const struct in6_addr *dst, const struct in6_addr *from, u8 proto, struct in6_addr *src,
			      struct dst_entry **route)
{
	struct flowi6 fl = { .daddr = *dst, .saddr = *from, .flowi6_proto = proto };
	struct dst_entry *d = ip6_route_output(&init_net, NULL, &fl);

	if (d->error)
		goto none;
	*src = *from;
	if (ipv6_addr_any(src) && ipv6_dev_get_saddr(&init_net, ip6_dst_idev(d)->dev, dst, 0, src))
		goto none;
	*route = d;
	return ((struct rt6_info *)d)->rt6i_flags & RTF_LOCAL ? HYPHA_REACH_LOCAL : HYPHA_REACH_OUTSIDE;
none:
	dst_release(d);
	return HYPHA_REACH_NONE;
}

enum hypha_reach hypha_route_find(const struct in6_addr *dst, const struct in6_addr *from, u8 proto, struct in6_addr *src,
				  struct dst_entry **route)
{
	if (is4(dst))
		return find4(dst->s6_addr32[3], is4(from) ? from->s6_addr32[3] : 0, proto, src, route);
	return find6(dst, from, proto, src, route);
}

bool hypha_route_is_local(const struct in6_addr *addr)
{
	if (is4(addr))
		return inet_addr_type(&init_net, addr->s6_addr32[3]) == RTN_LOCAL;
	return ipv6_chk_addr(&init_net, addr, NULL, 0);
}

static u32 cookie_of(const struct dst_entry *dst)
{
	return dst->ops->family == AF_INET6 ? rt6_get_cookie((const struct rt6_info *)dst) : 0;
}

void hypha_route_keep(struct hypha_flow *flow, struct dst_entry *route)
{
	struct dst_entry *old;

	/* Who sees the one without the other finds the route again, or sends one packet the old way. */
	WRITE_ONCE(flow->route_cookie, cookie_of(route));
	old = xchg((struct dst_entry **)&flow->route, route);
	dst_release(old);	/* others may use it: its memory stays for a grace period */
}

struct dst_entry *hypha_route_of(struct hypha_flow *flow, const struct hypha_tuple *out)
{
	struct dst_entry *dst = READ_ONCE(flow->route), *fresh;
	struct in6_addr src, any;

	if (dst && dst_check(dst, READ_ONCE(flow->route_cookie)))
		return dst;

	if (hypha_tuple_is4(out))
		hypha_addr_set4(&any, 0);
	else
		any = in6addr_any;
	/* What came in to an address of ours goes out from it; what was masqueraded asks anew. */
	if (flow->flags & HYPHA_FLOW_FORWARD)
		any = out->src;
	switch (hypha_route_find(&out->dst, &any, out->proto, &src, &fresh)) {
	case HYPHA_REACH_OUTSIDE:
	case HYPHA_REACH_LOCAL:
		break;
	default:
		return NULL;
	}
	if (!ipv6_addr_equal(&src, &out->src)) {
		dst_release(fresh);
		hypha_flow_remove(hypha_net.flows, flow);
		return NULL;
	}
	hypha_route_keep(flow, fresh);
	return fresh;
}

static int output(struct sk_buff *skb, struct dst_entry *dst)
{
	skb->dev = dst->dev;
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_dst_set_noref(skb, dst);
	return dst_output(&init_net, NULL, skb);
}

void hypha_route_send(struct hypha_flow *flow, const struct hypha_tuple *out, struct hypha_transit *t)
{
	struct dst_entry *dst = hypha_route_of(flow, out);

	if (!dst) {
		hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_ROUTE);
		return;
	}
	output(t->skb, dst);
}

void hypha_route_reply(struct sk_buff *skb)
{
	const struct iphdr *ip = (void *)skb->data;
	struct in6_addr to, from, src;
	struct dst_entry *dst;

	skb_reset_network_header(skb);
	if (ip->version == 4) {
		skb->protocol = htons(ETH_P_IP);
		hypha_addr_set4(&to, ip->daddr);
		hypha_addr_set4(&from, ip->saddr);
	} else {
		skb->protocol = htons(ETH_P_IPV6);
		to = ipv6_hdr(skb)->daddr;
		from = ipv6_hdr(skb)->saddr;
	}
	switch (hypha_route_find(&to, &from, 0, &src, &dst)) {
	case HYPHA_REACH_OUTSIDE:
	case HYPHA_REACH_LOCAL:
		output(skb, dst);
		dst_release(dst);
		return;
	default:
		kfree_skb(skb);
	}
}

void hypha_route_inject(struct sk_buff *skb)
{
	struct net_device *dev = hypha_net.dev;

	skb->dev = dev;
	skb->pkt_type = PACKET_HOST;
	skb_reset_mac_header(skb);
	dev_sw_netstats_rx_add(dev, skb->len);
	netif_rx(skb);
}
