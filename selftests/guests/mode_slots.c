// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest puts into its transmit ring: slots, extras, flags of every wrong kind. Afterwards it must be able to ping. */
#include "guest.h"

static struct net net;
static u8 frame[FRAME_MAX];

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

	if (!net_up(&net))
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

	if (!net_up(&net))
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

	if (!net_up(&net))
		return;
	chain(nr);
	expect(true, "a chain", nr);
	net_pings(&net);
	for (i = 0; i < COUNT(fatal); i++) {
		chain(fatal[i]);
		if (net_answered(&net, 200 * MS))
			finding("a chain of %u slots is answered", (u64)fatal[i]);
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

	if (!net_up(&net))
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

	if (!net_up(&net))
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

	if (!net_up(&net))
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

/* ---- what netback met ---- */

static const u8 outside[4] = { 198, 51, 100, 2 };

/* The frame in @nr slots of these sizes, each but the first at the end of its page. */
static void queue_parts(const u32 *size, u32 nr)
{
	u32 i, len = 0, done = 0;

	for (i = 0; i < nr; i++)
		len += size[i];
	for (i = 0; i < nr; done += size[i++]) {
		u32 offset = i ? PAGE_SIZE - size[i] : 0;

		memcpy(page(NET_DATA + i) + offset, frame + done, size[i]);
		queue(i, offset, i ? size[i] : len, i + 1 < nr ? NET_TX_MORE : 0);
	}
}

/* @len bytes by chance: about every second slot is empty. */
static void fill_sizes(u32 *size, u32 nr, u32 len)
{
	u32 i, part;

	for (i = nr; i--; len -= part) {
		part = random64() & 1 ? random64() % (len + 1) : 0;
		if (!i)
			part = len;
		size[i] = part;
	}
}

/* Slots of no length at every place of packets that are partly linear, partly not. */
static void zero_slots(void)
{
	static u16 seq = 3000;
	u32 round, size[18], nr, len;

	if (!net_up(&net))
		return;
	for (round = 0; round < word("count", 300); round++) {
		bool ping = round & 1;

		nr = 2 + round % 17;
		len = ping ? net_fill_echo(&net, frame, ++seq, random64() % 1400) : 1600 + random64() % 2400;
		if (!ping)
			net_fill_ip(&net, frame, 17, outside, len - 34);
		fill_sizes(size, nr, len);
		queue_parts(size, nr);
		expect(false, "slots of no length", round);
		if (ping && !net_wait_echo(&net, seq, 3000 * MS))
			finding("a ping of %u bytes with slots of no length is lost", (u64)len);
	}
	if (net.errors)
		finding("%u slots were errors", (u64)net.errors);
	say("%u packets with slots of no length", (u64)round);
}

/* @len bytes in @nr slots of nearly the same size. */
static void queue_evenly(u32 nr, u32 len)
{
	u32 size[18] = { len - (nr - 1) * (len / nr) }, i;

	for (i = 1; i < nr; i++)
		size[i] = len / nr;
	queue_parts(size, nr);
}

/* A ring full of packets in as many slots as may be: more copies at once cannot be asked for. */
static void tiny_bursts(void)
{
	u32 i, j, len;

	for (i = 0; i < 20; i++) {
		len = net_fill_echo(&net, frame, i, 60 + 40 * i);
		for (j = 0; j < NET_RING / 18; j++)
			queue_evenly(18, len);
		expect(false, "a burst of tiny slots", i);
		while (net_receive(&net, frame, 2 * MS))
			;
	}
	net_pings(&net);
}

/* Packets of many tiny slots, all together as long as headers may be, or a little more or less. */
static void tiny_slots(void)
{
	static const u32 lens[] = { 14, 15, 17, 18, 34, 42, 60, 64, 100, 126, 127, 128, 129, 130, 142, 143, 200, 255, 256, 257, 300 };
	static u16 seq = 5000;
	u32 i, nr;

	if (!net_up(&net))
		return;
	for (i = 0; i < COUNT(lens); i++)
		for (nr = 2; nr <= 18 && nr <= lens[i]; nr++) {
			net_fill_echo(&net, frame, ++seq, lens[i] > 42 ? lens[i] - 42 : 0);
			queue_evenly(nr, lens[i]);
			expect(false, "tiny slots", nr);
			if (lens[i] >= 42 && !net_wait_echo(&net, seq, 3000 * MS))
				finding("a ping of %u bytes in %u slots is lost", (u64)lens[i], (u64)nr);
		}
	tiny_bursts();
	if (net.errors)
		finding("%u slots were errors", (u64)net.errors);
	say("packets of tiny slots");
}

/* Longer than the MTU and not a super-packet, up to the longest there is. */
static void long_packets(void)
{
	u32 len, i;

	if (!net_up(&net))
		return;
	for (len = 1400; len < 65536; len += 1 + len / 16) {
		net_fill_ip(&net, page(NET_DATA), len & 1 ? 17 : 1, len & 2 ? outside : net.gateway, len - 34);
		page(NET_DATA)[34] = 8;
		queue(0, 0, len, len > 4096 ? NET_TX_MORE : 0);
		for (i = 1; i * 4096 < len; i++)
			queue(i, 0, len - i * 4096 < 4096 ? len - i * 4096 : 4096, (i + 1) * 4096 < len ? NET_TX_MORE : 0);
		expect(false, "a long packet", len);
	}
	reconnect();
	say("packets up to %u bytes", (u64)len);
}

/* Extras that were not offered. Each packet with one is lost, whatever else it says. at=TYPE, and the key that asks for it. */
static void foreign_extras(const char *key, u8 first, u8 last)
{
	u32 i, round, len;
	u8 type;

	if (!net_up(&net))
		return;
	for (round = 0; round < 10; round++) {
		len = net_fill_echo(&net, frame, 1, 100);
		memcpy(page(NET_DATA), frame, len);
		for (type = first; type <= last; type++)
			for (i = 0; i < 20; i++) {
				struct net_extra e = { .type = type, .gso_size = random64(), .gso_type = random64(), .gso_features = random64() };

				queue(0, 0, len, NET_TX_EXTRA);
				net_queue(&net, &e);
				expect(true, "an extra that was not offered", type);
			}
		net_close(&net);
		net_write_key(&net, key, 1);
		if (!net_connect(&net) || !net_pings(&net))
			return;
	}
	say("extras %u to %u", (u64)first, (u64)last);
}

static void multicast(void)
{
	foreign_extras("request-multicast-control", NET_EXTRA_MCAST_ADD, NET_EXTRA_MCAST_DEL);
}

/* A control ring nobody offered, full of requests to set the hash's key, types and mapping; and packets that carry a hash. */
static void control_ring(void)
{
	static const u32 requests[] = { 0, 1, 2, 3, 4, 5, 6, 7, 0x10000, -1U };
	u32 ref, port = alloc_port(), *ring = (u32 *)page(PAGE_FREE), i;

	ref = grant(ring, GTF_PERMIT);
	if (!net_find(&net))
		return;
	for (i = 0; i < PAGE_SIZE / 4; i++)
		ring[i] = requests[i % COUNT(requests)];
	ring[0] = 32;
	net_write_key(&net, "feature-ctrl-ring", 1);
	net_write_key(&net, "ctrl-ring-ref", ref);
	net_write_key(&net, "event-channel-ctrl", port);
	foreign_extras("feature-dynamic-multicast-control", NET_EXTRA_HASH, NET_EXTRA_XDP);
	notify(port);
	for (i = 0; i < PAGE_SIZE / 4; i++)
		if (READ(ring[i]) != (i ? requests[i % COUNT(requests)] : 32)) {
			finding("somebody answers on the control ring at %u", (u64)i);
			break;
		}
}

const struct mode slot_modes[] = {
	{ "net-ping", honest },
	{ "net-split", split_headers },
	{ "net-chains", chains },
	{ "net-slots", bad_slots },
	{ "net-extras", bad_extras },
	{ "net-flags", bad_flags },
	{ "net-zero", zero_slots },
	{ "net-tiny", tiny_slots },
	{ "net-long", long_packets },
	{ "net-multicast", multicast },
	{ "net-control", control_ring },
	{ }
};
