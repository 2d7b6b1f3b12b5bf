// SPDX-License-Identifier: GPL-2.0-only
/* The host's side: hypha0, by which the host and its guests reach each other, and the hooks that see what comes in. */
#include "net_priv.h"

#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "compat/lltx.h"
#include "hypha.h"

#define PRIORITY	(-250)	/* behind raw (-300), so that the host may drop first; before conntrack (-200) */

/* hypha0 */

static int open(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	if (idev)
		idev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
	netif_start_queue(dev);
	return 0;
}

static int stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

/* What goes to a guest: the host's own, or forwarded by a host that was told to (policy "stack" only). */
static void to_guest(struct hypha_transit *t)
{
	bool forwarded = t->skb->skb_iif;	/* it came in somewhere; IPv6 marks no unicast packet as forwarded */
	struct hypha_endpoint *to;
	enum hypha_drop why;

	why = hypha_transit_look(t);
	if (why) {
		hypha_drop(NULL, t->skb, why);
		return;
	}
	if (t->p.flags & HYPHA_PACKET_FRAGMENT && !hypha_transit_whole(t, HYPHA_DEFRAG_HOST))
		return;
	to = hypha_endpoint_by_addr(&t->p.tuple.dst);
	if (!to) {
		hypha_complain(t, HYPHA_COMPLAIN_HOST, 0);
		hypha_drop(NULL, t->skb, HYPHA_DROP_NO_ROUTE);
		return;
	}
	if (READ_ONCE(to->policy) & HYPHA_POLICY_STACK) {
		skb_orphan(t->skb);
		skb_dst_drop(t->skb);
		hypha_deliver(to, t->skb, &t->p);
	} else if (forwarded) {
		hypha_drop(to, t->skb, HYPHA_DROP_NO_FLOW);
	} else if (!hypha_nat_known(t)) {
		hypha_admit_from_host(t, to);
	}
}

static netdev_tx_t xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct hypha_transit t = { .skb = skb };

	rcu_read_lock();
	to_guest(&t);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

static const struct net_device_ops device_ops = {
	.ndo_open = open,
	.ndo_stop = stop,
	.ndo_start_xmit = xmit,
	.ndo_get_stats64 = dev_get_tstats64,
};

/* ethtool -S: drops of all guests and of none, by name. */
static const char drop_names[][ETH_GSTRING_LEN] = {
#define DROP_NAME(name, text, what) "drop_" text,
	HYPHA_DROPS(DROP_NAME)
#undef DROP_NAME
};

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? HYPHA_DROP_COUNT : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, drop_names, sizeof(drop_names));
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct hypha_endpoint *ep;
	unsigned int i, j;

	hypha_net_drops(data);
	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(hypha_net.by_id); i++)
		hlist_for_each_entry_rcu(ep, &hypha_net.by_id[i], by_id)
			for (j = 0; j < HYPHA_DROP_COUNT; j++)
				data[j] += atomic64_read(&ep->drops[j]);
	rcu_read_unlock();
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, HYPHA_VERSION, sizeof(info->version));
}

static const struct ethtool_ops ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
};

static void setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
					   NETIF_F_GSO_SOFTWARE;

	dev->netdev_ops = &device_ops;
	dev->ethtool_ops = &ethtool_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->features |= features;
	hypha_lltx_set(dev);
	dev->hw_features |= features;
	dev->needed_headroom = LL_MAX_HEADER;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = IPV6_MIN_MTU;
	dev->max_mtu = HYPHA_MTU_MAX;
}

void hypha_host_tap(struct sk_buff *skb)
{
	if (unlikely(dev_nit_active(hypha_net.dev))) {
		skb->dev = hypha_net.dev;
		dev_queue_xmit_nit(skb, hypha_net.dev);
	}
}

/* Hooks */

/*
 * A fragment's flow is known only when it is whole; the host would put it together too. What it then is may be no concern of
 * ours: it stays as the stack wants it. False: it is kept.
 */
static bool gather(struct hypha_transit *t)
{
	if (t->p.version != 4 || !hypha_route_is_local(&t->p.tuple.dst))
		return true;
	if (ip_defrag(&init_net, t->skb, HYPHA_DEFRAG_NET))
		return false;
	t->skb->ignore_df = 1;
	return true;
}

static bool concerns_us(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (skb->pkt_type != PACKET_HOST && skb->pkt_type != PACKET_LOOPBACK)
		return false;
	if (state->in == hypha_net.dev)
		return false;
	return hypha_flow_count(hypha_net.flows) || READ_ONCE(hypha_net.nr_forwards);
}

/* What is not a flow's nor published is the stack's, malformed or not. */
static unsigned int incoming(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct hypha_transit t = { .skb = skb };

	if (!concerns_us(skb, state) || hypha_transit_look(&t))
		return NF_ACCEPT;
	if (t.p.flags & HYPHA_PACKET_FRAGMENT) {
		if (!gather(&t))
			return NF_STOLEN;
		if (hypha_transit_look(&t) || t.p.flags & HYPHA_PACKET_FRAGMENT)
			return NF_ACCEPT;
	}
	return hypha_nat_known(&t) || hypha_admit_from_net(&t) ? NF_STOLEN : NF_ACCEPT;
}

static const struct nf_hook_ops hooks[] = {
	{ .hook = incoming, .pf = NFPROTO_IPV4, .hooknum = NF_INET_PRE_ROUTING, .priority = PRIORITY },
	{ .hook = incoming, .pf = NFPROTO_IPV6, .hooknum = NF_INET_PRE_ROUTING, .priority = PRIORITY },
};

static int add_device(void)
{
	struct net_device *dev = alloc_netdev(0, HYPHA_DEV_NAME, NET_NAME_PREDICTABLE, setup);
	int err;

	if (!dev)
		return -ENOMEM;
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats) {
		free_netdev(dev);
		return -ENOMEM;
	}
	hypha_net.dev = dev;
	err = register_netdev(dev);
	if (err) {
		pr_err("hypha: cannot register the network device %s: error %d\n", HYPHA_DEV_NAME, err);
		free_percpu(dev->tstats);
		free_netdev(dev);
	}
	return err;
}

static void remove_device(void)
{
	struct net_device *dev = hypha_net.dev;

	unregister_netdev(dev);
	free_percpu(dev->tstats);
	free_netdev(dev);
}

int hypha_host_init(void)
{
	int err = add_device();

	if (err)
		return err;
	err = hypha_netconf_up(hypha_net.dev);
	if (!err)
		err = hypha_netconf_addresses(hypha_net.dev, &hypha_net.prefixes, true);
	if (err) {
		pr_err("hypha: cannot give %s its addresses: error %d\n", HYPHA_DEV_NAME, err);
		goto err_device;
	}
	err = nf_register_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));
	if (err)
		goto err_device;
	return 0;

err_device:
	remove_device();
	return err;
}

void hypha_host_exit(void)
{
	nf_unregister_net_hooks(&init_net, hooks, ARRAY_SIZE(hooks));
	remove_device();
}
