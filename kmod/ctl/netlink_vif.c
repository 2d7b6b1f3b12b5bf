// SPDX-License-Identifier: GPL-2.0-only
/* Guests' network interfaces over netlink: looked at, and given a policy. */
#include "netlink.h"

#include <linux/slab.h>
#include <net/ipv6.h>

#include "guest.h"
#include "net/net.h"
#include "net/vif.h"

const struct nla_policy hypha_netlink_vif_get_policy[HYPHA_N_MAX + 1] = { HYPHA_NETLINK_GUEST };

const struct nla_policy hypha_netlink_vif_set_policy[HYPHA_N_MAX + 1] = {
	HYPHA_NETLINK_GUEST,
	[HYPHA_N_POLICY] = { .type = NLA_U32 },
};

/* What is looked at while the interface cannot go, told afterwards. Large: not for the stack. */
struct look {
	struct hypha_guest *guest;
	struct hypha_endpoint_config config;
	struct hypha_wire wire;
	struct hypha_vif_stats vif;
	u64 drops[HYPHA_DROP_COUNT];
	u32 nr_flows, nr_half_open;
};

static int look_at(struct hypha_vif *vif, void *ctx)
{
	struct hypha_endpoint *ep = hypha_vif_endpoint(vif);
	struct look *l = ctx;

	hypha_endpoint_get_config(ep, &l->config);
	hypha_endpoint_get_wire(ep, &l->wire);
	hypha_endpoint_drops(ep, l->drops);
	hypha_endpoint_counts(ep, &l->nr_flows, &l->nr_half_open);
	hypha_vif_stats(vif, &l->vif);
	return 0;
}

static int put_addresses(struct sk_buff *skb, const struct hypha_wire *w)
{
	struct in6_addr gateway4;

	hypha_addr_set4(&gateway4, w->gateway4);
	return nla_put(skb, HYPHA_N_MAC, ETH_ALEN, w->guest_mac) ||
	       nla_put(skb, HYPHA_N_GATEWAY_MAC, ETH_ALEN, w->gateway_mac) ||
	       (w->guest4 && (nla_put_in_addr(skb, HYPHA_N_IP4, w->guest4) ||
			      hypha_netlink_put_addr(skb, HYPHA_N_GATEWAY4, &gateway4))) ||
	       (!ipv6_addr_any(&w->guest6) && (nla_put_in6_addr(skb, HYPHA_N_IP6, &w->guest6) ||
					       nla_put_in6_addr(skb, HYPHA_N_GATEWAY6, &w->gateway6)));
}

static int put_queue(struct sk_buff *skb, u32 index, const struct hypha_vif_queue_stats *q)
{
	const struct {
		int attr;
		u64 value;
	} counts[] = {
		{ HYPHA_N_QUEUE_TX_PACKETS, q->tx_packets }, { HYPHA_N_QUEUE_TX_BYTES, q->tx_bytes },
		{ HYPHA_N_QUEUE_RX_PACKETS, q->rx_packets }, { HYPHA_N_QUEUE_RX_BYTES, q->rx_bytes },
		{ HYPHA_N_QUEUE_DROPS, q->drops },
	};
	struct nlattr *nest = nla_nest_start(skb, HYPHA_N_QUEUE);
	u32 i;

	if (!nest || nla_put_u32(skb, HYPHA_N_QUEUE_INDEX, index))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		if (nla_put_u64_64bit(skb, counts[i].attr, counts[i].value, HYPHA_N_QUEUE_PAD))
			return -EMSGSIZE;
	if (nla_put_u32(skb, HYPHA_N_QUEUE_BACKLOG, q->backlog))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Those in use, and those that were before the driver last went. */
static int put_queues(struct sk_buff *skb, const struct hypha_vif_stats *vif)
{
	u32 i;

	for (i = 0; i < HYPHA_VIF_QUEUES; i++) {
		const struct hypha_vif_queue_stats *q = &vif->queues[i];

		if (i >= vif->nr_queues && !q->tx_packets && !q->rx_packets && !q->drops)
			continue;
		if (put_queue(skb, i, q))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_look(struct sk_buff *skb, void *ctx)
{
	const struct look *l = ctx;

	return hypha_netlink_put_guest(skb, l->guest) || put_addresses(skb, &l->wire) ||
	       nla_put_u32(skb, HYPHA_N_STATE, l->vif.state) ||
	       nla_put_u32(skb, HYPHA_N_POLICY, l->config.policy) ||
	       nla_put_u32(skb, HYPHA_N_MTU, l->config.mtu) ||
	       nla_put_u32(skb, HYPHA_N_FEATURES, l->vif.features) ||
	       nla_put_u32(skb, HYPHA_N_NR_FLOWS, l->nr_flows) ||
	       nla_put_u32(skb, HYPHA_N_NR_HALF_OPEN, l->nr_half_open) ||
	       put_queues(skb, &l->vif) || hypha_netlink_put_drops(skb, l->drops) ? -EMSGSIZE : 0;
}

/* Every attribute, every queue, every drop: less than half of this. */
#define VIF_SIZE	8192

int hypha_netlink_vif_get(struct sk_buff *request, struct genl_info *info)
{
	struct hypha_guest *g = hypha_netlink_find_guest(info->attrs, info->extack);
	struct look *l;
	int err = -ENOMEM;

	if (IS_ERR(g))
		return PTR_ERR(g);
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		goto out;
	l->guest = g;
	err = hypha_guest_with_vif(g, look_at, l);
	if (err)
		hypha_netlink_refuse(info->extack, NULL, err, "guest %s has no network interface", hypha_guest_name(g));
	else
		err = hypha_netlink_reply(info, VIF_SIZE, put_look, l);
	kfree(l);
out:
	hypha_guest_put(g);
	return err;
}

/* 0: told, or nothing to tell. */
static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, struct hypha_guest *g)
{
	struct look *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return -ENOMEM;
	l->guest = g;
	err = hypha_guest_with_vif(g, look_at, l);
	err = err == -ENODEV ? 0 : hypha_netlink_dump_one(skb, cb, HYPHA_CMD_VIF_GET, put_look, l);
	kfree(l);
	return err;
}

/* The cursor is the last id told. */
struct cursor {
	u32 last, only;
	bool going;
};

int hypha_netlink_vif_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *at = (void *)cb->ctx;
	struct hypha_guest *g;
	int err = 0;

	BUILD_BUG_ON(sizeof(*at) > sizeof(cb->ctx));
	if (!at->going) {
		err = hypha_netlink_find_guest_id(hypha_genetlink_dump_attrs(cb), cb->extack, &at->only);
		if (err)
			return err;
		at->last = at->only ? at->only - 1 : 0;
		at->going = true;
	}
	cb->seq = 1 + hypha_guest_generation();
	while (!err && (g = hypha_guest_find_after(at->last))) {
		bool wanted = !at->only || hypha_guest_id(g) == at->only;

		err = wanted ? dump_one(skb, cb, g) : 0;
		if (!err)
			at->last = hypha_guest_id(g);
		hypha_guest_put(g);
		if (!wanted)
			break;
	}
	return err && !skb->len ? err : skb->len;
}

static int set_policy(struct hypha_vif *vif, void *policy)
{
	return hypha_endpoint_set_policy(hypha_vif_endpoint(vif), *(u32 *)policy);
}

int hypha_netlink_vif_set(struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[HYPHA_N_POLICY];
	struct hypha_guest *g;
	u32 policy;
	int err;

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "a policy is needed");
		return -EINVAL;
	}
	policy = nla_get_u32(attr);
	if (policy & ~HYPHA_POLICY_ALL)
		return hypha_netlink_refuse(info->extack, attr, -EINVAL, "policy 0x%x has bits that mean nothing: of 0x%x", policy,
					    HYPHA_POLICY_ALL);
	g = hypha_netlink_find_guest(info->attrs, info->extack);
	if (IS_ERR(g))
		return PTR_ERR(g);
	err = hypha_guest_with_vif(g, set_policy, &policy);
	if (err == -ENODEV)
		hypha_netlink_refuse(info->extack, NULL, err, "guest %s has no network interface", hypha_guest_name(g));
	else if (err)
		hypha_netlink_refuse(info->extack, attr, err, "policy 0x%x is refused: error %d", policy, err);
	hypha_guest_put(g);
	return err;
}
