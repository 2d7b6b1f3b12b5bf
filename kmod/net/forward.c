// SPDX-License-Identifier: GPL-2.0-only
/* Published ports: connections to the host's addresses that are a guest's. */
#include "forward.h"

#include <linux/errno.h>
#include <linux/in.h>
#include <linux/rculist.h>
#include <linux/string.h>

static bool is_any(const struct in6_addr *a)
{
	return !(a->s6_addr32[0] | a->s6_addr32[1] | a->s6_addr32[2] | a->s6_addr32[3]);
}

static bool is_mapped(const struct in6_addr *a)
{
	return !(a->s6_addr32[0] | a->s6_addr32[1]) && a->s6_addr32[2] == htonl(0xffff);
}

static bool same_addr(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool is_host4(__be32 ip)
{
	u8 first = ntohl(ip) >> 24;

	return first != 0 && first < 224;
}

static bool addr_fits(const struct hypha_forward *f)
{
	const struct in6_addr *a = &f->addr;

	switch (f->version) {
	case 0:
		return is_any(a);
	case 4:
		return is_any(a) || (is_mapped(a) && is_host4(a->s6_addr32[3]));
	case 6:
		return !is_mapped(a) && a->s6_addr[0] != 0xff;
	}
	return false;
}

static bool ports_fit(u16 first, u16 nr)
{
	return first && nr && first + nr - 1 <= 65535;
}

static bool makes_sense(const struct hypha_forward *f)
{
	return (f->proto == IPPROTO_TCP || f->proto == IPPROTO_UDP) && addr_fits(f) &&
	       ports_fit(f->host_port, f->nr_ports) && ports_fit(f->guest_port, f->nr_ports);
}

static bool has_port(const struct hypha_forward *f, u16 port)
{
	return port >= f->host_port && port - f->host_port < f->nr_ports;
}

/* Any address is all addresses: who publishes a port on any has it on each of them. */
static bool collide(const struct hypha_forward *a, const struct hypha_forward *b)
{
	return a->proto == b->proto &&
	       (!a->version || !b->version || a->version == b->version) &&
	       (is_any(&a->addr) || is_any(&b->addr) || same_addr(&a->addr, &b->addr)) &&
	       (has_port(a, b->host_port) || has_port(b, a->host_port));
}

void hypha_forwards_init(struct hypha_forwards *f)
{
	INIT_LIST_HEAD(&f->list);
}

int hypha_forwards_add(struct hypha_forwards *f, struct hypha_forward *forward, const struct hypha_forward **other)
{
	const struct hypha_forward *old;
	u32 nr = 0;

	if (!makes_sense(forward))
		return -EINVAL;
	list_for_each_entry(old, &f->list, link) {
		if (collide(old, forward)) {
			*other = old;
			return -EADDRINUSE;
		}
		nr += old->guest == forward->guest;
	}
	if (nr >= HYPHA_FORWARDS_PER_GUEST)
		return -ENOSPC;

	list_add_tail_rcu(&forward->link, &f->list);
	return 0;
}

static bool is_like(const struct hypha_forward *a, const struct hypha_forward *b)
{
	return a->guest == b->guest && a->proto == b->proto && a->version == b->version && same_addr(&a->addr, &b->addr) &&
	       a->host_port == b->host_port && a->nr_ports == b->nr_ports;
}

struct hypha_forward *hypha_forwards_del(struct hypha_forwards *f, const struct hypha_forward *like)
{
	struct hypha_forward *forward;

	list_for_each_entry(forward, &f->list, link)
		if (is_like(forward, like)) {
			list_del_rcu(&forward->link);
			return forward;
		}
	return NULL;
}

struct hypha_forward *hypha_forwards_del_guest(struct hypha_forwards *f, u32 guest)
{
	struct hypha_forward *forward;

	list_for_each_entry(forward, &f->list, link)
		if (forward->guest == guest) {
			list_del_rcu(&forward->link);
			return forward;
		}
	return NULL;
}

struct hypha_forward *hypha_forwards_find(const struct hypha_forwards *f, u8 proto, const struct in6_addr *addr, u16 port,
					  u16 *guest_port)
{
	u8 version = is_mapped(addr) ? 4 : 6;
	struct hypha_forward *forward, *found = NULL;

	list_for_each_entry_rcu(forward, &f->list, link) {
		if (forward->proto != proto || !has_port(forward, port) || (forward->version && forward->version != version))
			continue;
		if (same_addr(&forward->addr, addr)) {
			found = forward;
			break;
		}
		if (is_any(&forward->addr))
			found = forward;
	}
	if (found)
		*guest_port = found->guest_port + (port - found->host_port);
	return found;
}
