// SPDX-License-Identifier: GPL-2.0-only
/* The dance of a device's two ends. */
#include <kunit/test.h>

#include "../store/devstate.c"

static const struct devstate_case {
	const char *name;
	unsigned int backend, frontend;
	enum hypha_devstate_action action;
	unsigned int next;
} table[] = {
	{ "a_fresh_backend_offers_its_features", 1, 1, HYPHA_DEV_PUBLISH, 2 },
	{ "it_waits_for_the_frontend", 2, 1, HYPHA_DEV_NONE, 2 },
	{ "blkfront_says_initialised", 2, 3, HYPHA_DEV_CONNECT, 4 },
	{ "netfront_says_connected", 2, 4, HYPHA_DEV_CONNECT, 4 },
	{ "connected_twice_is_nothing", 4, 4, HYPHA_DEV_NONE, 4 },
	{ "initialised_late_is_nothing", 4, 3, HYPHA_DEV_NONE, 4 },
	{ "closing_is_answered_by_closing", 4, 5, HYPHA_DEV_CLOSE, 5 },
	{ "closed_unmaps_and_is_answered_by_closed", 5, 6, HYPHA_DEV_DISCONNECT, 6 },
	{ "closed_at_once_too", 4, 6, HYPHA_DEV_DISCONNECT, 6 },
	{ "closed_twice_is_nothing", 6, 6, HYPHA_DEV_NONE, 6 },
	{ "closing_before_connecting", 2, 5, HYPHA_DEV_CLOSE, 5 },
	{ "closed_before_connecting", 2, 6, HYPHA_DEV_DISCONNECT, 6 },
	{ "a_frontend_that_comes_back_is_awaited", 6, 1, HYPHA_DEV_PUBLISH, 2 },
	{ "closed_does_not_connect_without_a_new_start", 6, 4, HYPHA_DEV_NONE, 6 },
	{ "a_refused_frontend_stays_refused", 5, 4, HYPHA_DEV_NONE, 5 },
	{ "a_kexeced_frontend_is_disconnected_first", 4, 1, HYPHA_DEV_DISCONNECT, 6 },
	{ "reconfiguring_is_ignored", 4, 7, HYPHA_DEV_NONE, 4 },
	{ "nonsense_is_ignored", 4, 9, HYPHA_DEV_NONE, 4 },
	{ "big_nonsense_is_ignored", 4, 0xffffffff, HYPHA_DEV_NONE, 4 },
	{ "a_frontend_that_vanishes_is_let_go", 4, 0, HYPHA_DEV_DISCONNECT, 6 },
};

static void transitions_are_as_the_table_says(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct hypha_devstate_step step = hypha_devstate_step(table[i].backend, table[i].frontend);

		KUNIT_EXPECT_EQ_MSG(test, step.action, table[i].action, "%s", table[i].name);
		KUNIT_EXPECT_EQ_MSG(test, step.next, table[i].next, "%s", table[i].name);
	}
}

static void every_pair_comes_to_rest_after_two_steps(struct kunit *test)
{
	unsigned int backend, frontend;

	for (backend = 0; backend <= 10; backend++)
		for (frontend = 0; frontend <= 10; frontend++) {
			struct hypha_devstate_step step = { .next = backend };
			int i;

			for (i = 0; i < 2; i++)
				step = hypha_devstate_step(step.next, frontend);
			step = hypha_devstate_step(step.next, frontend);
			KUNIT_EXPECT_EQ_MSG(test, step.action, HYPHA_DEV_NONE, "backend %u frontend %u", backend, frontend);
		}
}

/* Whatever a frontend writes, rings are mapped at most once at a time and never left mapped when it is closed. */
static void connects_and_disconnects_alternate(struct kunit *test)
{
	struct hypha_devstate_step step = { .next = XenbusStateInitialising };
	bool connected = false;
	u32 seed = 1, i;

	for (i = 0; i < 100000; i++) {
		seed = seed * 1664525 + 1013904223;
		step = hypha_devstate_step(step.next, (seed >> 16) % 10);
		if (step.action == HYPHA_DEV_CONNECT) {
			KUNIT_ASSERT_FALSE(test, connected);
			connected = true;
		} else if (step.action == HYPHA_DEV_DISCONNECT) {
			connected = false;
		}
		if (step.next == XenbusStateClosed || step.next == XenbusStateInitWait)
			KUNIT_ASSERT_FALSE(test, connected);
		if (step.next == XenbusStateConnected)
			KUNIT_ASSERT_TRUE(test, connected);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(transitions_are_as_the_table_says),
	KUNIT_CASE(every_pair_comes_to_rest_after_two_steps),
	KUNIT_CASE(connects_and_disconnects_alternate),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_devstate", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
