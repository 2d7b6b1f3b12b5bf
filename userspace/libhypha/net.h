/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests' network as the kernel knows it: the host's side, interfaces, flows, forwards, drops; plain structs over netlink. */
#ifndef HYPHA_LIBHYPHA_NET_H
#define HYPHA_LIBHYPHA_NET_H

#include "libhypha/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_DNS_MAX	4
#define NET_QUEUES_MAX	8
#define NET_DROPS_MAX	64
#define NET_ADDR_TEXT	46

struct net_addr {
	uint8_t version;	/* 4 or 6; 0: none */
	uint8_t bytes[16];	/* network order; of IPv4 the first four */
};

struct net_drop {
	uint32_t reason;
	char name[24];
	uint64_t count;
};

struct net_drops {
	size_t nr;
	struct net_drop drop[NET_DROPS_MAX];
};

struct net_host {
	struct net_addr net4, net6, gateway4, gateway6;
	uint8_t plen4, plen6;
	struct net_addr dns[NET_DNS_MAX];
	size_t nr_dns;
	uint16_t port_min, port_max;
	uint32_t max_flows, max_guest_flows, max_half_open, nr_flows;
	struct net_drops drops;		/* of no guest */
};

/* What net_host_set() changes: only what is set here. */
struct net_change {
	struct net_addr net4, net6;	/* version 0: as it is */
	uint8_t plen4, plen6;
	struct net_addr dns[NET_DNS_MAX];
	size_t nr_dns;			/* 0: as they are */
	uint16_t port_min, port_max;	/* 0: as it is */
	uint32_t max_flows, max_guest_flows, max_half_open;
};

struct net_queue {
	uint32_t index, backlog;	/* bytes that wait for the guest's buffers */
	uint64_t tx_packets, tx_bytes;	/* sent by the guest */
	uint64_t rx_packets, rx_bytes, drops;
};

enum vif_state { VIF_WAITING, VIF_CONNECTED, VIF_BROKEN };

struct net_policy {
	bool stack;			/* through the host's stack instead of the flow table */
	bool guest_to_guest, guest_to_host;
};

struct net_vif {
	uint32_t guest;
	char name[GUEST_NAME_MAX];	/* of the guest */
	enum vif_state state;
	struct net_policy policy;
	uint8_t mac[6], gateway_mac[6];
	struct net_addr ip4, ip6;
	uint32_t mtu, features;		/* 1 << enum vif_feature */
	uint32_t nr_flows, nr_half_open;
	struct net_queue queues[NET_QUEUES_MAX];
	size_t nr_queues;
	struct net_drops drops;
};

enum vif_feature { VIF_SG, VIF_GSO4, VIF_GSO6, VIF_CSUM4, VIF_CSUM6, VIF_FEATURES };

struct net_tuple {
	uint32_t from;			/* guest id, 0 the network */
	struct net_addr src, dst;
	uint16_t sport, dport;		/* of ICMP echo one of them is the identifier */
	uint64_t packets, bytes;
};

enum flow_state {
	FLOW_NEW, FLOW_ANSWERED, FLOW_SYN, FLOW_SYN_ACK, FLOW_ESTABLISHED, FLOW_CLOSING, FLOW_CLOSED, FLOW_STATES
};

enum flow_flag { FLOW_REPLIED, FLOW_FORWARD, FLOW_DNS, FLOW_HOST, FLOW_HAIRPIN, FLOW_FLAGS };

struct net_flow {
	uint64_t id;
	uint32_t guest;			/* who is charged for it */
	char name[GUEST_NAME_MAX];	/* "" if the kernel did not tell */
	uint32_t flags;			/* 1 << enum flow_flag */
	enum flow_state state;
	uint8_t version, proto;
	struct net_tuple orig, reply;	/* packets of both directions as they arrive; orig: that of the first one */
	uint64_t age, remaining;	/* ns */
};

struct net_forward {
	uint32_t guest;
	char name[GUEST_NAME_MAX];
	struct forward_spec spec;
	uint64_t hits;			/* flows made */
};

/* Which flows; 0 all. */
struct net_query {
	uint32_t guest;
	uint8_t proto, version;
};

/* Words for numbers; "unknown" if they have none. */
const char *vif_state_name(enum vif_state state);
const char *vif_feature_name(enum vif_feature feature);
const char *flow_state_name(enum flow_state state);
const char *flow_flag_name(enum flow_flag flag);
/* What a drop's name means, NULL if it is not known. */
const char *net_drop_meaning(const char *name);
/* The name of the @i-th reason, NULL after the last. */
const char *net_drop_name(unsigned int i);

char *net_addr_text(const struct net_addr *a, char out[NET_ADDR_TEXT]);
int net_addr_parse(const char *text, struct net_addr *a);	/* 0 or -EINVAL, no err_text() */
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);
/* To and from the 16 bytes of nic.h; all zero is none. */
struct net_addr net_addr_from_mapped(const uint8_t bytes[16]);
void net_addr_to_mapped(const struct net_addr *a, uint8_t bytes[16]);
/* Is @a in @net/@plen? */
bool net_addr_within(const struct net_addr *a, const struct net_addr *net, unsigned int plen);

/* All return 0 or -errno with err_text(); what the kernel says about a refusal is in it. */
int net_host_get(struct net_host *host);
int net_host_set(const struct net_change *change);
/* Called for each; < 0 ends the dump, which returns it. */
typedef int (*net_vif_fn)(const struct net_vif *vif, void *arg);
typedef int (*net_flow_fn)(const struct net_flow *flow, void *arg);
typedef int (*net_forward_fn)(const struct net_forward *forward, void *arg);
int net_vif_dump(net_vif_fn fn, void *arg);
int net_vif_get(uint32_t guest, struct net_vif *vif);
int net_vif_set_policy(uint32_t guest, const struct net_policy *policy);
/* In the order of their ids. */
int net_flow_dump(const struct net_query *query, net_flow_fn fn, void *arg);
int net_flow_del(uint64_t id);
int net_flow_flush(const struct net_query *query, uint32_t *count);
int net_forward_dump(uint32_t guest, net_forward_fn fn, void *arg);	/* guest 0: of all */
int net_forward_add(uint32_t guest, const struct forward_spec *forward);
int net_forward_del(uint32_t guest, const struct forward_spec *forward, uint32_t *count);	/* forward NULL: all of the guest's */

#endif
