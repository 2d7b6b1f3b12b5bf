/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of <kunit/test.h> of Linux 6.1 that hypha's suites use, running in a process and printing KTAP.
 * What 6.1 does not have is not here either: a suite must build for both.
 */
#ifndef HOST_KUNIT_TEST_H
#define HOST_KUNIT_TEST_H

#include "kernel.h"

#define KUNIT_PARAM_DESC_SIZE 128

struct kunit {
	void *priv;
	const void *param_value;
	int param_index;
	/* private */
	const char *name;
	bool failed, skipped;
	unsigned int nr_failures;	/* the first ones are shown */
	char comment[256];
	struct list_head resources;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

void kunit_host_register(struct kunit_suite *suite);
void kunit_host_fail(struct kunit *test, const char *file, int line, const char *fmt, ...) __printf(4, 5);
void kunit_host_abort(struct kunit *test) __attribute__((noreturn));
void kunit_host_note(struct kunit *test, const char *fmt, ...) __printf(2, 3);
void *kunit_kmalloc(struct kunit *test, size_t n, gfp_t gfp);
void *kunit_kzalloc(struct kunit *test, size_t n, gfp_t gfp);
void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp);
void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp);
void kunit_kfree(struct kunit *test, const void *p);

#define KUNIT_CASE(fn) { .run_case = fn, .name = #fn }
#define KUNIT_CASE_PARAM(fn, gen) { .run_case = fn, .name = #fn, .generate_params = gen }
#define KUNIT_ARRAY_PARAM(name, array, get_desc)						\
	static const void *name##_gen_params(const void *prev, char *desc)			\
	{											\
		__typeof__((array)[0]) *next = prev ? ((__typeof__(next))prev) + 1 : (array);	\
		if (next - (array) < (ptrdiff_t)ARRAY_SIZE(array)) {				\
			void (*describe)(__typeof__(next), char *) = get_desc;			\
			if (describe)								\
				describe(next, desc);						\
			return next;								\
		}										\
		return NULL;									\
	}
#define kunit_test_suites(...)								\
	static void __attribute__((constructor)) register_suites(void)			\
	{										\
		struct kunit_suite *suites[] = { __VA_ARGS__ };				\
		size_t i;								\
											\
		for (i = 0; i < ARRAY_SIZE(suites); i++)				\
			kunit_host_register(suites[i]);					\
	}
#define kunit_test_suite(suite) kunit_test_suites(&suite)

#define kunit_info(test, fmt, ...) kunit_host_note(test, fmt, ##__VA_ARGS__)
#define kunit_warn kunit_info
#define kunit_err kunit_info
#define kunit_mark_skipped(test, fmt, ...) \
	do { (test)->skipped = true; snprintf((test)->comment, 256, fmt, ##__VA_ARGS__); } while (0)
#define kunit_skip(test, fmt, ...) \
	do { kunit_mark_skipped(test, fmt, ##__VA_ARGS__); kunit_host_abort(test); } while (0)

#define KUNIT_SUCCEED(test) do { } while (0)
#define KUNIT_FAIL(test, fmt, ...) kunit_host_fail(test, __FILE__, __LINE__, fmt, ##__VA_ARGS__)

#define KUNIT_END_EXPECT(test) ((void)0)
#define KUNIT_END_ASSERT(test) kunit_host_abort(test)

#define KUNIT_CHECK(test, END, cond, want, fmt, ...) do {					\
	if (!!(cond) != (want)) {								\
		kunit_host_fail(test, __FILE__, __LINE__, "%s should be %s" fmt, #cond,		\
				(want) ? "true" : "false", ##__VA_ARGS__);			\
		END(test);									\
	}											\
} while (0)

#define KUNIT_CMP(test, END, l, op, r, fmt, ...) do {						\
	__typeof__(l) l__ = (l);								\
	__typeof__(r) r__ = (r);								\
	if (!(l__ op r__)) {									\
		kunit_host_fail(test, __FILE__, __LINE__, "%s " #op " %s, but %lld (0x%llx) and %lld (0x%llx)" fmt,	\
				#l, #r, (long long)l__, (long long)l__, (long long)r__, (long long)r__, ##__VA_ARGS__);	\
		END(test);									\
	}											\
} while (0)

#define KUNIT_CMPPTR(test, END, l, op, r, fmt, ...) do {					\
	const void *l__ = (l);									\
	const void *r__ = (r);									\
	if (!(l__ op r__)) {									\
		kunit_host_fail(test, __FILE__, __LINE__, "%s " #op " %s, but %p and %p" fmt,	\
				#l, #r, l__, r__, ##__VA_ARGS__);				\
		END(test);									\
	}											\
} while (0)

#define KUNIT_CMPSTR(test, END, l, op, r, fmt, ...) do {					\
	const char *l__ = (l);									\
	const char *r__ = (r);									\
	if (!(strcmp(l__, r__) op 0)) {								\
		kunit_host_fail(test, __FILE__, __LINE__, "%s " #op " %s, but \"%s\" and \"%s\"" fmt,	\
				#l, #r, l__, r__, ##__VA_ARGS__);				\
		END(test);									\
	}											\
} while (0)

#define KUNIT_GOODPTR(test, END, p, fmt, ...) do {						\
	const void *p__ = (p);									\
	if (IS_ERR_OR_NULL(p__)) {								\
		kunit_host_fail(test, __FILE__, __LINE__, "%s is %p" fmt, #p, p__, ##__VA_ARGS__);	\
		END(test);									\
	}											\
} while (0)

#define KUNIT_EXPECT_TRUE(t, c) KUNIT_CHECK(t, KUNIT_END_EXPECT, c, true, "")
#define KUNIT_EXPECT_FALSE(t, c) KUNIT_CHECK(t, KUNIT_END_EXPECT, c, false, "")
#define KUNIT_EXPECT_EQ(t, l, r) KUNIT_CMP(t, KUNIT_END_EXPECT, l, ==, r, "")
#define KUNIT_EXPECT_NE(t, l, r) KUNIT_CMP(t, KUNIT_END_EXPECT, l, !=, r, "")
#define KUNIT_EXPECT_LT(t, l, r) KUNIT_CMP(t, KUNIT_END_EXPECT, l, <, r, "")
#define KUNIT_EXPECT_LE(t, l, r) KUNIT_CMP(t, KUNIT_END_EXPECT, l, <=, r, "")
#define KUNIT_EXPECT_GT(t, l, r) KUNIT_CMP(t, KUNIT_END_EXPECT, l, >, r, "")
#define KUNIT_EXPECT_GE(t, l, r) KUNIT_CMP(t, KUNIT_END_EXPECT, l, >=, r, "")
#define KUNIT_EXPECT_PTR_EQ(t, l, r) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, l, ==, r, "")
#define KUNIT_EXPECT_PTR_NE(t, l, r) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, l, !=, r, "")
#define KUNIT_EXPECT_NULL(t, p) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, p, ==, NULL, "")
#define KUNIT_EXPECT_NOT_NULL(t, p) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, p, !=, NULL, "")
#define KUNIT_EXPECT_STREQ(t, l, r) KUNIT_CMPSTR(t, KUNIT_END_EXPECT, l, ==, r, "")
#define KUNIT_EXPECT_STRNEQ(t, l, r) KUNIT_CMPSTR(t, KUNIT_END_EXPECT, l, !=, r, "")
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(t, p) KUNIT_GOODPTR(t, KUNIT_END_EXPECT, p, "")
#define KUNIT_EXPECT_TRUE_MSG(t, c, f, ...) KUNIT_CHECK(t, KUNIT_END_EXPECT, c, true, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, c, f, ...) KUNIT_CHECK(t, KUNIT_END_EXPECT, c, false, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_EXPECT, l, ==, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_EXPECT, l, !=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_EXPECT, l, <, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_EXPECT, l, <=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_EXPECT, l, >, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_GE_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_EXPECT, l, >=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ_MSG(t, l, r, f, ...) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, l, ==, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE_MSG(t, l, r, f, ...) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, l, !=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NULL_MSG(t, p, f, ...) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, p, ==, NULL, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL_MSG(t, p, f, ...) KUNIT_CMPPTR(t, KUNIT_END_EXPECT, p, !=, NULL, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_STREQ_MSG(t, l, r, f, ...) KUNIT_CMPSTR(t, KUNIT_END_EXPECT, l, ==, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ_MSG(t, l, r, f, ...) KUNIT_CMPSTR(t, KUNIT_END_EXPECT, l, !=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(t, p, f, ...) KUNIT_GOODPTR(t, KUNIT_END_EXPECT, p, ": " f, ##__VA_ARGS__)

#define KUNIT_ASSERT_FAILURE(t, f, ...) do { KUNIT_FAIL(t, f, ##__VA_ARGS__); kunit_host_abort(t); } while (0)
#define KUNIT_ASSERT_TRUE(t, c) KUNIT_CHECK(t, KUNIT_END_ASSERT, c, true, "")
#define KUNIT_ASSERT_FALSE(t, c) KUNIT_CHECK(t, KUNIT_END_ASSERT, c, false, "")
#define KUNIT_ASSERT_EQ(t, l, r) KUNIT_CMP(t, KUNIT_END_ASSERT, l, ==, r, "")
#define KUNIT_ASSERT_NE(t, l, r) KUNIT_CMP(t, KUNIT_END_ASSERT, l, !=, r, "")
#define KUNIT_ASSERT_LT(t, l, r) KUNIT_CMP(t, KUNIT_END_ASSERT, l, <, r, "")
#define KUNIT_ASSERT_LE(t, l, r) KUNIT_CMP(t, KUNIT_END_ASSERT, l, <=, r, "")
#define KUNIT_ASSERT_GT(t, l, r) KUNIT_CMP(t, KUNIT_END_ASSERT, l, >, r, "")
#define KUNIT_ASSERT_GE(t, l, r) KUNIT_CMP(t, KUNIT_END_ASSERT, l, >=, r, "")
#define KUNIT_ASSERT_PTR_EQ(t, l, r) KUNIT_CMPPTR(t, KUNIT_END_ASSERT, l, ==, r, "")
#define KUNIT_ASSERT_PTR_NE(t, l, r) KUNIT_CMPPTR(t, KUNIT_END_ASSERT, l, !=, r, "")
#define KUNIT_ASSERT_NULL(t, p) KUNIT_CMPPTR(t, KUNIT_END_ASSERT, p, ==, NULL, "")
#define KUNIT_ASSERT_NOT_NULL(t, p) KUNIT_CMPPTR(t, KUNIT_END_ASSERT, p, !=, NULL, "")
#define KUNIT_ASSERT_STREQ(t, l, r) KUNIT_CMPSTR(t, KUNIT_END_ASSERT, l, ==, r, "")
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(t, p) KUNIT_GOODPTR(t, KUNIT_END_ASSERT, p, "")
#define KUNIT_ASSERT_TRUE_MSG(t, c, f, ...) KUNIT_CHECK(t, KUNIT_END_ASSERT, c, true, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(t, c, f, ...) KUNIT_CHECK(t, KUNIT_END_ASSERT, c, false, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_ASSERT, l, ==, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NE_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_ASSERT, l, !=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_LT_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_ASSERT, l, <, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_LE_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_ASSERT, l, <=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_GT_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_ASSERT, l, >, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_GE_MSG(t, l, r, f, ...) KUNIT_CMP(t, KUNIT_END_ASSERT, l, >=, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NULL_MSG(t, p, f, ...) KUNIT_CMPPTR(t, KUNIT_END_ASSERT, p, ==, NULL, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL_MSG(t, p, f, ...) KUNIT_CMPPTR(t, KUNIT_END_ASSERT, p, !=, NULL, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_STREQ_MSG(t, l, r, f, ...) KUNIT_CMPSTR(t, KUNIT_END_ASSERT, l, ==, r, ": " f, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(t, p, f, ...) KUNIT_GOODPTR(t, KUNIT_END_ASSERT, p, ": " f, ##__VA_ARGS__)

#endif
