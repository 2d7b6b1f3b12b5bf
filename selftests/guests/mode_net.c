// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest sends: slots, extras, flags and packets of every wrong kind. After each it must still be able to ping. */
#include "guest.h"

static struct net net;
static u8 frame[FRAME_MAX];

static bool start(void)
{
	if (!net_find(&net)) {
		finding("no interface");
		return false;
	}
	return net_connect(&net) && net_pings(&net);
}

static void reconnect(void)
{
	net_close(&net);
	if (net_connect(&net))
		net_pings(&net);
}

static void queue(u32 page_nr, u16 offset, u16 size, u16 flags)
{
	struct net_tx_request r = {
		.gref = net.data[page_nr % NET_PAGES], .offset = offset, .size = size, .flags = flags, .id = net.tx_prod,
	};

	net_queue(&net, &r);
}

/* All that was queued must be answered; @error: as an error. */
static void expect(bool error, const char *what, u64 n)
{
	u32 before = net.errors;

	net_push(&net);
	if (!net_answered(&net, 10000 * MS))
		finding("%s (%u): not answered", what, n);
	else if (error && net.errors == before)
		finding("%s (%u): no error", what, n);
}

static void honest(void)
{
	u32 i;

	if (!start())
		return;
	for (i = 0; i < word("count", 100); i++)
		if (!net_pings(&net))
			return;
	reconnect();
	say("pinged %u times", (u64)i);
}

/* ---- slots ---- */

/* A ping in @nr slots, its headers split at every place as @nr grows. The first slot's size is that of all. */
static bool ping_in_slots(u32 nr, u32 first)
{
	static u16 seq = 1000;
	u32 len = net_fill_echo(&net, frame, ++seq, 400), rest = len - first, done = first, i;

	memcpy(page(NET_DATA), frame, first);
	queue(0, 0, len, nr > 1 ? NET_TX_MORE : 0);
	for (i = 1; i < nr; i++) {
		u32 part = i + 1 == nr ? len - done : rest / (nr - 1);

		memcpy(page(NET_DATA + i) + i, frame + done, part);
		queue(i, i, part, i + 1 < nr ? NET_TX_MORE : 0);
		done += part;
	}
	expect(false, "slots", nr);
	return net_wait_echo(&net, seq, 3000 * MS);
}

static void split_headers(void)
{
	u32 first, nr;

	if (!start())
		return;
	for (first = 1; first < 60; first++)
		if (!ping_in_slots(2, first) && !ping_in_slots(2, first))
			finding("a ping whose first slot has %u bytes is lost", (u64)first);
	for (nr = 2; nr <= 18; nr++)
		if (!ping_in_slots(nr, 10) && !ping_in_slots(nr, 10))
			finding("a ping in %u slots is lost", (u64)nr);
	say("headers split");
}

/* nr=SLOTS of one packet. 19 are too many for it; 20 and more for the interface, which is off until we reconnect. */
static void chain(u32 nr)
{
	u32 i, len = net_fill_echo(&net, frame, 1, 1000);

	memcpy(page(NET_DATA), frame, len);
	for (i = 0; i < nr; i++) {
		queue(i, 0, i ? 1 : len + nr - 1, i + 1 < nr ? NET_TX_MORE : 0);
		if (i % 200 == 199) {
			net_push(&net);
			net_answered(&net, 100 * MS);
		}
	}
	net_push(&net);
}

static void chains(void)
{
	static const u32 fatal[] = { 20, 21, 100, 255, 256, 1000 };
	u32 i, nr = 19;

	if (!start())
		return;
	chain(nr);
	expect(true, "a chain", nr);
	net_pings(&net);
	for (i = 0; i < COUNT(fatal); i++) {
		chain(fatal[i]);
		net_answered(&net, 300 * MS);
		reconnect();
	}
	say("chains done");
}

static void bad_slots(void)
{
	static const struct {
		u16 offset, size;
		bool error;
	} single[] = {
		{ 0, 0, true }, { 0, 1, true }, { 0, 13, true }, { 4095, 2, true }, { 4096, 100, true }, { 65535, 1, true },
		{ 65535, 65535, true }, { 0, 4097, true }, { 0, 20480, true }, { 100, 65500, true }, { 4000, 97, true },
	};
	u32 i;

	if (!start())
		return;
	memcpy(page(NET_DATA), frame, net_fill_echo(&net, frame, 1, 1000));
	for (i = 0; i < COUNT(single); i++) {
		queue(0, single[i].offset, single[i].size, 0);
		expect(single[i].error, "a bad slot", i);
	}
	queue(0, 0, 100, NET_TX_MORE);		/* the rest is more than the whole */
	queue(1, 0, 200, 0);
	expect(true, "sizes that do not add up", 0);
	queue(0, 0, 65535, NET_TX_MORE);	/* the first one is left 65 KiB */
	queue(1, 0, 1, 0);
	expect(true, "a first slot of 65534 bytes", 0);
	queue(0, 0, 1042, NET_TX_MORE);		/* slots of nothing in between */
	for (i = 0; i < 10; i++)
		queue(1, 0, 0, NET_TX_MORE);
	queue(1, 0, 0, 0);
	expect(false, "empty slots", 0);
	for (i = 0; i < 17; i++)		/* all of them */
		queue(1, 0, 0, NET_TX_MORE);
	queue(1, 0, 0, 0);
	expect(true, "nothing in 18 slots", 0);
	net_pings(&net);
	say("bad slots sent");
}

/* ---- extras and flags ---- */

static void queue_extra(u8 type, u8 flags, u16 gso_size, u8 gso_type)
{
	struct net_extra e = { .type = type, .flags = flags, .gso_size = gso_size, .gso_type = gso_type };

	net_queue(&net, &e);
}

static void bad_extras(void)
{
	static const struct net_extra extras[] = {
		{ .type = NET_EXTRA_GSO, .gso_size = 0, .gso_type = NET_GSO_TCP4 },
		{ .type = NET_EXTRA_GSO, .gso_size = 1448, .gso_type = 0 },
		{ .type = NET_EXTRA_GSO, .gso_size = 1448, .gso_type = 3 },
		{ .type = NET_EXTRA_GSO, .gso_size = 1448, .gso_type = 255 },
		{ .type = 0 }, { .type = 6 }, { .type = 255 },
	};
	u32 i, j, len = net_fill_echo(&net, frame, 1, 1000);

	if (!start())
		return;
	len = net_fill_echo(&net, frame, 1, 1000);
	memcpy(page(NET_DATA), frame, len);
	for (i = 0; i < COUNT(extras); i++) {
		queue(0, 0, len, NET_TX_EXTRA);
		net_queue(&net, &extras[i]);
		expect(true, "a bad extra", i);
	}
	for (j = 0; j < 2; j++) {		/* the same twice, then more than there can be */
		queue(0, 0, len, NET_TX_EXTRA | NET_TX_CSUM_BLANK);
		for (i = 0; i < (j ? 100 : 2); i++)
			queue_extra(NET_EXTRA_GSO, i + 1 < (j ? 100 : 2) ? NET_EXTRA_MORE : 0, 1448, NET_GSO_TCP4);
		net_push(&net);
		net_answered(&net, 1000 * MS);
	}
	reconnect();
	queue(0, 0, len, NET_TX_EXTRA);		/* an extra that never comes */
	net_push(&net);
	wait_port(net.port, 100 * MS);
	queue_extra(NET_EXTRA_GSO, NET_EXTRA_MORE, 1448, NET_GSO_TCP4);
	net_push(&net);
	wait_port(net.port, 100 * MS);
	reconnect();
	say("bad extras sent");
}

/* Super-packets and blank checksums promised of packets that are nothing of the kind. */
static void bad_flags(void)
{
	static const u16 sizes[] = { 1, 8, 100, 1448, 65535 };
	static const u8 protos[] = { 0, 1, 2, 6, 17, 41, 47, 58, 255 };
	u32 i, j, k;

	if (!start())
		return;
	for (i = 0; i < COUNT(protos); i++)
		for (j = 0; j < COUNT(sizes); j++)
			for (k = 0; k < 24; k++) {
				u8 outside[4] = { 198, 51, 100, 2 };
				u32 len = 34 + random64() % 60, n;

				net_fill_ip(&net, frame, protos[i], outside, len - 34);
				for (n = 34; n < len; n++)
					frame[n] = random64();
				if (k & 8)
					frame[14 + random64() % 20] = random64();
				memcpy(page(NET_DATA), frame, len);
				queue(0, 0, len, (k & 3) | (k & 4 ? NET_TX_EXTRA : 0));
				if (k & 4)
					queue_extra(NET_EXTRA_GSO, 0, sizes[j], 1 + (k & 16 ? 1 : 0));
				expect(false, "flags", k);
			}
	net_pings(&net);
	say("flags on garbage sent");
}

/* Whole packets of random damage, through random slots. seed=N count=N */
static void fuzz(void)
{
	u32 i, j, n, len, count = word("count", 1000);

	if (!start())
		return;
	for (i = 0; i < count; i++) {
		len = net_fill_echo(&net, frame, i, random64() % 1200);
		for (j = random64() % 6; j; j--)
			frame[random64() % (j & 1 ? 64 : len)] = random64();
		n = 1 + random64() % 4;
		for (j = 0; j < n; j++) {
			memcpy(page(NET_DATA + j), frame + (j ? random64() % 64 : 0), len);
			queue(j, random64() & 15 ? 0 : random64(), random64() & 15 ? len / n : random64(),
			      (random64() & 11 & random64()) | (j + 1 < n ? NET_TX_MORE : 0));
		}
		if (random64() & 1)
			queue_extra(random64() & 7, random64() & 3, random64(), random64() & 3);
		net_push(&net);
		if (!net_answered(&net, 20 * MS))
			reconnect();	/* rightly switched off, or waiting for the rest of a chain */
	}
	reconnect();
	say("%u packets fuzzed", (u64)count);
}

/* ---- packets in other's names, and such as nobody may send ---- */

static const u8 far_away[4] = { 198, 51, 100, 2 };

static void send_many(u32 len)
{
	u32 i;

	for (i = 0; i < 10; i++)
		net_send(&net, frame, len);
}

static void udp(u8 *at, u16 port, u32 len)
{
	memset(at, 0, 8);
	at[0] = 0x40;
	at[2] = port >> 8;
	at[3] = port;
	at[4] = len >> 8;
	at[5] = len;
}

static void spoof4(void)
{
	static const u8 others[][4] = {
		{ 10, 75, 0, 1 }, { 10, 75, 0, 2 }, { 10, 75, 255, 255 }, { 127, 0, 0, 1 }, { 0, 0, 0, 0 }, { 224, 0, 0, 1 },
		{ 255, 255, 255, 255 }, { 198, 51, 100, 2 },
	};
	u32 i;

	for (i = 0; i < COUNT(others); i++) {	/* from others, to others, from and to the same */
		net_fill_ip(&net, frame, 17, far_away, 100);
		udp(frame + 34, 9, 100);
		memcpy(frame + 26, others[i], 4);
		fill_sum(frame + 24, frame + 14, 20);
		send_many(134);
		memcpy(frame + 30, others[i], 4);
		fill_sum(frame + 24, frame + 14, 20);
		send_many(134);
		memcpy(frame + 26, net.ip, 4);
		fill_sum(frame + 24, frame + 14, 20);
		send_many(134);
	}
	net_fill_ip(&net, frame, 17, net.ip, 100);	/* land */
	udp(frame + 34, 9, 100);
	send_many(134);
	net_fill_ip(&net, frame, 17, far_away, 100);
	frame[6] ^= 2;					/* another MAC */
	send_many(134);
}

static void dhcp(void)
{
	static const u8 all[4] = { 255, 255, 255, 255 };

	net_fill_ip(&net, frame, 17, all, 308);
	memset(frame, 0xff, 6);
	memset(frame + 26, 0, 4);
	udp(frame + 34, 67, 308);
	frame[34] = 0;
	frame[35] = 68;
	fill_sum(frame + 24, frame + 14, 20);
	send_many(342);
	frame[35] = 67;			/* and as a server */
	frame[37] = 68;
	send_many(342);
}

static void options4(void)
{
	static const u8 options[][4] = { { 0x83, 7, 4, 10 }, { 0x89, 3, 0, 0 }, { 7, 3, 4, 0 }, { 0x44, 0, 0, 0 }, { 0x94, 255, 0, 0 }, { 1, 1, 1, 1 } };
	u32 i, words;

	for (i = 0; i < COUNT(options); i++)
		for (words = 4; words < 16; words++) {
			net_fill_ip(&net, frame, 17, far_away, 100);
			frame[14] = 0x40 | words;
			memset(frame + 34, 0, 100);
			memcpy(frame + 34, options[i], 4);
			fill_sum(frame + 24, frame + 14, words * 4);
			send_many(134);
		}
}

static void fragments4(void)
{
	static const struct { u16 at, len; } parts[] = { { 0, 800 }, { 50, 800 }, { 0, 8 }, { 1, 800 }, { 8191, 100 }, { 8100, 1000 }, { 0, 800 } };
	u32 round, i;

	for (round = 0; round < 50; round++)
		for (i = 0; i < COUNT(parts); i++) {
			net_fill_ip(&net, frame, 17, far_away, parts[i].len);
			udp(frame + 34, 9, 2000);
			frame[19] = round;	/* identification */
			frame[20] = (i % 3 ? 0x20 : 0) | parts[i].at >> 8;
			frame[21] = parts[i].at;
			fill_sum(frame + 24, frame + 14, 20);
			net_send(&net, frame, 34 + parts[i].len);
		}
}

/* An IPv6 header and then whatever: chains of extension headers, neighbour and router advertisements, redirects. */
static void fill_ip6(u8 next, u32 len, u8 to)
{
	memset(frame + 14, 0, 40 + len);
	frame[12] = 0x86;
	frame[13] = 0xdd;
	frame[14] = 0x60;
	frame[18] = len >> 8;
	frame[19] = len;
	frame[20] = next;
	frame[21] = 255;
	memcpy(frame + 22, net.ip6, 16);
	frame[38] = 0xff;
	frame[39] = 2;
	frame[53] = to;
	memcpy(frame, net.gateway_mac, 6);
	memcpy(frame + 6, net.mac, 6);
}

static void packets6(void)
{
	static const u8 nexts[] = { 0, 43, 44, 50, 51, 60, 135, 59, 58, 17, 6, 41 };
	u32 i, j, type;

	for (i = 0; i < COUNT(nexts); i++)
		for (j = 1; j < 160; j += 8) {		/* @j of them one after another */
			u32 k;

			fill_ip6(nexts[i], j * 8, 1);
			for (k = 0; k < j; k++)
				frame[54 + 8 * k] = nexts[(i + (k & j)) % COUNT(nexts)];
			if (j & 16)
				frame[55] = 255;
			net_send(&net, frame, 54 + j * 8);
			frame[38] = 0x20;		/* to somewhere, not to a group */
			net_send(&net, frame, 54 + j * 8);
		}
	for (type = 0; type < 256; type++) {		/* 133..137 are NDP's, 134 the router's */
		fill_ip6(58, 64, 1);
		frame[54] = type;
		frame[54 + 24] = type & 3;		/* an option, of length 0 */
		frame[54 + 25] = type & 1;
		net_send(&net, frame, 54 + 64);
	}
}

static void arps(void)
{
	u32 i;

	for (i = 0; i < 500; i++) {
		u32 j, len = 14 + random64() % 50;

		memset(frame, 0xff, 6);
		memcpy(frame + 6, net.mac, 6);
		frame[12] = 8;
		frame[13] = 6;
		memcpy(frame + 14, (u8[]){ 0, 1, 8, 0, 6, 4, 0, 1 + i % 2 }, 8);
		memcpy(frame + 22, net.mac, 6);
		memcpy(frame + 28, (u8[]){ 10, 75, 0, i % 5 }, 4);
		memcpy(frame + 38, net.gateway, 4);
		for (j = i & 3; j; j--)
			frame[12 + random64() % 30] = random64();
		net_send(&net, frame, len);
	}
}

static void spoof(void)
{
	static void (*const all[])(void) = { spoof4, dhcp, options4, fragments4, packets6, arps };
	u32 i;

	if (!start())
		return;
	for (i = 0; i < COUNT(all); i++) {
		all[i]();
		if (!net_pings(&net))
			say("after %u", (u64)i);
	}
	say("told lies of all kinds");
}

/* Flows from random ports to random places. count=N */
static void many_flows(void)
{
	u32 i, j, count = word("count", 100000);

	if (!start())
		return;
	for (i = 0; i < count; i += 100) {
		for (j = 0; j < 100; j++) {
			u8 *at = page(NET_DATA + j % NET_PAGES) + j / NET_PAGES * 256;
			u8 dst[4] = { 198, 51, 100, 2 };

			net_fill_ip(&net, at, 17, dst, 20);
			udp(at + 34, random64(), 20);
			at[34] = random64();
			at[35] = random64();
			queue(j, j / NET_PAGES * 256, 54, 0);
		}
		net_push(&net);
		if (!net_answered(&net, 10000 * MS)) {
			finding("not answered after %u packets", (u64)i);
			return;
		}
	}
	net_pings(&net);
	say("%u flows begun", (u64)count);
}

const struct mode net_modes[] = {
	{ "net-ping", honest },
	{ "net-split", split_headers },
	{ "net-chains", chains },
	{ "net-slots", bad_slots },
	{ "net-extras", bad_extras },
	{ "net-flags", bad_flags },
	{ "net-fuzz", fuzz },
	{ "net-spoof", spoof },
	{ "net-flows", many_flows },
	{ }
};
