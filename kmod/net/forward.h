/* SPDX-License-Identifier: GPL-2.0-only */
/* Published ports: connections to the host's addresses that are a guest's. Pure but for RCU and a mutex of the caller's. */
#ifndef HYPHA_NET_FORWARD_H
#define HYPHA_NET_FORWARD_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define HYPHA_FORWARDS_PER_GUEST	256

struct hypha_forward {
	struct list_head link;
	struct rcu_head rcu;
	u32 guest;
	u8 proto;		/* IPPROTO_TCP or _UDP */
	u8 version;		/* 4, 6; 0: both, with an unspecified @addr only */
	struct in6_addr addr;	/* of the host; unspecified: any; IPv4 as ::ffff:a.b.c.d */
	u16 host_port, nr_ports, guest_port;	/* @nr_ports of them, in order */
	u64 hits;		/* flows made */
};

struct hypha_forwards {
	struct list_head list;	/* in order of addition */
};

/* The caller serializes add and del; find runs under rcu_read_lock(). */
void hypha_forwards_init(struct hypha_forwards *f);
/* Return: 0 it is in the list now; -EINVAL ports wrap, are 0 or more than 65535, protocol or address senseless;
 * -EADDRINUSE another one claims one of these ports (*@other); -ENOSPC the guest has HYPHA_FORWARDS_PER_GUEST. */
int hypha_forwards_add(struct hypha_forwards *f, struct hypha_forward *forward, const struct hypha_forward **other);
/* The one that equals @like in guest, protocol, version, address and host ports; unlinked, for kfree_rcu(); or NULL. */
struct hypha_forward *hypha_forwards_del(struct hypha_forwards *f, const struct hypha_forward *like);
/* Any one of a guest's, unlinked. */
struct hypha_forward *hypha_forwards_del_guest(struct hypha_forwards *f, u32 guest);
/* Who gets what comes to @addr:@port; *@guest_port in host order. A forward with an address goes before one without. */
struct hypha_forward *hypha_forwards_find(const struct hypha_forwards *f, u8 proto, const struct in6_addr *addr, u16 port,
					  u16 *guest_port);

#endif
