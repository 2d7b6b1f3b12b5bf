// SPDX-License-Identifier: GPL-2.0-only
/* Guests in the network: their addresses, found by them; policy, forwards, counters. */
#include "net_priv.h"

#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#define CANDIDATES	4096	/* addresses tried before the prefix is called full */

static struct hlist_head *bucket4(__be32 ip)
{
	return &hypha_net.by4[hash_32((__force u32)ip, HYPHA_NET_HASH_BITS)];
}

static struct hlist_head *bucket6(const struct in6_addr *ip)
{
	return &hypha_net.by6[jhash2((__force const u32 *)ip->s6_addr32, 4, 0) & ((1 << HYPHA_NET_HASH_BITS) - 1)];
}

static struct hlist_head *bucket_id(u32 id)
{
	return &hypha_net.by_id[hash_32(id, HYPHA_NET_HASH_BITS)];
}

static struct hypha_endpoint *find4(__be32 ip)
{
	struct hypha_endpoint *ep;

	hlist_for_each_entry_rcu(ep, bucket4(ip), by4, lockdep_is_held(&hypha_net.lock))
		if (ep->wire.guest4 == ip)
			return ep;
	return NULL;
}

static struct hypha_endpoint *find6(const struct in6_addr *ip)
{
	struct hypha_endpoint *ep;

	hlist_for_each_entry_rcu(ep, bucket6(ip), by6, lockdep_is_held(&hypha_net.lock))
		if (ipv6_addr_equal(&ep->wire.guest6, ip))
			return ep;
	return NULL;
}

struct hypha_endpoint *hypha_endpoint_by_id(u32 guest)
{
	struct hypha_endpoint *ep;

	hlist_for_each_entry_rcu(ep, bucket_id(guest), by_id, lockdep_is_held(&hypha_net.lock))
		if (ep->owner.guest == guest)
			return ep;
	return NULL;
}

struct hypha_endpoint *hypha_endpoint_by_addr(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr) ? find4(addr->s6_addr32[3]) : find6(addr);
}

u32 hypha_endpoint_id(const struct hypha_endpoint *ep)
{
	return ep->owner.guest;
}

struct hypha_endpoint *hypha_endpoint_of(const struct hypha_flow *flow)
{
	return container_of(flow->owner, struct hypha_endpoint, owner);
}

void hypha_endpoint_drop(struct hypha_endpoint *ep, enum hypha_drop reason)
{
	atomic64_inc(ep ? &ep->drops[reason] : &hypha_net.drops[reason]);
}

void hypha_drop(struct hypha_endpoint *ep, struct sk_buff *skb, enum hypha_drop reason)
{
	hypha_endpoint_drop(ep, reason);
	kfree_skb(skb);
}

/* Addresses */

static bool mac_taken(const u8 *mac)
{
	struct hypha_endpoint *ep;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hypha_net.by_id); i++)
		hlist_for_each_entry(ep, &hypha_net.by_id[i], by_id)
			if (ether_addr_equal(ep->wire.guest_mac, mac))
				return true;
	return ether_addr_equal(mac, hypha_net.gateway_mac);
}

static int assign_mac(u8 *mac)
{
	if (!is_zero_ether_addr(mac)) {
		if (hypha_mac_check(mac))
			return -EINVAL;
		return mac_taken(mac) ? -EADDRINUSE : 0;
	}
	do {
		eth_random_addr(mac);
	} while (mac_taken(mac));
	return 0;
}

static int assign4(__be32 *ip)
{
	u32 seed = get_random_u32(), i;
	int err;

	if (*ip) {
		err = hypha_prefix_check4(&hypha_net.prefixes, *ip);
		return err ?: find4(*ip) ? -EADDRINUSE : 0;
	}
	for (i = 0; i < CANDIDATES; i++) {
		*ip = hypha_prefix_candidate4(&hypha_net.prefixes, seed, i);
		if (!find4(*ip))
			return 0;
	}
	return -EADDRNOTAVAIL;
}

static int assign6(struct in6_addr *ip)
{
	u64 seed = get_random_u64();
	u32 i;
	int err;

	if (!ipv6_addr_any(ip)) {
		err = hypha_prefix_check6(&hypha_net.prefixes, ip);
		return err ?: find6(ip) ? -EADDRINUSE : 0;
	}
	for (i = 0; i < CANDIDATES; i++) {
		hypha_prefix_candidate6(&hypha_net.prefixes, seed, i, ip);
		if (!find6(ip))
			return 0;
	}
	return -EADDRNOTAVAIL;
}

static int assign(struct hypha_endpoint_config *c)
{
	int err = assign_mac(c->mac);

	if (!err)
		err = assign4(&c->ip4);
	if (!err)
		err = assign6(&c->ip6);
	if (!c->mtu)
		c->mtu = ETH_DATA_LEN;
	return err;
}

static void fill_wire(struct hypha_wire *w, const struct hypha_endpoint_config *c)
{
	ether_addr_copy(w->guest_mac, c->mac);
	ether_addr_copy(w->gateway_mac, hypha_net.gateway_mac);
	w->guest4 = c->ip4;
	w->gateway4 = hypha_net.gateway4;
	w->guest6 = c->ip6;
	w->gateway6 = hypha_net.gateway6;
	hypha_wire_link_local(w->guest_mac, &w->guest_ll);
	hypha_wire_link_local(w->gateway_mac, &w->gateway_ll);
	w->plen6 = hypha_net.prefixes.plen6;
	w->mtu = c->mtu;
}

struct hypha_endpoint *hypha_endpoint_add(struct hypha_endpoint_config *c, const struct hypha_endpoint_ops *ops, void *ctx)
{
	struct hypha_endpoint *ep;
	int err;

	if (c->policy & ~HYPHA_POLICY_ALL)
		return ERR_PTR(-EINVAL);
	ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	if (!ep)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&hypha_net.lock);
	err = assign(c);
	if (!err) {
		fill_wire(&ep->wire, c);
		ep->policy = c->policy;
		ep->ops = ops;
		ep->ctx = ctx;
		hypha_flow_owner_init(&ep->owner, c->guest);
		hlist_add_head_rcu(&ep->by_id, bucket_id(c->guest));
		hlist_add_head_rcu(&ep->by4, bucket4(c->ip4));
		hlist_add_head_rcu(&ep->by6, bucket6(&c->ip6));
		hypha_net.nr_endpoints++;
	}
	mutex_unlock(&hypha_net.lock);
	if (!err)
		return ep;
	kfree(ep);
	return ERR_PTR(err);
}

/* No flow is charged to it, and none leads to it. */
static bool concerns(const struct hypha_flow *flow, void *ctx)
{
	u32 guest = *(u32 *)ctx;

	return flow->tuple[0].from == guest || flow->tuple[1].from == guest || flow->owner->guest == guest;
}

void hypha_endpoint_del(struct hypha_endpoint *ep)
{
	u32 guest = hypha_endpoint_id(ep);

	hypha_endpoint_del_forward(ep, NULL);
	mutex_lock(&hypha_net.lock);
	hlist_del_rcu(&ep->by_id);
	hlist_del_rcu(&ep->by4);
	hlist_del_rcu(&ep->by6);
	hypha_net.nr_endpoints--;
	mutex_unlock(&hypha_net.lock);

	/* Who found it before may still be making a flow of it: once more after they are gone. */
	hypha_flow_flush(hypha_net.flows, NULL, concerns, &guest);
	synchronize_net();
	if (atomic_read(&ep->owner.nr)) {
		hypha_flow_flush(hypha_net.flows, NULL, concerns, &guest);
		synchronize_net();
	}
	/* flows are freed by RCU callbacks, which look at their owner */
	rcu_barrier();
	kfree(ep);
}

void hypha_endpoint_get_wire(struct hypha_endpoint *ep, struct hypha_wire *wire)
{
	*wire = ep->wire;
}

void hypha_endpoint_get_config(struct hypha_endpoint *ep, struct hypha_endpoint_config *c)
{
	*c = (struct hypha_endpoint_config){
		.guest = ep->owner.guest, .ip4 = ep->wire.guest4, .ip6 = ep->wire.guest6, .mtu = ep->wire.mtu,
		.policy = READ_ONCE(ep->policy),
	};
	ether_addr_copy(c->mac, ep->wire.guest_mac);
}

void hypha_endpoint_drops(struct hypha_endpoint *ep, u64 drops[HYPHA_DROP_COUNT])
{
	unsigned int i;

	for (i = 0; i < HYPHA_DROP_COUNT; i++)
		drops[i] = atomic64_read(&ep->drops[i]);
}

void hypha_endpoint_counts(struct hypha_endpoint *ep, u32 *nr_flows, u32 *nr_half_open)
{
	*nr_flows = atomic_read(&ep->owner.nr);
	*nr_half_open = atomic_read(&ep->owner.nr_half_open);
}

struct change {
	u32 guest, gone;	/* policy bits taken away */
	bool stack;
};

static bool not_allowed(const struct hypha_flow *flow, void *ctx)
{
	const struct change *c = ctx;
	bool mine = flow->tuple[0].from == c->guest;

	if (c->stack)
		return concerns(flow, (void *)&c->guest);
	if (!mine || flow->flags & HYPHA_FLOW_FORWARD)
		return false;
	return (c->gone & HYPHA_POLICY_GUEST_TO_GUEST && flow->flags & HYPHA_FLOW_HAIRPIN) ||
	       (c->gone & HYPHA_POLICY_GUEST_TO_HOST && flow->flags & HYPHA_FLOW_HOST);
}

int hypha_endpoint_set_policy(struct hypha_endpoint *ep, u32 policy)
{
	struct change c = { .guest = hypha_endpoint_id(ep) };
	u32 before;

	if (policy & ~HYPHA_POLICY_ALL)
		return -EINVAL;
	mutex_lock(&hypha_net.lock);
	before = ep->policy;
	WRITE_ONCE(ep->policy, policy);
	mutex_unlock(&hypha_net.lock);

	c.gone = before & ~policy;
	c.stack = (before ^ policy) & HYPHA_POLICY_STACK;
	if (!c.gone && !c.stack)
		return 0;
	synchronize_net();	/* nobody admits by the old policy any more */
	hypha_flow_flush(hypha_net.flows, NULL, not_allowed, &c);
	return 0;
}

/* Forwards */

int hypha_endpoint_add_forward(struct hypha_endpoint *ep, const struct hypha_forward *forward, u32 *owner)
{
	struct hypha_forward *f = kmemdup(forward, sizeof(*forward), GFP_KERNEL);
	const struct hypha_forward *other = NULL;
	int err;

	if (!f)
		return -ENOMEM;
	mutex_lock(&hypha_net.lock);
	err = hypha_forwards_add(&hypha_net.forwards, f, &other);
	if (!err)
		WRITE_ONCE(hypha_net.nr_forwards, hypha_net.nr_forwards + 1);
	else if (err == -EADDRINUSE)
		*owner = other->guest;
	mutex_unlock(&hypha_net.lock);
	if (err)
		kfree(f);
	return err;
}

u32 hypha_endpoint_del_forward(struct hypha_endpoint *ep, const struct hypha_forward *like)
{
	struct hypha_forward *f;
	u32 nr = 0;

	mutex_lock(&hypha_net.lock);
	while ((f = like ? hypha_forwards_del(&hypha_net.forwards, like) :
			   hypha_forwards_del_guest(&hypha_net.forwards, hypha_endpoint_id(ep)))) {
		kfree_rcu(f, rcu);
		nr++;
		if (like)
			break;
	}
	WRITE_ONCE(hypha_net.nr_forwards, hypha_net.nr_forwards - nr);
	mutex_unlock(&hypha_net.lock);
	return nr;
}

void hypha_net_walk_forwards(u32 guest, bool (*visit)(const struct hypha_forward *forward, void *ctx), void *ctx)
{
	const struct hypha_forward *f;

	mutex_lock(&hypha_net.lock);
	list_for_each_entry(f, &hypha_net.forwards.list, link)
		if ((!guest || f->guest == guest) && !visit(f, ctx))
			break;
	mutex_unlock(&hypha_net.lock);
}
