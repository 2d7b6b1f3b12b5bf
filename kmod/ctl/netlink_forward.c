// SPDX-License-Identifier: GPL-2.0-only
/* Published ports over netlink: dumped, added, removed. */
#include "netlink.h"

#include <net/ipv6.h>

#include "guest.h"
#include "net/net.h"
#include "net/vif.h"

static const struct nla_policy forward_policy[HYPHA_N_FORWARD_MAX + 1] = {
	[HYPHA_N_FORWARD_PROTO] = { .type = NLA_U8 },
	[HYPHA_N_FORWARD_VERSION] = { .type = NLA_U8 },
	[HYPHA_N_FORWARD_ADDR] = HYPHA_NETLINK_ADDR,
	[HYPHA_N_FORWARD_HOST] = { .type = NLA_U16 },
	[HYPHA_N_FORWARD_PORTS] = { .type = NLA_U16 },
	[HYPHA_N_FORWARD_GUEST] = { .type = NLA_U16 },
};

const struct nla_policy hypha_netlink_forward_get_policy[HYPHA_N_MAX + 1] = { HYPHA_NETLINK_GUEST };

const struct nla_policy hypha_netlink_forward_set_policy[HYPHA_N_MAX + 1] = {
	HYPHA_NETLINK_GUEST,
	[HYPHA_N_FORWARD] = NLA_POLICY_NESTED(forward_policy),
};

/* Counts what this family changed, so that a dump can tell that it was interrupted; one command at a time. */
static u32 generation;

/* Dump, in order of addition; the cursor is how many were told. */

struct cursor {
	u32 guest, told;
	bool going;
};

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct hypha_forward *forward;
	u32 nr;
	int err;
};

static int fill_forward(struct sk_buff *skb, void *ctx)
{
	const struct hypha_forward *f = ((const struct dump *)ctx)->forward;
	struct nlattr *nest;

	if (nla_put_u32(skb, HYPHA_N_GUEST, f->guest))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, HYPHA_N_FORWARD);
	if (!nest || nla_put_u8(skb, HYPHA_N_FORWARD_PROTO, f->proto) ||
	    (f->version && nla_put_u8(skb, HYPHA_N_FORWARD_VERSION, f->version)) ||
	    (!ipv6_addr_any(&f->addr) && hypha_netlink_put_addr(skb, HYPHA_N_FORWARD_ADDR, &f->addr)) ||
	    nla_put_u16(skb, HYPHA_N_FORWARD_HOST, f->host_port) ||
	    nla_put_u16(skb, HYPHA_N_FORWARD_PORTS, f->nr_ports) ||
	    nla_put_u16(skb, HYPHA_N_FORWARD_GUEST, f->guest_port) ||
	    nla_put_u64_64bit(skb, HYPHA_N_FORWARD_HITS, READ_ONCE(f->hits), HYPHA_N_FORWARD_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static bool visit(const struct hypha_forward *forward, void *ctx)
{
	struct dump *d = ctx;
	struct cursor *at = (void *)d->cb->ctx;

	if (d->nr++ < at->told)
		return true;
	d->forward = forward;
	d->err = hypha_netlink_dump_one(d->skb, d->cb, HYPHA_CMD_FORWARD_GET, fill_forward, d);
	if (d->err)
		return false;
	at->told++;
	return true;
}

int hypha_netlink_forward_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump d = { .skb = skb, .cb = cb };
	struct cursor *at = (void *)cb->ctx;
	int err;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (!at->going) {
		err = hypha_netlink_find_guest_id(hypha_genetlink_dump_attrs(cb), cb->extack, &at->guest);
		if (err)
			return err;
		at->going = true;
	}
	cb->seq = 1 + generation + hypha_guest_generation();
	hypha_net_walk_forwards(at->guest, visit, &d);
	return d.err && !skb->len ? d.err : skb->len;
}

/* What is asked for */

struct wish {
	struct netlink_ext_ack *extack;
	const struct nlattr *attr;	/* HYPHA_N_FORWARD, or NULL */
	const char *name;		/* of the guest */
	struct hypha_forward forward;
	u32 owner;			/* of a port that is taken */
	u32 count;
};

/* @nr ports from @first on, of whom. */
static int check_range(struct wish *w, const struct nlattr *attr, u32 first, u32 nr, const char *whose)
{
	if (!first)
		return hypha_netlink_refuse(w->extack, attr, -ERANGE, "port 0 of the %s: must be 1..65535", whose);
	if (first + nr - 1 > U16_MAX)
		return hypha_netlink_refuse(w->extack, attr, -ERANGE, "%u ports of the %s from %u on: the last is above 65535", nr, whose,
					    first);
	return 0;
}

static int get_ports(struct wish *w, struct nlattr **tb, bool whole)
{
	const struct nlattr *host = tb[HYPHA_N_FORWARD_HOST], *ports = tb[HYPHA_N_FORWARD_PORTS], *guest = tb[HYPHA_N_FORWARD_GUEST];
	struct hypha_forward *f = &w->forward;
	int err;

	if (!host || (whole && !guest))
		return hypha_netlink_refuse(w->extack, w->attr, -EINVAL, "a forward: the host's port%s needed",
					    whole ? " and the guest's are" : " is");
	f->host_port = nla_get_u16(host);
	f->nr_ports = ports ? nla_get_u16(ports) : 1;
	f->guest_port = guest ? nla_get_u16(guest) : 0;
	if (!f->nr_ports)
		return hypha_netlink_refuse(w->extack, ports, -ERANGE, "0 ports: at least 1");
	err = check_range(w, host, f->host_port, f->nr_ports, "host");
	if (!err && guest)
		err = check_range(w, guest, f->guest_port, f->nr_ports, "guest");
	return err;
}

static int get_proto(struct wish *w, const struct nlattr *attr)
{
	if (!attr)
		return hypha_netlink_refuse(w->extack, w->attr, -EINVAL, "a forward: its protocol is needed");
	w->forward.proto = nla_get_u8(attr);
	if (w->forward.proto == IPPROTO_TCP || w->forward.proto == IPPROTO_UDP)
		return 0;
	return hypha_netlink_refuse(w->extack, attr, -EINVAL, "IP protocol %u: ports are published of 6 (TCP) or 17 (UDP)",
				    w->forward.proto);
}

/* 0.0.0.0 and :: are any address of their version. */
static int get_address(struct wish *w, struct nlattr **tb)
{
	const struct nlattr *addr = tb[HYPHA_N_FORWARD_ADDR];
	struct hypha_forward *f = &w->forward;
	u8 version;
	int err;

	err = hypha_netlink_get_version(tb[HYPHA_N_FORWARD_VERSION], w->extack, &f->version);
	if (err || !addr)
		return err;
	version = nla_len(addr) == sizeof(__be32) ? 4 : 6;
	if (f->version && f->version != version)
		return hypha_netlink_refuse(w->extack, addr, -EINVAL, "an address of IPv%u in a forward of IPv%u", version, f->version);
	f->version = version;
	hypha_netlink_get_addr(addr, &f->addr);
	if (ipv6_addr_is_multicast(&f->addr) || (version == 4 && ipv4_is_multicast(f->addr.s6_addr32[3])))
		return hypha_netlink_refuse(w->extack, addr, -EINVAL, "a multicast address is not the host's");
	if (version == 4 && !f->addr.s6_addr32[3])
		f->addr = (struct in6_addr)IN6ADDR_ANY_INIT;
	return 0;
}

/* Whole: with the guest's port, as adding needs it. */
static int get_forward(struct wish *w, bool whole)
{
	struct nlattr *tb[HYPHA_N_FORWARD_MAX + 1];
	int err;

	err = nla_parse_nested(tb, HYPHA_N_FORWARD_MAX, w->attr, forward_policy, w->extack);
	if (!err)
		err = get_proto(w, tb[HYPHA_N_FORWARD_PROTO]);
	if (!err)
		err = get_ports(w, tb, whole);
	if (!err)
		err = get_address(w, tb);
	return err;
}

static const char *proto_name(const struct hypha_forward *f)
{
	return f->proto == IPPROTO_TCP ? "tcp" : "udp";
}

static int refuse_taken(struct wish *w)
{
	struct hypha_guest *other = hypha_guest_find(w->owner);
	const struct hypha_forward *f = &w->forward;
	const char *name = other ? hypha_guest_name(other) : "that just went";
	u32 last = f->host_port + f->nr_ports - 1;

	if (last == f->host_port)
		hypha_netlink_refuse(w->extack, w->attr, 0, "%s port %u is published already, by guest %s", proto_name(f), last, name);
	else
		hypha_netlink_refuse(w->extack, w->attr, 0, "of %s ports %u to %u one is published already, by guest %s",
				     proto_name(f), f->host_port, last, name);
	hypha_guest_put(other);
	return -EADDRINUSE;
}

static int add_forward(struct hypha_vif *vif, void *ctx)
{
	struct wish *w = ctx;
	int err;

	err = hypha_endpoint_add_forward(hypha_vif_endpoint(vif), &w->forward, &w->owner);
	if (!err)
		generation++;
	else if (err == -ENOSPC)
		hypha_netlink_refuse(w->extack, w->attr, err, "guest %s has %d forwards already, the most there may be", w->name,
				     HYPHA_FORWARDS_PER_GUEST);
	else if (err != -EADDRINUSE)
		hypha_netlink_refuse(w->extack, w->attr, err, "%s port %u of the host cannot be published", proto_name(&w->forward),
				     w->forward.host_port);
	return err;
}

static int del_forward(struct hypha_vif *vif, void *ctx)
{
	struct wish *w = ctx;

	w->count = hypha_endpoint_del_forward(hypha_vif_endpoint(vif), w->attr ? &w->forward : NULL);
	if (w->count)
		generation++;
	else if (w->attr)
		return hypha_netlink_refuse(w->extack, w->attr, -ENOENT, "guest %s does not publish %s port %u so", w->name,
					    proto_name(&w->forward), w->forward.host_port);
	return 0;
}

static int change(struct genl_info *info, struct wish *w, int (*fn)(struct hypha_vif *vif, void *ctx))
{
	struct hypha_guest *g = hypha_netlink_find_guest(info->attrs, info->extack);
	int err;

	if (IS_ERR(g))
		return PTR_ERR(g);
	w->name = hypha_guest_name(g);
	w->forward.guest = hypha_guest_id(g);
	err = hypha_guest_with_vif(g, fn, w);
	if (err == -ENODEV)
		hypha_netlink_refuse(info->extack, NULL, err, "guest %s has no network interface", w->name);
	hypha_guest_put(g);
	return err;
}

int hypha_netlink_forward_add(struct sk_buff *request, struct genl_info *info)
{
	struct wish w = { .extack = info->extack, .attr = info->attrs[HYPHA_N_FORWARD] };
	int err;

	if (!w.attr) {
		NL_SET_ERR_MSG(info->extack, "a forward to add is needed");
		return -EINVAL;
	}
	err = get_forward(&w, true);
	if (!err)
		err = change(info, &w, add_forward);
	return err == -EADDRINUSE ? refuse_taken(&w) : err;
}

int hypha_netlink_forward_del(struct sk_buff *request, struct genl_info *info)
{
	struct wish w = { .extack = info->extack, .attr = info->attrs[HYPHA_N_FORWARD] };
	int err = w.attr ? get_forward(&w, false) : 0;

	if (!err)
		err = change(info, &w, del_forward);
	return err ?: hypha_netlink_reply_count(info, w.count);
}
