// SPDX-License-Identifier: GPL-2.0-only
/* A guest's requests as they come over the wire, and the host's side. */
#include <kunit/test.h>

#include "../store/session.c"
#include "../store/host.c"

#include <linux/slab.h>

#define GUEST	7

struct fixture {
	struct hypha_session s;
	char got[XENSTORE_PAYLOAD_MAX + 1];
	u32 got_type, got_len;
	char event[256];	/* the last one that came before the answer */
};

static const char *const watched[] = { "/local/domain/7/device", "/local/domain/7/data", NULL };

static int init(struct kunit *test)
{
	static const struct { char access; const char *path, *value; } seed[] = {
		{ 'r', "domid", "7" },
		{ 'r', "device", "" },
		{ 'b', "device/vbd/51712", "" },
		{ 'b', "device/vbd/51712/state", "1" },
		{ 'r', "/local/domain/0/backend/vbd/7/51712/state", "2" },
		{ 'n', "/secret", "s" },
		{ 'b', "data", "" },
		{ 'b', "control/shutdown", "" },
	};
	struct fixture *f = kvzalloc(sizeof(*f), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!f)
		return -ENOMEM;
	test->priv = f;
	err = hypha_session_init(&f->s, GUEST, watched);
	for (i = 0; !err && i < ARRAY_SIZE(seed); i++)
		err = hypha_session_put(&f->s, seed[i].access, seed[i].path, seed[i].value, strlen(seed[i].value));
	return err;
}

static void exit_empty(struct kunit *test)
{
	struct fixture *f = test->priv;

	hypha_session_clean(&f->s);
	KUNIT_EXPECT_EQ(test, f->s.quota.used, 0);
	kvfree(f);
}

static void fetch(struct fixture *f)
{
	struct hypha_message *m = hypha_outbox_peek(&f->s.outbox);

	f->got_type = XS_INVALID;
	f->got_len = 0;
	f->got[0] = '\0';
	if (!m)
		return;
	f->got_type = m->head.type;
	f->got_len = m->head.len;
	memcpy(f->got, m->data, m->head.len);
	f->got[m->head.len] = '\0';
	hypha_outbox_pop(&f->s.outbox);
}

static void ask_tx(struct fixture *f, u32 type, u32 tx, const void *data, u32 len)
{
	const struct xsd_sockmsg head = { .type = type, .req_id = 42, .tx_id = tx, .len = len };

	f->event[0] = '\0';
	hypha_session_request(&f->s, &head, data);
	for (fetch(f); f->got_type == XS_WATCH_EVENT; fetch(f))
		strscpy(f->event, f->got, sizeof(f->event));
}

/* @text: a string literal; its last NUL goes along. */
#define ask(f, type, text) ask_tx(f, type, 0, text, sizeof(text))

#define EXPECT_OK(test, f) EXPECT_REPLY(test, f, "OK")
#define EXPECT_ERROR(test, f, name) do {			\
	KUNIT_EXPECT_EQ(test, (f)->got_type, XS_ERROR);		\
	KUNIT_EXPECT_STREQ(test, (f)->got, name);		\
} while (0)
#define EXPECT_REPLY(test, f, text) do {			\
	KUNIT_EXPECT_NE(test, (f)->got_type, XS_ERROR);		\
	KUNIT_EXPECT_STREQ(test, (f)->got, text);		\
} while (0)

static void read_write_and_their_refusals(struct kunit *test)
{
	struct fixture *f = test->priv;

	ask(f, XS_READ, "domid");
	KUNIT_EXPECT_EQ(test, f->got_type, XS_READ);
	KUNIT_EXPECT_EQ(test, f->got_len, 1);	/* values have no NUL */
	EXPECT_REPLY(test, f, "7");
	ask(f, XS_READ, "/local/domain/7/domid");
	EXPECT_REPLY(test, f, "7");
	ask(f, XS_READ, "/local/domain/0/backend/vbd/7/51712/state");
	EXPECT_REPLY(test, f, "2");
	ask(f, XS_READ, "device/vbd/51712/ring-ref");
	EXPECT_ERROR(test, f, "ENOENT");
	ask(f, XS_READ, "/secret");
	EXPECT_ERROR(test, f, "EACCES");
	ask(f, XS_READ, "a//b");
	EXPECT_ERROR(test, f, "EINVAL");
	ask_tx(f, XS_READ, 0, "domid", 5);	/* no NUL */
	EXPECT_ERROR(test, f, "EINVAL");
	ask_tx(f, XS_READ, 0, "domid\0x", 7);
	EXPECT_ERROR(test, f, "EINVAL");

	ask_tx(f, XS_WRITE, 0, "device/vbd/51712/ring-ref\0" "8", 27);
	EXPECT_OK(test, f);
	KUNIT_EXPECT_EQ(test, f->got_len, 3);
	ask(f, XS_READ, "device/vbd/51712/ring-ref");
	EXPECT_REPLY(test, f, "8");
	ask_tx(f, XS_WRITE, 0, "data/bin\0" "a\0b", 12);
	EXPECT_OK(test, f);
	ask(f, XS_READ, "data/bin");
	KUNIT_EXPECT_EQ(test, f->got_len, 3);
	KUNIT_EXPECT_EQ(test, memcmp(f->got, "a\0b", 3), 0);
	ask(f, XS_WRITE, "domid\0" "8");
	EXPECT_ERROR(test, f, "EACCES");
	ask(f, XS_WRITE, "/local/domain/0/backend/vbd/7/51712/state\0" "4");
	EXPECT_ERROR(test, f, "EACCES");
	ask_tx(f, XS_WRITE, 0, "data", 4);
	EXPECT_ERROR(test, f, "EINVAL");
}

static void directories(struct kunit *test)
{
	struct fixture *f = test->priv;

	ask(f, XS_DIRECTORY, "device");
	KUNIT_EXPECT_EQ(test, f->got_len, 4);
	EXPECT_REPLY(test, f, "vbd");
	ask(f, XS_MKDIR, "data/b");
	EXPECT_OK(test, f);
	ask(f, XS_MKDIR, "data/a");
	EXPECT_OK(test, f);
	ask(f, XS_MKDIR, "data/a");
	EXPECT_OK(test, f);
	ask(f, XS_DIRECTORY, "data");
	KUNIT_EXPECT_EQ(test, f->got_len, 4);
	KUNIT_EXPECT_EQ(test, memcmp(f->got, "a\0b", 4), 0);
	ask(f, XS_DIRECTORY, "data/a");
	KUNIT_EXPECT_EQ(test, f->got_type, XS_DIRECTORY);
	KUNIT_EXPECT_EQ(test, f->got_len, 0);
	ask(f, XS_DIRECTORY, "/");
	KUNIT_EXPECT_EQ(test, memcmp(f->got, "local\0secret", 13), 0);
	ask(f, XS_DIRECTORY, "data/none");
	EXPECT_ERROR(test, f, "ENOENT");
	ask(f, XS_RM, "data/a");
	EXPECT_OK(test, f);
	ask(f, XS_RM, "data/a");
	EXPECT_OK(test, f);
	ask(f, XS_RM, "data/a/b");
	EXPECT_ERROR(test, f, "ENOENT");
	ask(f, XS_RM, "device");
	EXPECT_ERROR(test, f, "EACCES");
	ask(f, XS_RM, "/");
	EXPECT_ERROR(test, f, "EACCES");
}

/* As xs_directory() of libxenstore does it: parts until one ends with an empty name. */
static void long_directories_come_in_parts(struct kunit *test)
{
	char *all = kunit_kzalloc(test, 32768, GFP_KERNEL), *want = kunit_kzalloc(test, 32768, GFP_KERNEL);
	struct fixture *f = test->priv;
	size_t at = 0, end = 0, parts = 0;
	char request[64], first[24] = "";
	u32 i;

	for (i = 0; i < 500; i++) {
		snprintf(request, sizeof(request), "data/a-rather-long-name-%03u", i);
		ask_tx(f, XS_MKDIR, 0, request, strlen(request) + 1);
		EXPECT_OK(test, f);
		end += sprintf(want + end, "%s", request + 5) + 1;
	}
	ask(f, XS_DIRECTORY, "data");
	EXPECT_ERROR(test, f, "E2BIG");
	do {
		u32 len = snprintf(request, sizeof(request), "data%c%zu", 0, at) + 1, skip;

		ask_tx(f, XS_DIRECTORY_PART, 0, request, len);
		KUNIT_ASSERT_EQ(test, f->got_type, XS_DIRECTORY_PART);
		skip = strlen(f->got) + 1;
		if (!parts++)
			strscpy(first, f->got, sizeof(first));
		KUNIT_EXPECT_STREQ(test, f->got, first);	/* the same generation throughout */
		KUNIT_ASSERT_GT(test, f->got_len, skip);
		memcpy(all + at, f->got + skip, f->got_len - skip);
		at += f->got_len - skip;
	} while (at < 2 || all[at - 1] || all[at - 2]);
	KUNIT_EXPECT_EQ(test, at, end + 1);
	KUNIT_EXPECT_EQ(test, memcmp(all, want, end), 0);
	KUNIT_EXPECT_GT(test, parts, 2);

	ask_tx(f, XS_DIRECTORY_PART, 0, "data\0" "99999999", 14);	/* behind the end: an empty name */
	KUNIT_EXPECT_EQ(test, f->got_len, strlen(first) + 2);
	ask_tx(f, XS_DIRECTORY_PART, 0, "data\0x", 7);
	EXPECT_ERROR(test, f, "EINVAL");
	ask_tx(f, XS_DIRECTORY_PART, 0, "data", 5);
	EXPECT_ERROR(test, f, "EINVAL");
}

static void permissions_are_told_and_set(struct kunit *test)
{
	struct fixture *f = test->priv;

	ask(f, XS_GET_PERMS, "data");
	KUNIT_EXPECT_EQ(test, f->got_len, 3);
	EXPECT_REPLY(test, f, "n7");
	ask(f, XS_GET_PERMS, "domid");
	KUNIT_EXPECT_EQ(test, f->got_len, 6);
	KUNIT_EXPECT_EQ(test, memcmp(f->got, "n0\0r7", 6), 0);
	ask(f, XS_GET_PERMS, "/");
	EXPECT_REPLY(test, f, "r0");
	ask(f, XS_SET_PERMS, "data\0n7\0r0");
	EXPECT_OK(test, f);
	ask(f, XS_GET_PERMS, "data");
	KUNIT_EXPECT_EQ(test, memcmp(f->got, "n7\0r0", 6), 0);
	ask(f, XS_SET_PERMS, "data\0n0");
	EXPECT_ERROR(test, f, "EINVAL");	/* EPERM has no name on the wire */
	ask(f, XS_SET_PERMS, "domid\0n7");
	EXPECT_ERROR(test, f, "EACCES");
	ask(f, XS_SET_PERMS, "data\0n7\0r1\0r2\0r3\0r4");
	EXPECT_OK(test, f);
	ask(f, XS_SET_PERMS, "data\0n7\0r1\0r2\0r3\0r4\0r5");
	EXPECT_ERROR(test, f, "ENOSPC");
	ask(f, XS_SET_PERMS, "data");
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_SET_PERMS, "data\0x7");
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_GET_PERMS, "@releaseDomain");
	EXPECT_ERROR(test, f, "EACCES");
	ask(f, XS_SET_PERMS, "@releaseDomain\0n7");
	EXPECT_ERROR(test, f, "EACCES");
}

static void a_watch_fires_at_once_and_then_on_change(struct kunit *test)
{
	struct fixture *f = test->priv;

	ask(f, XS_WATCH, "device\0tok");
	KUNIT_EXPECT_EQ(test, f->got_type, XS_WATCH);
	EXPECT_OK(test, f);
	fetch(f);
	KUNIT_EXPECT_EQ(test, f->got_type, XS_WATCH_EVENT);
	KUNIT_EXPECT_EQ(test, f->got_len, 11);
	KUNIT_EXPECT_EQ(test, memcmp(f->got, "device\0tok", 11), 0);
	ask(f, XS_WATCH, "device\0tok");
	EXPECT_ERROR(test, f, "EEXIST");
	ask(f, XS_WATCH, "@releaseDomain\0tok");
	EXPECT_OK(test, f);
	fetch(f);
	EXPECT_REPLY(test, f, "@releaseDomain");
	ask_tx(f, XS_WATCH, 99, "@introduceDomain\0tok", 21);	/* the transaction is ignored */
	EXPECT_OK(test, f);
	fetch(f);

	ask(f, XS_WRITE, "device/vbd/51712/state\0" "3");
	EXPECT_OK(test, f);
	KUNIT_EXPECT_STREQ(test, f->event, "device/vbd/51712/state");
	KUNIT_EXPECT_EQ(test, hypha_session_put(&f->s, 'r', "device/vif/0/x", "v", 1), 0);
	fetch(f);
	EXPECT_REPLY(test, f, "device/vif/0/x");
	KUNIT_EXPECT_EQ(test, hypha_session_rm(&f->s, "device"), 0);
	fetch(f);
	EXPECT_REPLY(test, f, "device");
	KUNIT_EXPECT_EQ(test, hypha_session_rm(&f->s, "device"), 0);	/* nothing happened */
	fetch(f);
	KUNIT_EXPECT_EQ(test, f->got_type, XS_INVALID);

	ask(f, XS_UNWATCH, "device\0nope");
	EXPECT_ERROR(test, f, "ENOENT");
	ask(f, XS_UNWATCH, "device\0tok");
	EXPECT_OK(test, f);
	ask(f, XS_WATCH, "device");
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_WATCH, "device\0tok\0" "3");	/* depth: a feature we do not offer */
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_UNWATCH, "device");
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_RESET_WATCHES, "");
	EXPECT_OK(test, f);
	KUNIT_EXPECT_EQ(test, f->s.watches.nr, 0);
}

static u32 start(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 id = 0;

	ask(f, XS_TRANSACTION_START, "");
	KUNIT_EXPECT_EQ(test, f->got_type, XS_TRANSACTION_START);
	KUNIT_EXPECT_EQ(test, hypha_wire_number(f->got, U32_MAX, &id), 0);
	return id;
}

static void transactions_over_the_wire(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 t = start(test), other;

	ask(f, XS_WATCH, "data\0w");
	fetch(f);
	ask_tx(f, XS_WRITE, t, "data/x\0" "1", 8);
	EXPECT_OK(test, f);
	KUNIT_EXPECT_STREQ(test, f->event, "");	/* not before the commit */
	ask(f, XS_READ, "data/x");
	EXPECT_ERROR(test, f, "ENOENT");
	ask_tx(f, XS_READ, t, "data/x", 7);
	EXPECT_REPLY(test, f, "1");
	ask_tx(f, XS_DIRECTORY, t, "data", 5);
	EXPECT_REPLY(test, f, "x");
	ask_tx(f, XS_TRANSACTION_START, t, "", 1);
	EXPECT_ERROR(test, f, "EBUSY");
	ask_tx(f, XS_TRANSACTION_END, t, "T", 2);
	EXPECT_OK(test, f);
	KUNIT_EXPECT_STREQ(test, f->event, "data/x");
	ask(f, XS_READ, "data/x");
	EXPECT_REPLY(test, f, "1");

	ask_tx(f, XS_TRANSACTION_END, t, "T", 2);
	EXPECT_ERROR(test, f, "ENOENT");
	ask_tx(f, XS_READ, t, "data/x", 7);
	EXPECT_ERROR(test, f, "ENOENT");
	ask(f, XS_TRANSACTION_END, "T");
	EXPECT_ERROR(test, f, "ENOENT");

	t = start(test);
	other = start(test);
	ask_tx(f, XS_READ, t, "data/x", 7);
	ask_tx(f, XS_WRITE, other, "data/x\0" "2", 8);
	ask_tx(f, XS_TRANSACTION_END, t, "X", 2);
	EXPECT_ERROR(test, f, "EINVAL");
	ask_tx(f, XS_TRANSACTION_END, other, "T", 2);
	EXPECT_OK(test, f);
	ask_tx(f, XS_WRITE, t, "data/y\0" "1", 8);
	ask_tx(f, XS_TRANSACTION_END, t, "T", 2);
	EXPECT_ERROR(test, f, "EAGAIN");
	ask(f, XS_READ, "data/y");
	EXPECT_ERROR(test, f, "ENOENT");

	t = start(test);
	ask_tx(f, XS_WRITE, t, "data/x\0" "3", 8);
	ask_tx(f, XS_TRANSACTION_END, t, "F", 2);
	EXPECT_OK(test, f);
	ask(f, XS_READ, "data/x");
	EXPECT_REPLY(test, f, "2");
	KUNIT_EXPECT_EQ(test, f->s.transactions.nr, 0);
}

static void domains_and_what_is_refused(struct kunit *test)
{
	static const u32 privileged[] = { XS_CONTROL, XS_INTRODUCE, XS_RELEASE, XS_RESUME, XS_SET_TARGET };
	static const u32 unknown[] = { XS_WATCH_EVENT, XS_ERROR, 20, 23, 26, 1000, XS_INVALID, U32_MAX };
	struct fixture *f = test->priv;
	unsigned int i;

	ask(f, XS_GET_DOMAIN_PATH, "7");
	EXPECT_REPLY(test, f, "/local/domain/7");
	ask(f, XS_GET_DOMAIN_PATH, "00012");
	EXPECT_REPLY(test, f, "/local/domain/12");
	ask(f, XS_GET_DOMAIN_PATH, "x");
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_GET_DOMAIN_PATH, "65536");
	EXPECT_ERROR(test, f, "EINVAL");
	ask(f, XS_IS_DOMAIN_INTRODUCED, "7");
	EXPECT_REPLY(test, f, "T");
	ask(f, XS_IS_DOMAIN_INTRODUCED, "0");
	EXPECT_REPLY(test, f, "T");
	ask(f, XS_IS_DOMAIN_INTRODUCED, "8");
	EXPECT_REPLY(test, f, "F");
	for (i = 0; i < ARRAY_SIZE(privileged); i++) {
		ask(f, privileged[i], "7\0" "1\0" "2");
		EXPECT_ERROR(test, f, "EACCES");
	}
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		ask(f, unknown[i], "7");
		EXPECT_ERROR(test, f, "ENOSYS");
	}
}

static void expect_change(struct kunit *test, const char *path)
{
	struct fixture *f = test->priv;
	struct hypha_change *c = hypha_session_take_change(&f->s);

	KUNIT_EXPECT_STREQ(test, c ? c->path : "(none)", path);
	if (c)
		hypha_change_free(&f->s, c);
}

static void drop_changes(struct fixture *f)
{
	struct hypha_change *c;

	while ((c = hypha_session_take_change(&f->s)))
		hypha_change_free(&f->s, c);
}

static void the_owner_hears_of_commits_only(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 t;

	expect_change(test, "(none)");
	ask(f, XS_WRITE, "device/vbd/51712/state\0" "3");
	expect_change(test, "/local/domain/7/device/vbd/51712/state");
	ask(f, XS_WRITE, "control/shutdown\0");
	ask(f, XS_READ, "data");
	ask(f, XS_MKDIR, "data");
	ask(f, XS_WRITE, "domid\0" "9");
	expect_change(test, "(none)");
	ask(f, XS_RM, "data");
	expect_change(test, "/local/domain/7/data");

	t = start(test);
	ask_tx(f, XS_WRITE, t, "device/vbd/51712/ring-ref\0" "8", 28);
	ask_tx(f, XS_WRITE, t, "device/vbd/51712/state\0" "4", 25);
	expect_change(test, "(none)");
	ask_tx(f, XS_TRANSACTION_END, t, "T", 2);
	expect_change(test, "/local/domain/7/device/vbd/51712/ring-ref");
	expect_change(test, "/local/domain/7/device/vbd/51712/state");
	expect_change(test, "(none)");

	t = start(test);
	ask_tx(f, XS_WRITE, t, "device/vbd/51712/state\0" "5", 25);
	ask_tx(f, XS_TRANSACTION_END, t, "F", 2);
	expect_change(test, "(none)");
	hypha_session_put(&f->s, 'b', "device/vbd/51712/state", "6", 1);	/* the host knows what it does */
	expect_change(test, "(none)");
}

static void the_hosts_side(struct kunit *test)
{
	struct fixture *f = test->priv;
	char buf[8];

	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "/local/domain/7/domid", buf, sizeof(buf)), 1);
	KUNIT_EXPECT_STREQ(test, buf, "7");
	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "none", buf, sizeof(buf)), -ENOENT);
	hypha_session_put(&f->s, 'r', "eight", "12345678", 8);
	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "eight", buf, sizeof(buf)), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(test, hypha_session_put(&f->s, 'x', "eight", "", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, hypha_session_put(&f->s, 'r', "a b", "", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, hypha_session_put(&f->s, 'x', "new/one", "", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "new", buf, sizeof(buf)), -ENOENT);
	KUNIT_EXPECT_EQ(test, hypha_session_rm(&f->s, "/"), -EINVAL);
	KUNIT_EXPECT_EQ(test, hypha_session_rm(&f->s, "none/none"), -ENOENT);

	/* 'b' is the guest's to write in, 'r' to read, 'n' neither; what it was before does not matter. */
	hypha_session_put(&f->s, 'b', "eight", "8", 1);
	ask(f, XS_WRITE, "eight/sub\0x");
	EXPECT_OK(test, f);
	hypha_session_put(&f->s, 'r', "eight", "8", 1);
	ask(f, XS_WRITE, "eight\0x");
	EXPECT_ERROR(test, f, "EACCES");
	ask(f, XS_READ, "eight");
	EXPECT_REPLY(test, f, "8");
	hypha_session_put(&f->s, 'n', "eight", "8", 1);
	ask(f, XS_READ, "eight");
	EXPECT_ERROR(test, f, "EACCES");
}

static void a_guest_that_took_all_memory_can_give_back_and_the_host_goes_on(struct kunit *test)
{
	char *payload = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct fixture *f = test->priv;
	u32 i, len, refused = 0;
	char path[32];

	for (i = 0; i < 2000; i++) {
		len = snprintf(payload, 64, "data/%u", i) + 1 + HYPHA_QUOTA_VALUE;
		ask_tx(f, XS_WRITE, 0, payload, len);
		refused += f->got_type == XS_ERROR;
		drop_changes(f);
	}
	KUNIT_EXPECT_GT(test, refused, 900);
	KUNIT_EXPECT_LE(test, f->s.quota.peak, HYPHA_QUOTA_MEMORY + (16u << 10));
	for (i = 0; i < HYPHA_QUOTA_WATCHES; i++) {
		len = snprintf(payload, 64, "data%c%u", 0, i);
		memset(payload + len, 'x', 4000);
		payload[4000] = '\0';
		ask_tx(f, XS_WATCH, 0, payload, 4001);
		hypha_outbox_clean(&f->s.outbox);
	}
	KUNIT_EXPECT_LE(test, f->s.quota.peak, HYPHA_QUOTA_MEMORY + (16u << 10));
	f->s.quota.limit = f->s.quota.used;
	ask(f, XS_WRITE, "data/more\0x");
	EXPECT_ERROR(test, f, "ENOMEM");
	KUNIT_EXPECT_EQ(test, hypha_session_put(&f->s, 'r', "device/vif/0/state", "1", 1), 0);
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "data/%u", i);
		ask_tx(f, XS_RM, 0, path, strlen(path) + 1);
		EXPECT_OK(test, f);
		hypha_outbox_clean(&f->s.outbox);
		drop_changes(f);
	}
	f->s.quota.limit = HYPHA_QUOTA_MEMORY;
	ask(f, XS_WRITE, "data/more\0x");
	EXPECT_OK(test, f);
}

/* ---- noise ---- */

static u32 rnd(u32 *seed, u32 below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static const char *const words[] = {
	"data", "data/a", "data/a/b", "data/a/b/c", "device/vbd/51712/state", "/local/domain/7/data", "/", "@releaseDomain",
	"/local/domain/0/backend/vbd/7/51712/state", "T", "F", "0", "7", "n7", "r0", "b3", "1000", "", "//", "a b", "control/shutdown",
	"/local", "4294967295", "/secret", "/secret/x", "domid",
};

/* A payload of words, or of bytes. */
static u32 noise(u32 *seed, char *out)
{
	u32 len = 0, n = rnd(seed, 5), i;

	if (rnd(seed, 8) == 0) {
		len = rnd(seed, rnd(seed, 16) ? 64 : XENSTORE_PAYLOAD_MAX + 1);
		for (i = 0; i < len; i++)
			out[i] = rnd(seed, 4) ? "/a0\0@d"[rnd(seed, 6)] : rnd(seed, 256);
		return len;
	}
	for (i = 0; i < n; i++)
		len += sprintf(out + len, "%s", words[rnd(seed, ARRAY_SIZE(words))]) + 1;
	return len && rnd(seed, 8) == 0 ? len - 1 : len;
}

#ifdef HYPHA_HOST
#define NOISE	1000000
#else
#define NOISE	50000
#endif

static void noise_is_answered_and_bounded(struct kunit *test)
{
	char *payload = kunit_kzalloc(test, XENSTORE_PAYLOAD_MAX + 256, GFP_KERNEL);
	struct fixture *f = test->priv;
	u32 seed = 7, i, good = 0;

	for (i = 0; i < NOISE; i++) {
		struct xsd_sockmsg head = { .type = rnd(&seed, XS_TYPE_COUNT + 2), .req_id = i };

		head.len = noise(&seed, payload);
		head.tx_id = rnd(&seed, 3) ? 0 : f->s.transactions.last_id - rnd(&seed, 12);
		/* What a guest must have of its own is a buffer without room behind it: overruns then show. */
		if (i % 16 == 0) {
			char *exact = kmemdup(payload, head.len, GFP_KERNEL);

			KUNIT_ASSERT_NOT_NULL(test, exact);
			KUNIT_ASSERT_EQ(test, hypha_session_request(&f->s, &head, exact), 0);
			kfree(exact);
		} else {
			KUNIT_ASSERT_EQ(test, hypha_session_request(&f->s, &head, payload), 0);
		}
		drop_changes(f);
		for (fetch(f); f->got_type == XS_WATCH_EVENT; fetch(f))
			;
		KUNIT_ASSERT_NE(test, f->got_type, XS_INVALID);	/* an answer to each */
		good += f->got_type != XS_ERROR;
		if (i % 64)
			hypha_outbox_clean(&f->s.outbox);
		if (!hypha_outbox_accepts(&f->s.outbox))
			hypha_outbox_clean(&f->s.outbox);
	}
	KUNIT_EXPECT_EQ(test, f->s.requests, NOISE);
	KUNIT_EXPECT_EQ(test, f->s.errors + good, NOISE);
	KUNIT_EXPECT_GT(test, good, NOISE / 20);
	KUNIT_EXPECT_LE(test, f->s.quota.peak, HYPHA_QUOTA_MEMORY);
	/* What is the host's has not moved. */
	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "domid", payload, 8), 1);
	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "/secret", payload, 8), 1);
	KUNIT_EXPECT_EQ(test, hypha_session_get(&f->s, "/local/domain/0/backend/vbd/7/51712/state", payload, 8), 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(read_write_and_their_refusals),
	KUNIT_CASE(directories),
	KUNIT_CASE(long_directories_come_in_parts),
	KUNIT_CASE(permissions_are_told_and_set),
	KUNIT_CASE(a_watch_fires_at_once_and_then_on_change),
	KUNIT_CASE(transactions_over_the_wire),
	KUNIT_CASE(domains_and_what_is_refused),
	KUNIT_CASE(the_owner_hears_of_commits_only),
	KUNIT_CASE(the_hosts_side),
	KUNIT_CASE(a_guest_that_took_all_memory_can_give_back_and_the_host_goes_on),
	KUNIT_CASE(noise_is_answered_and_bounded),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_session", .init = init, .exit = exit_empty, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
