// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fuzzer per ring: descriptors by seed=N, count=N of them, as fast as the ring takes them. What is pushed follows from the seed,
 * not from what is answered; a ring that is given up for what was in it is taken up anew.
 */
#include "guest.h"

static u64 pushed, restarts, okay;

static bool more_to_push(void)
{
	static u64 goal;

	if (!goal)
		goal = word("count", 20000);
	return pushed < goal;
}

static void report(const char *ring)
{
	say("%s: %u descriptors, seed %u; %u okay, ring taken up anew %u times", ring, pushed, word("seed", 1), okay, restarts);
}

/* ---- store: a descriptor is a message ---- */

static struct reply r;
static u32 transactions;	/* the number of a recent one */

static void store_restart(void)
{
	u64 give_up = now() + 5000 * MS;

	restarts++;
	STORE(store->connection, 1);
	notify(boot->store_port);
	while (READ(store->connection) && now() < give_up)
		wait_port(boot->store_port, 2 * MS);
	if (READ(store->connection))
		finding("the store does not take us up again");
	transactions = store_begin(&r);
}

/* All of @data, whatever comes meanwhile; false: the store gave us up. */
static bool store_push(const u8 *data, u32 len)
{
	while (len && !READ(store->error)) {
		u32 prod = store->req_prod, space = sizeof(store->req) - (prod - READ(store->req_cons)), n = space < len ? space : len, i;

		STORE(store->rsp_cons, READ(store->rsp_prod));
		if (space > sizeof(store->req))
			return false;
		for (i = 0; i < n; i++)
			store->req[(prod + i) % sizeof(store->req)] = data[i];
		mb();
		STORE(store->req_prod, prod + n);
		data += n;
		len -= n;
		if (len) {
			notify(boot->store_port);
			wait_port(boot->store_port, 5 * MS);
		}
	}
	return !len;
}

/* Words that mean something; "data" keeps the exit code and is left alone. */
static u32 fill_words(char *at, u32 max)
{
	static const char *const words[] = {
		"attr/c", "attr/a/b", "/local/domain", "device/vbd", "device/vbd/51712/state", "device/vif/0/state", "@releaseDomain", "T", "F",
		"r0", "b1", "n65535", "0", "4", "5", "6", "..", "/", "//", "error/d/e/f", "%s%n", "4294967295", "control/shutdown",
	};
	u32 n = 0, parts = random64() % 5;

	while (parts-- && n + 32 < max) {
		const char *w = words[random64() % COUNT(words)];
		u64 x = random64();

		memcpy(at + n, w, strlen(w) + 1);
		n += strlen(w) + (x % 3 != 0);
		if (x % 7 == 0)
			at[n++] = '/';
		if (x % 31 == 0)
			at[n++] = x >> 8;
	}
	return n;
}

/* One in a thousand lies about its length: what follows is read as something else, until the store has enough of it. */
static u32 fill_message(u8 *at, u32 max)
{
	struct xs_header *h = (void *)at;
	u64 x = random64();
	u32 len = fill_words((char *)(h + 1), x % 64 ? 256 : max - sizeof(*h));

	if (x % 512 == 1)
		len = random64() % (max - sizeof(*h));
	*h = (struct xs_header){ (x >> 8) % XS_TYPES, x >> 16 & 0xffff, x & 1 << 7 ? 0 : transactions + (x >> 32) % 8, len };
	if (x % 1024 == 2)
		h->type = random_odd();
	if (x % 1024 == 3)
		h->len = random_odd() % 8192;
	return sizeof(*h) + len;
}

static void fuzz_store(void)
{
	static u8 message[sizeof(struct xs_header) + XS_PAYLOAD_MAX];

	store_write(0, "data/exit-code", "1");	/* its place, before all we may have is taken */
	store_restart();
	for (; more_to_push(); pushed++)
		if (!store_push(message, fill_message(message, sizeof(message))))
			store_restart();
	store_restart();
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	report("store");
	store_is_sane();
}

/* ---- console: a descriptor is what the four indices say, and the bytes behind them ---- */

static void fuzz_console(void)
{
	for (; more_to_push(); pushed++) {
		u64 x = random64();

		((u64 *)console->out)[x % (sizeof(console->out) / 8)] = x;
		if (x >> 8 & 7)
			STORE(console->out_prod, console->out_prod + (x >> 32) % 200);
		else
			STORE(*(&console->in_cons + (x >> 16 & 3)), x & 1 << 20 ? x >> 32 : random_odd());
		if ((x >> 24 & 15) == 0)
			notify(boot->console_port);
		if ((x >> 48) % 4096 == 0)
			wait_port(boot->console_port, MS);
	}
	STORE(console->in_cons, READ(console->in_prod));	/* pretend that all was taken */
	STORE(console->out_cons, console->out_prod);
	notify(boot->console_port);
	wait_port(boot->console_port, 200 * MS);
	report("console");
}

/* ---- block ---- */

enum { PAGE_INDIRECT = BLK_DATA + 1, PAGE_READONLY };

static struct blk disk;
static u32 refs[7];

/* Sector 0 of a disk that can be written is compared, so it is spared. */
static void spare_sector_0(struct blk_request *q)
{
	if (disk.readonly)
		return;
	if (q->op == BLK_INDIRECT)
		q->nr_segments = BLK_READ;
	else if (q->op != BLK_READ && q->sector < 8)
		q->sector += 8;
}

static void fill_block_request(struct blk_request *q)
{
	u64 x = random64();
	u32 i;

	*q = (struct blk_request){ .op = x & 1 ? (x >> 8) % 8 : random_odd(), .nr_segments = random_odd(), .handle = random_odd(),
				   .sector = random_odd() };
	if (x & 2)
		q->sector %= disk.sectors + 2;
	if (x & 16)
		q->nr_segments = 1 + (x >> 16) % 11;
	for (i = 0; i < BLK_SEGMENTS; i++) {
		u64 y = random64();

		q->seg[i] = (struct blk_segment){ .gref = refs[y % COUNT(refs)], .first = x & 4 ? y >> 8 & 7 : y >> 8,
						  .last = x & 8 ? 7 : y >> 16 };
	}
	if (q->op == BLK_INDIRECT) {
		for (i = 0; i < 8; i++)
			q->indirect.grefs[i] = refs[(x >> 20) % COUNT(refs)];
		q->nr_segments = (x >> 32) % 8;
	}
	if (x >> 58 == 0)
		for (i = 0; i < PAGE_SIZE / 8; i++)
			((u64 *)page(PAGE_INDIRECT))[i] = random64();
	spare_sector_0(q);
}

/* Answers, each of a request that is open; @all: until none is. False: one does not come. */
static bool take_answers(u64 *open, bool all)
{
	struct blk_response rsp;

	while (disk.rsp_cons != disk.req_prod && (all || READ(disk.ring->rsp_prod) != disk.rsp_cons ||
						  disk.req_prod - disk.rsp_cons == BLK_RING)) {
		if (!blk_response(&disk, &rsp, 10000 * MS)) {
			finding("block: %u requests are not answered", (u64)(disk.req_prod - disk.rsp_cons));
			return false;
		}
		if (!rsp.id || open[rsp.id % BLK_RING] != rsp.id)
			finding("block: an answer to request %u, which is not open", rsp.id);
		open[rsp.id % BLK_RING] = 0;
		okay += rsp.status == BLK_OKAY;
	}
	return true;
}

/* at=1: the disk that can be written. Rings and grants stay whole, so each request must be answered once. */
static void fuzz_block(void)
{
	static u64 open[BLK_RING];
	struct blk_request q;

	if (!blk_start(&disk, word("at", 0) ? DISK1 : DISK0))
		return;
	refs[0] = refs[1] = refs[2] = grant(page(BLK_DATA), GTF_PERMIT);
	refs[3] = grant(page(PAGE_INDIRECT), GTF_PERMIT);
	refs[4] = grant(page(PAGE_READONLY), GTF_PERMIT | GTF_READONLY);
	refs[5] = 999;
	refs[6] = -1U;
	while (more_to_push()) {
		fill_block_request(&q);
		q.id = ++pushed;
		if (open[q.id % BLK_RING] && !take_answers(open, true))	/* one in the way is old */
			return;
		open[q.id % BLK_RING] = q.id;
		blk_queue(&disk, &q);
		if (disk.req_prod - disk.rsp_cons == BLK_RING || !more_to_push()) {
			blk_push(&disk);
			if (!take_answers(open, !more_to_push()))
				return;
		}
	}
	report("block");
	blk_close(&disk);
	if (blk_connect(&disk))
		blk_still_reads(&disk);
}

/* ---- network ---- */

static struct net net;

static bool net_restart(void)
{
	restarts++;
	net_close(&net);
	return net_connect(&net);
}

/* Frames that begin as something that is carried: echo, UDP and TCP by IPv4, IPv6, ARP; one byte or the other of them is wrong. */
static void fill_frame(u32 nr)
{
	static const u8 protos[] = { 1, 17, 6, 17, 6, 58, 41, 0 };
	u8 *at = page(NET_DATA + nr % NET_PAGES), to[4] = { 198, 51, 100, nr };
	u64 x = random64();
	u32 i;

	for (i = 0; i < 64; i++)
		((u64 *)at)[i] = random64();
	if (nr % 8 == 0)
		net_fill_echo(&net, at, nr, x % 400);
	else
		net_fill_ip(&net, at, protos[nr % 8], x & 1 ? to : net.gateway, 20 + (x >> 8) % 1400);
	if (x & 6) {
		for (i = x >> 16 & 3; i; i--)
			at[14 + random64() % 50] = random64();
		fill_sum(at + 24, at + 14, 20);
	}
	if (nr % 8 == 5)
		memcpy(at + 12, (u8[]){ 0x86, 0xdd, 0x60 }, 3);
	if (nr % 16 == 7)
		memcpy(at + 12, (u8[]){ 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 }, 10);
}

static void fill_extra(struct net_extra *e)
{
	u64 x = random64();

	*e = (struct net_extra){ .type = x & 7 ? NET_EXTRA_GSO : x >> 8 & 7, .flags = x >> 12 & x >> 16 & NET_EXTRA_MORE,
				 .gso_size = x >> 32 & 1 ? 1448 : x >> 40, .gso_type = x & 56 ? 1 + (x >> 20 & 1) : x >> 24 };
}

/* @before, flags of the last one, says whether an extra is due, or the rest of a chain. Few chains, of data or of extras, go on and on. */
static void fill_slot(struct net_tx_request *q, u16 *before)
{
	static u32 endless;
	u64 x = random64();

	if (*before & NET_TX_EXTRA) {
		fill_extra((struct net_extra *)q);
		if (endless && endless--)
			((struct net_extra *)q)->flags |= NET_EXTRA_MORE;
		if (!(((struct net_extra *)q)->flags & NET_EXTRA_MORE))
			*before &= ~NET_TX_EXTRA;
		return;
	}
	*q = (struct net_tx_request){ .gref = x & 31 ? net.data[(x >> 8) % NET_PAGES] : random_odd(), .id = pushed,
				      .offset = x & 0x3c000 ? 0 : x >> 48, .size = 60 + (x >> 32) % 1440, .flags = x >> 24 & x >> 28 & 15 };
	if ((x >> 20 & 7) == 0)
		q->size = random_odd();
	else if (*before & NET_TX_MORE)
		q->size %= 64;
	if (x >> 51 == 0)
		endless = 20 + x % (NET_RING - 20);
	else if (endless)
		q->flags &= ~NET_TX_EXTRA;	/* which would be its end: what follows is no extra there */
	if (endless && endless--)
		q->flags |= NET_TX_MORE;
	*before = q->flags;
}

/* One of a slot that is an extra says so and has no id. */
static void take_tx_answer(const u16 *ids)
{
	u32 at = net.tx_cons++ % NET_RING, id = net.tx->slot[at].rsp.id;
	s16 status = net.tx->slot[at].rsp.status;

	okay += status == NET_OKAY;
	if (status == NET_NULL ? id : id != ids[at] || status > 0)
		finding("net-tx: an answer of id %u and status %d, posted was %u", (u64)id, (s64)status, (u64)ids[at]);
}

/* Wait until less than half of the ring is open; false: nothing moves, the interface is off or waits for the rest of a chain. */
static bool take_tx_answers(const u16 *ids)
{
	u64 give_up = now() + 100 * MS;

	STORE(net.tx->rsp_event, net.tx_cons + NET_RING / 2);
	while (READ(net.tx->rsp_prod) - net.tx_cons < NET_RING / 2) {
		if (now() > give_up)
			return false;
		wait_port(net.port, 2 * MS);
	}
	mb();
	while (net.tx_cons != READ(net.tx->rsp_prod))
		take_tx_answer(ids);
	return true;
}

static void fuzz_net_tx(void)
{
	static u16 ids[NET_RING];
	struct net_tx_request q;
	u16 before = 0;
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < NET_PAGES; i++)
		fill_frame(i);
	while (more_to_push()) {
		fill_slot(&q, &before);
		ids[net.tx_prod % NET_RING] = q.id;
		net_queue(&net, &q);
		pushed++;
		if (pushed % 64 == 0)
			fill_frame(pushed / 64);
		if (net.tx_prod - net.tx_cons < NET_RING)
			continue;
		net_push(&net);
		if (take_tx_answers(ids))
			continue;
		before = 0;
		if (!net_restart())
			return;
	}
	if (net_restart())
		net_pings(&net);
	report("net-tx");
}

/* A buffer, mostly one that can be written; one in 65536 is the ring itself. False: an index is due that cannot be. */
static bool post_buffer(u16 *ids, u32 *lies)
{
	u64 x = random64();
	u32 at = net.rx_prod++ % NET_RING;

	net.rx->slot[at].req.id = ids[at] = x >> 48;
	net.rx->slot[at].req.pad = x >> 32;
	net.rx->slot[at].req.gref = x & 7 ? net.buffer[(x >> 8) % NET_BUFFERS] : random_odd() | 1024;
	if ((x >> 16 & 0xffff) == 0)
		net.rx->slot[at].req.gref = net.rx_ref;
	*lies += (x >> 16 & 0xffff) <= 1;
	return (x >> 16 & 0xffff) != 1;
}

/* What is answered, in the order of posting; if nothing lied, it must be what was posted. */
static void take_rx_answers(const u16 *ids, bool lies)
{
	u32 prod = READ(net.rx->rsp_prod);

	mb();
	if (prod - net.rx_cons > NET_RING)
		prod = net.rx_cons;
	for (; net.rx_cons != prod; net.rx_cons++) {
		u32 at = net.rx_cons % NET_RING;

		okay += net.rx->slot[at].rsp.status > 0;
		if (!lies && (net.rx->slot[at].rsp.id != ids[at] || net.rx->slot[at].rsp.status > PAGE_SIZE || net.rx->slot[at].rsp.offset))
			finding("net-rx: an answer of id %u, posted was %u; status %d", (u64)net.rx->slot[at].rsp.id, (u64)ids[at],
				(s64)net.rx->slot[at].rsp.status);
	}
}

/* A ping of the gateway so long that its answer comes in pieces, @nr times. */
static void ask_for_packets(u32 nr)
{
	u32 len = 16000, i, j;

	net_fill_ip(&net, page(NET_DATA), 1, net.gateway, len - 34);
	memset(page(NET_DATA) + 34, 0, 8);
	page(NET_DATA)[34] = 8;
	for (j = 0; j < nr; j++)
		for (i = 0; i < 4; i++) {
			struct net_tx_request q = { .gref = net.data[i], .size = i ? 4000 : len, .flags = i < 3 ? NET_TX_MORE : 0 };

			net_queue(&net, &q);
		}
	net_push(&net);
	net_answered(&net, 1000 * MS);
}

/* Those an honest frontend posted. */
static void learn_ids(u16 *ids)
{
	u32 i;

	for (i = net.rx_cons; i != net.rx_prod; i++)
		ids[i % NET_RING] = net.rx->slot[i % NET_RING].req.id;
}

static void fuzz_net_rx(void)
{
	static u16 ids[NET_RING];
	u32 lies, waits;

	if (!net_up(&net))
		return;
	learn_ids(ids);
	while (more_to_push()) {
		bool index_lies = false;

		for (lies = 0; net.rx_prod - net.rx_cons < NET_RING; pushed++)
			index_lies |= !post_buffer(ids, &lies);
		mb();
		STORE(net.rx->req_prod, net.rx_prod + (index_lies ? (u32)random_odd() : 0));
		notify(net.port);
		for (waits = 0; !lies && net.rx_prod - net.rx_cons > NET_RING / 2 && waits < 50; waits++) {
			ask_for_packets(8);
			take_rx_answers(ids, lies);
		}
		if (waits == 50) {
			finding("net-rx: buffers are not used");
			return;
		}
		if (!lies)
			continue;
		ask_for_packets(16);
		take_rx_answers(ids, true);
		if (!net_restart())
			return;
		learn_ids(ids);
	}
	if (net_restart())
		net_pings(&net);
	report("net-rx");
}

const struct mode fuzz_modes[] = {
	{ "fuzz-store", fuzz_store },
	{ "fuzz-console", fuzz_console },
	{ "fuzz-block", fuzz_block },
	{ "fuzz-net-tx", fuzz_net_tx },
	{ "fuzz-net-rx", fuzz_net_rx },
	{ }
};
