// SPDX-License-Identifier: GPL-2.0-only
/* The guest's list of its frames. */
#include <kunit/test.h>

#include "../domain/p2m.c"

#include <linux/slab.h>

/* All of them, with none, some and all frames in superpages. */
static void every_frame_is_listed_once_and_the_rest_is_invalid(struct kunit *test)
{
	static const u64 sizes[] = { 1, 511, 512, 513, 1024, 1337 };
	u64 *super = kunit_kcalloc(test, 4, sizeof(u64), GFP_KERNEL);
	u64 *single = kunit_kcalloc(test, 2048, sizeof(u64), GFP_KERNEL);
	u64 *page = kunit_kcalloc(test, HYPHA_P2M_PER_PAGE, sizeof(u64), GFP_KERNEL);
	struct hypha_frames f = { .super = super, .single = single };
	unsigned int s;
	u64 i, n, pfn, want;

	for (i = 0; i < 2048; i++)
		single[i] = i * 3 + 1;
	for (i = 0; i < 4; i++)
		super[i] = 0x900000 - i * 0x10000;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		f.nr_pages = sizes[s];
		for (f.nr_super = 0; f.nr_super <= f.nr_pages / 512; f.nr_super++) {
			for (n = 0; n < 3; n++) {
				memset(page, 0x5a, HYPHA_P2M_PER_PAGE * sizeof(u64));
				hypha_p2m_fill(&f, n, page);
				for (i = 0; i < HYPHA_P2M_PER_PAGE; i++) {
					pfn = n * 512 + i;
					want = pfn < f.nr_super * 512 ? super[n] + i : single[pfn - f.nr_super * 512];
					KUNIT_ASSERT_EQ(test, page[i], pfn < f.nr_pages ? want : HYPHA_P2M_INVALID);
				}
			}
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
