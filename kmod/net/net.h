/* SPDX-License-Identifier: GPL-2.0-only */
/* The network as the rest of the module sees it: the host's side, endpoints, flows and forwards. */
#ifndef HYPHA_NET_NET_H
#define HYPHA_NET_NET_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/types.h>

#include "flow.h"
#include "forward.h"
#include "hypha_netlink.h"
#include "neighbour.h"
#include "port.h"
#include "prefix.h"

struct hypha_endpoint;
struct sk_buff;

/* The host's side: hypha0 with the prefixes' gateway addresses, the hooks, the flow table. At module load. Process context. */
int hypha_net_init(void);
/* All endpoints must be gone. */
void hypha_net_exit(void);

struct hypha_net_settings {
	struct hypha_prefixes prefixes;
	struct in6_addr dns[HYPHA_DNS_MAX];
	u32 nr_dns;
	struct hypha_port_range ports;
	struct hypha_flow_limits limits;
};
void hypha_net_get(struct hypha_net_settings *s);
/* 0; -EBUSY prefixes differ and there are endpoints; -EINVAL. */
int hypha_net_set(const struct hypha_net_settings *s);
/* The resolvers alone; @nr up to HYPHA_DNS_MAX. */
void hypha_net_set_dns(const struct in6_addr *dns, u32 nr);
/* Drops of no guest. */
void hypha_net_drops(u64 drops[HYPHA_DROP_COUNT]);
u32 hypha_net_nr_flows(void);

/* What a guest's interface is. */
struct hypha_endpoint_config {
	u32 guest;
	u8 mac[ETH_ALEN];	/* zero: one is picked */
	__be32 ip4;		/* zero: one is picked */
	struct in6_addr ip6;	/* zero: one is picked */
	u32 mtu;
	u32 policy;
};

/**
 * struct hypha_endpoint_ops - the device that carries an endpoint's packets
 * @deliver: give the guest an Ethernet frame, GSO or partial checksum as the skb says. Consumes @skb. Softirq context or
 *	     bottom halves off. May run until hypha_endpoint_del() returns.
 */
struct hypha_endpoint_ops {
	void (*deliver)(void *ctx, struct sk_buff *skb);
};

/**
 * hypha_endpoint_add() - a guest joins the network
 * @config: zero fields are filled in with what was picked
 *
 * Process context, sleeps. Return: the endpoint, or ERR_PTR: -EADDRINUSE the MAC or an address is another guest's, -ERANGE
 * an address outside the prefix, -EADDRNOTAVAIL it is reserved or the prefix is full, -EINVAL MAC, -ENOMEM.
 */
struct hypha_endpoint *hypha_endpoint_add(struct hypha_endpoint_config *config, const struct hypha_endpoint_ops *ops, void *ctx);

/* Its flows and forwards go, its addresses are free; no @deliver runs any more. Process context, waits for a grace period. */
void hypha_endpoint_del(struct hypha_endpoint *ep);

/**
 * hypha_endpoint_receive() - a frame the guest sent
 * @skb: at its Ethernet header, at least ETH_HLEN linear; ip_summed, gso_size and gso_type (with SKB_GSO_DODGY) set, nothing
 *	 else trusted. Consumed. Softirq context.
 */
void hypha_endpoint_receive(struct hypha_endpoint *ep, struct sk_buff *skb);

/* Something of the guest's was dropped by its device. Any context. */
void hypha_endpoint_drop(struct hypha_endpoint *ep, enum hypha_drop reason);

/* Process context from here on. */
void hypha_endpoint_get_config(struct hypha_endpoint *ep, struct hypha_endpoint_config *config);
void hypha_endpoint_get_wire(struct hypha_endpoint *ep, struct hypha_wire *wire);
void hypha_endpoint_drops(struct hypha_endpoint *ep, u64 drops[HYPHA_DROP_COUNT]);
void hypha_endpoint_counts(struct hypha_endpoint *ep, u32 *nr_flows, u32 *nr_half_open);
/* Flows that the new policy does not allow go. -EINVAL unknown bits. */
int hypha_endpoint_set_policy(struct hypha_endpoint *ep, u32 policy);

/* Forwards. @forward: copied; its guest must be @ep's. -EADDRINUSE: *@owner is the other guest's id. */
int hypha_endpoint_add_forward(struct hypha_endpoint *ep, const struct hypha_forward *forward, u32 *owner);
/* @like NULL: all of the guest's. Flows made by them stay. Return: how many. */
u32 hypha_endpoint_del_forward(struct hypha_endpoint *ep, const struct hypha_forward *like);
/* In order of addition; @visit under a lock, must not sleep; false stops. @guest 0: all. */
void hypha_net_walk_forwards(u32 guest, bool (*visit)(const struct hypha_forward *forward, void *ctx), void *ctx);

/* Flows of @guest, or of all (0); see hypha_flow_walk(). */
void hypha_net_walk_flows(u32 guest, u64 after, bool (*visit)(struct hypha_flow *flow, void *ctx), void *ctx);
u32 hypha_net_flush_flows(u32 guest, bool (*match)(const struct hypha_flow *flow, void *ctx), void *ctx);

/* Whoever tells userland about flows. Called in softirq context under rcu_read_lock(). NULL: nobody. */
void hypha_net_set_observer(void (*observe)(enum hypha_flow_event event, const struct hypha_flow *flow));

#endif
