/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For userland host tests: a program selftests/host/NAME_test.c calls ok() as often as it likes and ends with
 * `return done();`. Prints KTAP; the plan comes last.
 *
 * Tests run in an empty scratch directory that is removed after. The sources a test needs are named in its first lines,
 * relative to the top of the tree, and so are libraries:
 *	// links: userspace/oci/reference.c userspace/util/error.c
 *	// libs: -lcurl -ljansson
 */
#ifndef HOST_TEST_H
#define HOST_TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_nr, test_failed;

/* A line of diagnosis. */
__attribute__((unused, format(printf, 1, 2)))
static void note(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

/* One result line; returns @good, so that a test can bail out: if (!ok(...)) return done(); */
__attribute__((unused, format(printf, 2, 3)))
static bool ok(bool good, const char *fmt, ...)
{
	va_list args;

	if (!test_nr++) {
		setvbuf(stdout, NULL, _IOLBF, 0);
		printf("KTAP version 1\n");
	}
	test_failed += !good;
	printf("%sok %d ", good ? "" : "not ", test_nr);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	return good;
}

/* ok() for two strings, showing both if they differ; NULL equals only NULL. */
__attribute__((unused, format(printf, 3, 4)))
static bool ok_str(const char *got, const char *want, const char *fmt, ...)
{
	bool good = got && want ? !strcmp(got, want) : got == want;
	char name[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	ok(good, "%s", name);
	if (!good)
		note("got \"%s\", want \"%s\"", got ? got : "(null)", want ? want : "(null)");
	return good;
}

/* ok() for two numbers. */
__attribute__((unused, format(printf, 3, 4)))
static bool ok_num(long long got, long long want, const char *fmt, ...)
{
	char name[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	ok(got == want, "%s", name);
	if (got != want)
		note("got %lld, want %lld", got, want);
	return got == want;
}

/* A test that cannot be done here. */
__attribute__((unused))
static void skip(const char *name, const char *why)
{
	if (!test_nr++)
		printf("KTAP version 1\n");
	printf("ok %d %s # SKIP %s\n", test_nr, name, why);
}

__attribute__((unused))
static int done(void)
{
	printf("1..%d\n", test_nr);
	return test_failed ? 1 : 0;
}

#endif
