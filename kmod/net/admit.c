// SPDX-License-Identifier: GPL-2.0-only
/* Packets of no flow yet: who may start one, and what it becomes. Default deny toward the host and other guests. */
#include "net_priv.h"

#include <linux/random.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/udp.h>

#define DNS_PORT	53

static bool starts(const struct hypha_packet *p)
{
	if (p->flags & HYPHA_PACKET_ERROR)
		return false;
	switch (p->tuple.proto) {
	case IPPROTO_TCP:
		return (p->tcp_flags & 0x17) == 0x02;	/* SYN, without FIN, RST, ACK */
	case IPPROTO_UDP:
		return true;
	default:
		return p->tuple.dport == 0;		/* an echo request; see tuple.h */
	}
}

static enum hypha_drop why_not(const struct hypha_flow *flow, int err)
{
	switch (err) {
	case -EDQUOT:
		return flow->tuple[0].proto == IPPROTO_TCP &&
		       atomic_read(&flow->owner->nr_half_open) >= READ_ONCE(hypha_net.limits.max_half_open_per_guest) ?
			       HYPHA_DROP_HALF_OPEN : HYPHA_DROP_GUEST_FLOWS;
	case -ENOSPC:
		return HYPHA_DROP_TABLE;
	case -ENOMEM:
		return HYPHA_DROP_NO_MEMORY;
	default:
		return HYPHA_DROP_PORTS;
	}
}

/* Would packets to our @t->dst be a socket's of the host? */
static bool socket_has4(const struct hypha_tuple *t)
{
	__be32 src = t->src.s6_addr32[3], dst = t->dst.s6_addr32[3];
	struct sock *sk;

	if (t->proto == IPPROTO_UDP)
		sk = udp4_lib_lookup(&init_net, src, t->sport, dst, t->dport, 0);
	else
		sk = inet_lookup(&init_net, init_net.ipv4.tcp_death_row.hashinfo, NULL, 0, src, t->sport, dst, t->dport, 0);
	if (!sk)
		return false;
	sock_gen_put(sk);
	return true;
}

static bool socket_has6(const struct hypha_tuple *t)
{
	struct sock *sk;

	if (t->proto == IPPROTO_UDP)
		sk = udp6_lib_lookup(&init_net, &t->src, t->sport, &t->dst, t->dport, 0);
	else
		sk = inet6_lookup(&init_net, init_net.ipv4.tcp_death_row.hashinfo, NULL, 0, &t->src, t->sport, &t->dst, t->dport, 0);
	if (!sk)
		return false;
	sock_gen_put(sk);
	return true;
}

static bool socket_has(const struct hypha_tuple *t)
{
	if (t->proto != IPPROTO_TCP && t->proto != IPPROTO_UDP)
		return false;
	return hypha_tuple_is4(t) ? socket_has4(t) : socket_has6(t);
}

struct attempt {
	struct hypha_flow *flow;
	const struct hypha_packet *p;
};

/* Ours as soon as the reply tuple is in the table. */
static int take_port(u16 port, void *ctx)
{
	struct attempt *a = ctx;

	a->flow->tuple[1].dport = htons(port);
	if (socket_has(&a->flow->tuple[1]))
		return -EEXIST;
	return hypha_flow_add(hypha_net.flows, a->flow, a->p, hypha_nat_now());
}

/* Another CPU was faster with the flow of this packet. */
static void join(struct hypha_transit *t)
{
	unsigned int dir;
	struct hypha_flow *flow = hypha_flow_find(hypha_net.flows, &t->p.tuple, &dir);

	if (flow)
		hypha_nat_forward(flow, dir, t);
	else
		hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_FLOW);
}

/* With a word to the sender. Whatever gets here may start a flow, so it is no error itself. */
static void refuse(struct hypha_transit *t, enum hypha_complaint what, enum hypha_drop why)
{
	hypha_complain(t, what, 0);
	hypha_drop(t->ep, t->skb, why);
}

/* The flow is in the table and its first packet on its way, or both are gone. */
static void settle(struct hypha_flow *flow, struct hypha_transit *t, int err)
{
	if (err == -EALREADY) {
		hypha_nat_flow_free(flow);
		join(t);
		return;
	}
	if (err) {
		enum hypha_drop why = why_not(flow, err);

		hypha_nat_flow_free(flow);
		refuse(t, HYPHA_COMPLAIN_HOST, why);
		return;
	}
	hypha_nat_tell(HYPHA_FLOW_EVENT_NEW, flow);
	hypha_nat_forward(flow, 0, t);
}

/* Under another source, with a port of the host's that is free. */
static void masquerade(struct hypha_flow *flow, struct hypha_transit *t)
{
	static const struct hypha_port_range echo_ids = { 1, 65535 };
	bool echo = flow->tuple[0].proto == IPPROTO_ICMP || flow->tuple[0].proto == IPPROTO_ICMPV6;
	struct attempt a = { flow, &t->p };

	settle(flow, t, hypha_port_pick(echo ? &echo_ids : &hypha_net.ports, get_random_u32(), take_port, &a));
}

/* Source and destination stay. */
static void pass_as_is(struct hypha_flow *flow, u32 to, struct hypha_transit *t)
{
	hypha_tuple_reverse(&flow->tuple[0], to, &flow->tuple[1]);
	settle(flow, t, hypha_flow_add(hypha_net.flows, flow, &t->p, hypha_nat_now()));
}

static struct hypha_flow *new_flow(struct hypha_endpoint *owner, u32 flags, struct hypha_transit *t)
{
	struct hypha_flow *flow = hypha_nat_flow_alloc(owner, &t->p, flags);

	if (!flow)
		hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_MEMORY);
	return flow;
}

/* To @dst at the same port, or a port of @dst's: as one of the host's own. */
static void to_network(struct hypha_transit *t, const struct in6_addr *dst, u32 flags)
{
	struct dst_entry *route = NULL;
	struct hypha_flow *flow;
	struct in6_addr src, any = { };

	switch (hypha_route_find(dst, &any, t->p.tuple.proto, &src, &route)) {
	case HYPHA_REACH_OUTSIDE:
	case HYPHA_REACH_LOCAL:
		break;
	case HYPHA_REACH_GROUP:
		hypha_drop(t->ep, t->skb, HYPHA_DROP_MULTICAST);
		return;
	default:
		refuse(t, HYPHA_COMPLAIN_NO_ROUTE, HYPHA_DROP_NO_ROUTE);
		return;
	}
	flow = new_flow(t->ep, flags, t);
	if (!flow) {
		dst_release(route);
		return;
	}
	hypha_route_keep(flow, route);
	flow->tuple[1] = (struct hypha_tuple){
		.src = *dst, .dst = src, .sport = t->p.tuple.dport, .proto = t->p.tuple.proto, .from = HYPHA_FROM_NET,
	};
	masquerade(flow, t);
}

/* The first resolver the guest's IP version can speak to. */
static bool resolver(u8 version, struct in6_addr *out)
{
	const struct hypha_resolvers *r = rcu_dereference(hypha_net.resolvers);
	u32 i;

	for (i = 0; r && i < r->nr; i++) {
		if (ipv6_addr_v4mapped(&r->addr[i]) != (version == 4))
			continue;
		*out = r->addr[i];
		return true;
	}
	return false;
}

static void to_host(struct hypha_transit *t)
{
	struct hypha_flow *flow;

	if (!(READ_ONCE(t->ep->policy) & HYPHA_POLICY_GUEST_TO_HOST)) {
		refuse(t, HYPHA_COMPLAIN_PROHIBITED, HYPHA_DROP_TO_HOST);
		return;
	}
	flow = new_flow(t->ep, HYPHA_FLOW_HOST, t);
	if (flow)
		pass_as_is(flow, HYPHA_FROM_NET, t);
}

static void to_gateway(struct hypha_transit *t)
{
	struct in6_addr dns;
	u8 proto = t->p.tuple.proto;

	if ((proto != IPPROTO_UDP && proto != IPPROTO_TCP) || t->p.tuple.dport != htons(DNS_PORT))
		to_host(t);
	else if (resolver(t->p.version, &dns))
		to_network(t, &dns, HYPHA_FLOW_DNS);
	else
		refuse(t, HYPHA_COMPLAIN_PORT, HYPHA_DROP_NO_ROUTE);
}

static void to_guest(struct hypha_transit *t, struct hypha_endpoint *to)
{
	struct hypha_flow *flow;

	if (!(READ_ONCE(t->ep->policy) & HYPHA_POLICY_GUEST_TO_GUEST)) {
		refuse(t, HYPHA_COMPLAIN_PROHIBITED, HYPHA_DROP_TO_GUEST);
		return;
	}
	flow = new_flow(t->ep, HYPHA_FLOW_HAIRPIN, t);
	if (flow)
		pass_as_is(flow, hypha_endpoint_id(to), t);
}

static bool in_prefix(const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return hypha_prefix_has4(&hypha_net.prefixes, addr->s6_addr32[3]);
	return hypha_prefix_has6(&hypha_net.prefixes, addr);
}

/* The forward that is meant by what comes to an address of the host, and its guest. */
static struct hypha_endpoint *published(const struct hypha_tuple *t, u16 *port)
{
	struct hypha_forward *f;

	if (t->proto != IPPROTO_TCP && t->proto != IPPROTO_UDP)
		return NULL;
	f = hypha_forwards_find(&hypha_net.forwards, t->proto, &t->dst, ntohs(t->dport), port);
	if (!f)
		return NULL;
	WRITE_ONCE(f->hits, f->hits + 1);
	return hypha_endpoint_by_id(f->guest);
}

static void guest_address(const struct hypha_endpoint *ep, bool ip4, struct in6_addr *out)
{
	if (ip4)
		hypha_addr_set4(out, ep->wire.guest4);
	else
		*out = ep->wire.guest6;
}

static void gateway_address(bool ip4, struct in6_addr *out)
{
	if (ip4)
		hypha_addr_set4(out, hypha_net.gateway4);
	else
		*out = hypha_net.gateway6;
}

/*
 * To a published port of @to. Whoever the guest could not answer by way of its gateway — another guest, which might answer
 * it directly, or a loopback address — appears to it as the gateway.
 */
static void to_published(struct hypha_transit *t, struct hypha_endpoint *to, u16 port)
{
	bool ip4 = t->p.version == 4, hide;
	struct hypha_tuple *back;
	struct hypha_flow *flow;

	flow = new_flow(to, HYPHA_FLOW_FORWARD | (t->ep ? HYPHA_FLOW_HAIRPIN : 0), t);
	if (!flow)
		return;
	back = &flow->tuple[1];
	guest_address(to, ip4, &back->src);
	back->sport = htons(port);
	back->proto = t->p.tuple.proto;
	back->from = hypha_endpoint_id(to);
	back->dst = t->p.tuple.src;
	back->dport = t->p.tuple.sport;
	hide = t->ep || (ip4 ? ipv4_is_loopback(t->p.tuple.src.s6_addr32[3]) : ipv6_addr_loopback(&t->p.tuple.src));
	if (!hide) {
		settle(flow, t, hypha_flow_add(hypha_net.flows, flow, &t->p, hypha_nat_now()));
		return;
	}
	gateway_address(ip4, &back->dst);
	masquerade(flow, t);
}

void hypha_admit_from_guest(struct hypha_transit *t)
{
	const struct in6_addr *dst = &t->p.tuple.dst;
	struct hypha_endpoint *to;
	u16 port;

	if (!starts(&t->p)) {
		if (t->p.tuple.proto == IPPROTO_TCP)
			hypha_reset(t);
		hypha_drop(t->ep, t->skb, HYPHA_DROP_NO_FLOW);
		return;
	}
	if (hypha_transit_is_to_gateway(t)) {
		to_gateway(t);
		return;
	}
	if (in_prefix(dst)) {
		to = hypha_endpoint_by_addr(dst);
		if (to)
			to_guest(t, to);
		else
			refuse(t, HYPHA_COMPLAIN_HOST, HYPHA_DROP_TO_GUEST);
		return;
	}
	if (!hypha_route_is_local(dst)) {
		to_network(t, dst, 0);
		return;
	}
	to = published(&t->p.tuple, &port);
	if (to)
		to_published(t, to, port);
	else
		to_host(t);
}

bool hypha_admit_from_net(struct hypha_transit *t)
{
	struct hypha_endpoint *to;
	u16 port;

	if (!starts(&t->p) || !READ_ONCE(hypha_net.nr_forwards))
		return false;
	if (!hypha_route_is_local(&t->p.tuple.dst))
		return false;
	to = published(&t->p.tuple, &port);
	if (!to)
		return false;
	to_published(t, to, port);
	return true;
}

void hypha_admit_from_host(struct hypha_transit *t, struct hypha_endpoint *to)
{
	struct hypha_flow *flow;

	if (!starts(&t->p)) {
		hypha_drop(NULL, t->skb, HYPHA_DROP_NO_FLOW);
		return;
	}
	flow = new_flow(to, HYPHA_FLOW_HOST, t);
	if (flow)
		pass_as_is(flow, hypha_endpoint_id(to), t);
}
