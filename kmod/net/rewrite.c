// SPDX-License-Identifier: GPL-2.0-only
/* New addresses and ports for a packet, its checksums kept right by what changed. */
#include "rewrite.h"

#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/stddef.h>

#include "checksum.h"
#include "headers.h"

static_assert(offsetof(struct hypha_tcp, sport) == 0 && offsetof(struct hypha_tcp, dport) == 2);
static_assert(offsetof(struct hypha_udp, sport) == 0 && offsetof(struct hypha_udp, dport) == 2);

/* What is written at @at, added to the sum's change. */
static inline u64 put32(u64 change, void *at, __be32 new)
{
	change = hypha_sum_change(change, get_unaligned((u32 *)at), (__force u32)new);
	put_unaligned((__force u32)new, (u32 *)at);
	return change;
}

/* A 16-bit word changes a sum as a 32-bit one does whose other half stays. */
static inline u64 put16(u64 change, void *at, u16 new)
{
	change = hypha_sum_change(change, get_unaligned((u16 *)at), new);
	put_unaligned(new, (u16 *)at);
	return change;
}

static inline u64 put128(u64 change, void *at, const struct in6_addr *new)
{
	u32 i;

	for (i = 0; i < 4; i++)
		change = put32(change, at + 4 * i, new->s6_addr32[i]);
	return change;
}

/* Return: the change of a sum over the pseudo header. */
static inline u64 put_addresses4(struct hypha_ip4 *ip, const struct hypha_tuple *to)
{
	u64 change = put32(0, &ip->src, to->src.s6_addr32[3]);

	return put32(change, &ip->dst, to->dst.s6_addr32[3]);
}

static inline u64 put_addresses6(struct hypha_ip6 *ip, const struct hypha_tuple *to)
{
	return put128(put128(0, &ip->src, &to->src), &ip->dst, &to->dst);
}

/* One hop less. Return: the change of the header's sum. */
static inline u64 count_hop4(struct hypha_ip4 *ip)
{
	u16 old = get_unaligned((u16 *)&ip->ttl);

	ip->ttl--;
	return hypha_sum_change(0, old, get_unaligned((u16 *)&ip->ttl));
}

static inline u64 forward4(struct hypha_ip4 *ip, const struct hypha_tuple *to)
{
	u64 change = put_addresses4(ip, to);

	ip->check = hypha_sum_update(ip->check, change + count_hop4(ip));
	return change;
}

static inline u64 forward6(struct hypha_ip6 *ip, const struct hypha_tuple *to)
{
	ip->hop_limit--;
	return put_addresses6(ip, to);
}

static inline u64 put_ports(void *l4, const struct hypha_tuple *to)
{
	struct hypha_udp *ports = l4;	/* as TCP's */

	return put16(put16(0, &ports->sport, (__force u16)to->sport), &ports->dport, (__force u16)to->dport);
}

/* The identifier of an echo is in one of the two, the other is 0. */
static inline u64 put_identifier(void *l4, const struct hypha_tuple *to)
{
	struct hypha_icmp *icmp = l4;

	return put16(0, &icmp->id, (__force u16)(to->sport | to->dport));
}

/* Where a protocol has its checksum. */
static inline u16 *checksum_of(void *l4, u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return l4 + offsetof(struct hypha_tcp, check);
	case IPPROTO_UDP:
		return l4 + offsetof(struct hypha_udp, check);
	default:
		return l4 + offsetof(struct hypha_icmp, check);
	}
}

/* @pseudo, @own: the changes of the pseudo header and of what is in the transport header. */
static inline void put_checksum(void *l4, u8 proto, u64 pseudo, u64 own, bool partial)
{
	u16 *at = checksum_of(l4, proto), check = get_unaligned(at);

	if (proto == IPPROTO_ICMP)
		pseudo = 0;
	if (partial) {
		put_unaligned(hypha_sum_fold(check + pseudo), at);
		return;
	}
	if (proto == IPPROTO_UDP && !check)
		return;
	check = hypha_sum_update(check, pseudo + own);
	if (proto == IPPROTO_UDP && !check)
		check = 0xffff;
	put_unaligned(check, at);
}

static inline u64 put_transport(void *l4, const struct hypha_tuple *to)
{
	if (likely(to->proto == IPPROTO_TCP || to->proto == IPPROTO_UDP))
		return put_ports(l4, to);
	return put_identifier(l4, to);
}

void hypha_rewrite(void *ip, const struct hypha_packet *p, const struct hypha_tuple *to, bool partial)
{
	u64 pseudo = p->version == 4 ? forward4(ip, to) : forward6(ip, to);
	void *l4 = ip + p->l4;

	put_checksum(l4, p->tuple.proto, pseudo, put_transport(l4, to), partial);
}

/*
 * The packet inside. Return: the change of a sum over it. Its IPv4 header's sum is as wrong as it came: routers quote with
 * their own ttl.
 */
static u64 put_inner(void *ip, const struct hypha_packet *p, const struct hypha_tuple *to)
{
	void *inner = ip + p->inner_ip, *l4 = ip + p->inner_l4;
	u8 proto = p->inner.proto;
	u16 *check = checksum_of(l4, proto), old;
	u64 pseudo, own, change;

	if (p->version == 4) {
		struct hypha_ip4 *inner4 = inner;

		pseudo = put_addresses4(inner4, to);
		inner4->check = hypha_sum_update(inner4->check, pseudo);
		change = 0;	/* its own checksum has made up for them */
	} else {
		pseudo = put_addresses6(inner, to);
		change = pseudo;
	}
	own = put_transport(l4, to);
	change += own;
	if ((void *)(check + 1) > l4 + p->inner_len)
		return change;
	old = get_unaligned(check);
	put_checksum(l4, proto, pseudo, own, false);
	return hypha_sum_change(change, old, get_unaligned(check));
}

void hypha_rewrite_error(void *ip, const struct hypha_packet *p, const struct in6_addr *src, const struct in6_addr *dst,
			 const struct hypha_tuple *inner)
{
	struct hypha_tuple to = { .src = src ? *src : p->tuple.src, .dst = *dst };
	struct hypha_icmp *icmp = ip + p->l4;
	u64 change = put_inner(ip, p, inner);

	if (p->version == 4)
		forward4(ip, &to);
	else
		change += forward6(ip, &to);
	icmp->check = hypha_sum_update(icmp->check, change);
}
