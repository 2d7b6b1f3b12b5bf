// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to the ring of its store, below the messages' meaning. */
#include "guest.h"

static struct reply r;

/* The value of @path, asked for without listening until nothing more is taken; then listen: no answer may be missing. */
static void ask_deaf(const char *path)
{
	struct { struct xs_header h; char path[8]; } ask = { { XS_READ, 0, 0, strlen(path) + 1 }, "" };
	u64 sent = 0, got = 0, end = now() + word("seconds", 2) * 1000 * MS, size = sizeof(ask.h) + ask.h.len;

	memcpy(ask.path, path, ask.h.len);
	while (now() < end) {
		u32 space = sizeof(store->req) - (store->req_prod - READ(store->req_cons));

		if (space < size || space > sizeof(store->req)) {
			wait_port(boot->store_port, 10 * MS);
			continue;
		}
		ask.h.req_id = sent++;
		store_send(&ask, size);
	}
	while (got < sent && store_receive(&r.h, sizeof(r.h), 5000 * MS) && r.h.len <= XS_PAYLOAD_MAX &&
	       store_receive(r.data, r.h.len, 5000 * MS)) {
		if (r.h.req_id != got)
			finding("answer %u is to request %u", got, (u64)r.h.req_id);
		got++;
	}
	say("asked %u times without listening, got %u answers", sent, got);
	if (sent != got)
		finding("asked %u times, got %u answers", sent, got);
	if (sent > 500)	/* what the ring holds, and few more */
		finding("%u answers were kept", sent);
	store_is_sane();
}

static void never_listen(void)
{
	ask_deaf("domid");
}

/* So with the longest answers there are. */
static void never_fetch(void)
{
	static char payload[2048 + 5] = "data";

	memset(payload + 5, 'v', 2048);
	if (store_ask(XS_WRITE, 0, payload, sizeof(payload), &r) < 0)
		finding("no value of 2048 bytes: %s", r.data);
	ask_deaf("data");
}

/* A request byte by byte, with an event for each. */
static void drip(void)
{
	struct { struct xs_header h; char path[6]; } __attribute__((packed)) ask = { { XS_READ, 1, 0, 6 }, "domid" };
	u32 i, n;

	for (n = 0; n < word("count", 100); n++) {
		for (i = 0; i < sizeof(ask); i++) {
			store_send((u8 *)&ask + i, 1);
			notify(boot->store_port);
			if (n % 10 == 0)
				wait_port(boot->store_port, MS);
		}
		if (!store_receive(&r.h, sizeof(r.h), 5000 * MS) || r.h.len > 64 || !store_receive(r.data, r.h.len, 5000 * MS)) {
			finding("dripped request %u is not answered", (u64)n);
			return;
		}
	}
	store_is_sane();
}

/* Until the other side has moved @index on from @old, and then up to a few microseconds. */
static void meet(const u32 *index, u32 old)
{
	u64 give_up = now() + 20 * MS, n = random64() % 300;

	while (READ(*index) == old && now() < give_up)
		__builtin_ia32_pause();
	while (n--)
		__builtin_ia32_pause();
}

/* A request in pieces as Linux writes them: only the first is told of, since not all was taken before the others, which come just then. */
static void meet_requests(void)
{
	static const char path[] = "data/p", value[] = "value";
	struct xs_header h = { XS_WRITE, 0, 0, sizeof(path) + sizeof(value) };
	u64 count = word("count", 20000);
	u32 cons;

	for (h.req_id = 1; h.req_id <= count; h.req_id++) {
		cons = READ(store->req_cons);
		store_send(&h, sizeof(h));
		store_send(path, sizeof(path));
		meet(&store->req_cons, cons);
		store_send(value, sizeof(value));
		if (store_await(XS_WRITE, 0, h.req_id, &r) < 0) {
			finding("request %u in pieces is not answered", (u64)h.req_id);
			return;
		}
	}
	say("%u requests in pieces", count);
}

/* Answers for which there is no room: of the room made for them just then Linux tells only if it saw none before. */
static void meet_answers(void)
{
	static char ask[7 + 700] = "data/p";
	u64 i, count = word("count", 20000);
	u32 prod, id[2];

	memset(ask + 7, 'v', sizeof(ask) - 7);
	store_ask(XS_WRITE, 0, ask, sizeof(ask), &r);
	for (i = 0; i < count; i++) {
		prod = READ(store->rsp_prod);
		id[0] = store_post(XS_READ, 0, ask, 7);
		id[1] = store_post(XS_READ, 0, ask, 7);
		meet(&store->rsp_prod, prod);
		if (store_await(XS_READ, 0, id[0], &r) != 700 || store_await(XS_READ, 0, id[1], &r) != 700) {
			finding("answers %u are not complete", i);
			return;
		}
	}
	say("%u long answers", count);
}

/* Half a message, then silence and the end: size=BYTES of it. */
static void half_message(void)
{
	static char payload[2000];
	struct xs_header h = { XS_WRITE, 1, 0, sizeof(payload) };
	u64 size = word("size", 700);

	say("sending %u bytes of a message", size);
	store_send(&h, size < sizeof(h) ? size : sizeof(h));
	if (size > sizeof(h))
		store_send(payload, size - sizeof(h));
	wait_port(boot->store_port, 300 * MS);
	stop(SHUTDOWN_POWEROFF);
}

/* A header that promises len=BYTES, too many, and then bytes without end. The store may go deaf; it must not fall. */
static void long_message(void)
{
	struct xs_header h = { XS_WRITE, 1, 0, word("len", 4097) };
	u64 end = now() + 2000 * MS, sent = 0;

	say("announcing %u bytes", (u64)h.len);
	store_send(&h, sizeof(h));
	while (now() < end) {
		STORE(store->req_prod, READ(store->req_cons) + random64() % 1025);
		notify(boot->store_port);
		sent++;
		if (sent % 16 == 0)
			wait_port(boot->store_port, MS);
	}
	say("error field %u", (u64)READ(store->error));
	stop(SHUTDOWN_POWEROFF);
}

/* Indices that cannot be, all four, many times. */
static void wild_indices(void)
{
	u32 i;

	say("wild indices");
	for (i = 0; i < word("count", 2000); i++) {
		u64 x = random64();

		if (x & 1)
			STORE(store->req_prod, READ(store->req_cons) + (x & 16 ? 1025 : (u32)random64()));
		if (x & 2)
			STORE(store->rsp_cons, READ(store->rsp_prod) + (x & 16 ? 1 : (u32)random64()));
		if (x & 4)
			STORE(store->req_cons, random64());
		if (x & 8)
			STORE(store->rsp_prod, random64());
		notify(boot->store_port);
		if (i % 8 == 0)
			wait_port(boot->store_port, MS);
	}
	say("error field %u", (u64)READ(store->error));
	stop(SHUTDOWN_POWEROFF);
}

/* Noise in the ring for seconds: whatever it is read as. */
static void noise(void)
{
	u64 end = now() + word("seconds", 3) * 1000 * MS;
	u32 i;

	say("noise");
	while (now() < end) {
		for (i = 0; i < sizeof(store->req) / 8; i++)
			((u64 *)store->req)[i] = random64() & (random64() & 1 ? 0x000000ff000000ff : -1UL);
		STORE(store->req_prod, READ(store->req_cons) + 1024);
		STORE(store->rsp_cons, READ(store->rsp_prod));
		notify(boot->store_port);
		wait_port(boot->store_port, MS);
	}
	say("error field %u", (u64)READ(store->error));
	stop(SHUTDOWN_POWEROFF);
}

/* Wait for the store to take us up again. */
static bool reconnect(void)
{
	u64 give_up = now() + 5000 * MS;

	STORE(store->connection, 1);
	notify(boot->store_port);
	while (READ(store->connection) && now() < give_up)
		wait_port(boot->store_port, 5 * MS);
	return !READ(store->connection);
}

/* Who breaks the protocol of its store has not died of it: nobody is told so, and it may begin anew. */
static void breach(void)
{
	u32 i;

	for (i = 0; i < word("count", 20); i++) {
		struct xs_header h = { XS_WRITE, 1, 0, 0xffffffff >> i };
		u64 give_up = now() + 5000 * MS;

		if (i & 1)
			STORE(store->req_prod, READ(store->req_cons) + 1025 + i);
		else
			store_send(&h, sizeof(h));
		notify(boot->store_port);
		while (!READ(store->error) && now() < give_up)
			wait_port(boot->store_port, 5 * MS);
		if (!READ(store->error) || !reconnect() || !store_is_sane()) {
			finding("breach %u: error field %u", (u64)i, (u64)READ(store->error));
			return;
		}
	}
	say("broke the protocol %u times", (u64)i);
}

/* A reset of itself (as for kexec), with all open that can be. */
static void soft_reset(void)
{
	static char payload[600];
	struct xs_header h = { XS_WRITE, 1, 0, sizeof(payload) };
	u32 i;

	for (i = 0; i < 10; i++) {
		u32 tx = store_begin(&r);

		store_write(tx, "data/reset", "%u", (u64)i);
		store_ask(XS_WATCH, 0, (char[]){ 'd', 'a', 't', 'a', 0, 'a' + i, 0 }, 7, &r);
		store_write(0, "data/reset", "%u", (u64)i);
	}
	say("resetting");
	store_send(&h, sizeof(h));
	store_send(payload, 100);
	stop(SHUTDOWN_SOFT_RESET);
}

/* Reconnect (docs/misc/xenstore-ring.txt) in the middle of messages, with answers and watches outstanding. */
static void reconnects(void)
{
	static char payload[600];
	struct xs_header h = { XS_WRITE, 1, 0, sizeof(payload) };
	u32 i, j;

	for (i = 0; i < word("count", 500); i++) {
		store_ask(XS_WATCH, 0, "data\0t", 7, &r);
		for (j = 0; j < random64() % 4; j++)
			store_ask(XS_TRANSACTION_START, 0, "", 1, &r);
		store_send(&h, random64() % sizeof(h) + 1);
		store_send(payload, random64() % sizeof(payload));
		if (!reconnect() || !store_is_sane()) {
			finding("reconnect %u did not work", (u64)i);
			return;
		}
	}
	say("reconnected %u times", (u64)i);
}

/* Rewrite requests while they are being read. */
static void flip(void)
{
	struct { struct xs_header h; char path[6]; } __attribute__((packed)) ask = { { XS_READ, 0, 0, 6 }, "domid" };
	u64 end = now() + word("seconds", 3) * 1000 * MS, n = 0;
	u32 at, i;

	say("flipping");
	while (now() < end) {
		at = store->req_prod % sizeof(store->req);
		if (sizeof(store->req) - (store->req_prod - READ(store->req_cons)) < sizeof(ask)) {
			STORE(store->rsp_cons, READ(store->rsp_prod));
			notify(boot->store_port);
			wait_port(boot->store_port, MS);
			continue;
		}
		store_send(&ask, sizeof(ask));
		for (i = 0; i < 200; i++) {
			STORE(store->req[(at + 12 + i % 4) % sizeof(store->req)], i);	/* the length */
			STORE(store->req[(at + i % 2) % sizeof(store->req)], i);	/* the type */
		}
		STORE(store->rsp_cons, READ(store->rsp_prod));
		n++;
	}
	say("%u requests, error field %u", n, (u64)READ(store->error));
	stop(SHUTDOWN_POWEROFF);
}

const struct mode ring_modes[] = {
	{ "store-deaf", never_listen },
	{ "store-unread", never_fetch },
	{ "store-drip", drip },
	{ "store-pieces", meet_requests },
	{ "store-room", meet_answers },
	{ "store-half", half_message },
	{ "store-long", long_message },
	{ "store-index", wild_indices },
	{ "store-noise", noise },
	{ "store-reconnect", reconnects },
	{ "store-flip", flip },
	{ "store-breach", breach },
	{ "store-soft", soft_reset },
	{ }
};
