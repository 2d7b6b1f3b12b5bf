// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to its store. */
#include "guest.h"

static struct reply r;

/* Ask, and count what came of it. */
struct tally {
	u64 okay, refused, silent, nonsense;
	char last[32];		/* the last error's name */
};

static int tally(struct tally *t, int n)
{
	if (n >= 0) {
		t->okay++;
	} else if (n == -1) {
		t->refused++;
		format(t->last, sizeof(t->last), "%s", r.data);
	} else if (n == -2) {
		t->silent++;
	} else {
		t->nonsense++;
	}
	return n;
}

static int ask_path(u32 type, u32 tx, const char *path)
{
	return store_path(type, tx, path, &r);
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
		format(path, sizeof(path), "data/n/n%u/x", i);
		tally(&t, ask_path(XS_MKDIR, 0, path));
	}
	report("nodes", &t);
	if (t.okay > 1000)
		finding("%u nodes were made, there is no quota", 2 * t.okay);
	ask_path(XS_DIRECTORY, 0, "data/n");
	ask_path(XS_RM, 0, "data/n");
	t = (struct tally){ };
	for (i = 0; i < 100; i++) {
		format(path, sizeof(path), "data/n/again%u", i);
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
		n = format(payload, sizeof(payload), "data/v/%u", (u64)i % 900) + 1;
		len = i % 3 ? 2048 + n : random64() % (XS_PAYLOAD_MAX - n) + n;
		payload[n] = 'w';
		tally(&t, store_ask(XS_WRITE, 0, payload, len, &r));
	}
	report("values", &t);
	ask_path(XS_RM, 0, "data/v");
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

	for (i = 0; i < word("count", 1000); i++)
		tally(&t, watch(paths[i % COUNT(paths)], i / COUNT(paths)));
	report("watches", &t);
	if (t.okay > 128)
		finding("%u watches were accepted", t.okay);
	store_events = 0;
	for (i = 0; i < 300; i++)
		store_write(0, "data/w", "%u", i);
	say("%u writes gave %u events", i, store_events);
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	for (i = 0; i < 20; i++)	/* what was under way */
		store_is_sane();
	store_events = 0;
	store_write(0, "data/w", "1");
	store_is_sane();
	if (store_events)
		finding("%u events came after the watches were gone", store_events);
}

/* Transactions begun and never ended; transactions that hold what they have read and written. */
static void many_transactions(void)
{
	struct tally t = { }, w = { };
	u32 first, i, j;
	char path[64];

	first = store_begin(&r);
	if (!first)
		finding("no transaction: %s", r.data);
	for (i = 0; i < word("count", 2000); i++)
		tally(&t, store_begin(&r) ? 0 : -1);
	report("transactions", &t);
	if (t.okay > 10)
		finding("%u transactions are open at once", t.okay);
	for (i = 0; i < 10; i++)
		for (j = 0; j < 1500; j++) {
			format(path, sizeof(path), "data/t/%u-%u", (u64)i, (u64)j);
			tally(&w, store_write(first + i, path, "%u", (u64)j));
		}
	report("writes in them", &w);
	for (i = 0; i < 12; i++)
		store_end(first + i, i & 1, &r);
	ask_path(XS_RM, 0, "data/t");
	store_is_sane();
}

/* Each of two transactions sees the other's victim. One of them must lose. */
static void conflicts(void)
{
	u64 i, lost = 0, won = 0, odd = 0;

	store_write(0, "data/c", "0");
	for (i = 0; i < word("count", 2000); i++) {
		u32 a = store_begin(&r), b = store_begin(&r);

		store_read(a, "data/c", &r);
		store_read(b, "data/c", &r);
		store_write(a, "data/c", "a%u", i);
		store_write(b, "data/c", "b%u", i);
		if (store_end(a, true, &r) < 0)
			odd++;
		else
			won++;
		if (store_end(b, true, &r) >= 0)
			odd++;
		else if (same(r.data, "EAGAIN"))
			lost++;
	}
	say("conflicts: %u won, %u lost, %u odd", won, lost, odd);
	if (odd || won != lost)
		finding("conflicting transactions: %u won, %u lost, %u odd", won, lost, odd);
	store_is_sane();
}

static bool exists(const char *path)
{
	return ask_path(XS_DIRECTORY, 0, path) >= 0;
}

static void try_to_change(const char *path)
{
	static char payload[256];
	bool root = same(path, "/"), existed = exists(path);
	u32 n;

	if (store_write(0, path, "evil") >= 0)
		finding("wrote %s", path);
	format(payload, sizeof(payload), "%s/evil", root ? "" : path);
	if (ask_path(XS_MKDIR, 0, payload) >= 0)
		finding("made %s", payload);
	n = format(payload, sizeof(payload), "%s", path) + 1;
	n += format(payload + n, sizeof(payload) - n, "b0") + 1;
	if (store_ask(XS_SET_PERMS, 0, payload, n, &r) >= 0)
		finding("set permissions of %s", path);
	ask_path(XS_RM, 0, path);
	if (existed && !exists(path))
		finding("removed %s", path);
}

/* What is not its own it must not change. */
static void permissions(void)
{
	static const char *const others[] = {
		"/local/domain/0/backend/vbd", "/local/domain/0", "/local", "/", "/vm", "/tool", "memory/target", "domid", "name",
		"cpu/0/availability", "/local/domain/32000/data", "/local/domain/0/data", "/xx", "device",
	};
	static char backend[128];
	static const char *const keys[] = { "sectors", "state", "frontend", "info", "mode" };
	char path[160];
	u32 i;

	for (i = 0; i < COUNT(others); i++)
		try_to_change(others[i]);
	if (store_read(0, "device/vbd/51712/backend", &r) > 0) {
		format(backend, sizeof(backend), "%s", r.data);
		for (i = 0; i < COUNT(keys); i++) {
			format(path, sizeof(path), "%s/%s", backend, keys[i]);
			try_to_change(path);
		}
	}
	store_is_sane();
}

/*
 * The dearest single request there is: a transaction of many writes to long, deep paths, each concerning all of the
 * watches, whose events are not taken.
 */
static void dear_commit(void)
{
	static char path[2100];
	u32 depth = word("depth", 900), size = word("size", 1000), tx, i, n = 0, writes = 0;
	u64 start, took;

	memcpy(path, "data/d", 6);
	for (i = 6; i < 6 + 2 * depth && i < 2000; i += 2) {
		path[i] = '/';
		path[i + 1] = 'd';
	}
	path[i] = 0;
	if (ask_path(XS_MKDIR, 0, path) < 0)
		say("depth %u: %s", (u64)depth, r.data);
	for (n = 0; n < 128; n++)
		watch(n & 1 ? "/" : "data", n);
	tx = store_begin(&r);
	for (n = 0; n < size; n++) {
		format(path + i, sizeof(path) - i, "/%u", (u64)(n % 50));
		writes += store_write(tx, path, "%u", (u64)n) >= 0;
	}
	start = now();
	i = store_end(tx, true, &r);
	took = (now() - start) / MS;
	say("%u writes in depth %u committed (%d) in %u ms, %u events", (u64)writes, (u64)depth, (s64)(s32)i, took, store_events);
	if (took > 8000)	/* emulated and slow; it was 90 s once */
		finding("one request took %u ms", took);
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	ask_path(XS_RM, 0, "data/d");
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

/* Removing "data" itself would take the exit code's place. */
static u32 fill_random_payload(char *payload)
{
	static const char *const words[] = { "data/c", "/local/domain", "device/vbd", "@releaseDomain", "T", "F", "r0", "b1", "n65535", "0", "..",
					     "/", "//", "data/a/d", "data/b", "state", "%s%n", "4294967295" };
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

const struct mode store_modes[] = {
	{ "store-nodes", many_nodes },
	{ "store-values", big_values },
	{ "store-paths", deep_paths },
	{ "store-watches", many_watches },
	{ "store-transactions", many_transactions },
	{ "store-conflicts", conflicts },
	{ "store-perms", permissions },
	{ "store-commit", dear_commit },
	{ "store-types", all_types },
	{ "store-fuzz", fuzz },
	{ }
};
