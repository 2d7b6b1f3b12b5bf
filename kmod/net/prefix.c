// SPDX-License-Identifier: GPL-2.0-only
/* The guests' prefixes and what is in them. */
#include "prefix.h"

#include <linux/bits.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/siphash.h>
#include <linux/string.h>

#include "compat/unaligned.h"

#define MIN_PLEN4	8
#define MAX_PLEN4	30
#define MIN_PLEN6	48
#define MAX_PLEN6	112

/* ---- IPv4, in host order ---- */

static u32 mask4(u8 plen)
{
	return ~0U << (32 - plen);
}

struct range4 {
	u32 net;
	u8 plen;
};

/* Where no guest can live (RFC 6890): this network, loopback, link-local, groups and what is behind. */
static const struct range4 special4[] = {
	{ 0x00000000, 8 }, { 0x7f000000, 8 }, { 0xa9fe0000, 16 }, { 0xe0000000, 3 },
};

static bool is_special4(u32 net, u8 plen)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(special4); i++)
		if (!((net ^ special4[i].net) & mask4(min(plen, special4[i].plen))))
			return true;
	return false;
}

static int parse_len(const char *text, u8 least, u8 most, u8 *out)
{
	u8 len;

	if (!isdigit(*text) || kstrtou8(text, 10, &len) || len < least || len > most)
		return -EINVAL;
	*out = len;
	return 0;
}

int hypha_prefix_parse4(const char *text, struct hypha_prefixes *p)
{
	const char *end;
	__be32 ip;
	u8 plen;

	if (!in4_pton(text, -1, (u8 *)&ip, '/', &end) || *end != '/' || parse_len(end + 1, MIN_PLEN4, MAX_PLEN4, &plen))
		return -EINVAL;
	if (ntohl(ip) & ~mask4(plen) || is_special4(ntohl(ip), plen))
		return -EINVAL;
	p->net4 = ip;
	p->plen4 = plen;
	return 0;
}

__be32 hypha_prefix_gateway4(const struct hypha_prefixes *p)
{
	return htonl(ntohl(p->net4) + 1);
}

bool hypha_prefix_has4(const struct hypha_prefixes *p, __be32 ip)
{
	return !(ntohl(ip ^ p->net4) & mask4(p->plen4));
}

int hypha_prefix_check4(const struct hypha_prefixes *p, __be32 ip)
{
	u32 host = ntohl(ip) & ~mask4(p->plen4);

	if (!hypha_prefix_has4(p, ip))
		return -ERANGE;
	return host < 2 || host == ~mask4(p->plen4) ? -EADDRNOTAVAIL : 0;
}

__be32 hypha_prefix_candidate4(const struct hypha_prefixes *p, u32 seed, u32 n)
{
	u32 nr = ~mask4(p->plen4) - 2;	/* but network, gateway and broadcast */

	return htonl(ntohl(p->net4) + 2 + (seed % nr + n % nr) % nr);
}

/* ---- IPv6, as two halves in host order ---- */

struct halves {
	u64 high, low;
};

static struct halves load6(const struct in6_addr *a)
{
	return (struct halves){ get_unaligned_be64(&a->s6_addr[0]), get_unaligned_be64(&a->s6_addr[8]) };
}

static void store6(struct halves h, struct in6_addr *out)
{
	put_unaligned_be64(h.high, &out->s6_addr[0]);
	put_unaligned_be64(h.low, &out->s6_addr[8]);
}

/* The bits of an address that are the host's. @plen: 1..127. */
static struct halves host_mask6(u8 plen)
{
	if (plen < 64)
		return (struct halves){ ~0ULL >> plen, ~0ULL };
	return (struct halves){ 0, plen == 64 ? ~0ULL : ~0ULL >> (plen - 64) };
}

/* ::/8 holds loopback and all that embeds IPv4 (RFC 4291, RFC 6052). */
static bool is_special6(const struct in6_addr *net)
{
	const u8 *b = net->s6_addr;

	return b[0] == 0 || b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

int hypha_prefix_parse6(const char *text, struct hypha_prefixes *p)
{
	struct in6_addr net;
	struct halves h, mask;
	const char *end;
	u8 plen;

	if (!in6_pton(text, -1, net.s6_addr, '/', &end) || *end != '/' || parse_len(end + 1, MIN_PLEN6, MAX_PLEN6, &plen))
		return -EINVAL;
	h = load6(&net);
	mask = host_mask6(plen);
	if ((h.high & mask.high) | (h.low & mask.low) || is_special6(&net))
		return -EINVAL;
	p->net6 = net;
	p->plen6 = plen;
	return 0;
}

/* fd, 40 bits that only @seed knows, subnet 0. */
void hypha_prefix_ula(const u8 *seed, struct hypha_prefixes *p)
{
	static const char what[] = "hypha guests' prefix";
	siphash_key_t key = { { get_unaligned_le64(seed), get_unaligned_le64(seed + 8) } };
	u64 global = siphash(what, sizeof(what), &key) >> 24;

	store6((struct halves){ 0xfdULL << 56 | global << 16, 0 }, &p->net6);
	p->plen6 = 64;
}

void hypha_prefix_gateway6(const struct hypha_prefixes *p, struct in6_addr *out)
{
	*out = p->net6;
	out->s6_addr[15] |= 1;
}

bool hypha_prefix_has6(const struct hypha_prefixes *p, const struct in6_addr *ip)
{
	struct halves net = load6(&p->net6), h = load6(ip), mask = host_mask6(p->plen6);

	return !(((net.high ^ h.high) & ~mask.high) | ((net.low ^ h.low) & ~mask.low));
}

int hypha_prefix_check6(const struct hypha_prefixes *p, const struct in6_addr *ip)
{
	struct halves h = load6(ip), mask = host_mask6(p->plen6);

	if (!hypha_prefix_has6(p, ip))
		return -ERANGE;
	return !(h.high & mask.high) && (h.low & mask.low) < 2 ? -EADDRNOTAVAIL : 0;
}

void hypha_prefix_candidate6(const struct hypha_prefixes *p, u64 seed, u32 n, struct in6_addr *out)
{
	struct halves net = load6(&p->net6);
	u64 nr = min(host_mask6(p->plen6).low - 1, BIT_ULL(62));	/* but 0 and the gateway; more is not needed */

	net.low |= 2 + (seed % nr + n) % nr;
	store6(net, out);
}

int hypha_mac_check(const u8 *mac)
{
	return mac[0] & 1 || !memchr_inv(mac, 0, ETH_ALEN) ? -EINVAL : 0;
}
