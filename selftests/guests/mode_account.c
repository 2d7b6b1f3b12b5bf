// SPDX-License-Identifier: GPL-2.0-or-later
/* How a hostile guest cheats the accounts of its store: more nodes, memory or rights than are its own. */
#include "guest.h"

#define QUOTA	1000	/* nodes it may own */

static struct reply r;

static int ask(u32 type, u32 tx, const char *fmt, u64 nr)
{
	char path[64];

	format(path, sizeof(path), fmt, nr);
	return store_path(type, tx, path, &r);
}

static int rm(const char *path)
{
	return store_path(XS_RM, 0, path, &r);
}

/* How many nodes can be made: all that are not in use. They stay, in data/q. */
static u64 fill_quota(void)
{
	u64 i;

	for (i = 0; i < 2 * QUOTA && ask(XS_MKDIR, 0, "data/q/%u", i) >= 0; i++)
		;
	return i;
}

static u64 capacity(void)
{
	u64 nr = fill_quota();

	rm("data/q");
	return nr;
}

/* Whatever was done, as many nodes can be made as before, and never more than the quota. */
static void check_capacity(const char *what, u64 before)
{
	u64 after = capacity();

	say("%s: %u nodes could be made before, %u after", what, before, after);
	if (after != before || after > QUOTA)
		finding("%s: %u nodes could be made before, %u after", what, before, after);
	store_is_sane();
}

/* A path that fails half-way for want of nodes, in a transaction that is committed nevertheless. */
static void orphans(void)
{
	u64 before = capacity(), i;
	u32 tx;

	fill_quota();
	for (i = 0; i < 50; i++) {
		ask(XS_RM, 0, "data/q/%u", i);
		tx = store_begin(&r);
		if (ask(XS_MKDIR, tx, "data/o%u/1/2/3/4/5/6/7/8", i) >= 0)
			finding("more nodes than the quota in a transaction");
		ask(XS_WRITE, tx, "data/o%u/1/2", i);
		store_end(tx, true, &r);
		if (ask(XS_DIRECTORY, 0, "data/o%u", i) >= 0 || ask(XS_DIRECTORY, 0, "data/o%u/1/2", i) >= 0)
			finding("half a path is left of a refused one");
		if (ask(XS_MKDIR, 0, "data/q/%u", i) < 0)
			finding("there is no place for a node that was there before");
	}
	rm("data/q");
	check_capacity("orphans", before);
}

/* Nodes made and removed in one transaction, beside one that stays. */
static void churn(void)
{
	u64 before = capacity(), i, okay = 0;

	for (i = 0; i < word("count", 1100); i++) {
		u32 tx = store_begin(&r);

		ask(XS_MKDIR, tx, "data/gone/%u", i);
		ask(XS_MKDIR, tx, "data/k/%u", i);
		ask(XS_RM, tx, "data/gone/%u", i);
		ask(XS_RM, tx, "data/gone", 0);
		okay += store_end(tx, true, &r) >= 0 && ask(XS_DIRECTORY, 0, "data/k/%u", i) >= 0;
	}
	if (okay > QUOTA)
		finding("%u nodes were made by transactions", okay);
	rm("data/k");
	check_capacity("churn", before);
}

/* What a transaction counts on is removed behind its back. */
static void negative(void)
{
	u64 before = capacity(), i, j;

	for (i = 0; i < 30; i++) {
		u32 tx;

		for (j = 0; j < 50; j++)
			ask(XS_MKDIR, 0, "data/x/%u", j);
		tx = store_begin(&r);
		if (i & 1)
			store_path(XS_RM, tx, "data/x", &r);
		for (j = 0; j < 20; j++)
			ask(XS_MKDIR, tx, i & 2 ? "data/x/%u/y" : "data/y/%u", j);
		rm(i & 4 ? "data/x" : "data/x/7");
		store_end(tx, true, &r);
		rm("data/x");
		rm("data/y");
	}
	check_capacity("negative", before);
}

static int set_owner(u32 tx, const char *path, u64 owner)
{
	char payload[96];
	int n = format(payload, sizeof(payload), "%s", path) + 1;

	n += format(payload + n, sizeof(payload) - n, "b%u", owner) + 1;
	return store_ask(XS_SET_PERMS, tx, payload, n, &r);
}

/* Nodes that were somebody else's would not count as ours. */
static void give_away(void)
{
	u64 before = capacity(), made = 0, i, owners[] = { 0, word("other", 1), 32752, 65535 };
	char path[64];

	for (i = 0; i < QUOTA + 100; i++) {
		u32 tx = i & 1 ? store_begin(&r) : 0;

		made += ask(XS_MKDIR, tx, "data/g/%u", i) >= 0;
		format(path, sizeof(path), "data/g/%u", i);
		if (set_owner(tx, path, owners[i / 2 % COUNT(owners)]) >= 0)
			finding("%s was given to domain %u", path, owners[i / 2 % COUNT(owners)]);
		if (tx)
			store_end(tx, true, &r);
	}
	if (made > QUOTA)
		finding("%u nodes were made and given away", made);
	rm("data/g");
	check_capacity("giving away", before);
}

/* Every way to have a node change hands, the root's and its own home's among them. */
static void take_over(void)
{
	static const char *const paths[] = {
		"/", "/local", "/local/domain", "/local/domain/0", "/vm", "data", "device", "domid", "data/t", "@releaseDomain",
	};
	u64 own = store_read(0, "domid", &r) > 0 ? number(r.data) : 0, i, j, owners[] = { 0, word("other", 1), own + 1, 32752, 65535 };

	ask(XS_MKDIR, 0, "data/t", 0);
	for (i = 0; i < COUNT(paths); i++)
		for (j = 0; j < COUNT(owners); j++)
			if (set_owner(0, paths[i], owners[j]) >= 0)
				finding("domain %u owns %s now", owners[j], paths[i]);
	for (i = 0; i < 4; i++)		/* nor may it make itself the owner of what is the host's */
		if (set_owner(0, paths[i], own) >= 0)
			finding("%s is ours now", paths[i]);
	if (set_owner(0, "data/t", own) < 0)
		finding("what is ours cannot stay ours: %s", r.data);
	store_is_sane();
}

/* Paths as deep as there are nodes, made and removed. */
static void deep(void)
{
	static char path[2 * QUOTA + 8];
	u64 before = capacity(), i;
	u32 tx, n;

	for (i = 0; i < 20; i++) {
		n = format(path, sizeof(path), "data/d");
		while (n < 2 * (before - 8 * i)) {
			path[n++] = '/';
			path[n++] = 'd';
		}
		path[n] = 0;
		tx = i & 1 ? store_begin(&r) : 0;
		if (store_path(XS_MKDIR, tx, path, &r) < 0 && !i)
			finding("depth %u: %s", (u64)n / 2, r.data);
		store_path(XS_RM, tx, "data/d", &r);
		if (tx)
			store_end(tx, true, &r);
	}
	check_capacity("depth", before);
}

/* A token so long that an event of anything below is longer than a message may be. */
static void long_token(void)
{
	static char payload[XS_PAYLOAD_MAX];
	u64 i, events;

	for (i = 0; i < 16; i++) {
		u32 n = format(payload, sizeof(payload), "data") + 1;

		memset(payload + n, 'a' + i, sizeof(payload) - n - 1);
		store_ask(XS_WATCH, 0, payload, sizeof(payload) - i, &r);
		payload[sizeof(payload) - i - 1] = 0;
		store_ask(XS_WATCH, 0, payload, sizeof(payload) - i, &r);
	}
	store_is_sane();
	events = store_events;
	for (i = 0; i < 40; i++)
		store_write(0, i & 1 ? "data/some/node/below" : "data", "%u", i);
	store_is_sane();
	say("%u greetings, %u events", events, store_events - events);
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	store_is_sane();
}

/* Watches reset again and again, with events under way; at=1: in every state there is, of transactions and of the request. */
static void resets(void)
{
	u64 i, j;

	for (i = 0; i < word("count", 200); i++) {
		u32 tx = store_begin(&r);

		for (j = 0; j < 20; j++) {
			char payload[32];
			int n = format(payload, sizeof(payload), "data") + 1;

			n += format(payload + n, sizeof(payload) - n, "t%u", j) + 1;
			store_ask(XS_WATCH, j & 1 ? tx : 0, payload, n, &r);
		}
		store_write(tx, "data/reset", "%u", i);
		store_write(0, "data/reset", "%u", i);
		if (word("at", 0))
			store_ask(XS_RESET_WATCHES, (u32[]){ 0, tx, tx + 1, -1U }[i % 4], "", i % 3, &r);
		store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
		store_end(tx, true, &r);
		if (store_begin(&r) == 0)
			finding("no transaction after %u resets: %s", i, r.data);
	}
	store_ask(XS_RESET_WATCHES, 0, "", 1, &r);
	for (i = 0; i < 20; i++)	/* what was under way */
		store_is_sane();
	store_events = 0;
	store_write(0, "data/reset", "done");
	store_is_sane();
	if (store_events)
		finding("%u events came after the watches were reset", store_events);
}

static void watch_all(const char *path, u64 nr)
{
	static char payload[2048];
	u64 i, n;

	for (i = 0; i < nr; i++) {
		n = format(payload, sizeof(payload), "%s", path) + 1;
		memset(payload + n, 'w', sizeof(payload) - n);
		n += format(payload + n, sizeof(payload) - n, "%u", i);
		payload[n] = 'w';
		payload[sizeof(payload) - 1] = 0;
		store_ask(XS_WATCH, 0, payload, sizeof(payload), &r);
	}
}

/* Writes of which neither the answer nor the events are fetched, until no more are taken. */
static void write_deaf(void)
{
	u64 end = now() + 1000 * MS, i = 0;
	char payload[32];

	while (now() < end)
		if (sizeof(store->req) - (store->req_prod - READ(store->req_cons)) >= sizeof(struct xs_header) + sizeof(payload))
			store_post(XS_WRITE, 0, payload, format(payload, sizeof(payload), "data/e%u", i++ & 1) + 1);
		else
			wait_port(boot->store_port, 2 * MS);
	say("%u writes that nobody listens to", i);
}

static u64 write_values(u32 tx, const char *dir, u64 nr, u32 size)
{
	static char payload[2048 + 64];
	u64 i, okay = 0;

	for (i = 0; i < nr; i++) {
		u32 n = format(payload, sizeof(payload), "%s/%u", dir, i) + 1;

		memset(payload + n, 'v', sizeof(payload) - n);
		okay += store_ask(XS_WRITE, tx, payload, n + size, &r) >= 0;
	}
	return okay;
}

/* Memory by every way at once: values, transactions, watches, and above all events and answers that are not fetched. */
static void hoard(void)
{
	u64 i, okay = 0, told;
	u32 tx;

	watch_all("data/e", 128);
	tx = store_begin(&r);
	told = write_values(tx, "data/e", 200, 1);
	for (i = 0; i < 9; i++)
		okay += write_values(i ? store_begin(&r) : 0, "data/h", 150, 2000);
	say("%u values, and %u for whom 128 watches wait", okay, told);
	store_post(XS_TRANSACTION_END, tx, "T", 2);
	write_deaf();
	stop(SHUTDOWN_POWEROFF);
}

/* data/left/N is domain N's to write, too. */
static void let_in(u64 own, u64 domid)
{
	char payload[64];
	int n = format(payload, sizeof(payload), "data/left/%u", domid) + 1;

	n += format(payload + n, sizeof(payload) - n, "b%u", own) + 1;
	n += format(payload + n, sizeof(payload) - n, "b%u", domid) + 1;
	if (store_ask(XS_SET_PERMS, 0, payload, n, &r) < 0)
		finding("nobody can be let in: %s", r.data);
}

/* at=0: a domain leaves behind what it can. at=1: another, later one, finds nothing of it; at=2: nor is anything counted. */
static void left_behind(void)
{
	u64 own = store_read(0, "domid", &r) > 0 ? number(r.data) : 0, other = word("other", 1), i, nr;

	if (!word("at", 0)) {
		ask(XS_MKDIR, 0, "data/left", 0);
		for (i = own; i < own + 20; i++) {
			ask(XS_MKDIR, 0, "data/left/%u", i);
			let_in(own, i);
		}
		say("left %u nodes behind", fill_quota());
		stop(SHUTDOWN_CRASH);
	}
	if (ask(XS_DIRECTORY, 0, "data/left", 0) >= 0 || ask(XS_DIRECTORY, 0, "data/q", 0) >= 0)
		finding("nodes of a dead domain are here");
	for (i = 1; i < own + 20; i++)
		if (i != own && (ask(XS_DIRECTORY, 0, "/local/domain/%u", i) >= 0 || ask(XS_MKDIR, 0, "/local/domain/%u/data", i) >= 0))
			finding("domain %u is in our store", i);
	if (ask(XS_DIRECTORY, 0, "/local/domain/%u", other) >= 0)
		finding("the neighbour is in our store");
	if (word("at", 0) == 1)
		return;
	nr = capacity();
	say("%u nodes can be made", nr);
	if (nr < QUOTA - 50)
		finding("only %u nodes are left by whoever was here before", nr);
}

/* Watches on all that is not its own, while others start and stop; what is told must be its own. */
static void strangers(void)
{
	static const char *const paths[] = {
		"/", "/local", "/local/domain", "/local/domain/0", "/vm", "@introduceDomain", "@releaseDomain",
	};
	u64 end = now() + word("seconds", 4) * 1000 * MS, i;

	for (i = 0; i < COUNT(paths); i++) {
		char payload[64];
		int n = format(payload, sizeof(payload), "%s", paths[i]) + 1;

		n += format(payload + n, sizeof(payload) - n, "t") + 1;
		store_ask(XS_WATCH, 0, payload, n, &r);
	}
	store_is_sane();
	say("watching");
	store_events = 0;
	while (now() < end) {
		store_is_sane();
		wait_port(boot->store_port, 50 * MS);
	}
	if (store_events)
		finding("%u events of others", store_events);
	say("saw %u events", store_events);
}

const struct mode account_modes[] = {
	{ "store-orphans", orphans },
	{ "store-churn", churn },
	{ "store-negative", negative },
	{ "store-give", give_away },
	{ "store-owner", take_over },
	{ "store-deep", deep },
	{ "store-token", long_token },
	{ "store-reset", resets },
	{ "store-hoard", hoard },
	{ "store-left", left_behind },
	{ "store-strangers", strangers },
	{ }
};
