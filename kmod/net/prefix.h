/* SPDX-License-Identifier: GPL-2.0-only */
/* The guests' prefixes and what is in them. Pure. */
#ifndef HYPHA_NET_PREFIX_H
#define HYPHA_NET_PREFIX_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/types.h>

struct hypha_prefixes {
	__be32 net4;		/* network address; the gateway is the first host address */
	u8 plen4;		/* 8..30 */
	struct in6_addr net6;
	u8 plen6;		/* 48..112 */
};

/* "10.75.0.0/16", "fd12:3456:789a::/64". 0 or -EINVAL (syntax, length, host bits set, multicast, loopback, link-local). */
int hypha_prefix_parse4(const char *text, struct hypha_prefixes *p);
int hypha_prefix_parse6(const char *text, struct hypha_prefixes *p);
/* A ULA /64 that is the same whenever @seed (16 bytes, the host's own) is: RFC 4193. */
void hypha_prefix_ula(const u8 *seed, struct hypha_prefixes *p);

__be32 hypha_prefix_gateway4(const struct hypha_prefixes *p);
void hypha_prefix_gateway6(const struct hypha_prefixes *p, struct in6_addr *out);

/* May a guest have it? 0; -ERANGE not in the prefix; -EADDRNOTAVAIL network, broadcast or gateway address. */
int hypha_prefix_check4(const struct hypha_prefixes *p, __be32 ip);
int hypha_prefix_check6(const struct hypha_prefixes *p, const struct in6_addr *ip);
bool hypha_prefix_has4(const struct hypha_prefixes *p, __be32 ip);
bool hypha_prefix_has6(const struct hypha_prefixes *p, const struct in6_addr *ip);

/* The @n-th candidate for a guest whose random number is @seed: try 0, 1, … until one is free. */
__be32 hypha_prefix_candidate4(const struct hypha_prefixes *p, u32 seed, u32 n);
void hypha_prefix_candidate6(const struct hypha_prefixes *p, u64 seed, u32 n, struct in6_addr *out);

/* 0, -EINVAL: multicast, all zero. */
int hypha_mac_check(const u8 *mac);

#endif
