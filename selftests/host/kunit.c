// SPDX-License-Identifier: GPL-2.0-only
/* Runs the suites linked with it and prints KTAP; the exit code is 1 if a case failed. */
#include <setjmp.h>
#include <kunit/test.h>

struct block {
	struct list_head list;
	char data[];		/* 16-aligned, as malloc is */
};

static struct kunit_suite *suites[64];
static unsigned int nr_suites;
static jmp_buf abort_point;

void kunit_host_register(struct kunit_suite *suite)
{
	if (nr_suites == ARRAY_SIZE(suites))
		abort();
	suites[nr_suites++] = suite;
}

void kunit_host_fail(struct kunit *test, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	test->failed = true;
	if (test->nr_failures++ >= 10)
		return;
	printf("    # %s: %s:%d: ", test->name, file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

void kunit_host_note(struct kunit *test, const char *fmt, ...)
{
	va_list args;

	printf("    # %s: ", test->name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	if (!strchr(fmt, '\n'))
		putchar('\n');
}

void kunit_host_abort(struct kunit *test)
{
	(void)test;
	longjmp(abort_point, 1);
}

void *kunit_kzalloc(struct kunit *test, size_t n, gfp_t gfp)
{
	struct block *block = calloc(1, sizeof(*block) + n);

	(void)gfp;
	if (!block)
		abort();
	list_add(&block->list, &test->resources);
	return block->data;
}

void *kunit_kmalloc(struct kunit *test, size_t n, gfp_t gfp)
{
	return memset(kunit_kzalloc(test, n, gfp), 0xa5, n);
}

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kunit_kmalloc(test, n * size, gfp);
}

void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kunit_kzalloc(test, n * size, gfp);
}

void kunit_kfree(struct kunit *test, const void *p)
{
	struct block *block = container_of(p, struct block, data);

	(void)test;
	list_del(&block->list);
	free(block);
}

static void run_once(struct kunit_suite *suite, struct kunit_case *c, struct kunit *test)
{
	long live = host_live_allocs();
	struct block *block, *next;

	INIT_LIST_HEAD(&test->resources);
	if (!setjmp(abort_point)) {
		if (!suite->init || !suite->init(test))
			c->run_case(test);
		else
			KUNIT_FAIL(test, "init failed");
	}
	host_fail_alloc(-1);
	if (!setjmp(abort_point) && suite->exit)
		suite->exit(test);
	list_for_each_entry_safe(block, next, &test->resources, list)
		kunit_kfree(test, block->data);
	if (host_live_allocs() != live && !test->failed)
		KUNIT_FAIL(test, "leaves %ld blocks allocated", host_live_allocs() - live);
}

static void run_params(struct kunit_suite *suite, struct kunit_case *c, struct kunit *test)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";

	test->param_value = c->generate_params(NULL, desc);
	for (; test->param_value; test->param_index++) {
		bool before = test->failed;

		test->failed = false;
		run_once(suite, c, test);
		if (test->failed)
			printf("    # %s: failed with parameter %d: %s\n", c->name, test->param_index, desc);
		test->failed |= before;
		test->param_value = c->generate_params(test->param_value, desc);
	}
}

static bool run_case(struct kunit_suite *suite, struct kunit_case *c, int nr)
{
	struct kunit test = { .name = c->name };

	if (c->generate_params)
		run_params(suite, c, &test);
	else
		run_once(suite, c, &test);
	printf("    %sok %d %s%s%s\n", test.failed ? "not " : "", nr, c->name,
	       test.skipped && !test.failed ? " # SKIP " : "", test.failed ? "" : test.comment);
	fflush(stdout);
	return !test.failed;
}

static bool run_suite(struct kunit_suite *suite, unsigned int nr)
{
	struct kunit_case *c;
	bool ok = true;
	int n = 0;

	for (c = suite->test_cases; c->run_case; c++)
		n++;
	printf("    KTAP version 1\n    # Subtest: %s\n    1..%d\n", suite->name, n);
	if (suite->suite_init && suite->suite_init(suite)) {
		printf("    # suite_init failed\nnot ok %u %s\n", nr, suite->name);
		return false;
	}
	for (c = suite->test_cases, n = 1; c->run_case; c++, n++)
		if (!run_case(suite, c, n))
			ok = false;
	if (suite->suite_exit)
		suite->suite_exit(suite);
	printf("%sok %u %s\n", ok ? "" : "not ", nr, suite->name);
	return ok;
}

int main(void)
{
	bool ok = true;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%u\n", nr_suites);
	for (i = 0; i < nr_suites; i++)
		ok &= run_suite(suites[i], i + 1);
	return ok ? 0 : 1;
}
