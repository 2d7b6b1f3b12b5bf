// SPDX-License-Identifier: GPL-2.0-only
/* An IP packet looked at: every length and offset in it is somebody else's. */
#include "packet.h"

#include <linux/in.h>
#include <linux/kernel.h>

#include "checksum.h"
#include "compat/unaligned.h"
#include "headers.h"

#define OPTION_END	0
#define OPTION_NOP	1
#define OPTION_LSRR	131
#define OPTION_SSRR	137

#define NEXT_HOP_BY_HOP	0
#define NEXT_ROUTING	43
#define NEXT_FRAGMENT	44
#define NEXT_DESTINATION 60
#define EXTENSIONS_MAX	8

/* What is both linear and of the packet. */
struct view {
	const u8 *ip;
	u32 end;
	u32 len;	/* of the packet, if it goes on where no one looks */
};

/* Where a chain of IPv6 headers led. */
struct chain {
	u32 at;
	u8 next;
	bool fragment;	/* it ended before a fragment header that means it: @at is there, @next what is behind */
};

static inline bool is_there(const struct view *v, u32 at, u32 len)
{
	return at + len <= v->end;
}

/* Why what should be there is not: the packet is too short, or its headers are longer than anyone looks. */
static enum hypha_drop missing(const struct view *v)
{
	return v->end == v->len ? HYPHA_DROP_SHORT : HYPHA_DROP_HEADER;
}

static enum hypha_drop check_options(const u8 *at, const u8 *end)
{
	while (at < end && *at != OPTION_END) {
		if (*at == OPTION_NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at || *at == OPTION_LSRR || *at == OPTION_SSRR)
			return HYPHA_DROP_HEADER;
		at += at[1];
	}
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_fragment4(struct hypha_packet *p, u16 frag)
{
	if ((frag & HYPHA_IP4_OFFSET) * 8 + p->len > 65535)
		return HYPHA_DROP_HEADER;
	p->flags |= HYPHA_PACKET_FRAGMENT;
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_ip4(struct view *v, u32 total, struct hypha_packet *p)
{
	const struct hypha_ip4 *ip = (const void *)v->ip;
	u32 header = (ip->version_ihl & 0xf) * 4;
	u16 frag = ntohs(ip->frag);
	enum hypha_drop drop;

	p->len = ntohs(ip->len);
	if (header < sizeof(*ip) || p->len < header)
		return HYPHA_DROP_HEADER;
	if (p->len > total || header > v->end)
		return HYPHA_DROP_SHORT;
	if (hypha_sum_fold(hypha_sum_bytes(0, ip, header)) != 0xffff)
		return HYPHA_DROP_HEADER;
	if (unlikely(header > sizeof(*ip))) {
		drop = check_options(v->ip + sizeof(*ip), v->ip + header);
		if (drop)
			return drop;
	}
	p->version = 4;
	p->ttl = ip->ttl;
	p->l4 = header;
	p->tuple.proto = ip->proto;
	hypha_addr_set4(&p->tuple.src, ip->src);
	hypha_addr_set4(&p->tuple.dst, ip->dst);
	if (frag & HYPHA_IP4_DF)
		p->flags |= HYPHA_PACKET_DF;
	if (unlikely(frag & (HYPHA_IP4_MF | HYPHA_IP4_OFFSET)))
		return take_fragment4(p, frag);
	return HYPHA_DROP_NONE;
}

/* One extension header; sets @c->fragment if it ends the chain. */
static enum hypha_drop step_extension(const struct view *v, struct chain *c)
{
	const u8 *header = v->ip + c->at;
	u8 kind = c->next;

	if (!is_there(v, c->at, 8))
		return missing(v);
	c->next = header[0];
	if (kind == NEXT_FRAGMENT) {
		/* One that is all of the packet (RFC 6946) is a header like others. */
		c->fragment = get_unaligned_be16(header + 2) & (HYPHA_IP6_OFFSET | HYPHA_IP6_MF);
		if (!c->fragment)
			c->at += 8;
		return HYPHA_DROP_NONE;
	}
	if (kind == NEXT_ROUTING && header[3])
		return HYPHA_DROP_HEADER;
	c->at += (header[1] + 1) * 8;
	return c->at <= v->len ? HYPHA_DROP_NONE : HYPHA_DROP_SHORT;
}

static bool is_extension(u8 next)
{
	return next == NEXT_DESTINATION || next == NEXT_ROUTING || next == NEXT_FRAGMENT;
}

static enum hypha_drop walk_extensions(const struct view *v, struct chain *c)
{
	enum hypha_drop drop;
	u32 nr = 0;

	/* Hop-by-hop can only be the first (RFC 8200, 4.1); elsewhere it is an unknown protocol. */
	for (c->fragment = false; (nr == 0 && c->next == NEXT_HOP_BY_HOP) || is_extension(c->next); nr++) {
		if (nr == EXTENSIONS_MAX)
			return HYPHA_DROP_HEADER;
		drop = step_extension(v, c);
		if (drop || c->fragment)
			return drop;
	}
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_ip6(struct view *v, u32 total, struct hypha_packet *p)
{
	const struct hypha_ip6 *ip = (const void *)v->ip;
	struct chain c = { .at = sizeof(*ip) };
	enum hypha_drop drop;

	if (!is_there(v, 0, sizeof(*ip)))
		return HYPHA_DROP_SHORT;
	p->len = sizeof(*ip) + ntohs(ip->payload_len);
	if (p->len > total)
		return HYPHA_DROP_SHORT;
	p->version = 6;
	p->ttl = ip->hop_limit;
	p->flags |= HYPHA_PACKET_DF;
	p->tuple.src = ip->src;
	p->tuple.dst = ip->dst;

	c.next = ip->next;
	v->len = p->len;
	v->end = min(v->end, p->len);
	drop = walk_extensions(v, &c);
	p->l4 = c.at;
	p->tuple.proto = c.next;
	if (c.fragment)
		p->flags |= HYPHA_PACKET_FRAGMENT;
	return drop;
}

static enum hypha_drop take_tcp(const struct view *v, struct hypha_packet *p)
{
	const struct hypha_tcp *tcp = (const void *)(v->ip + p->l4);
	u32 header;

	if (!is_there(v, p->l4, sizeof(*tcp)))
		return missing(v);
	header = (tcp->offset >> 4) * 4;
	if (header < sizeof(*tcp))
		return HYPHA_DROP_HEADER;
	if (header > p->len - p->l4)
		return HYPHA_DROP_SHORT;
	p->tuple.sport = tcp->sport;
	p->tuple.dport = tcp->dport;
	p->tcp_flags = tcp->flags;
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_udp(const struct view *v, struct hypha_packet *p)
{
	const struct hypha_udp *udp = (const void *)(v->ip + p->l4);

	if (!is_there(v, p->l4, sizeof(*udp)))
		return missing(v);
	if (ntohs(udp->len) < sizeof(*udp))
		return HYPHA_DROP_HEADER;
	if (ntohs(udp->len) > p->len - p->l4)
		return HYPHA_DROP_SHORT;
	p->tuple.sport = udp->sport;
	p->tuple.dport = udp->dport;
	return HYPHA_DROP_NONE;
}

enum icmp_kind {
	OTHER, REQUEST, REPLY, ERROR,
};

/* Source quench (deprecated, RFC 6633) and redirects (a matter of one wire) are not errors that are carried. */
static enum icmp_kind icmp_kind(u8 proto, u8 type)
{
	static const u8 kinds4[] = {
		[HYPHA_ICMP4_REPLY] = REPLY, [HYPHA_ICMP4_REQUEST] = REQUEST,
		[HYPHA_ICMP4_UNREACHABLE] = ERROR, [HYPHA_ICMP4_TIME] = ERROR, [HYPHA_ICMP4_PARAMETER] = ERROR,
	};
	static const u8 kinds6[] = {
		[HYPHA_ICMP6_REPLY] = REPLY, [HYPHA_ICMP6_REQUEST] = REQUEST,
		[HYPHA_ICMP6_UNREACHABLE] = ERROR, [HYPHA_ICMP6_TOO_BIG] = ERROR,
		[HYPHA_ICMP6_TIME] = ERROR, [HYPHA_ICMP6_PARAMETER] = ERROR,
	};

	if (proto == IPPROTO_ICMP)
		return type < ARRAY_SIZE(kinds4) ? kinds4[type] : OTHER;
	return type < ARRAY_SIZE(kinds6) ? kinds6[type] : OTHER;
}

static void take_identifier(const struct hypha_icmp *icmp, enum icmp_kind kind, struct hypha_tuple *t)
{
	if (kind == REQUEST)
		t->sport = icmp->id;
	else
		t->dport = icmp->id;
}

static enum hypha_drop take_inner4(const struct view *v, struct hypha_packet *p)
{
	const struct hypha_ip4 *ip = (const void *)(v->ip + p->inner_ip);
	u32 header;

	if (!is_there(v, p->inner_ip, sizeof(*ip)))
		return missing(v);
	header = (ip->version_ihl & 0xf) * 4;
	if (ip->version_ihl >> 4 != 4 || header < sizeof(*ip))
		return HYPHA_DROP_HEADER;
	if (ip->frag & htons(HYPHA_IP4_OFFSET))
		return HYPHA_DROP_PROTO;	/* no ports there */
	hypha_addr_set4(&p->inner.src, ip->src);
	hypha_addr_set4(&p->inner.dst, ip->dst);
	p->inner.proto = ip->proto;
	p->inner_l4 = p->inner_ip + header;
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_inner6(const struct view *v, struct hypha_packet *p)
{
	const struct hypha_ip6 *ip = (const void *)(v->ip + p->inner_ip);
	struct chain c = { .at = p->inner_ip + sizeof(*ip) };
	enum hypha_drop drop;

	if (!is_there(v, p->inner_ip, sizeof(*ip)))
		return missing(v);
	if (v->ip[p->inner_ip] >> 4 != 6)
		return HYPHA_DROP_HEADER;
	c.next = ip->next;
	drop = walk_extensions(v, &c);
	if (!drop && c.fragment) {
		if (get_unaligned_be16(v->ip + c.at + 2) & HYPHA_IP6_OFFSET)
			return HYPHA_DROP_PROTO;
		c.at += 8;
		drop = walk_extensions(v, &c);
		if (c.fragment)
			return HYPHA_DROP_HEADER;
	}
	p->inner.src = ip->src;
	p->inner.dst = ip->dst;
	p->inner.proto = c.next;
	p->inner_l4 = c.at;
	return drop;
}

static enum hypha_drop take_inner_ports(const struct view *v, struct hypha_packet *p)
{
	const struct hypha_udp *udp = (const void *)(v->ip + p->inner_l4);
	const struct hypha_icmp *icmp = (const void *)(v->ip + p->inner_l4);
	enum icmp_kind kind;

	if (!is_there(v, p->inner_l4, 8))
		return missing(v);
	p->inner_len = 8;
	if (p->inner.proto == p->tuple.proto) {
		kind = icmp_kind(p->inner.proto, icmp->type);
		if (kind != REQUEST && kind != REPLY)
			return HYPHA_DROP_PROTO;
		take_identifier(icmp, kind, &p->inner);
		return HYPHA_DROP_NONE;
	}
	if (p->inner.proto != IPPROTO_TCP && p->inner.proto != IPPROTO_UDP)
		return HYPHA_DROP_PROTO;
	if (p->inner.proto == IPPROTO_TCP) {
		p->inner_len = min_t(u32, v->end - p->inner_l4, sizeof(struct hypha_tcp));
		/* What is quoted of it but was not looked for shall be. */
		if (p->inner_len < sizeof(struct hypha_tcp) && v->end < min_t(u32, v->len, HYPHA_PACKET_LOOK))
			return missing(v);
	}
	p->inner.sport = udp->sport;
	p->inner.dport = udp->dport;
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_error(const struct view *v, struct hypha_packet *p)
{
	enum hypha_drop drop;

	p->flags |= HYPHA_PACKET_ERROR;
	p->inner = (struct hypha_tuple){ };
	p->inner_ip = p->l4 + sizeof(struct hypha_icmp);
	drop = p->version == 4 ? take_inner4(v, p) : take_inner6(v, p);
	if (!drop)
		drop = take_inner_ports(v, p);
	if (drop)
		return drop;
	/* It is told to the sender of what it is about, or it is not true. */
	return memcmp(&p->inner.src, &p->tuple.dst, sizeof(p->inner.src)) ? HYPHA_DROP_HEADER : HYPHA_DROP_NONE;
}

static enum hypha_drop take_icmp(const struct view *v, struct hypha_packet *p)
{
	const struct hypha_icmp *icmp = (const void *)(v->ip + p->l4);
	enum icmp_kind kind;

	if (p->tuple.proto != (p->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return HYPHA_DROP_PROTO;
	if (!is_there(v, p->l4, sizeof(*icmp)))
		return missing(v);
	p->icmp_type = icmp->type;
	p->icmp_code = icmp->code;
	kind = icmp_kind(p->tuple.proto, icmp->type);
	if (kind == OTHER)
		return HYPHA_DROP_PROTO;
	if (kind == ERROR)
		return take_error(v, p);
	take_identifier(icmp, kind, &p->tuple);
	return HYPHA_DROP_NONE;
}

static enum hypha_drop take_transport(const struct view *v, struct hypha_packet *p)
{
	if (likely(p->tuple.proto == IPPROTO_TCP))
		return take_tcp(v, p);
	if (likely(p->tuple.proto == IPPROTO_UDP))
		return take_udp(v, p);
	return take_icmp(v, p);
}

static bool is_loopback4(__be32 a)
{
	return (a & htonl(0xff000000)) == htonl(0x7f000000);
}

static bool is_unspecified4(__be32 a)
{
	return !(a & htonl(0xff000000));
}

static enum hypha_drop check_addresses4(const struct hypha_packet *p)
{
	__be32 src = p->tuple.src.s6_addr32[3];

	if (is_unspecified4(p->tuple.dst.s6_addr32[3]))
		return HYPHA_DROP_HEADER;
	if (is_unspecified4(src) || (src & htonl(0xf0000000)) == htonl(0xe0000000) || src == htonl(0xffffffff))
		return HYPHA_DROP_SOURCE;
	return is_loopback4(src) && p->tuple.from != HYPHA_FROM_NET ? HYPHA_DROP_SOURCE : HYPHA_DROP_NONE;
}

/* :: or, as @last, ::1 */
static bool is_last6(const struct in6_addr *a, u32 last)
{
	return !(a->s6_addr32[0] | a->s6_addr32[1] | a->s6_addr32[2]) && a->s6_addr32[3] == htonl(last);
}

/* On the wire they mean nothing, and in a tuple IPv4. */
static bool is_mapped6(const struct in6_addr *a)
{
	return !(a->s6_addr32[0] | a->s6_addr32[1]) && a->s6_addr32[2] == htonl(0xffff);
}

static enum hypha_drop check_addresses6(const struct hypha_packet *p)
{
	const struct in6_addr *src = &p->tuple.src, *dst = &p->tuple.dst;

	if (is_mapped6(dst) || is_last6(dst, 0) || ((p->flags & HYPHA_PACKET_ERROR) && is_mapped6(&p->inner.dst)))
		return HYPHA_DROP_HEADER;
	if (src->s6_addr[0] == 0xff || is_mapped6(src) || is_last6(src, 0))
		return HYPHA_DROP_SOURCE;
	return is_last6(src, 1) && p->tuple.from != HYPHA_FROM_NET ? HYPHA_DROP_SOURCE : HYPHA_DROP_NONE;
}

/* "Land". The host itself does speak to its own addresses, but not from a port to the same one. */
static bool is_land(const struct hypha_packet *p)
{
	const struct hypha_tuple *t = &p->tuple;

	if (t->src.s6_addr32[3] != t->dst.s6_addr32[3] || memcmp(&t->src, &t->dst, sizeof(t->src)))
		return false;
	return t->from != HYPHA_FROM_NET || (t->sport == t->dport && !(p->flags & HYPHA_PACKET_FRAGMENT));
}

static enum hypha_drop check_addresses(const struct hypha_packet *p)
{
	enum hypha_drop drop = p->version == 4 ? check_addresses4(p) : check_addresses6(p);

	return drop ? drop : is_land(p) ? HYPHA_DROP_SOURCE : HYPHA_DROP_NONE;
}

/* @inner stays as it is: it means nothing without HYPHA_PACKET_ERROR. */
static void reset(struct hypha_packet *p, u32 from)
{
	p->tuple = (struct hypha_tuple){ .from = from };
	p->l4 = 0;
	p->inner_ip = 0;
	p->inner_l4 = 0;
	p->inner_len = 0;
	p->len = 0;
	p->version = 0;
	p->ttl = 0;
	p->flags = 0;
	p->tcp_flags = 0;
	p->icmp_type = 0;
	p->icmp_code = 0;
}

enum hypha_drop hypha_packet_parse(const void *ip, u32 look, u32 total, u32 from, struct hypha_packet *p)
{
	struct view v = { .ip = ip, .end = look };
	enum hypha_drop drop;

	reset(p, from);
	if (look < sizeof(struct hypha_ip4) || look > total)
		return HYPHA_DROP_SHORT;
	switch (*v.ip >> 4) {
	case 4:
		drop = take_ip4(&v, total, p);
		break;
	case 6:
		drop = take_ip6(&v, total, p);
		break;
	default:
		return HYPHA_DROP_HEADER;
	}
	if (drop)
		return drop;
	v.len = p->len;
	v.end = min(v.end, p->len);
	if (likely(!(p->flags & HYPHA_PACKET_FRAGMENT))) {
		drop = take_transport(&v, p);
		if (drop)
			return drop;
	}
	return check_addresses(p);
}
