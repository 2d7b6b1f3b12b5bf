// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's frames, from the slots of its ring to what is sent on or answered: sound ones, sound ones with bytes changed, and
 * noise. Each core gets memory that ends where the packet does, and what it makes is read back.
 */
#include "fuzz.h"

#include "net/neighbour.h"
#include "net/packet.h"
#include "net/reply.h"
#include "net/rewrite.h"
#include "net/slots.h"
#include "tests/packets.h"

#define GUEST	7

static u64 nr_slots, nr_packets, nr_good, nr_errors, nr_fragments, nr_replies, nr_frames, nr_answers;

/* --- the ring --- */

static union hypha_slot_wire ring[64];
static u32 ring_avail;

static void copy_slot(u32 i, union hypha_slot_wire *wire, void *ctx)
{
	fuzz_check(i < ring_avail && ctx == ring);
	*wire = ring[i];
}

/* A chain that could be one, then bytes of it changed. */
static void fill_ring(void)
{
	u32 nr = fuzz_below(8) ? 1 + fuzz_below(6) : fuzz_below(ARRAY_SIZE(ring)), i;
	u32 sum = 1 + fuzz_below(3000);
	bool gso = fuzz_below(3) == 0;

	ring_avail = fuzz_below(10) ? ARRAY_SIZE(ring) : fuzz_below(ARRAY_SIZE(ring));
	memset(ring, 0, sizeof(ring));
	for (i = 0; i < ARRAY_SIZE(ring); i++)
		ring[i].tx = (struct xen_netif_tx_request){
			.gref = i, .id = i, .offset = fuzz_below(100), .size = fuzz_below(20) ? 1 + fuzz_below(3000) : 0,
			.flags = i + 1 < nr ? XEN_NETTXF_more_data : 0,
		};
	/* The first one's size is that of all. */
	for (i = 1; i < nr; i++)
		sum += ring[i + gso].tx.size;
	if (gso && nr > 1) {
		ring[nr - 1].tx.flags = XEN_NETTXF_more_data;
		ring[nr].tx.flags = 0;
	}
	ring[0].tx.size = fuzz_below(8) ? sum : fuzz_below(65536);
	ring[0].tx.flags |= fuzz_below(4);
	if (gso) {
		ring[0].tx.flags |= XEN_NETTXF_extra_info;
		ring[1].extra = (struct xen_netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = fuzz_below(8) == 0 };
		ring[1].extra.u.gso.size = fuzz_below(8) ? 1448 : fuzz_below(2);
		ring[1].extra.u.gso.type = fuzz_below(8) ? 1 + fuzz_below(2) : fuzz_below(256);
	}
	if (fuzz_below(20) == 0) {
		ring[0].tx.flags |= XEN_NETTXF_extra_info;
		for (i = 1; i < nr; i++)
			ring[i].extra.flags = XEN_NETIF_EXTRA_FLAG_MORE;
	}
	for (i = fuzz_below(4); i; i--)
		((u8 *)ring)[fuzz_below(sizeof(ring[0]) * 8)] = fuzz_random();
}

static void try_ring(void)
{
	struct hypha_slots slots;
	u32 i, sum = 0;
	int err;

	fill_ring();
	err = hypha_slots_take(copy_slot, ring, ring_avail, &slots);
	fuzz_check(err > -HYPHA_DROP_COUNT || err == -EPROTO || err == -EAGAIN);
	if (err == -EPROTO || err == -EAGAIN)
		return;
	fuzz_check(slots.nr_taken && slots.nr_taken <= ring_avail && slots.nr_taken <= HYPHA_SLOTS_TAKEN);
	if (err)
		return;
	nr_slots++;
	fuzz_check(slots.nr && slots.nr <= HYPHA_SLOTS_MAX);
	for (i = 0; i < slots.nr; i++) {
		fuzz_check(slots.slot[i].len && slots.slot[i].offset + slots.slot[i].len <= HYPHA_SLOT_SIZE);
		sum += slots.slot[i].len;
	}
	fuzz_check(sum == slots.len && sum >= ETH_HLEN && sum <= HYPHA_PACKET_MAX);
	fuzz_check(!slots.gso_type == !slots.gso_size);
}

/* --- packets --- */

static void random_error(u8 *bytes, u32 *len)
{
	struct recipe inner, outer = { .ttl = 1 + fuzz_below(255), .seed = fuzz_random() };

	random_recipe(&fuzz_state, &inner);
	inner.partial = false;
	outer.version = inner.version;
	outer.icmp_type = fuzz_below(13);
	outer.extras = fuzz_below(4) ? 0 : 8 * fuzz_below(4);
	outer.tuple.proto = inner.version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	random_address(&fuzz_state, inner.version, &outer.tuple.src);
	outer.tuple.dst = inner.tuple.src;
	*len = fill_error(bytes, &outer, &inner, fuzz_below(500));
}

static void damage(u8 *bytes, u32 len)
{
	u32 n = fuzz_below(5);

	while (n--) {
		u32 at = fuzz_below(fuzz_below(4) ? min(len, 100U) : len);

		bytes[at] = fuzz_below(3) ? fuzz_odd() : bytes[at] ^ 1 << fuzz_below(8);
	}
	if (fuzz_below(4))
		mend_header(bytes, len);
}

/* Return: its length; *@partial: its checksum is that of the pseudo header. */
static u32 random_packet(u8 *bytes, bool *partial)
{
	struct recipe r = { };
	u32 len, i;

	if (fuzz_below(3) == 0) {
		random_error(bytes, &len);
	} else {
		random_recipe(&fuzz_state, &r);
		len = fill_packet(bytes, &r, NULL);
	}
	*partial = r.partial;
	if (fuzz_below(20) == 0)
		for (i = 1; i < len; i++)
			bytes[i] = fuzz_random();
	if (fuzz_below(3))
		damage(bytes, len);
	if (fuzz_below(6) == 0)
		len = fuzz_below(len + 1);
	return len;
}

static void check_sound(const struct hypha_packet *p, u32 look, u32 total)
{
	u32 end = min(look, p->len);

	fuzz_check((p->version == 4 || p->version == 6) && p->len <= total);
	if (p->flags & HYPHA_PACKET_FRAGMENT)
		return;
	fuzz_check(p->l4 + transport_header(p->tuple.proto) <= end);
	if (p->flags & HYPHA_PACKET_ERROR) {
		fuzz_check(p->inner_ip == p->l4 + 8 && p->inner_l4 >= p->inner_ip + (p->version == 4 ? 20 : 40));
		fuzz_check(p->inner_len >= 8 && p->inner_len <= 20 && (u32)p->inner_l4 + p->inner_len <= end);
	}
}

/* How wrong a checksum is: a rewrite changes nothing about that. 0 and 0xffff are one number. */
static u32 wrongness(const u8 *ip, const struct hypha_packet *p, u32 len)
{
	return slow_transport(ip, p->l4, p->tuple.proto, len) % 0xffff;
}

static void try_rewrite(const u8 *bytes, const struct hypha_packet *p, bool partial)
{
	u8 *copy = exactly(bytes, p->len);
	u32 header = p->l4 + transport_header(p->tuple.proto);
	bool reply = p->icmp_type == (p->version == 4 ? 0 : 129);
	bool unchecked = p->tuple.proto == IPPROTO_UDP && !get16_at(bytes + p->l4 + 6);
	struct hypha_tuple to;
	struct hypha_packet now;

	random_tuple(&fuzz_state, p->version, p->tuple.proto, reply, &to);
	hypha_rewrite(copy, p, &to, partial);
	if (p->ttl) {	/* else its IPv4 header is as sound, only nobody would send it on */
		fuzz_check(!hypha_packet_parse(copy, p->len, p->len, 0, &now));
		fuzz_check(!memcmp(&now.tuple, &to, sizeof(to)) && now.ttl == p->ttl - 1);
	}
	fuzz_check(!memcmp(copy + header, bytes + header, p->len - header));
	if (unchecked && !partial)
		fuzz_check(!get16_at(copy + p->l4 + 6));
	else if (!partial)
		fuzz_check(wrongness(copy, p, p->len) == wrongness(bytes, p, p->len));
	kfree(copy);
}

static void try_rewrite_error(const u8 *bytes, const struct hypha_packet *p)
{
	u8 *copy = exactly(bytes, p->len);
	u32 end = p->inner_l4 + p->inner_len;
	struct hypha_tuple inner;
	struct hypha_packet now;
	struct in6_addr src;

	random_address(&fuzz_state, p->version, &src);
	random_tuple(&fuzz_state, p->version, p->inner.proto, !p->inner.sport, &inner);
	hypha_rewrite_error(copy, p, fuzz_below(2) ? &src : NULL, &inner.src, &inner);
	fuzz_check(!hypha_packet_parse(copy, p->len, p->len, 0, &now));
	fuzz_check(!memcmp(now.inner.src.s6_addr, inner.src.s6_addr, 32));
	if (p->inner.proto == IPPROTO_TCP || p->inner.proto == IPPROTO_UDP)
		fuzz_check(!memcmp(&now.inner, &inner, sizeof(inner)));
	fuzz_check(!memcmp(copy + end, bytes + end, p->len - end));
	fuzz_check(wrongness(copy, p, p->len) == wrongness(bytes, p, p->len));
	kfree(copy);
}

static void check_reply(const u8 *out, u32 len)
{
	struct hypha_packet p;

	if (!len)
		return;
	nr_replies++;
	fuzz_check(len <= HYPHA_REPLY_MAX && !hypha_packet_parse(out, len, len, 0, &p) && p.len == len);
	fuzz_check(!wrongness(out, &p, len));
}

static void try_replies(const u8 *bytes, u32 look, const struct hypha_packet *p)
{
	u8 *out = kmalloc(HYPHA_REPLY_MAX, GFP_KERNEL), *copy = exactly(bytes, look);
	u32 header = p->l4 + 8;
	struct in6_addr from;

	random_address(&fuzz_state, p->version, &from);
	/* Complaints of what is not in them to be read back are not read back: later fragments, and there are none. */
	if (p->flags & HYPHA_PACKET_FRAGMENT)
		fuzz_check(hypha_reply_error(out, copy, look, p, &from, fuzz_below(6), fuzz_odd()) <= HYPHA_REPLY_MAX);
	else
		check_reply(out, hypha_reply_error(out, copy, look, p, &from, fuzz_below(6), fuzz_odd()));
	check_reply(out, hypha_reply_reset(out, copy, p));
	if (!(p->flags & HYPHA_PACKET_FRAGMENT) && p->icmp_type == (p->version == 4 ? 8 : 128) && look >= p->len) {
		hypha_reply_echo(copy, p);
		fuzz_check(wrongness(copy, p, p->len) == wrongness(bytes, p, p->len));
		fuzz_check(!memcmp(copy + header, bytes + header, p->len - header));
	}
	kfree(copy);
	kfree(out);
}

static u32 random_look(u32 total)
{
	switch (fuzz_below(4)) {
	case 0:
		return fuzz_below(total + 1);
	case 1:
		return min_t(u32, total, HYPHA_PACKET_LOOK);
	default:
		return total;
	}
}

/* What was read of a part is what is read of the whole. */
static void check_alike(const struct hypha_packet *p, const u8 *bytes, u32 total)
{
	const struct hypha_tuple *t = &p->tuple;
	struct hypha_packet whole;

	fuzz_check(!hypha_packet_parse(bytes, total, total, t->from, &whole));
	fuzz_check(whole.l4 == p->l4 && whole.len == p->len && whole.flags == p->flags && whole.inner_l4 == p->inner_l4);
	fuzz_check(whole.tuple.proto == t->proto && whole.tuple.sport == t->sport && whole.tuple.dport == t->dport);
}

static void try_packet(void)
{
	static u8 bytes[8192];
	struct hypha_packet p;
	bool partial;
	u32 total = random_packet(bytes, &partial), look = random_look(total);
	u8 *copy = exactly(bytes, look);
	enum hypha_drop drop;

	nr_packets++;
	drop = hypha_packet_parse(copy, look, total, fuzz_below(2) ? GUEST : HYPHA_FROM_NET, &p);
	kfree(copy);
	fuzz_check(drop == HYPHA_DROP_NONE || drop == HYPHA_DROP_SHORT || drop == HYPHA_DROP_HEADER || drop == HYPHA_DROP_PROTO ||
		   drop == HYPHA_DROP_SOURCE);
	if (drop)
		return;
	nr_good++;
	check_sound(&p, look, total);
	check_alike(&p, bytes, total);
	try_replies(bytes, look, &p);
	if (p.flags & HYPHA_PACKET_FRAGMENT) {
		nr_fragments++;
	} else if (p.flags & HYPHA_PACKET_ERROR) {
		nr_errors++;
		try_rewrite_error(bytes, &p);
	} else {
		try_rewrite(bytes, &p, partial);
	}
}

/* --- neighbours --- */

static struct hypha_wire wire = {
	.guest_mac = { 2, 0, 0, 0, 0, 5 }, .gateway_mac = { 0xfe, 0xff, 0xff, 0, 0, 1 },
	.plen6 = 64, .mtu = 1500,
};

static void set_wire(void)
{
	wire.guest4 = htonl(0x0a4b0005);
	wire.gateway4 = htonl(0x0a4b0001);
	wire.guest6.s6_addr[0] = wire.gateway6.s6_addr[0] = 0xfd;
	wire.guest6.s6_addr[15] = 5;
	wire.gateway6.s6_addr[15] = 1;
	hypha_wire_link_local(wire.guest_mac, &wire.guest_ll);
	hypha_wire_link_local(wire.gateway_mac, &wire.gateway_ll);
}

static u32 fill_arp(u8 *frame)
{
	static const u8 head[] = { 0, 1, 8, 0, 6, 4, 0 };

	memset(frame, 0, 60);
	memcpy(frame + 14, head, sizeof(head));
	frame[21] = 1 + fuzz_below(2);
	memcpy(frame + 22, wire.guest_mac, 6);
	memcpy(frame + 28, &wire.guest4, 4);
	memcpy(frame + 38, &wire.gateway4, 4);
	return fuzz_below(2) ? 42 : 60;
}

static const struct in6_addr *some_address(void)
{
	static const struct in6_addr nobody;
	const struct in6_addr *all[] = { &wire.guest6, &wire.guest_ll, &wire.guest6, &wire.gateway6, &wire.gateway_ll, &nobody };

	return all[fuzz_below(ARRAY_SIZE(all))];
}

static u32 fill_nd(u8 *frame)
{
	u32 nr = fuzz_below(4), size, i;
	u8 *ip = frame + 14, *icmp = ip + 40, *option;

	memset(frame, 0, 256);
	icmp[0] = fuzz_below(20) ? 133 + fuzz_below(5) : fuzz_random();
	size = icmp[0] == 133 ? 8 : icmp[0] == 134 ? 16 : icmp[0] == 137 ? 40 : 24;
	memcpy(icmp + 8, some_address(), 16);
	for (i = 0; i < nr; i++) {
		option = icmp + size;
		option[0] = fuzz_below(4) ? 1 + fuzz_below(2) : fuzz_random();
		option[1] = fuzz_below(10) ? 1 : fuzz_below(4);
		memcpy(option + 2, fuzz_below(6) ? wire.guest_mac : wire.gateway_mac, 6);
		size += 8;
	}
	ip[0] = 0x60;
	put16_at(ip + 4, size);
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = 255;
	memcpy(ip + 8, some_address(), 16);
	memcpy(ip + 24, some_address(), 16);
	return 14 + 40 + size;
}

static void try_neighbour(void)
{
	u8 frame[256], *copy, *out = kmalloc(HYPHA_NEIGHBOUR_MAX, GFP_KERNEL);
	bool arp = fuzz_below(3) == 0;
	u32 len = arp ? fill_arp(frame) : fill_nd(frame), n;
	int got;

	for (n = fuzz_below(2) ? 0 : fuzz_below(4); n; n--)
		frame[14 + fuzz_below(len - 14)] = fuzz_odd();
	if (!arp && get16_at(frame + 18) <= len - 54 && fuzz_below(10)) {
		put16_at(frame + 56, 0);
		put16_at(frame + 56, slow_transport(frame + 14, 40, IPPROTO_ICMPV6, 40 + get16_at(frame + 18)) ^ 0xffff);
	}
	if (fuzz_below(10) == 0)
		len = fuzz_below(len + 1);
	copy = exactly(frame, len);
	got = (arp ? hypha_neighbour_arp : hypha_neighbour_nd)(&wire, copy, len, out);
	nr_frames++;
	fuzz_check(got > -HYPHA_DROP_COUNT && got <= HYPHA_NEIGHBOUR_MAX);
	if (got > 0) {
		nr_answers++;
		fuzz_check(!memcmp(out + 6, wire.gateway_mac, 6) && get16_at(out + 12) == (arp ? 0x0806 : 0x86dd));
		fuzz_check(arp || slow_transport(out + 14, 40, IPPROTO_ICMPV6, got - 14) == 0xffff);
	}
	kfree(copy);
	kfree(out);
}

static void fuzz_one(void)
{
	u32 i;

	set_wire();
	for (i = 0; i < 400; i++) {
		try_packet();
		try_neighbour();
		try_ring();
	}
}

static void fuzz_report(void)
{
	printf("%llu packets, %llu of them good: %llu errors, %llu fragments; %llu replies; %llu frames to neighbours, %llu answered; "
	       "%llu chains of slots\n", nr_packets, nr_good, nr_errors, nr_fragments, nr_replies, nr_frames, nr_answers, nr_slots);
	fuzz_check(nr_good > nr_packets / 4 && nr_errors > nr_good / 50 && nr_replies && nr_answers > nr_frames / 50 && nr_slots);
}
