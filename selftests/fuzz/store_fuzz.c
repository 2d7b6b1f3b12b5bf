// SPDX-License-Identifier: GPL-2.0-only
/* A guest's store, from the ring's bytes to the tree, against a guest that writes whatever it likes whenever it likes. */
#include "fuzz.h"

#include "store/session.h"
#include "store/stream.h"

#define HOME	"/local/domain/7"

static const char *const watched[] = { HOME "/device", HOME "/data", NULL };
static struct xenstore_domain_interface ring;
static struct hypha_session session;
static struct hypha_stream stream;
static u64 nr_requests, nr_good, nr_events, nr_broken, nr_changes, nr_full;
static u32 favourite;	/* the type of most requests of a patient guest, which wants to see the end of things; XS_TYPE_COUNT: none */

static u32 put_word(char *to)
{
	static const char *const words[] = {
		"data", "data/a", "data/a/b/c", "device/vbd/1/state", "/local/domain/0", "/", "//", "", "T", "F", "b7", "r0", "n65535",
		"0", "1", "9", "@releaseDomain", "data/", "../x", "control/shutdown", HOME "/data/z", "token",
	};
	const char *w = words[fuzz_below(ARRAY_SIZE(words))];
	u32 n = strlen(w);

	memcpy(to, w, n);
	if (fuzz_below(20) == 0) {
		static const u16 long_ones[] = { 900, XENSTORE_REL_PATH_MAX - 20, XENSTORE_ABS_PATH_MAX - 20 };
		u32 more = long_ones[fuzz_below(ARRAY_SIZE(long_ones))] + fuzz_below(40);

		memset(to + n, "d/"[fuzz_below(2)], more);
		n += more;
	}
	while (fuzz_below(3) == 0)
		to[n++] = "/abc0"[fuzz_below(5)];
	if (fuzz_below(6))
		to[n++] = '\0';
	if (fuzz_below(40) == 0)
		to[fuzz_below(n + 1)] = fuzz_random();
	return n;
}

/* A request that makes sense: where there is a path, it is often the guest's own. */
static u32 fill_sense(struct xsd_sockmsg *h, char *data)
{
	static const char *const own[] = { "data", "data/a", "data/a/b", "device/vbd/1", "device/vbd/1/state", "data/x/y/z/long" };
	const char *path = own[fuzz_below(ARRAY_SIZE(own))];
	u32 n = 0;

	if (h->type == XS_TRANSACTION_START)
		return 1;
	if (h->type == XS_TRANSACTION_END)
		return snprintf(data, 8, "%s", fuzz_below(3) ? "T" : "F") + 1;
	if (h->type == XS_GET_DOMAIN_PATH || h->type == XS_IS_DOMAIN_INTRODUCED)
		return snprintf(data, 8, "%llu", fuzz_below(9)) + 1;
	n = snprintf(data, 64, fuzz_below(3) && h->type != favourite ? "%s" : "%s/%llx", path, fuzz_below(20000)) + 1;
	switch (h->type) {
	case XS_WRITE: return n + fuzz_below(fuzz_below(9) ? 40 : 3000);
	case XS_WATCH:
	case XS_UNWATCH: return n + snprintf(data + n, 8, "%llu", fuzz_below(9)) + 1;
	case XS_SET_PERMS: return n + snprintf(data + n, 8, "%c7", "nrwb"[fuzz_below(4)]) + 1;
	case XS_DIRECTORY_PART: return n + snprintf(data + n, 8, "%llu", fuzz_below(99)) + 1;
	}
	return n;
}

static u32 fill_nonsense(char *data)
{
	u32 words = fuzz_below(4), n = 0;

	while (words--)
		n += put_word(data + n);
	return fuzz_below(30) ? n : fuzz_below(XENSTORE_PAYLOAD_MAX + 1);
}

static u32 fill_request(char *buf)
{
	struct xsd_sockmsg *h = (void *)buf;
	bool patient = favourite != XS_TYPE_COUNT;
	u32 n;

	*h = (struct xsd_sockmsg){ .type = fuzz_below(XS_TYPE_COUNT + 2), .req_id = fuzz_random() };
	if (patient && fuzz_below(50))
		h->type = favourite;
	if (h->type == XS_RM && fuzz_below(8))
		h->type = XS_WRITE;	/* or nothing would ever be full */
	if (h->type == XS_RESET_WATCHES && fuzz_below(50))
		h->type = XS_MKDIR;
	n = patient || fuzz_below(4) ? fill_sense(h, buf + sizeof(*h)) : fill_nonsense(buf + sizeof(*h));
	h->len = patient || fuzz_below(500) ? n : fuzz_below(2) ? fuzz_odd() : XENSTORE_PAYLOAD_MAX + fuzz_below(9) - 4;
	if (fuzz_below(2))
		h->tx_id = session.transactions.last_id - (patient ? 0 : fuzz_below(11));
	return sizeof(*h) + n;
}

/* As much of @len bytes as there is room for. */
static u32 feed(const char *buf, u32 len)
{
	u32 i;

	for (i = 0; i < len && ring.req_prod - ring.req_cons < XENSTORE_RING_SIZE; i++)
		ring.req[MASK_XENSTORE_IDX(ring.req_prod++)] = buf[i];
	return i;
}

static u32 have;	/* bytes of a message that is not all there yet; none on a new connection */

/* Every byte that comes must make messages. */
static void fetch(void)
{
	static char buf[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	struct xsd_sockmsg *h = (void *)buf;

	for (; ring.rsp_cons != ring.rsp_prod; ring.rsp_cons++) {
		buf[have++] = ring.rsp[MASK_XENSTORE_IDX(ring.rsp_cons)];
		if (have < sizeof(*h))
			continue;
		fuzz_check(h->len <= XENSTORE_PAYLOAD_MAX && h->type < XS_TYPE_COUNT);
		if (have < sizeof(*h) + h->len)
			continue;
		nr_events += h->type == XS_WATCH_EVENT;
		nr_good += h->type != XS_WATCH_EVENT && h->type != XS_ERROR;
		have = 0;
	}
}

/* As connection.c serves it. */
static void serve(void)
{
	struct hypha_change *change;
	int got, rounds = 64;

	while (rounds--) {
		if (hypha_stream_wants_reconnect(&stream)) {
			hypha_session_reset(&session);
			hypha_stream_reconnect(&stream);
		}
		if (stream.dead)
			return;
		got = hypha_stream_send(&stream, &session.outbox);
		if (got >= 0)
			got = hypha_outbox_accepts(&session.outbox) ? hypha_stream_receive(&stream) : 0;
		if (got > 0) {
			nr_requests++;
			fuzz_check(stream.head.len <= XENSTORE_PAYLOAD_MAX);
			fuzz_check(!hypha_session_request(&session, &stream.head, stream.data));
			fuzz_check(strnlen(session.path, sizeof(session.path)) < sizeof(session.path));
		}
		if (got < 0) {
			nr_broken++;
			hypha_session_reset(&session);
		}
		while ((change = hypha_session_take_change(&session))) {
			nr_changes++;
			fuzz_check(hypha_wire_is_below(change->path, watched[0]) || hypha_wire_is_below(change->path, watched[1]));
			hypha_change_free(&session, change);
		}
		if (got <= 0)
			return;
	}
}

static void misbehave(void)
{
	switch (fuzz_below(6)) {
	case 0: ring.req_prod = ring.req_cons + fuzz_odd(); break;
	case 1: ring.rsp_cons = fuzz_odd(); break;
	case 2: ring.req_cons = fuzz_random(); break;
	case 3: ring.rsp_prod = fuzz_random(); break;
	case 4: ring.req[fuzz_below(sizeof(ring.req))] = fuzz_random(); break;
	case 5: ring.connection = fuzz_below(3); break;
	}
	serve();
	ring.connection = XENSTORE_RECONNECT;
	have = 0;
	serve();
}

static void host_acts(void)
{
	char value[16];

	switch (fuzz_below(3)) {
	case 0: fuzz_check(!hypha_session_put(&session, 'b', "control/shutdown", "poweroff", 8)); break;
	case 1: fuzz_check(!hypha_session_put(&session, 'r', "memory/target", "1", 1)); break;
	case 2: fuzz_check(hypha_session_get(&session, "memory/target", value, sizeof(value)) == 1); break;
	}
}

static void set_up(void)
{
	static const char *const own[] = { "data", "control/shutdown", "device/vbd/1" };
	u32 i;

	memset(&ring, 0, sizeof(ring));
	have = 0;
	fuzz_check(!hypha_session_init(&session, 7, watched));
	hypha_stream_init(&stream, &ring);
	for (i = 0; i < ARRAY_SIZE(own); i++)
		fuzz_check(!hypha_session_put(&session, 'b', own[i], "", 0));
	fuzz_check(!hypha_session_put(&session, 'r', "memory/target", "1", 1));
}

static u32 owned(const struct hypha_node *node)
{
	u32 i, nr = node->perms[0].domid == 7;

	for (i = 0; i < node->nr_children; i++)
		nr += owned(node->children[i]);
	return nr;
}

static void check_limits(void)
{
	const struct hypha_transaction *t;

	list_for_each_entry(t, &session.transactions.list, link) {
		fuzz_check(t->nr <= HYPHA_QUOTA_TRANSACTION_PATHS);
		nr_full += t->nr == HYPHA_QUOTA_TRANSACTION_PATHS;
	}
	nr_full += session.watches.nr == HYPHA_QUOTA_WATCHES;
	nr_full += session.tree.root->nr_owned == HYPHA_QUOTA_NODES;
	fuzz_check(session.tree.root->nr_owned <= HYPHA_QUOTA_NODES + 8);
	fuzz_check(session.watches.nr <= HYPHA_QUOTA_WATCHES && session.transactions.nr <= HYPHA_QUOTA_TRANSACTIONS);
	fuzz_check(session.quota.used <= HYPHA_QUOTA_MEMORY + (1 << 20));
}

static void fuzz_one(void)
{
	static const u32 favourites[] = { XS_WRITE, XS_MKDIR, XS_WATCH, XS_READ };
	static char buf[4 * XENSTORE_PAYLOAD_MAX];
	u32 steps = 3000, at, len;

	favourite = fuzz_below(8) ? XS_TYPE_COUNT : favourites[fuzz_below(ARRAY_SIZE(favourites))];
	set_up();
	while (steps--) {
		for (at = 0, len = fill_request(buf); at < len && !stream.dead; ) {
			at += feed(buf + at, fuzz_below(4) ? len - at : fuzz_below(len - at) + 1);
			if (fuzz_below(5) || at < len)
				serve();
			if (fuzz_below(8) || at < len)
				fetch();
		}
		if (stream.dead || fuzz_below(favourite == XS_TYPE_COUNT ? 300 : 5000) == 0)
			misbehave();
		if (fuzz_below(50) == 0)
			host_acts();
		check_limits();
	}
	fuzz_check(session.tree.root->nr_owned == owned(session.tree.root));
	hypha_session_clean(&session);
	fuzz_check(!session.quota.used);
}

static void fuzz_report(void)
{
	printf("%llu requests, %llu not refused, %llu events, %llu changes, %llu times broken, %llu times at a limit\n", nr_requests,
	       nr_good, nr_events, nr_changes, nr_broken, nr_full);
	fuzz_check(nr_good > nr_requests / 20 && nr_events && nr_changes && nr_broken && nr_full);
}
