// SPDX-License-Identifier: GPL-2.0-or-later
/* What a backend may let slip to its guest: bytes nobody asked for, events nobody waits for. Here the guest only looks. */
#include "guest.h"

static struct blk disk;
static struct net net;
static u8 frame[FRAME_MAX];

/* Of @len bytes that held @was only zeroes may be new: anything else was in dom0's memory before. */
static bool has_leak(const u8 *now, const u8 *was, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (now[i] && now[i] != was[i])
			return true;
	return false;
}

/* A response lies where a request was, and is shorter; it has holes besides. */
static void block_padding(void)
{
	enum { SIZE = sizeof(struct blk_request) };
	static u8 was[BLK_RING][SIZE];
	struct blk_response rsp;
	u32 ref, round, i;

	if (!blk_start(&disk, DISK0))
		return;
	ref = grant(page(BLK_DATA), GTF_PERMIT);
	for (round = 0; round < 20; round++) {
		u32 first = disk.req_prod;

		for (i = 0; i < BLK_RING; i++) {
			struct blk_request r = blk_simple(round & 1 ? 200 : BLK_READ, i, ref);

			r.pad = 0xa5a5a5a5;
			memset(&r.seg[1], 0xa5, sizeof(r.seg) - sizeof(r.seg[0]));
			memcpy(was[(first + i) % BLK_RING], &r, SIZE);
			blk_queue(&disk, &r);
		}
		blk_push(&disk);
		for (i = 0; i < BLK_RING; i++) {
			u8 *now = (u8 *)&disk.ring->slot[(first + i) % BLK_RING], *before = was[(first + i) % BLK_RING];

			if (!blk_response(&disk, &rsp, 10000 * MS)) {
				finding("a request is not answered");
				return;
			}
			if (has_leak(now + 9, before + 9, 1) || has_leak(now + 12, before + 12, SIZE - 12)) {
				finding("response %u has bytes of dom0's in its holes", (u64)i);
				return;
			}
		}
	}
	say("looked at %u responses", (u64)round * BLK_RING);
}

static void net_padding(void)
{
	static u8 was[NET_RING][12];
	u32 round, i, len;

	if (!net_up(&net))
		return;
	len = net_fill_echo(&net, frame, 1, 100);
	memcpy(page(NET_DATA), frame, len);
	for (round = 0; round < 20; round++) {
		u32 first = net.tx_prod;

		for (i = 0; i < NET_RING; i++) {
			struct net_tx_request r = { .gref = i & 1 ? net.data[0] : 0xa5a5a5, .size = len, .id = i };
			struct net_extra e = { .type = NET_EXTRA_GSO, .pad2 = 0xa5a5a5a5, .gso_features = 0xa5a5 };

			if (i % 8 == 0)
				r.flags = NET_TX_EXTRA;
			net_queue(&net, i % 8 == 1 ? (void *)&e : (void *)&r);
			memcpy(was[(first + i) % NET_RING], &net.tx->slot[(first + i) % NET_RING], 12);
		}
		net_push(&net);
		if (!net_answered(&net, 10000 * MS)) {
			finding("packets are not answered");
			return;
		}
		for (i = 0; i < NET_RING; i++)
			if (has_leak((u8 *)&net.tx->slot[i] + 4, was[i] + 4, 8)) {
				finding("slot %u has bytes of dom0's behind the response", (u64)i);
				return;
			}
	}
	say("looked at %u responses", (u64)round * NET_RING);
}

static bool is_all(const u8 *at, u32 len, u8 byte)
{
	while (len && *at == byte) {
		at++;
		len--;
	}
	return !len;
}

/* Of a page that is read into, only the sectors asked for may change. */
static void block_around(void)
{
	u8 *at = page(BLK_DATA);
	u32 ref, first, last;

	if (!blk_start(&disk, DISK0))
		return;
	ref = grant(at, GTF_PERMIT);
	for (first = 0; first < 8; first++)
		for (last = first; last < 8; last++) {
			struct blk_request r = blk_simple(BLK_READ, first, ref);

			r.seg[0].first = first;
			r.seg[0].last = last;
			memset(at, 0xee, PAGE_SIZE);
			blk_expect(&disk, "some sectors of a page", &r, BLK_OKAY);
			if (!is_all(at, first * 512, 0xee) || !is_all(at + (last + 1) * 512, PAGE_SIZE - (last + 1) * 512, 0xee))
				finding("reading sectors %u to %u of a page changes others", (u64)first, (u64)last);
		}
	say("looked around every read");
}

/* Of a buffer only the packet's bytes; and of the response's fields only what they are for. */
static void net_around(void)
{
	u32 len, at, cons;

	if (!net_up(&net))
		return;
	for (len = 0; len < 1400; len += 1 + len / 20) {
		const u8 *buffer = page(2 + net.rx_cons % NET_BUFFERS);
		u64 give_up = now() + 5000 * MS;

		memset((void *)buffer, 0xee, PAGE_SIZE);
		cons = net.rx_cons;
		net_send(&net, frame, net_fill_echo(&net, frame, 1, len));
		while (READ(net.rx->rsp_prod) == cons && now() < give_up)
			wait_port(net.port, 2 * MS);
		at = cons % NET_RING;
		if (net.rx->slot[at].rsp.offset || net.rx->slot[at].rsp.status < 42 || (net.rx->slot[at].rsp.flags & ~7))
			finding("a response of offset %u, status %d, flags %x", (u64)net.rx->slot[at].rsp.offset,
				(s64)net.rx->slot[at].rsp.status, (u64)net.rx->slot[at].rsp.flags);
		else if (!is_all(buffer + net.rx->slot[at].rsp.status, PAGE_SIZE - net.rx->slot[at].rsp.status, 0xee))
			finding("a packet of %u bytes changes what is behind it", (u64)net.rx->slot[at].rsp.status);
		while (net_receive(&net, frame, 2 * MS))
			;
	}
	say("looked around every packet");
}

/* Wait until all of @n requests are answered, without asking for events. */
static bool answered_quietly(const u32 *rsp_prod, u32 prod)
{
	u64 give_up = now() + 5000 * MS;

	while (READ(*rsp_prod) != prod && now() < give_up)
		wait_port(boot->console_port, MS);
	return READ(*rsp_prod) == prod;
}

/* Events without need: none comes while nobody asked for one, and none while nothing happens. */
static void quiet(void)
{
	u32 ref, i, len, events = 0;

	if (!blk_start(&disk, DISK0) || !net_up(&net))
		return;
	ref = grant(page(BLK_DATA), GTF_PERMIT);
	len = net_fill_echo(&net, frame, 1, 10);
	frame[0] ^= 2;		/* to nobody: there is no answer */
	memcpy(page(NET_DATA), frame, len);
	while (net_receive(&net, frame, 20 * MS))
		;
	STORE(disk.ring->rsp_event, disk.rsp_cons + 0x40000000);
	STORE(net.tx->rsp_event, net.tx_cons + 0x40000000);
	STORE(net.rx->rsp_event, net.rx_cons + 0x40000000);
	take_event(disk.port);
	take_event(net.port);
	for (i = 0; i < 200; i++) {
		struct blk_request r = blk_simple(BLK_READ, 0, ref);
		struct net_tx_request t = { .gref = net.data[0], .size = len };

		blk_queue(&disk, &r);
		blk_push(&disk);
		net_queue(&net, &t);
		net_push(&net);
		if (!answered_quietly(&disk.ring->rsp_prod, disk.req_prod) || !answered_quietly(&net.tx->rsp_prod, net.tx_prod)) {
			finding("a request is not answered");
			return;
		}
		events += take_event(disk.port) + take_event(net.port);
	}
	wait_port(boot->console_port, 300 * MS);
	events += take_event(disk.port) + take_event(net.port);
	if (events)
		finding("%u events nobody asked for", (u64)events);
	say("%u requests, %u events", (u64)i, (u64)events);
}

const struct mode peer_modes[] = {
	{ "block-padding", block_padding },
	{ "net-padding", net_padding },
	{ "block-around", block_around },
	{ "net-around", net_around },
	{ "quiet", quiet },
	{ }
};
