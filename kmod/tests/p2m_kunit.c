// SPDX-License-Identifier: GPL-2.0-only
/* The guest's list of its frames. */
#include <kunit/test.h>

#include "../domain/p2m.c"

#include <linux/slab.h>

static void every_frame_is_listed_once_and_the_rest_is_invalid(struct kunit *test)
{
	static const u64 sizes[] = { 1, 511, 512, 513, 1024, 1337 };
	u64 *mfns = kunit_kcalloc(test, 2048, sizeof(u64), GFP_KERNEL);
	u64 *page = kunit_kcalloc(test, HYPHA_P2M_PER_PAGE, sizeof(u64), GFP_KERNEL);
	unsigned int s;
	u64 i, n;

	for (i = 0; i < 2048; i++)
		mfns[i] = i * 3 + 1;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (n = 0; n < 3; n++) {
			memset(page, 0x5a, HYPHA_P2M_PER_PAGE * sizeof(u64));
			hypha_p2m_fill(mfns, sizes[s], n, page);
			for (i = 0; i < HYPHA_P2M_PER_PAGE; i++)
				KUNIT_ASSERT_EQ(test, page[i], n * 512 + i < sizes[s] ? mfns[n * 512 + i] : HYPHA_P2M_INVALID);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_frame_is_listed_once_and_the_rest_is_invalid),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_domain_p2m", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
