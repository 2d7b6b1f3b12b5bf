/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites about packets share: bytes from hex, packets by recipe, and checksums counted the slow way, byte by byte,
 * with no code of those under test.
 */
#ifndef HYPHA_TESTS_PACKETS_H
#define HYPHA_TESTS_PACKETS_H

#include <asm/byteorder.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../net/tuple.h"

#define MAYBE	__maybe_unused static

/* splitmix64 (Steele, Lea, Flood 2014): the same packets in every run. */
MAYBE u64 next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

MAYBE u32 random_below(u64 *state, u32 n)
{
	return (next_random(state) >> 16) % n;
}

/* Bytes of a text of hex digits; blanks do not count. */
MAYBE u32 from_hex(u8 *out, const char *hex)
{
	u32 n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		out[n++] = hex_to_bin(hex[0]) << 4 | hex_to_bin(hex[1]);
		hex++;
	}
	return n;
}

/* A copy that ends where its memory does, so that a byte too far is seen. */
MAYBE void *exactly(const void *bytes, u32 len)
{
	return kmemdup(bytes, len ? len : 1, GFP_KERNEL);
}

MAYBE void put16_at(u8 *at, u32 v)
{
	at[0] = v >> 8;
	at[1] = v;
}

MAYBE u32 get16_at(const u8 *at)
{
	return at[0] << 8 | at[1];
}

/* Sum of big-endian 16-bit words, folded. */
MAYBE u32 slow_sum(u32 sum, const u8 *data, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++) {
		sum += i & 1 ? data[i] : data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

MAYBE u32 slow_pseudo(const u8 *ip, u8 proto, u32 len)
{
	u8 rest[8] = { 0, 0, len >> 8, len, 0, 0, 0, proto };
	u32 sum = slow_sum(0, rest, sizeof(rest));

	if (ip[0] >> 4 == 4)
		return slow_sum(sum, ip + 12, 8);
	return slow_sum(sum, ip + 8, 32);
}

/* Over transport and pseudo header, a checksum field included: 0xffff if it is right. */
MAYBE u32 slow_transport(const u8 *ip, u32 l4, u8 proto, u32 len)
{
	u32 sum = proto == IPPROTO_ICMP ? 0 : slow_pseudo(ip, proto, len - l4);

	return slow_sum(sum, ip + l4, len - l4);
}

MAYBE u32 check_offset(u8 proto)
{
	return proto == IPPROTO_TCP ? 16 : proto == IPPROTO_UDP ? 6 : 2;
}

/* IPv4's header checksum made right, if there is a header at all. */
MAYBE void mend_header(u8 *ip, u32 len)
{
	u32 header = (ip[0] & 0xf) * 4;

	if (ip[0] >> 4 != 4 || header < 20 || header > len)
		return;
	put16_at(ip + 10, 0);
	put16_at(ip + 10, slow_sum(0, ip, header) ^ 0xffff);
}

/* A packet in words. */
struct recipe {
	u8 version;			/* 4, 6 */
	u8 ttl;
	u8 extras;			/* bytes of IPv4 options or IPv6 extension headers: multiple of 4, 8 */
	u8 icmp_type;
	u32 payload;			/* bytes */
	u64 seed;			/* of whatever is free: payload, sequence numbers, … */
	bool partial;			/* the checksum is that of the pseudo header */
	bool unchecked;			/* UDP without checksum */
	struct hypha_tuple tuple;
};

MAYBE u32 fill_ip(u8 *out, const struct recipe *r, u32 behind)
{
	const struct hypha_tuple *t = &r->tuple;
	u64 state = r->seed;
	u32 i;

	if (r->version == 4) {
		memset(out, 0, 20);
		memset(out + 20, 1, r->extras);	/* NOPs */
		out[0] = 0x45 + r->extras / 4;
		put16_at(out + 2, 20 + r->extras + behind);
		put16_at(out + 4, next_random(&state));
		out[6] = next_random(&state) & 0x40;
		out[8] = r->ttl;
		out[9] = t->proto;
		memcpy(out + 12, &t->src.s6_addr[12], 4);
		memcpy(out + 16, &t->dst.s6_addr[12], 4);
		put16_at(out + 10, slow_sum(0, out, 20 + r->extras) ^ 0xffff);
		return 20 + r->extras;
	}
	memset(out, 0, 40 + r->extras);
	out[0] = 0x60 | (next_random(&state) & 0xf);
	out[1] = next_random(&state);
	put16_at(out + 4, r->extras + behind);
	out[6] = r->extras ? 0 : t->proto;
	out[7] = r->ttl;
	memcpy(out + 8, &t->src, 16);
	memcpy(out + 24, &t->dst, 16);
	/* Hop-by-hop, then destination options, of 8 bytes each: one PadN of 6. */
	for (i = 0; i < r->extras; i += 8) {
		out[40 + i] = i + 8 == r->extras ? t->proto : 60;
		out[40 + i + 2] = 1;
		out[40 + i + 3] = 4;
	}
	return 40 + r->extras;
}

MAYBE u32 transport_header(u8 proto)
{
	return proto == IPPROTO_TCP ? 20 : 8;
}

/* With 0 where the checksum belongs. */
MAYBE void fill_transport(u8 *l4, const struct recipe *r)
{
	const struct hypha_tuple *t = &r->tuple;
	u32 header = transport_header(t->proto), i;
	u64 state = ~r->seed;

	for (i = 0; i < header + r->payload; i++)
		l4[i] = next_random(&state) >> 24;
	if (t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP) {
		memcpy(l4, &t->sport, 2);
		memcpy(l4 + 2, &t->dport, 2);
		if (t->proto == IPPROTO_TCP)
			l4[12] = 5 << 4;
		else
			put16_at(l4 + 4, 8 + r->payload);
	} else {
		__be16 id = t->sport | t->dport;

		l4[0] = r->icmp_type;
		l4[1] = 0;
		memcpy(l4 + 4, &id, 2);
	}
	put16_at(l4 + check_offset(t->proto), 0);
}

MAYBE void fill_checksum(u8 *ip, u32 l4, const struct recipe *r, u32 len)
{
	u8 proto = r->tuple.proto, *check = ip + l4 + check_offset(proto);
	u32 sum;

	if (r->unchecked)
		return;
	if (r->partial) {
		put16_at(check, proto == IPPROTO_ICMP ? 0 : slow_pseudo(ip, proto, len - l4));
		return;
	}
	sum = slow_transport(ip, l4, proto, len) ^ 0xffff;
	put16_at(check, proto == IPPROTO_UDP && !sum ? 0xffff : sum);
}

/* Return: its length. @l4: where its transport header begins; may be NULL. */
MAYBE u32 fill_packet(u8 *out, const struct recipe *r, u32 *l4)
{
	u32 behind = transport_header(r->tuple.proto) + r->payload, at = fill_ip(out, r, behind);

	fill_transport(out + at, r);
	fill_checksum(out, at, r, at + behind);
	if (l4)
		*l4 = at;
	return at + behind;
}

/* An ICMP error, whose payload are the first @quote bytes of the packet @inner (or all, if it is shorter). */
MAYBE u32 fill_error(u8 *out, const struct recipe *outer, const struct recipe *inner, u32 quote)
{
	u8 *quoted = kzalloc(2048, GFP_KERNEL);
	struct recipe r = *outer;
	u32 at, len;

	r.payload = min(fill_packet(quoted, inner, NULL), quote);
	len = fill_packet(out, &r, &at);
	memcpy(out + at + 8, quoted, r.payload);
	put16_at(out + at + 2, 0);
	fill_checksum(out, at, &r, len);
	kfree(quoted);
	return len;
}

MAYBE void random_address(u64 *state, u8 version, struct in6_addr *a)
{
	u32 i;

	if (version == 4) {
		hypha_addr_set4(a, htonl(0x0b000000 | random_below(state, 1 << 24)));	/* 11/8: unremarkable */
		return;
	}
	for (i = 0; i < 16; i++)
		a->s6_addr[i] = next_random(state) >> 32;
	a->s6_addr[0] = 0x20 | (a->s6_addr[0] & 0x1f);
}

/* Another conversation of the same sort: all that NAT may change. */
MAYBE void random_tuple(u64 *state, u8 version, u8 proto, bool reply, struct hypha_tuple *t)
{
	*t = (struct hypha_tuple){ .proto = proto };
	random_address(state, version, &t->src);
	random_address(state, version, &t->dst);
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP) {
		t->sport = htons(next_random(state));
		t->dport = htons(next_random(state));
	} else if (reply) {
		t->dport = htons(next_random(state));
	} else {
		t->sport = htons(next_random(state));
	}
}

/* TCP, UDP or an echo over either version, with everything that can be there now and then. */
MAYBE void random_recipe(u64 *state, struct recipe *r)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };
	u8 proto = protos[random_below(state, 3)];
	bool reply = random_below(state, 2);

	*r = (struct recipe){ .version = random_below(state, 2) ? 4 : 6, .ttl = 1 + random_below(state, 255) };
	if (proto == IPPROTO_ICMP) {
		r->icmp_type = r->version == 4 ? (reply ? 0 : 8) : (reply ? 129 : 128);
		proto = r->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	}
	if (random_below(state, 4) == 0)
		r->extras = r->version == 4 ? 4 * random_below(state, 11) : 8 * random_below(state, 4);
	r->payload = random_below(state, random_below(state, 4) ? 60 : 1400);
	r->seed = next_random(state);
	r->unchecked = proto == IPPROTO_UDP && r->version == 4 && random_below(state, 8) == 0;
	r->partial = !r->unchecked && proto != IPPROTO_ICMP && random_below(state, 3) == 0;
	random_tuple(state, r->version, proto, reply, &r->tuple);
}

#endif
