// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to its store. */
#include "guest.h"

static struct reply r;

/* Ask, and count what came of it. */
struct tally {
	u64 okay, refused, silent;
	char last[32];		/* the last error's name */
};

static int tally(struct tally *t, int n)
{
	if (n >= 0) {
		t->okay++;
	} else if (n == -1) {
		t->refused++;
		format(t->last, sizeof(t->last), "%s", r.data);
	} else {
		t->silent++;
	}
	return n;
}

static int ask_path(u32 type, u32 tx, const char *path)
{
	return store_ask(type, tx, path, strlen(path) + 1, &r);
}

static u32 begin(void)
{
	return store_ask(XS_TRANSACTION_START, 0, "", 1, &r) > 0 ? number(r.data) : 0;
}

static int end(u32 tx, bool commit)
{
	return store_ask(XS_TRANSACTION_END, tx, commit ? "T" : "F", 2, &r);
}

static void report(const char *what, const struct tally *t)
{
	say("%s: %u okay, %u refused (%s), %u unanswered", what, t->okay, t->refused, t->last, t->silent);
	if (t->silent)
		finding("%s: %u requests were not answered", what, t->silent);
}

/* 10^5 nodes: some are made, then none; and after removing them there is room again. */
static void many_nodes(void)
{
	struct tally t = { };
	char path[64];
	u64 i;

	for (i = 0; i < word("count", 100000) && t.silent == 0; i++) {
		format(path, sizeof(path), "data/n%u/x", i);
		tally(&t, ask_path(XS_MKDIR, 0, path));
	}
	report("nodes", &t);
	if (t.okay > 1000)
		finding("%u nodes were made, there is no quota", 2 * t.okay);
	ask_path(XS_DIRECTORY, 0, "data");
	ask_path(XS_RM, 0, "data");
	t = (struct tally){ };
	for (i = 0; i < 100; i++) {
		format(path, sizeof(path), "device/vbd/51712/again%u", i);
		tally(&t, ask_path(XS_MKDIR, 0, path));
	}
	if (t.okay != 100)
		finding("after removal only %u of 100 nodes could be made", t.okay);
	store_is_sane();
}

static void big_values(void)
{
	static char payload[XS_PAYLOAD_MAX];
	struct tally t = { };
	u32 i, n, len;

	for (i = 0; i < 2000; i++) {
		memset(payload, 'v', sizeof(payload));
		n = format(payload, sizeof(payload), "data/v%u", (u64)i % 900) + 1;
		len = i % 3 ? 2048 + n : random64() % (XS_PAYLOAD_MAX - n) + n;
		payload[n] = 'w';
		tally(&t, store_ask(XS_WRITE, 0, payload, len, &r));
	}
	report("values", &t);
	store_is_sane();
}

static void deep_paths(void)
{
	static char path[XS_PAYLOAD_MAX + 1];
	struct tally t = { };
	u32 i, len;

	for (len = 16; len <= 4094; len += len < 1000 ? 97 : 257) {
		memcpy(path, "data", 5);
		for (i = 4; i + 1 < len; i += 2) {
			path[i] = '/';
			path[i + 1] = 'd';
			path[i + 2] = 0;
		}
		tally(&t, ask_path(XS_MKDIR, 0, path));
		tally(&t, ask_path(XS_WATCH, 0, path));
		tally(&t, ask_path(XS_DIRECTORY, 0, path));
		tally(&t, ask_path(XS_RM, 0, "data/d"));
	}
	report("deep paths", &t);
	store_is_sane();
}

static int watch(const char *path, u64 token)
{
	char payload[128];
	int n = format(payload, sizeof(payload), "%s", path) + 1;

	n += format(payload + n, sizeof(payload) - n, "t%u", token) + 1;
	return store_ask(XS_WATCH, 0, payload, n, &r);
}

/* Watches on everything, then one write that concerns all of them, many times, in bursts that are not read. */
static void many_watches(void)
{
	static const char *const paths[] = { "data", "/", "/local/domain/0", "device", "@releaseDomain", "@introduceDomain" };
	struct tally t = { };
	u64 i;

	for (i = 0; i < word("count", 5000); i++)
		tally(&t, watch(paths[i % COUNT(paths)], i / COUNT(paths)));
	report("watches", &t);
	if (t.okay > 128)
		finding("%u watches were accepted", t.okay);
	store_events = 0;
	for (i = 0; i < 2000; i++)
		store_write(0, "data/w", "%u", i);
	say("2000 writes gave %u events", store_events);
	ask_path(XS_RM, 0, "data");
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	store_events = 0;
	store_write(0, "data/ready", "1");
	store_is_sane();
	if (store_events > 2000)
		finding("%u events came after the watches were gone", store_events);
}

/* Transactions begun and never ended; transactions that hold what they have read and written. */
static void many_transactions(void)
{
	struct tally t = { }, w = { };
	u32 first, i, j;
	char path[64];

	first = begin();
	if (!first)
		finding("no transaction: %s", r.data);
	for (i = 0; i < word("count", 2000); i++)
		tally(&t, begin() ? 0 : -1);
	report("transactions", &t);
	if (t.okay > 10)
		finding("%u transactions are open at once", t.okay);
	for (i = 0; i < 10; i++)
		for (j = 0; j < 1500; j++) {
			format(path, sizeof(path), "data/t%u-%u", (u64)i, (u64)j);
			tally(&w, store_write(first + i, path, "%u", (u64)j));
		}
	report("writes in them", &w);
	for (i = 0; i < 12; i++)
		end(first + i, i & 1);
	store_is_sane();
}

/* Each of two transactions sees the other's victim. One of them must lose. */
static void conflicts(void)
{
	u64 i, lost = 0, won = 0, odd = 0;

	store_write(0, "data/c", "0");
	for (i = 0; i < word("count", 2000); i++) {
		u32 a = begin(), b = begin();

		store_read(a, "data/c", &r);
		store_read(b, "data/c", &r);
		store_write(a, "data/c", "a%u", i);
		store_write(b, "data/c", "b%u", i);
		if (end(a, true) < 0)
			odd++;
		else
			won++;
		if (end(b, true) >= 0)
			odd++;
		else if (same(r.data, "EAGAIN"))
			lost++;
	}
	say("conflicts: %u won, %u lost, %u odd", won, lost, odd);
	if (odd || won != lost)
		finding("conflicting transactions: %u won, %u lost, %u odd", won, lost, odd);
	store_is_sane();
}

/* What is not its own it must not change. */
static void permissions(void)
{
	static const char *const others[] = {
		"/local/domain/0/backend/vbd", "/local/domain/0", "/local", "/", "/vm", "/tool", "memory/target", "domid", "name",
		"cpu/0/availability", "/local/domain/1/data", "/local/domain/32000/data", "/local/domain/0/data", "/xx",
	};
	static char payload[256];
	u32 i, n;

	for (i = 0; i < COUNT(others); i++) {
		format(payload, sizeof(payload), "%s", others[i]);
		if (begins(others[i], "/local/domain/") && number(others[i] + 14) == word("domid", 0) && word("domid", 0))
			continue;
		if (store_write(0, others[i], "evil") >= 0)
			finding("wrote %s", others[i]);
		n = format(payload, sizeof(payload), same(others[i], "/") ? "/%s" : "%s", same(others[i], "/") ? "evil" : others[i]);
		n += format(payload + n, sizeof(payload) - n, "/evil");
		if (ask_path(XS_MKDIR, 0, payload) >= 0)
			finding("made %s", payload);
		if (ask_path(XS_RM, 0, others[i]) >= 0 && ask_path(XS_READ, 0, others[i]) < 0 && same(r.data, "ENOENT") &&
		    i < 10 && i != 5)
			finding("removed %s", others[i]);
		n = format(payload, sizeof(payload), "%s", others[i]) + 1;
		n += format(payload + n, sizeof(payload) - n, "b0") + 1;
		if (store_ask(XS_SET_PERMS, 0, payload, n, &r) >= 0)
			finding("set permissions of %s", others[i]);
	}
	if (blk_find(&(struct blk){ }, 202 << 8) && store_read(0, "device/vbd/51712/backend", &r) > 0) {
		format(payload, sizeof(payload), "%s/sectors", r.data);
		if (store_write(0, payload, "99999999") >= 0)
			finding("wrote its backend's %s", payload);
	}
	store_is_sane();
}

/* Every type of request, with every sort of payload. Each must be answered, as an error at least. */
static void all_types(void)
{
	static char payload[XS_PAYLOAD_MAX];
	static const u32 lens[] = { 0, 1, 2, 7, 16, 255, 2048, 4095, 4096 };
	static const u32 txs[] = { 0, 1, 0x7fffffff, 0xffffffff };
	struct tally t = { };
	u32 type, i, j, k;

	for (type = 0; type < XS_TYPES + 4; type++)
		for (i = 0; i < COUNT(lens); i++)
			for (j = 0; j < COUNT(txs); j++) {
				memset(payload, "\0/aT@"[(i + j + type) % 5], sizeof(payload));
				if (j == 1)
					for (k = 0; k < lens[i]; k++)
						payload[k] = random64();
				tally(&t, store_ask(type, txs[j], payload, lens[i], &r));
			}
	tally(&t, store_ask(0xffffffff, 0, payload, 4, &r));
	tally(&t, store_ask(0x80000000, 0, payload, 4, &r));
	report("types", &t);
	if (!t.silent)
		store_is_sane();
}

static u32 fill_random_payload(char *payload)
{
	static const char *const words[] = { "data", "/local/domain", "device", "@releaseDomain", "T", "F", "r0", "b1", "n65535", "0", "..",
					     "/", "//", "data/a", "data/b", "state", "%s%n", "4294967295" };
	u32 n = 0, parts = random64() % 5;

	while (parts--) {
		const char *w = words[random64() % COUNT(words)];

		memcpy(payload + n, w, strlen(w) + 1);
		n += strlen(w) + (random64() % 3 != 0);
		if (random64() % 3 == 0)
			payload[n++] = '/';
		if (random64() % 9 == 0)
			payload[n++] = random64();
	}
	return n;
}

/* Random requests by seed: types and transactions that exist, words that mean something. */
static void fuzz(void)
{
	static char payload[XS_PAYLOAD_MAX];
	struct tally t = { };
	u64 i;

	for (i = 0; i < word("count", 20000) && !t.silent; i++) {
		u64 x = random64();
		u32 len = fill_random_payload(payload);

		if (x % 64 == 0)
			len = random64() % XS_PAYLOAD_MAX;
		tally(&t, store_ask((x >> 8) % XS_TYPES, x & 1 ? 0 : (x >> 16) % 40, payload, len, &r));
	}
	report("fuzz", &t);
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	if (!t.silent)
		store_is_sane();
}

/* Ask without listening until nothing more is taken; then listen, and count that no answer is missing. */
static void never_listen(void)
{
	struct { struct xs_header h; char path[6]; } __attribute__((packed)) ask = { { XS_READ, 0, 0, 6 }, "domid" };
	u64 sent = 0, got = 0, end = now() + word("seconds", 5) * 1000 * MS;

	while (now() < end) {
		u32 space = sizeof(store->req) - (store->req_prod - READ(store->req_cons));

		if (space < sizeof(ask) || space > sizeof(store->req)) {
			notify(boot->store_port);
			wait_port(boot->store_port, 10 * MS);
			continue;
		}
		ask.h.req_id = sent++;
		store_send(&ask, sizeof(ask));
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
	store_is_sane();
}

/* A request byte by byte, with an event for each. */
static void drip(void)
{
	struct { struct xs_header h; char path[6]; } __attribute__((packed)) ask = { { XS_READ, 1, 0, 6 }, "domid" };
	u32 i, n;

	for (n = 0; n < word("count", 100); n++) {
		for (i = 0; i < sizeof(ask); i++) {
			store_send((u8 *)&ask + i, 1);
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

const struct mode store_modes[] = {
	{ "store-nodes", many_nodes },
	{ "store-values", big_values },
	{ "store-paths", deep_paths },
	{ "store-watches", many_watches },
	{ "store-transactions", many_transactions },
	{ "store-conflicts", conflicts },
	{ "store-perms", permissions },
	{ "store-types", all_types },
	{ "store-fuzz", fuzz },
	{ "store-deaf", never_listen },
	{ "store-drip", drip },
	{ "store-half", half_message },
	{ "store-long", long_message },
	{ "store-index", wild_indices },
	{ "store-noise", noise },
	{ }
};
