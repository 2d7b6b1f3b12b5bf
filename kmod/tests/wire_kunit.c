// SPDX-License-Identifier: GPL-2.0-only
/* The words of the xenstore protocol. */
#include <kunit/test.h>

#include "../store/wire.c"

#include <linux/slab.h>

static const struct path_case {
	const char *in, *out;	/* out NULL: refused */
	bool special;
} path_cases[] = {
	{ "/", "/" },
	{ "/a", "/a" },
	{ "/a/b-c_d@e/9", "/a/b-c_d@e/9" },
	{ "a", "/local/domain/7/a" },
	{ "device/vbd/51712/state", "/local/domain/7/device/vbd/51712/state" },
	{ "", NULL },
	{ "a/", NULL },
	{ "/a/", NULL },
	{ "//", NULL },
	{ "/a//b", NULL },
	{ "a//b", NULL },
	{ "/a b", NULL },
	{ "/a.b", NULL },
	{ "/\xc3\xa4", NULL },
	{ "/a\n", NULL },
	{ "@releaseDomain", NULL },
	{ "@releaseDomain", "@releaseDomain", true },
	{ "@a//b", NULL, true },
	{ "@a/", NULL, true },
};

static void paths_are_made_canonical_or_refused(struct kunit *test)
{
	char *out = kunit_kzalloc(test, HYPHA_PATH_SIZE, GFP_KERNEL);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(path_cases); i++) {
		const struct path_case *c = &path_cases[i];
		int len = hypha_wire_path("/local/domain/7", c->in, c->special, out);

		KUNIT_EXPECT_EQ_MSG(test, len, c->out ? (int)strlen(c->out) : -EINVAL, "'%s'", c->in);
		if (c->out && len > 0)
			KUNIT_EXPECT_STREQ(test, out, c->out);
	}
}

/* A path of @len bytes: @prefix and then one long name. */
static char *long_path(struct kunit *test, const char *prefix, size_t len)
{
	char *path = kunit_kzalloc(test, len + 1, GFP_KERNEL);

	memset(path, 'x', len);
	memcpy(path, prefix, strlen(prefix));
	return path;
}

static void path_lengths_are_bounded(struct kunit *test)
{
	static const struct { const char *prefix; size_t len; bool good; } cases[] = {
		{ "/", 3072, true },
		{ "/", 3073, false },
		{ "/", 9000, false },
		{ "", 2048, true },
		{ "", 2049, false },
		{ "", 3072, false },
		{ "/local/domain/12/", 17 + 2048, true },
		{ "/local/domain/12/", 17 + 2049, false },
		{ "/local/domain/123456/", 3072, true },	/* no domain's home */
		{ "/local/domain/12x/", 3072, true },
		{ "/local/domain/", 3072, true },
	};
	char *out = kunit_kzalloc(test, HYPHA_PATH_SIZE, GFP_KERNEL);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int len = hypha_wire_path("/local/domain/7", long_path(test, cases[i].prefix, cases[i].len), false, out);

		KUNIT_EXPECT_EQ_MSG(test, len > 0, cases[i].good, "'%s…' of %zu", cases[i].prefix, cases[i].len);
	}
}

static void strings_end_within_the_payload(struct kunit *test)
{
	struct hypha_wire_args args = { .data = "a\0\0bc\0d", .len = 7 };

	KUNIT_EXPECT_STREQ(test, hypha_wire_next(&args), "a");
	KUNIT_EXPECT_STREQ(test, hypha_wire_next(&args), "");
	KUNIT_EXPECT_STREQ(test, hypha_wire_next(&args), "bc");
	KUNIT_EXPECT_NULL(test, hypha_wire_next(&args));	/* 'd' has no NUL in there */
	KUNIT_EXPECT_EQ(test, args.at, 6);

	KUNIT_EXPECT_NULL(test, hypha_wire_only("", 0));
	KUNIT_EXPECT_NULL(test, hypha_wire_only("a", 1));
	KUNIT_EXPECT_NULL(test, hypha_wire_only("a\0b", 4));
	KUNIT_EXPECT_NULL(test, hypha_wire_only("a\0", 3));
	KUNIT_EXPECT_STREQ(test, hypha_wire_only("a", 2), "a");
	KUNIT_EXPECT_STREQ(test, hypha_wire_only("", 1), "");
}

static void numbers_are_decimal_and_bounded(struct kunit *test)
{
	static const struct { const char *in; u32 max; int err; u32 out; } cases[] = {
		{ "0", 10, 0, 0 }, { "10", 10, 0, 10 }, { "007", 10, 0, 7 }, { "11", 10, -ERANGE }, { "", 10, -EINVAL },
		{ "-1", 10, -EINVAL }, { "+1", 10, -EINVAL }, { "1 ", 10, -EINVAL }, { "0x1", 10, -EINVAL },
		{ "4294967295", U32_MAX, 0, U32_MAX }, { "4294967296", U32_MAX, -ERANGE },
		{ "99999999999999999999999999", U32_MAX, -ERANGE },
	};
	unsigned int i;
	u32 v;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int err = hypha_wire_number(cases[i].in, cases[i].max, &v);

		KUNIT_EXPECT_EQ_MSG(test, err, cases[i].err, "'%s'", cases[i].in);
		if (!err)
			KUNIT_EXPECT_EQ(test, v, cases[i].out);
	}
}

static void errors_have_the_protocols_names(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, hypha_wire_error(-ENOENT), "ENOENT");
	KUNIT_EXPECT_STREQ(test, hypha_wire_error(-EAGAIN), "EAGAIN");
	KUNIT_EXPECT_STREQ(test, hypha_wire_error(-EACCES), "EACCES");
	KUNIT_EXPECT_STREQ(test, hypha_wire_error(-ENOSYS), "ENOSYS");
	KUNIT_EXPECT_STREQ(test, hypha_wire_error(-E2BIG), "E2BIG");
	KUNIT_EXPECT_STREQ(test, hypha_wire_error(-EPERM), "EINVAL");	/* has no name */
}

static void below_means_whole_names(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, hypha_wire_is_below("/a/b", "/a"));
	KUNIT_EXPECT_TRUE(test, hypha_wire_is_below("/a", "/a"));
	KUNIT_EXPECT_TRUE(test, hypha_wire_is_below("/a", "/"));
	KUNIT_EXPECT_TRUE(test, hypha_wire_is_below("/", "/"));
	KUNIT_EXPECT_FALSE(test, hypha_wire_is_below("/ab", "/a"));
	KUNIT_EXPECT_FALSE(test, hypha_wire_is_below("/a", "/a/b"));
	KUNIT_EXPECT_FALSE(test, hypha_wire_is_below("/", "/a"));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(paths_are_made_canonical_or_refused),
	KUNIT_CASE(path_lengths_are_bounded),
	KUNIT_CASE(strings_end_within_the_payload),
	KUNIT_CASE(numbers_are_decimal_and_bounded),
	KUNIT_CASE(errors_have_the_protocols_names),
	KUNIT_CASE(below_means_whole_names),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_wire", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
