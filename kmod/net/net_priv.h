/* SPDX-License-Identifier: GPL-2.0-only */
/* The network's parts among themselves: endpoints, the tables, and who hands a packet to whom. */
#ifndef HYPHA_NET_PRIV_H
#define HYPHA_NET_PRIV_H

#include <linux/if_ether.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>

#include "net.h"
#include "packet.h"
#include "reply.h"

#define HYPHA_DEV_NAME "hypha0"

/* A guest's place in the network. Found by id and by address under rcu_read_lock(). */
struct hypha_endpoint {
	struct hlist_node by_id, by4, by6;
	struct hypha_flow_owner owner;
	struct hypha_wire wire;
	u32 policy;			/* READ_ONCE */
	u32 nr_forwards;		/* under net->lock */
	const struct hypha_endpoint_ops *ops;
	void *ctx;
	atomic64_t drops[HYPHA_DROP_COUNT];
};

#define HYPHA_NET_HASH_BITS	8

struct hypha_resolvers {
	struct rcu_head rcu;
	u32 nr;
	struct in6_addr addr[HYPHA_DNS_MAX];
};

/* There is one. */
struct hypha_net {
	struct mutex lock;		/* writers of all below; process context */
	struct net_device *dev;
	struct hypha_flow_table *flows;
	struct hypha_forwards forwards;
	u32 nr_forwards, nr_endpoints;
	struct hlist_head by_id[1 << HYPHA_NET_HASH_BITS], by4[1 << HYPHA_NET_HASH_BITS], by6[1 << HYPHA_NET_HASH_BITS];
	struct hypha_prefixes prefixes;
	__be32 gateway4;
	struct in6_addr gateway6;
	u8 gateway_mac[ETH_ALEN];
	struct hypha_port_range ports;
	struct hypha_flow_limits limits;
	struct hypha_resolvers __rcu *resolvers;
	atomic64_t drops[HYPHA_DROP_COUNT];
	void (*observe)(enum hypha_flow_event event, const struct hypha_flow *flow);
};
extern struct hypha_net hypha_net;

/* endpoint.c; under rcu_read_lock() */
struct hypha_endpoint *hypha_endpoint_by_id(u32 guest);
struct hypha_endpoint *hypha_endpoint_by_addr(const struct in6_addr *addr);
u32 hypha_endpoint_id(const struct hypha_endpoint *ep);
/* A flow's owner's endpoint. */
struct hypha_endpoint *hypha_endpoint_of(const struct hypha_flow *flow);
/* Both are consumed: @skb freed. @ep NULL: of no guest. */
void hypha_drop(struct hypha_endpoint *ep, struct sk_buff *skb, enum hypha_drop reason);

/* An IP packet on its way, with what was seen of it. */
struct hypha_transit {
	struct sk_buff *skb;		/* at its IP header */
	struct hypha_endpoint *ep;	/* that sent it; NULL: the network */
	struct hypha_packet p;
};

/* Pull enough to look at, and look: 0 or why not. */
enum hypha_drop hypha_transit_look(struct hypha_transit *t);
/* Of a guest's packet: is it for its gateway itself? */
bool hypha_transit_is_to_gateway(const struct hypha_transit *t);

/* Users of their own of the stack's reassembly (ip_defrag()), one for each way in. Guests cannot meet there: each has its source. */
enum { HYPHA_DEFRAG_GUEST = 0x68790001, HYPHA_DEFRAG_NET, HYPHA_DEFRAG_HOST };
/* Put fragments together, by @user apart from others'. False: @t->skb is gone, perhaps to come back with the last one. */
bool hypha_transit_whole(struct hypha_transit *t, u32 user);

/* nat.c: packets of flows. Under rcu_read_lock(), bottom halves off. True: @t->skb was taken. */
bool hypha_nat_known(struct hypha_transit *t);
/* The rewritten packet goes its way. Consumes. */
void hypha_nat_forward(struct hypha_flow *flow, unsigned int dir, struct hypha_transit *t);
struct hypha_flow *hypha_nat_flow_alloc(struct hypha_endpoint *owner, const struct hypha_packet *p, u32 flags);
void hypha_nat_flow_free(struct hypha_flow *flow);		/* one that never was in the table */
void hypha_nat_flow_gone(struct hypha_flow *flow);		/* the table's callback */
void hypha_nat_tell(enum hypha_flow_event event, const struct hypha_flow *flow);	/* the observer */
u64 hypha_nat_now(void);

/* admit.c: packets that may start a flow */
void hypha_admit_from_guest(struct hypha_transit *t);		/* consumes */
bool hypha_admit_from_net(struct hypha_transit *t);		/* a forward; true: taken */
void hypha_admit_from_host(struct hypha_transit *t, struct hypha_endpoint *to);	/* consumes */

/* route.c */
enum hypha_reach { HYPHA_REACH_NONE, HYPHA_REACH_OUTSIDE, HYPHA_REACH_LOCAL, HYPHA_REACH_GROUP };
/* How the host would reach @dst; @src: the address it would use. @route: counted, only if OUTSIDE or LOCAL. @from: unspecified, or the address it must be. */
enum hypha_reach hypha_route_find(const struct in6_addr *dst, const struct in6_addr *from, u8 proto, struct in6_addr *src,
				  struct dst_entry **route);
/* @flow's packets to the network go by @route now, until it is found out of date. Consumes the reference. */
void hypha_route_keep(struct hypha_flow *flow, struct dst_entry *route);
bool hypha_route_is_local(const struct in6_addr *addr);
/*
 * The route of @flow's packets of direction @out (a tuple as it leaves), found again when routes or addresses changed. If the host
 * would now use another address than the flow was given, the far end would not know it: the flow is over. NULL: there is none. Under
 * rcu_read_lock(), which keeps what is returned.
 */
struct dst_entry *hypha_route_of(struct hypha_flow *flow, const struct hypha_tuple *out);
/* Send a finished IP packet to where @flow's packets of direction @out (a tuple as it leaves) go. Consumes. */
void hypha_route_send(struct hypha_flow *flow, const struct hypha_tuple *out, struct hypha_transit *t);
/* Send a packet of our own, made by reply.h. Consumes. */
void hypha_route_reply(struct sk_buff *skb);
/* As if it had come in through hypha0. Consumes. */
void hypha_route_inject(struct sk_buff *skb);

/* deliver.c: to guests. Consume @skb, at its IP header. */
void hypha_deliver(struct hypha_endpoint *to, struct sk_buff *skb, const struct hypha_packet *p);
/* A whole Ethernet frame made by us. */
void hypha_deliver_frame(struct hypha_endpoint *to, const void *frame, u32 len);
/* Whether @skb is too long for a link: then @t's sender is told, if it may be, and true returned. */
bool hypha_deliver_too_big(struct hypha_transit *t, u32 mtu);
/* Tell the sender of @t (not consumed) what is wrong with its packet. */
void hypha_complain(const struct hypha_transit *t, enum hypha_complaint what, u32 mtu);
void hypha_reset(const struct hypha_transit *t);

/* host.c */
int hypha_host_init(void);
void hypha_host_exit(void);
void hypha_host_tap(struct sk_buff *skb);	/* show it to tcpdump -i hypha0 */

/* netconf.c: hypha0's addresses, told to rtnetlink as ip(8) does. Process context. */
int hypha_netconf_up(struct net_device *dev);
int hypha_netconf_addresses(struct net_device *dev, const struct hypha_prefixes *p, bool add);

#endif
