// SPDX-License-Identifier: GPL-2.0-only
/* Watches, and the outbox their events wait in. */
#include <kunit/test.h>

#include "../store/outbox.c"
#include "../store/watch.c"

#define GUEST	7

struct fixture {
	struct hypha_quota quota;
	u64 generation;
	struct hypha_tree tree, before;
	struct hypha_watches watches;
	struct hypha_outbox box;
};

static int init(struct kunit *test)
{
	static const struct hypha_perm mine[] = { { GUEST, HYPHA_PERM_NONE } };
	static const struct hypha_perm hidden[] = { { 0, HYPHA_PERM_NONE } };
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	test->priv = f;
	hypha_quota_init(&f->quota);
	hypha_watch_init(&f->watches, &f->quota, "/local/domain/7");
	hypha_outbox_init(&f->box, &f->quota);
	return hypha_tree_init(&f->tree, &f->quota, &f->generation, GUEST) ?:
	       hypha_tree_write(&f->tree, 0, "/local/domain/7", "", 0) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/local/domain/7", mine, 1) ?:
	       hypha_tree_write(&f->tree, 0, "/local/domain/7/a/b/c", "v", 1) ?:
	       hypha_tree_write(&f->tree, 0, "/n/x/y", "v", 1) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/n", hidden, 1) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/n/x", hidden, 1) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/n/x/y", hidden, 1);
}

static void exit_empty(struct kunit *test)
{
	struct fixture *f = test->priv;

	hypha_watch_clean(&f->watches);
	hypha_outbox_clean(&f->box);
	hypha_tree_clean(&f->tree);
	KUNIT_EXPECT_EQ(test, f->quota.used, 0);
}

static void expect_event(struct kunit *test, const char *path, const char *token)
{
	struct fixture *f = test->priv;
	struct hypha_message *m = hypha_outbox_peek(&f->box);

	KUNIT_ASSERT_NOT_NULL_MSG(test, m, "waiting for %s %s", path, token);
	KUNIT_EXPECT_EQ(test, m->head.type, XS_WATCH_EVENT);
	KUNIT_EXPECT_EQ(test, m->head.req_id, 0);
	KUNIT_EXPECT_EQ(test, m->head.tx_id, 0);
	KUNIT_EXPECT_EQ(test, m->head.len, strlen(path) + strlen(token) + 2);
	KUNIT_EXPECT_STREQ(test, m->data, path);
	KUNIT_EXPECT_STREQ(test, m->data + strlen(path) + 1, token);
	hypha_outbox_pop(&f->box);
}

static void expect_silence(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_message *m = hypha_outbox_peek(&f->box);

	KUNIT_EXPECT_NULL_MSG(test, m, "heard %s", m ? m->data : "");
}

static int add(struct fixture *f, const char *path, const char *token)
{
	return hypha_watch_add(&f->watches, path, token, false);
}

static void change(struct fixture *f, const char *path)
{
	hypha_watch_fire(&f->watches, &f->box, NULL, &f->tree, path, false);
}

static void remove_path(struct fixture *f, const char *path)
{
	struct hypha_tree before;

	hypha_tree_snapshot(&before, &f->tree);
	hypha_tree_rm(&f->tree, 0, path);
	hypha_watch_fire(&f->watches, &f->box, &before, &f->tree, path, true);
	hypha_tree_clean(&before);
}

static void a_change_below_is_heard_and_others_not(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(f, "/local/domain/7/a", "t1");
	change(f, "/local/domain/7/a/b/c");
	expect_event(test, "/local/domain/7/a/b/c", "t1");
	change(f, "/local/domain/7/a");
	expect_event(test, "/local/domain/7/a", "t1");
	change(f, "/local/domain/7");
	change(f, "/local/domain/7/ab");
	expect_silence(test);
}

static void a_relative_watch_is_told_relative_paths(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, hypha_watch_add(&f->watches, "/local/domain/7/a", "rel", true), 0);
	change(f, "/local/domain/7/a/b");
	expect_event(test, "a/b", "rel");
	remove_path(f, "/local/domain/7");
	expect_event(test, "a", "rel");
	expect_silence(test);
}

static void removal_is_heard_below_with_the_watchs_own_path(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(f, "/local/domain/7/a/b/c", "deep");
	add(f, "/local/domain/7/a/b/missing", "none");
	add(f, "/local/domain", "high");
	remove_path(f, "/local/domain/7/a");
	expect_event(test, "/local/domain/7/a/b/c", "deep");
	expect_event(test, "/local/domain/7/a", "high");
	expect_silence(test);
}

static void what_must_not_be_read_is_not_heard_of(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(f, "/n", "t");
	add(f, "/", "root");
	change(f, "/n/x/y");
	change(f, "/n/x");
	expect_silence(test);
	/* The parent is readable: its list of children is, so this much may be known. */
	change(f, "/n");
	expect_event(test, "/n", "t");
	expect_event(test, "/n", "root");
	expect_silence(test);
	/* Nor does its end tell that it was there. */
	add(f, "/n/x/y", "deep");
	remove_path(f, "/n");
	expect_event(test, "/n", "t");
	expect_event(test, "/n", "root");
	expect_silence(test);
}

static void special_watches_never_fire(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, add(f, "@releaseDomain", "t"), 0);
	change(f, "/local/domain/7/a");
	remove_path(f, "/local/domain/7");
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, hypha_watch_del(&f->watches, "@releaseDomain", "t"), 0);
}

static void a_watch_is_known_by_path_and_token(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, add(f, "/a", "t"), 0);
	KUNIT_EXPECT_EQ(test, add(f, "/a", "t"), -EEXIST);
	KUNIT_EXPECT_EQ(test, add(f, "/a", "u"), 0);
	KUNIT_EXPECT_EQ(test, add(f, "/b", "t"), 0);
	KUNIT_EXPECT_EQ(test, f->watches.nr, 3);
	KUNIT_EXPECT_EQ(test, hypha_watch_del(&f->watches, "/a", "v"), -ENOENT);
	KUNIT_EXPECT_EQ(test, hypha_watch_del(&f->watches, "/a", "t"), 0);
	KUNIT_EXPECT_EQ(test, hypha_watch_del(&f->watches, "/a", "t"), -ENOENT);
	KUNIT_EXPECT_EQ(test, f->watches.nr, 2);
}

static void watches_end_at_the_quota(struct kunit *test)
{
	struct fixture *f = test->priv;
	char token[16];
	u32 i;

	for (i = 0; i < 1000; i++) {
		snprintf(token, sizeof(token), "%u", i);
		KUNIT_ASSERT_EQ(test, add(f, "/", token), i < HYPHA_QUOTA_WATCHES ? 0 : -ENOSPC);
	}
	KUNIT_EXPECT_EQ(test, hypha_watch_del(&f->watches, "/", "5"), 0);
	KUNIT_EXPECT_EQ(test, add(f, "/", "new"), 0);
}

static void an_event_that_waits_is_not_queued_again(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(f, "/local", "t");
	change(f, "/local/domain/7");
	change(f, "/local/domain/7/a");
	change(f, "/local/domain/7");
	KUNIT_EXPECT_EQ(test, f->box.nr_events, 2);
	expect_event(test, "/local/domain/7", "t");
	change(f, "/local/domain/7");
	expect_event(test, "/local/domain/7/a", "t");
	expect_event(test, "/local/domain/7", "t");
	expect_silence(test);
}

static void events_outlive_their_watch(struct kunit *test)
{
	struct fixture *f = test->priv;

	add(f, "/local", "t");
	add(f, "/local", "u");
	hypha_watch_greet(&f->watches, &f->box, "/local", "t");
	change(f, "/local/domain/7");
	KUNIT_EXPECT_EQ(test, hypha_watch_del(&f->watches, "/local", "t"), 0);
	change(f, "/local/domain/7");
	expect_event(test, "/local", "t");
	expect_event(test, "/local/domain/7", "t");
	expect_event(test, "/local/domain/7", "u");
	expect_silence(test);
}

static void events_are_bounded_in_number_and_bytes(struct kunit *test)
{
	char *token = kunit_kzalloc(test, 4096, GFP_KERNEL), path[64];
	struct fixture *f = test->priv;
	LIST_HEAD(waiting);
	u32 i;

	add(f, "/local/domain/7", "t");
	for (i = 0; i < 100000; i++) {
		snprintf(path, sizeof(path), "/local/domain/7/%u", i);
		change(f, path);
	}
	KUNIT_EXPECT_EQ(test, f->box.nr_events, HYPHA_QUOTA_EVENTS);
	KUNIT_EXPECT_EQ(test, f->box.dropped, 100000 - HYPHA_QUOTA_EVENTS);

	hypha_outbox_clean(&f->box);
	hypha_watch_clean(&f->watches);
	memset(token, 't', 4000);
	add(f, "/local/domain/7", token);
	for (i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "/local/domain/7/%u", i);
		change(f, path);
	}
	KUNIT_EXPECT_LE(test, f->quota.peak, HYPHA_QUOTA_MEMORY);
	KUNIT_EXPECT_LT(test, f->box.nr_events, HYPHA_QUOTA_EVENTS);

	/* Longer than a message may be: not sent at all. */
	hypha_outbox_clean(&f->box);
	hypha_outbox_event(&f->box, &waiting, "/a", token);
	KUNIT_EXPECT_EQ(test, f->box.nr_events, 1);
	memset(token, 't', 4095);
	hypha_outbox_event(&f->box, &waiting, "/a", token);
	KUNIT_EXPECT_EQ(test, f->box.nr_events, 1);
	hypha_outbox_clean(&f->box);
	KUNIT_EXPECT_TRUE(test, list_empty(&waiting));
}

static void replies_are_never_refused_but_counted(struct kunit *test)
{
	const struct xsd_sockmsg request = { .type = XS_READ, .req_id = 5, .tx_id = 6, .len = 3 };
	struct fixture *f = test->priv;
	struct hypha_message *m;
	u32 i;

	f->quota.limit = 0;
	for (i = 0; i < HYPHA_QUOTA_OUTSTANDING; i++) {
		KUNIT_EXPECT_TRUE(test, hypha_outbox_accepts(&f->box));
		KUNIT_EXPECT_EQ(test, hypha_outbox_reply(&f->box, &request, XS_ERROR, "ENOENT", 7), 0);
	}
	KUNIT_EXPECT_FALSE(test, hypha_outbox_accepts(&f->box));
	m = hypha_outbox_peek(&f->box);
	KUNIT_EXPECT_EQ(test, m->head.type, XS_ERROR);
	KUNIT_EXPECT_EQ(test, m->head.req_id, 5);
	KUNIT_EXPECT_EQ(test, m->head.tx_id, 6);
	KUNIT_EXPECT_EQ(test, m->head.len, 7);
	KUNIT_EXPECT_STREQ(test, m->data, "ENOENT");
	hypha_outbox_pop(&f->box);
	KUNIT_EXPECT_TRUE(test, hypha_outbox_accepts(&f->box));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_change_below_is_heard_and_others_not),
	KUNIT_CASE(a_relative_watch_is_told_relative_paths),
	KUNIT_CASE(removal_is_heard_below_with_the_watchs_own_path),
	KUNIT_CASE(what_must_not_be_read_is_not_heard_of),
	KUNIT_CASE(special_watches_never_fire),
	KUNIT_CASE(a_watch_is_known_by_path_and_token),
	KUNIT_CASE(watches_end_at_the_quota),
	KUNIT_CASE(an_event_that_waits_is_not_queued_again),
	KUNIT_CASE(events_outlive_their_watch),
	KUNIT_CASE(events_are_bounded_in_number_and_bytes),
	KUNIT_CASE(replies_are_never_refused_but_counted),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_watch", .init = init, .exit = exit_empty, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
