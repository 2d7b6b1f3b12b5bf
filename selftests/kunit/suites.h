/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suites.h - put before each suite's source: the suites of a file become an array main.c can name.
 *
 * Debian's module loader looks for no suites, so what kunit_test_suites() leaves in its section would stay unseen.
 */
#include <kunit/test.h>

struct hypha_suites {
	struct kunit_suite * const *suites;
	int nr;
};

#ifdef HYPHA_SUITES
#undef kunit_test_suites
#define kunit_test_suites(...)								\
	static struct kunit_suite * const file_suites[] = { __VA_ARGS__ };		\
	extern const struct hypha_suites HYPHA_SUITES;					\
	const struct hypha_suites HYPHA_SUITES = { file_suites, ARRAY_SIZE(file_suites) }
#endif
