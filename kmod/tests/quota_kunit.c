// SPDX-License-Identifier: GPL-2.0-only
/* The memory account of a guest's store. */
#include <kunit/test.h>

#include "../store/quota.c"

static void cost_is_a_power_of_two_not_below_the_size(struct kunit *test)
{
	static const struct { size_t size, cost; } cases[] = {
		{ 0, 8 }, { 1, 8 }, { 8, 8 }, { 9, 16 }, { 16, 16 }, { 17, 32 }, { 2048, 2048 }, { 2049, 4096 }, { 4112, 8192 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, hypha_quota_cost(cases[i].size), cases[i].cost, "size %zu", cases[i].size);
}

static void limit_refuses_and_freeing_makes_room(struct kunit *test)
{
	struct hypha_quota q = { .limit = 96 };
	void *a, *b;

	a = hypha_quota_alloc(&q, 64);
	b = hypha_quota_alloc(&q, 32);
	KUNIT_EXPECT_NOT_NULL(test, a);
	KUNIT_EXPECT_NOT_NULL(test, b);
	KUNIT_EXPECT_EQ(test, q.used, 96);
	KUNIT_EXPECT_NULL(test, hypha_quota_alloc(&q, 1));
	hypha_quota_free(&q, b, 32);
	b = hypha_quota_alloc(&q, 8);
	KUNIT_EXPECT_NOT_NULL(test, b);
	hypha_quota_free(&q, b, 8);
	hypha_quota_free(&q, a, 64);
	hypha_quota_free(&q, NULL, 64);
	KUNIT_EXPECT_EQ(test, q.used, 0);
	KUNIT_EXPECT_EQ(test, q.peak, 96);
}

static void exempt_is_counted_but_not_refused(struct kunit *test)
{
	struct hypha_quota q = { .limit = 8, .exempt = true };
	u8 *p = hypha_quota_alloc(&q, 100);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, q.used, 128);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 100));
	q.exempt = false;
	KUNIT_EXPECT_NULL(test, hypha_quota_alloc(&q, 1));
	hypha_quota_free(&q, p, 100);
	KUNIT_EXPECT_EQ(test, q.used, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cost_is_a_power_of_two_not_below_the_size),
	KUNIT_CASE(limit_refuses_and_freeing_makes_room),
	KUNIT_CASE(exempt_is_counted_but_not_refused),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_quota", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
