// SPDX-License-Identifier: GPL-2.0-or-later
/* The network's netlink attributes, to and from plain structs: one table per nesting. */
#include "libhypha/net_attrs.h"

#include "libhypha/genl.h"
#include "util/error.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <netlink/genl/genl.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define H(attr, kind, member) { HYPHA_N_##attr, GENL_##kind, offsetof(struct net_host, member) }
static const struct genl_field host_fields[] = {
	H(PLEN4, U8, plen4), H(PLEN6, U8, plen6), H(PORT_MIN, U16, port_min), H(PORT_MAX, U16, port_max),
	H(MAX_FLOWS, U32, max_flows), H(MAX_GUEST_FLOWS, U32, max_guest_flows), H(MAX_HALF_OPEN, U32, max_half_open),
	H(NR_FLOWS, U32, nr_flows),
};

#define V(attr, kind, member) { HYPHA_N_##attr, GENL_##kind, offsetof(struct net_vif, member) }
static const struct genl_field vif_fields[] = {
	V(STATE, U32, state), V(MAC, MAC, mac), V(GATEWAY_MAC, MAC, gateway_mac), V(MTU, U32, mtu),
	V(FEATURES, U32, features), V(NR_FLOWS, U32, nr_flows), V(NR_HALF_OPEN, U32, nr_half_open),
};

#define Q(attr, kind, member) { HYPHA_N_QUEUE_##attr, GENL_##kind, offsetof(struct net_queue, member) }
static const struct genl_field queue_fields[] = {
	Q(INDEX, U32, index), Q(TX_PACKETS, U64, tx_packets), Q(TX_BYTES, U64, tx_bytes),
	Q(RX_PACKETS, U64, rx_packets), Q(RX_BYTES, U64, rx_bytes), Q(DROPS, U64, drops), Q(BACKLOG, U32, backlog),
};

#define F(attr, kind, member) { HYPHA_N_##attr, GENL_##kind, offsetof(struct net_flow, member) }
static const struct genl_field flow_fields[] = {
	F(FLOW_ID, U64, id), F(FLOW_FLAGS, U32, flags), F(FLOW_STATE, U32, state), F(VERSION, U8, version),
	F(PROTO, U8, proto), F(AGE, U64, age), F(REMAINING, U64, remaining),
};

#define T(attr, kind, member) { HYPHA_N_TUPLE_##attr, GENL_##kind, offsetof(struct net_tuple, member) }
static const struct genl_field tuple_fields[] = {
	T(FROM, U32, from), T(SPORT, U16, sport), T(DPORT, U16, dport), T(PACKETS, U64, packets), T(BYTES, U64, bytes),
};

#define W(attr, kind, member) { HYPHA_N_FORWARD_##attr, GENL_##kind, offsetof(struct net_forward, member) }
static const struct genl_field forward_fields[] = {
	W(PROTO, U8, spec.proto), W(VERSION, U8, spec.version), W(HOST, U16, spec.host_port), W(PORTS, U16, spec.nr_ports),
	W(GUEST, U16, spec.guest_port), W(HITS, U64, hits),
};

#define D(attr, kind, member) { HYPHA_N_DROP_##attr, GENL_##kind, offsetof(struct net_drop, member) }
static const struct genl_field drop_fields[] = { D(REASON, U32, reason), D(COUNT, U64, count) };

_Static_assert(sizeof(enum vif_state) == 4 && sizeof(enum flow_state) == 4, "fields are 32 bits");

static int incomplete(const char *what)
{
	return err_set(-EPROTO, "netlink: %s is incomplete; module and program do not match", what);
}

static void fill_addr(struct net_addr *to, struct nlattr *a)
{
	*to = (struct net_addr) { 0 };
	if (!a || (nla_len(a) != 4 && nla_len(a) != 16))
		return;
	to->version = nla_len(a) == 4 ? 4 : 6;
	memcpy(to->bytes, nla_data(a), nla_len(a));
}

void net_guest_from(struct nlattr **attrs, uint32_t *guest, char name[GUEST_NAME_MAX])
{
	*guest = attrs[HYPHA_N_GUEST] && nla_len(attrs[HYPHA_N_GUEST]) >= 4 ? nla_get_u32(attrs[HYPHA_N_GUEST]) : 0;
	name[0] = '\0';
	if (attrs[HYPHA_N_GUEST_NAME])
		nla_strlcpy(name, attrs[HYPHA_N_GUEST_NAME], GUEST_NAME_MAX);
}

/* What comes several times is not in a parsed array: call @fn for each attribute @type of the message. */
static void each(struct nlmsghdr *hdr, int type, void (*fn)(void *to, struct nlattr *a), void *to)
{
	struct genlmsghdr *genl = nlmsg_data(hdr);
	int left = genlmsg_attrlen(genl, 0);

	for (struct nlattr *a = genlmsg_attrdata(genl, 0); nla_ok(a, left); a = nla_next(a, &left))
		if (nla_type(a) == type)
			fn(to, a);
}

static void add_dns(void *to, struct nlattr *a)
{
	struct net_host *host = to;

	if (host->nr_dns < NET_DNS_MAX)
		fill_addr(&host->dns[host->nr_dns++], a);
}

static void add_drop(void *to, struct nlattr *nest)
{
	struct nlattr *attrs[HYPHA_N_DROP_MAX + 1];
	struct net_drops *drops = to;
	struct net_drop *d = &drops->drop[drops->nr];

	if (drops->nr == NET_DROPS_MAX || nla_parse_nested(attrs, HYPHA_N_DROP_MAX, nest, NULL) || !attrs[HYPHA_N_DROP_COUNT])
		return;
	genl_fill(d, attrs, drop_fields, COUNT(drop_fields));
	if (attrs[HYPHA_N_DROP_NAME])
		nla_strlcpy(d->name, attrs[HYPHA_N_DROP_NAME], sizeof(d->name));
	drops->nr++;
}

static void add_queue(void *to, struct nlattr *nest)
{
	struct nlattr *attrs[HYPHA_N_QUEUE_MAX + 1];
	struct net_vif *vif = to;

	if (vif->nr_queues < NET_QUEUES_MAX && !nla_parse_nested(attrs, HYPHA_N_QUEUE_MAX, nest, NULL))
		genl_fill(&vif->queues[vif->nr_queues++], attrs, queue_fields, COUNT(queue_fields));
}

void net_drops_from(struct nlmsghdr *hdr, struct net_drops *to)
{
	memset(to, 0, sizeof(*to));
	each(hdr, HYPHA_N_DROP, add_drop, to);
}

int net_host_from(struct nlmsghdr *hdr, struct nlattr **attrs, struct net_host *to)
{
	memset(to, 0, sizeof(*to));
	if (!attrs[HYPHA_N_NET4] || !attrs[HYPHA_N_NET6])
		return incomplete("the network");
	genl_fill(to, attrs, host_fields, COUNT(host_fields));
	fill_addr(&to->net4, attrs[HYPHA_N_NET4]);
	fill_addr(&to->net6, attrs[HYPHA_N_NET6]);
	fill_addr(&to->gateway4, attrs[HYPHA_N_GATEWAY4]);
	fill_addr(&to->gateway6, attrs[HYPHA_N_GATEWAY6]);
	each(hdr, HYPHA_N_DNS, add_dns, to);
	net_drops_from(hdr, &to->drops);
	return 0;
}

int net_vif_from(struct nlmsghdr *hdr, struct nlattr **attrs, struct net_vif *to)
{
	uint32_t policy = 0;

	memset(to, 0, sizeof(*to));
	if (!attrs[HYPHA_N_GUEST] || !attrs[HYPHA_N_MAC])
		return incomplete("an interface");
	net_guest_from(attrs, &to->guest, to->name);
	genl_fill(to, attrs, vif_fields, COUNT(vif_fields));
	fill_addr(&to->ip4, attrs[HYPHA_N_IP4]);
	fill_addr(&to->ip6, attrs[HYPHA_N_IP6]);
	if (attrs[HYPHA_N_POLICY] && nla_len(attrs[HYPHA_N_POLICY]) >= 4)
		policy = nla_get_u32(attrs[HYPHA_N_POLICY]);
	to->policy.stack = policy & HYPHA_POLICY_STACK;
	to->policy.guest_to_guest = policy & HYPHA_POLICY_GUEST_TO_GUEST;
	to->policy.guest_to_host = policy & HYPHA_POLICY_GUEST_TO_HOST;
	each(hdr, HYPHA_N_QUEUE, add_queue, to);
	net_drops_from(hdr, &to->drops);
	return 0;
}

static int tuple_from(struct nlattr *nest, struct net_tuple *to)
{
	struct nlattr *attrs[HYPHA_N_TUPLE_MAX + 1];

	if (!nest || nla_parse_nested(attrs, HYPHA_N_TUPLE_MAX, nest, NULL))
		return incomplete("a flow");
	genl_fill(to, attrs, tuple_fields, COUNT(tuple_fields));
	fill_addr(&to->src, attrs[HYPHA_N_TUPLE_SRC]);
	fill_addr(&to->dst, attrs[HYPHA_N_TUPLE_DST]);
	return 0;
}

int net_flow_from(struct nlattr **attrs, struct net_flow *to)
{
	memset(to, 0, sizeof(*to));
	if (!attrs[HYPHA_N_FLOW_ID] || !attrs[HYPHA_N_PROTO])
		return incomplete("a flow");
	net_guest_from(attrs, &to->guest, to->name);
	genl_fill(to, attrs, flow_fields, COUNT(flow_fields));
	return tuple_from(attrs[HYPHA_N_ORIG], &to->orig) ?: tuple_from(attrs[HYPHA_N_REPLY], &to->reply);
}

int net_forward_from(struct nlattr **attrs, struct net_forward *to)
{
	struct nlattr *nested[HYPHA_N_FORWARD_MAX + 1], *nest = attrs[HYPHA_N_FORWARD];
	struct net_addr addr;

	*to = (struct net_forward) { .spec.nr_ports = 1 };
	if (!nest || nla_parse_nested(nested, HYPHA_N_FORWARD_MAX, nest, NULL) || !nested[HYPHA_N_FORWARD_HOST])
		return incomplete("a forward");
	net_guest_from(attrs, &to->guest, to->name);
	genl_fill(to, nested, forward_fields, COUNT(forward_fields));
	fill_addr(&addr, nested[HYPHA_N_FORWARD_ADDR]);
	net_addr_to_mapped(&addr, to->spec.addr);
	if (addr.version)
		to->spec.version = addr.version;
	return 0;
}

int net_addr_put(struct nl_msg *msg, int attr, const struct net_addr *a)
{
	return nla_put(msg, attr, a->version == 4 ? 4 : 16, a->bytes);
}

int net_forward_put(struct nl_msg *msg, const struct forward_spec *f)
{
	struct net_addr addr = net_addr_from_mapped(f->addr);
	struct nlattr *nest = nla_nest_start(msg, HYPHA_N_FORWARD);
	int err = nest ? 0 : -NLE_NOMEM;

	if (!err)
		err = nla_put_u8(msg, HYPHA_N_FORWARD_PROTO, f->proto) ?:
		      nla_put_u16(msg, HYPHA_N_FORWARD_HOST, f->host_port) ?:
		      nla_put_u16(msg, HYPHA_N_FORWARD_PORTS, f->nr_ports) ?:
		      nla_put_u16(msg, HYPHA_N_FORWARD_GUEST, f->guest_port);
	if (!err && addr.version)
		err = net_addr_put(msg, HYPHA_N_FORWARD_ADDR, &addr);
	if (!err && f->version)
		err = nla_put_u8(msg, HYPHA_N_FORWARD_VERSION, f->version);
	if (!err)
		nla_nest_end(msg, nest);
	return err;
}
