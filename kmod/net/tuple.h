/* SPDX-License-Identifier: GPL-2.0-only */
/* Who talks to whom: one direction of a conversation, as its packets arrive. */
#ifndef HYPHA_NET_TUPLE_H
#define HYPHA_NET_TUPLE_H

#include <asm/byteorder.h>
#include <linux/build_bug.h>
#include <linux/in6.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "compat/unaligned.h"

#define HYPHA_FROM_NET	0	/* the host's stack and all behind it; guests have kernel ids, which are never 0 */

/*
 * IPv4 addresses are ::ffff:a.b.c.d. TCP and UDP have ports. An ICMP echo request has its identifier in @sport and 0 in
 * @dport, a reply the reverse, so that hypha_tuple_reverse() turns one into the other's. Comparable by memcmp(): no holes.
 */
struct hypha_tuple {
	struct in6_addr src, dst;
	__be16 sport, dport;
	u32 from;		/* where it arrives: HYPHA_FROM_NET or a guest's id */
	u8 proto;		/* IPPROTO_TCP, _UDP, _ICMP, _ICMPV6 */
	u8 zero[3];
};

static inline bool hypha_tuple_is4(const struct hypha_tuple *t)
{
	return t->src.s6_addr32[0] == 0 && t->src.s6_addr32[1] == 0 && t->src.s6_addr32[2] == htonl(0xffff);
}

static inline void hypha_addr_set4(struct in6_addr *a, __be32 ip4)
{
	a->s6_addr32[0] = 0;
	a->s6_addr32[1] = 0;
	a->s6_addr32[2] = htonl(0xffff);
	a->s6_addr32[3] = ip4;
}

static inline u64 hypha_tuple_word(const struct hypha_tuple *t, unsigned int i)
{
	return get_unaligned((const u64 *)t + i);
}

/* By words: every packet comes by here, and memcmp() would be a call. */
static inline bool hypha_tuple_equal(const struct hypha_tuple *a, const struct hypha_tuple *b)
{
	const u32 *last_a = (const u32 *)&a->proto, *last_b = (const u32 *)&b->proto;

	BUILD_BUG_ON(sizeof(*a) != 44 || offsetof(struct hypha_tuple, proto) != 40);
	return !((hypha_tuple_word(a, 0) ^ hypha_tuple_word(b, 0)) | (hypha_tuple_word(a, 1) ^ hypha_tuple_word(b, 1)) |
		 (hypha_tuple_word(a, 2) ^ hypha_tuple_word(b, 2)) | (hypha_tuple_word(a, 3) ^ hypha_tuple_word(b, 3)) |
		 (hypha_tuple_word(a, 4) ^ hypha_tuple_word(b, 4)) | (*last_a ^ *last_b));
}

/* @out: the answer's tuple; @from is where the answer arrives. */
static inline void hypha_tuple_reverse(const struct hypha_tuple *t, u32 from, struct hypha_tuple *out)
{
	*out = (struct hypha_tuple){
		.src = t->dst, .dst = t->src, .sport = t->dport, .dport = t->sport, .from = from, .proto = t->proto,
	};
}

#endif
