// SPDX-License-Identifier: GPL-2.0-only
/* Flows over netlink: dumped in order of their ids, and removed. */
#include "netlink.h"

#include <linux/timekeeping.h>

#include "net/net.h"

#define FILTERS									\
	HYPHA_NETLINK_GUEST,							\
	[HYPHA_N_PROTO] = { .type = NLA_U8 },					\
	[HYPHA_N_VERSION] = { .type = NLA_U8 }

const struct nla_policy hypha_netlink_flow_get_policy[HYPHA_N_MAX + 1] = { FILTERS };

const struct nla_policy hypha_netlink_flow_del_policy[HYPHA_N_MAX + 1] = {
	FILTERS,
	[HYPHA_N_FLOW_ID] = { .type = NLA_U64 },
};

/* One flow */

static int put_tuple(struct sk_buff *skb, int attr, const struct hypha_flow *flow, unsigned int dir)
{
	const struct hypha_tuple *t = &flow->tuple[dir];
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_u32(skb, HYPHA_N_TUPLE_FROM, t->from) ||
	    hypha_netlink_put_addr(skb, HYPHA_N_TUPLE_SRC, &t->src) ||
	    hypha_netlink_put_addr(skb, HYPHA_N_TUPLE_DST, &t->dst) ||
	    nla_put_u16(skb, HYPHA_N_TUPLE_SPORT, ntohs(t->sport)) ||
	    nla_put_u16(skb, HYPHA_N_TUPLE_DPORT, ntohs(t->dport)) ||
	    nla_put_u64_64bit(skb, HYPHA_N_TUPLE_PACKETS, READ_ONCE(flow->packets[dir]), HYPHA_N_TUPLE_PAD) ||
	    nla_put_u64_64bit(skb, HYPHA_N_TUPLE_BYTES, READ_ONCE(flow->bytes[dir]), HYPHA_N_TUPLE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static u8 version_of(const struct hypha_flow *flow)
{
	return hypha_tuple_is4(&flow->tuple[0]) ? 4 : 6;
}

int hypha_netlink_put_flow(struct sk_buff *skb, const struct hypha_flow *flow, u64 now)
{
	return hypha_netlink_put_u64(skb, HYPHA_N_FLOW_ID, flow->id) ||
	       nla_put_u32(skb, HYPHA_N_GUEST, flow->owner->guest) ||
	       nla_put_u32(skb, HYPHA_N_FLOW_FLAGS, READ_ONCE(flow->flags)) ||
	       nla_put_u32(skb, HYPHA_N_FLOW_STATE, READ_ONCE(flow->state)) ||
	       nla_put_u8(skb, HYPHA_N_VERSION, version_of(flow)) ||
	       nla_put_u8(skb, HYPHA_N_PROTO, flow->tuple[0].proto) ||
	       put_tuple(skb, HYPHA_N_ORIG, flow, 0) || put_tuple(skb, HYPHA_N_REPLY, flow, 1) ||
	       hypha_netlink_put_u64(skb, HYPHA_N_AGE, now > flow->created ? now - flow->created : 0) ||
	       hypha_netlink_put_u64(skb, HYPHA_N_REMAINING, hypha_flow_remaining(flow, now)) ? -EMSGSIZE : 0;
}

/* Which ones */

struct filter {
	u32 guest;		/* 0: all; as all of these */
	u8 proto, version;
	u64 id;
};

static int get_proto(const struct nlattr *attr, struct netlink_ext_ack *extack, u8 *proto)
{
	if (!attr)
		return 0;
	*proto = nla_get_u8(attr);
	switch (*proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 0;
	}
	return hypha_netlink_refuse(extack, attr, -EINVAL, "IP protocol %u: flows are of 1 (ICMP), 6 (TCP), 17 (UDP) or 58 (ICMPv6)", *proto);
}

static int get_filter(struct nlattr **attrs, struct netlink_ext_ack *extack, struct filter *f)
{
	int err;

	*f = (struct filter){ };
	err = get_proto(attrs[HYPHA_N_PROTO], extack, &f->proto);
	if (!err)
		err = hypha_netlink_get_version(attrs[HYPHA_N_VERSION], extack, &f->version);
	return err ?: hypha_netlink_find_guest_id(attrs, extack, &f->guest);
}

static bool match(const struct hypha_flow *flow, void *ctx)
{
	const struct filter *f = ctx;

	return (!f->id || flow->id == f->id) && (!f->proto || flow->tuple[0].proto == f->proto) &&
	       (!f->version || version_of(flow) == f->version);
}

/* Dump. The cursor is the last id told: flows that come and go meanwhile neither repeat nor hide others, and those that
 * come do not make it longer: who wants to know of them listens to events. */

struct cursor {
	struct filter filter;
	u64 last;
	u64 began;		/* ns since boot; 0: not yet */
};

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct hypha_flow *flow;
	u64 now;
	int err;
};

static int fill_flow(struct sk_buff *skb, void *ctx)
{
	const struct dump *d = ctx;

	return hypha_netlink_put_flow(skb, d->flow, d->now);
}

static bool visit(struct hypha_flow *flow, void *ctx)
{
	struct dump *d = ctx;
	struct cursor *at = (void *)d->cb->ctx;

	if (flow->created <= at->began && match(flow, &at->filter)) {
		d->flow = flow;
		d->err = hypha_netlink_dump_one(d->skb, d->cb, HYPHA_CMD_FLOW_GET, fill_flow, d);
		if (d->err)
			return false;
	}
	at->last = flow->id;
	return true;
}

int hypha_netlink_flow_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump d = { .skb = skb, .cb = cb, .now = ktime_get_ns() };
	struct cursor *at = (void *)cb->ctx;
	int err;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (!at->began) {
		err = get_filter(hypha_genetlink_dump_attrs(cb), cb->extack, &at->filter);
		if (err)
			return err;
		at->began = d.now;
	}
	hypha_net_walk_flows(at->filter.guest, at->last, visit, &d);
	return d.err && !skb->len ? d.err : skb->len;
}

/* Remove */

int hypha_netlink_flow_del(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct filter f;
	u32 count;
	int err;

	err = get_filter(attrs, info->extack, &f);
	if (err)
		return err;
	if (attrs[HYPHA_N_FLOW_ID]) {
		if (f.guest || f.proto || f.version)
			return hypha_netlink_refuse(info->extack, attrs[HYPHA_N_FLOW_ID], -EINVAL,
						    "flows to remove: either one by its id or by guest, protocol and version");
		f.id = nla_get_u64(attrs[HYPHA_N_FLOW_ID]);
	}
	count = attrs[HYPHA_N_FLOW_ID] && !f.id ? 0 : hypha_net_flush_flows(f.guest, match, &f);
	if (attrs[HYPHA_N_FLOW_ID] && !count)
		return hypha_netlink_refuse(info->extack, attrs[HYPHA_N_FLOW_ID], -ENOENT, "no such flow: %llu", f.id);
	return hypha_netlink_reply_count(info, count);
}
