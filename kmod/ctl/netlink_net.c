// SPDX-License-Identifier: GPL-2.0-only
/* The network as a whole over netlink: prefixes, resolvers, ports, limits. */
#include "netlink.h"

#include <linux/slab.h>
#include <net/ipv6.h>

#include "net/net.h"

#define FLOWS_MAX	(1U << 24)

static int check_resolver(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	int err = hypha_netlink_check_addr(attr, extack);
	struct in6_addr addr;

	if (err)
		return err;
	hypha_netlink_get_addr(attr, &addr);
	if (ipv6_addr_any(&addr) || ipv6_addr_is_multicast(&addr) || (ipv6_addr_v4mapped(&addr) &&
	    (ipv4_is_zeronet(addr.s6_addr32[3]) || ipv4_is_multicast(addr.s6_addr32[3]) || ipv4_is_lbcast(addr.s6_addr32[3]))))
		return hypha_netlink_refuse(extack, attr, -EINVAL, "a resolver's address must be one host's");
	return 0;
}

const struct nla_policy hypha_netlink_net_get_policy[HYPHA_N_MAX + 1] = { };

const struct nla_policy hypha_netlink_net_set_policy[HYPHA_N_MAX + 1] = {
	[HYPHA_N_NET4] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[HYPHA_N_PLEN4] = { .type = NLA_U8 },
	[HYPHA_N_NET6] = NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[HYPHA_N_PLEN6] = { .type = NLA_U8 },
	[HYPHA_N_DNS] = NLA_POLICY_VALIDATE_FN(NLA_BINARY, check_resolver, sizeof(struct in6_addr)),
	[HYPHA_N_PORT_MIN] = { .type = NLA_U16 },
	[HYPHA_N_PORT_MAX] = { .type = NLA_U16 },
	[HYPHA_N_MAX_FLOWS] = { .type = NLA_U32 },
	[HYPHA_N_MAX_GUEST_FLOWS] = { .type = NLA_U32 },
	[HYPHA_N_MAX_HALF_OPEN] = { .type = NLA_U32 },
};

/* Get */

struct look {
	struct hypha_net_settings settings;
	u64 drops[HYPHA_DROP_COUNT];
};

static int put_prefixes(struct sk_buff *skb, const struct hypha_prefixes *p)
{
	struct in6_addr gateway6;

	hypha_prefix_gateway6(p, &gateway6);
	return nla_put_in_addr(skb, HYPHA_N_NET4, p->net4) || nla_put_u8(skb, HYPHA_N_PLEN4, p->plen4) ||
	       nla_put_in6_addr(skb, HYPHA_N_NET6, &p->net6) || nla_put_u8(skb, HYPHA_N_PLEN6, p->plen6) ||
	       nla_put_in_addr(skb, HYPHA_N_GATEWAY4, hypha_prefix_gateway4(p)) ||
	       nla_put_in6_addr(skb, HYPHA_N_GATEWAY6, &gateway6);
}

static int put_resolvers(struct sk_buff *skb, const struct hypha_net_settings *s)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < s->nr_dns; i++)
		err = hypha_netlink_put_addr(skb, HYPHA_N_DNS, &s->dns[i]);
	return err;
}

static int put_look(struct sk_buff *skb, void *ctx)
{
	const struct hypha_net_settings *s = &((struct look *)ctx)->settings;

	return put_prefixes(skb, &s->prefixes) || put_resolvers(skb, s) ||
	       nla_put_u16(skb, HYPHA_N_PORT_MIN, s->ports.min) || nla_put_u16(skb, HYPHA_N_PORT_MAX, s->ports.max) ||
	       nla_put_u32(skb, HYPHA_N_MAX_FLOWS, s->limits.max) ||
	       nla_put_u32(skb, HYPHA_N_MAX_GUEST_FLOWS, s->limits.max_per_guest) ||
	       nla_put_u32(skb, HYPHA_N_MAX_HALF_OPEN, s->limits.max_half_open_per_guest) ||
	       nla_put_u32(skb, HYPHA_N_NR_FLOWS, hypha_net_nr_flows()) ||
	       hypha_netlink_put_drops(skb, ((struct look *)ctx)->drops) ? -EMSGSIZE : 0;
}

/* All settings, every drop: less than half of this. */
#define NET_SIZE	8192

int hypha_netlink_net_get(struct sk_buff *request, struct genl_info *info)
{
	struct look *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return -ENOMEM;
	hypha_net_get(&l->settings);
	hypha_net_drops(l->drops);
	err = hypha_netlink_reply(info, NET_SIZE, put_look, l);
	kfree(l);
	return err;
}

/* Set: what is given replaces what is, all of it or none. */

/* The core's own parser says what a prefix may be. */
static int get_prefix4(struct hypha_prefixes *p, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const struct nlattr *net = attrs[HYPHA_N_NET4], *plen = attrs[HYPHA_N_PLEN4];
	char text[24];
	__be32 addr;

	if (!net && !plen)
		return 0;
	if (!net || !plen)
		return hypha_netlink_refuse(extack, net ?: plen, -EINVAL, "an IPv4 prefix: its address and its length are needed");
	if (nla_get_u8(plen) < 8 || nla_get_u8(plen) > 30)
		return hypha_netlink_refuse(extack, plen, -ERANGE, "an IPv4 prefix of %u bits: must be 8..30", nla_get_u8(plen));
	addr = nla_get_in_addr(net);
	snprintf(text, sizeof(text), "%pI4/%u", &addr, nla_get_u8(plen));
	if (hypha_prefix_parse4(text, p))
		return hypha_netlink_refuse(extack, net, -EINVAL, "%s is no prefix for guests: host bits, or no unicast addresses", text);
	return 0;
}

static int get_prefix6(struct hypha_prefixes *p, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const struct nlattr *net = attrs[HYPHA_N_NET6], *plen = attrs[HYPHA_N_PLEN6];
	struct in6_addr addr;
	char text[48];

	if (!net && !plen)
		return 0;
	if (!net || !plen)
		return hypha_netlink_refuse(extack, net ?: plen, -EINVAL, "an IPv6 prefix: its address and its length are needed");
	if (nla_get_u8(plen) < 48 || nla_get_u8(plen) > 112)
		return hypha_netlink_refuse(extack, plen, -ERANGE, "an IPv6 prefix of %u bits: must be 48..112", nla_get_u8(plen));
	addr = nla_get_in6_addr(net);
	snprintf(text, sizeof(text), "%pI6c/%u", &addr, nla_get_u8(plen));
	if (hypha_prefix_parse6(text, p))
		return hypha_netlink_refuse(extack, net, -EINVAL, "%s is no prefix for guests: host bits, or no unicast addresses", text);
	return 0;
}

static int get_resolvers(struct hypha_net_settings *s, struct genl_info *info)
{
	const struct nlattr *attr;
	int rem;

	if (!info->attrs[HYPHA_N_DNS])
		return 0;
	s->nr_dns = 0;
	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rem) {
		if (nla_type(attr) != HYPHA_N_DNS)
			continue;
		if (s->nr_dns == HYPHA_DNS_MAX)
			return hypha_netlink_refuse(info->extack, attr, -E2BIG, "more than %d resolvers", HYPHA_DNS_MAX);
		hypha_netlink_get_addr(attr, &s->dns[s->nr_dns++]);
	}
	return 0;
}

static int get_ports(struct hypha_port_range *r, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	if (attrs[HYPHA_N_PORT_MIN])
		r->min = nla_get_u16(attrs[HYPHA_N_PORT_MIN]);
	if (attrs[HYPHA_N_PORT_MAX])
		r->max = nla_get_u16(attrs[HYPHA_N_PORT_MAX]);
	if (!r->min || !r->max)
		return hypha_netlink_refuse(extack, attrs[r->min ? HYPHA_N_PORT_MAX : HYPHA_N_PORT_MIN], -ERANGE, "port 0: must be 1..65535");
	if (r->min > r->max)
		return hypha_netlink_refuse(extack, attrs[HYPHA_N_PORT_MIN] ?: attrs[HYPHA_N_PORT_MAX], -ERANGE,
					    "ports %u to %u: the first is above the last", r->min, r->max);
	return 0;
}

static int get_limits(struct hypha_flow_limits *l, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const struct {
		const struct nlattr *attr;
		u32 *limit;
		const char *of;
	} limits[] = {
		{ attrs[HYPHA_N_MAX_FLOWS], &l->max, "flows" },
		{ attrs[HYPHA_N_MAX_GUEST_FLOWS], &l->max_per_guest, "flows of a guest" },
		{ attrs[HYPHA_N_MAX_HALF_OPEN], &l->max_half_open_per_guest, "half-open connections of a guest" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		if (!limits[i].attr)
			continue;
		*limits[i].limit = nla_get_u32(limits[i].attr);
		if (!*limits[i].limit || *limits[i].limit > FLOWS_MAX)
			return hypha_netlink_refuse(extack, limits[i].attr, -ERANGE, "at most %u %s: must be 1..%u", *limits[i].limit,
						    limits[i].of, FLOWS_MAX);
	}
	return 0;
}

int hypha_netlink_net_set(struct sk_buff *request, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	struct hypha_net_settings s;
	int err;

	hypha_net_get(&s);
	err = get_prefix4(&s.prefixes, info->attrs, extack);
	if (!err)
		err = get_prefix6(&s.prefixes, info->attrs, extack);
	if (!err)
		err = get_resolvers(&s, info);
	if (!err)
		err = get_ports(&s.ports, info->attrs, extack);
	if (!err)
		err = get_limits(&s.limits, info->attrs, extack);
	if (err)
		return err;

	err = hypha_net_set(&s);
	if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "the prefixes are in use: change them while no guest has an interface");
	else if (err)
		hypha_netlink_refuse(extack, NULL, err, "the network does not take these settings: error %d", err);
	return err;
}
