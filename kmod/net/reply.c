// SPDX-License-Identifier: GPL-2.0-only
/* Packets hypha makes itself: what a router answers. */
#include "reply.h"

#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "checksum.h"
#include "headers.h"

#define TTL		64
#define TOS_CONTROL	0xc0	/* internetwork control: RFC 1812, 4.3.2.5 */
#define ERROR4_MAX	576	/* RFC 1812, 4.3.2.3 */
#define ERROR6_MAX	1280	/* RFC 4443, 2.4 (c) */

static const struct complaint {
	u8 type4, code4, type6, code6;
} complaints[] = {
	[HYPHA_COMPLAIN_TOO_BIG] = { HYPHA_ICMP4_UNREACHABLE, 4, HYPHA_ICMP6_TOO_BIG, 0 },
	[HYPHA_COMPLAIN_TTL] = { HYPHA_ICMP4_TIME, 0, HYPHA_ICMP6_TIME, 0 },
	[HYPHA_COMPLAIN_NO_ROUTE] = { HYPHA_ICMP4_UNREACHABLE, 0, HYPHA_ICMP6_UNREACHABLE, 0 },
	[HYPHA_COMPLAIN_HOST] = { HYPHA_ICMP4_UNREACHABLE, 1, HYPHA_ICMP6_UNREACHABLE, 3 },
	[HYPHA_COMPLAIN_PROHIBITED] = { HYPHA_ICMP4_UNREACHABLE, 13, HYPHA_ICMP6_UNREACHABLE, 1 },
	[HYPHA_COMPLAIN_PORT] = { HYPHA_ICMP4_UNREACHABLE, 3, HYPHA_ICMP6_UNREACHABLE, 4 },
};

/* Each writes a header. Return: its length. */
static u32 fill_ip4(void *out, const struct in6_addr *src, const struct in6_addr *dst, u8 proto, u8 tos, u32 payload)
{
	struct hypha_ip4 *ip = out;

	/* Never a fragment, so it needs no id (RFC 6864). */
	*ip = (struct hypha_ip4){
		.version_ihl = 0x45, .tos = tos, .len = htons(sizeof(*ip) + payload), .frag = htons(HYPHA_IP4_DF),
		.ttl = TTL, .proto = proto, .src = src->s6_addr32[3], .dst = dst->s6_addr32[3],
	};
	ip->check = hypha_sum_finish(hypha_sum_bytes(0, ip, sizeof(*ip)));
	return sizeof(*ip);
}

static u32 fill_ip6(void *out, const struct in6_addr *src, const struct in6_addr *dst, u8 proto, u32 payload)
{
	struct hypha_ip6 *ip = out;

	*ip = (struct hypha_ip6){
		.version_class_flow = htonl(6U << 28), .payload_len = htons(payload),
		.next = proto, .hop_limit = TTL, .src = *src, .dst = *dst,
	};
	return sizeof(*ip);
}

/* Of a transport whose own checksum is still 0. */
static u16 transport_checksum(const struct hypha_packet *p, const struct in6_addr *src, const struct in6_addr *dst, u8 proto,
			      const void *l4, u32 len)
{
	u32 addr = p->version == 4 ? 12 : 0;	/* where the wire's address begins */
	u64 sum = hypha_sum_bytes(0, l4, len);

	if (proto != IPPROTO_ICMP) {
		sum = hypha_sum_bytes(sum, &src->s6_addr[addr], 16 - addr);
		sum = hypha_sum_bytes(sum, &dst->s6_addr[addr], 16 - addr);
		sum = hypha_sum_pseudo(sum, len, proto);
	}
	return hypha_sum_finish(sum);
}

static bool is_first_fragment(const void *ip, u32 look, const struct hypha_packet *p)
{
	const struct hypha_ip4 *ip4 = ip;

	if (p->version == 4)
		return !(ip4->frag & htons(HYPHA_IP4_OFFSET));
	return p->l4 + 8 <= look && !(get_unaligned_be16(ip + p->l4 + 2) & HYPHA_IP6_OFFSET);
}

static bool is_group(const struct hypha_packet *p)
{
	const struct in6_addr *dst = &p->tuple.dst;

	/* Class D; class E, and with it broadcast, is nobody's either. */
	return p->version == 4 ? dst->s6_addr[12] >= 224 : dst->s6_addr[0] == 0xff;
}

/* RFC 1122, 3.2.2; RFC 4443, 2.4 (e). An impossible source never gets here. */
static bool may_complain(const void *ip, u32 look, const struct hypha_packet *p)
{
	if ((p->flags & HYPHA_PACKET_ERROR) || is_group(p))
		return false;
	return !(p->flags & HYPHA_PACKET_FRAGMENT) || is_first_fragment(ip, look, p);
}

u32 hypha_reply_error(void *out, const void *ip, u32 look, const struct hypha_packet *p, const struct in6_addr *from,
		      enum hypha_complaint what, u32 mtu)
{
	u32 header = p->version == 4 ? sizeof(struct hypha_ip4) : sizeof(struct hypha_ip6);
	u32 room = (p->version == 4 ? ERROR4_MAX : ERROR6_MAX) - header - sizeof(struct hypha_icmp);
	u32 quote = min3(look, p->len, room), len = sizeof(struct hypha_icmp) + quote;
	const struct complaint *c = &complaints[what];
	struct hypha_icmp *icmp = out + header;
	u8 proto;

	if (!may_complain(ip, look, p))
		return 0;
	*icmp = (struct hypha_icmp){ .type = c->type6, .code = c->code6 };
	if (p->version == 4) {
		icmp->type = c->type4;
		icmp->code = c->code4;
		mtu = min(mtu, 65535U);	/* the upper half of the word is unused (RFC 1191) */
	}
	if (what == HYPHA_COMPLAIN_TOO_BIG)
		icmp->rest = htonl(mtu);
	memcpy(icmp + 1, ip, quote);

	proto = p->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	icmp->check = transport_checksum(p, from, &p->tuple.src, proto, icmp, len);
	if (p->version == 4)
		return fill_ip4(out, from, &p->tuple.src, proto, TOS_CONTROL, len) + len;
	return fill_ip6(out, from, &p->tuple.src, proto, len) + len;
}

/* RFC 9293, 3.5.2, group 1: the answer to what belongs to no connection. */
static void fill_reset(struct hypha_tcp *rst, const struct hypha_tcp *tcp, u32 payload)
{
	*rst = (struct hypha_tcp){
		.sport = tcp->dport, .dport = tcp->sport, .offset = sizeof(*rst) / 4 << 4, .flags = HYPHA_TCP_RST,
	};
	if (tcp->flags & HYPHA_TCP_ACK) {
		rst->seq = tcp->ack;
		return;
	}
	payload += !!(tcp->flags & HYPHA_TCP_SYN) + !!(tcp->flags & HYPHA_TCP_FIN);
	rst->ack = htonl(ntohl(tcp->seq) + payload);
	rst->flags |= HYPHA_TCP_ACK;
}

u32 hypha_reply_reset(void *out, const void *ip, const struct hypha_packet *p)
{
	u32 header = p->version == 4 ? sizeof(struct hypha_ip4) : sizeof(struct hypha_ip6);
	const struct hypha_tcp *tcp = ip + p->l4;
	struct hypha_tcp *rst = out + header;

	if (p->tuple.proto != IPPROTO_TCP || (p->flags & HYPHA_PACKET_FRAGMENT) || (p->tcp_flags & HYPHA_TCP_RST) || is_group(p))
		return 0;
	fill_reset(rst, tcp, p->len - p->l4 - (tcp->offset >> 4) * 4);
	rst->check = transport_checksum(p, &p->tuple.dst, &p->tuple.src, IPPROTO_TCP, rst, sizeof(*rst));
	if (p->version == 4)
		return fill_ip4(out, &p->tuple.dst, &p->tuple.src, IPPROTO_TCP, 0, sizeof(*rst)) + sizeof(*rst);
	return fill_ip6(out, &p->tuple.dst, &p->tuple.src, IPPROTO_TCP, sizeof(*rst)) + sizeof(*rst);
}

/* Addresses that change places change no sum. */
static void turn_ip4(struct hypha_ip4 *ip, const struct hypha_packet *p)
{
	u16 old = get_unaligned((u16 *)&ip->ttl);

	ip->src = p->tuple.dst.s6_addr32[3];
	ip->dst = p->tuple.src.s6_addr32[3];
	ip->ttl = TTL;
	ip->check = hypha_sum_update(ip->check, hypha_sum_change(0, old, get_unaligned((u16 *)&ip->ttl)));
}

static void turn_ip6(struct hypha_ip6 *ip, const struct hypha_packet *p)
{
	ip->src = p->tuple.dst;
	ip->dst = p->tuple.src;
	ip->hop_limit = TTL;
}

void hypha_reply_echo(void *ip, const struct hypha_packet *p)
{
	struct hypha_icmp *icmp = ip + p->l4;
	u16 old = get_unaligned((u16 *)icmp);

	if (p->version == 4)
		turn_ip4(ip, p);
	else
		turn_ip6(ip, p);
	icmp->type = p->version == 4 ? HYPHA_ICMP4_REPLY : HYPHA_ICMP6_REPLY;
	icmp->check = hypha_sum_update(icmp->check, hypha_sum_change(0, old, get_unaligned((u16 *)icmp)));
}
