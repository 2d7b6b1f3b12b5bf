// SPDX-License-Identifier: GPL-2.0-only
/* The console's log keeps the newest bytes, counts the others and never shows a byte twice. */
#include "../console/log.c"

#include <kunit/test.h>
#include <linux/slab.h>

static void *chunk_memory[8];
static int nr_allocs, fail_after;

static void *alloc_chunk(void)
{
	if (nr_allocs >= fail_after)
		return NULL;
	return chunk_memory[nr_allocs++] = kmalloc(HYPHA_LOG_CHUNK, GFP_KERNEL);
}

struct fixture {
	struct hypha_log log;
	void *chunks[8];
};

static int start(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fixture), GFP_KERNEL);
	nr_allocs = 0;
	fail_after = ARRAY_SIZE(chunk_memory);
	return test->priv ? 0 : -ENOMEM;
}

static void finish(struct kunit *test)
{
	while (nr_allocs)
		kfree(chunk_memory[--nr_allocs]);
}

static struct hypha_log *make(struct kunit *test, u32 size)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_LE(test, hypha_log_nr_chunks(size), (u32)ARRAY_SIZE(f->chunks));
	hypha_log_init(&f->log, size, f->chunks, alloc_chunk);
	return &f->log;
}

/* Every byte says its offset, so that a misplaced one shows. */
static u8 byte_at(u64 offset)
{
	return offset * 31 + (offset >> 8);
}

static void append(struct hypha_log *log, size_t len)
{
	while (len--) {
		u8 b = byte_at(log->end);

		hypha_log_append(log, &b, 1);
	}
}

static void append_at_once(struct kunit *test, struct hypha_log *log, size_t len)
{
	u8 *data = kunit_kzalloc(test, len, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, data);
	for (i = 0; i < len; i++)
		data[i] = byte_at(log->end + i);
	hypha_log_append(log, data, len);
}

/* Read to the end in pieces of @piece, checking each byte. Return: how many. */
static u64 replay(struct kunit *test, const struct hypha_log *log, u64 pos, size_t piece)
{
	u64 total = 0;
	u8 buf[256];
	size_t n, i;

	while ((n = hypha_log_read(log, &pos, buf, min_t(size_t, piece, sizeof(buf))))) {
		for (i = 0; i < n; i++)
			KUNIT_ASSERT_EQ(test, buf[i], byte_at(pos - n + i));
		total += n;
	}
	KUNIT_EXPECT_EQ(test, pos, log->end);
	return total;
}

static void an_empty_log_reads_nothing(struct kunit *test)
{
	struct hypha_log *log = make(test, 100);
	u64 pos = 0;
	u8 b;

	KUNIT_EXPECT_EQ(test, hypha_log_read(log, &pos, &b, 1), (size_t)0);
	KUNIT_EXPECT_EQ(test, nr_allocs, 0);
}

static const struct {
	const char *belief;
	u32 size;
	size_t written;
	u64 kept;
	int chunks;
} sizes[] = {
	{ "one_byte_log", 1, 10, 1, 1 },
	{ "not_full", 5000, 4999, 4999, 2 },
	{ "just_full", 5000, 5000, 5000, 2 },
	{ "one_over", 5000, 5001, 5000, 2 },
	{ "many_times_over", 5000, 50000, 5000, 2 },
	{ "whole_chunks", 8192, 20000, 8192, 2 },
	{ "only_touched_chunks_are_allocated", 32768, 4096, 4096, 1 },
	{ "next_chunk_on_its_first_byte", 32768, 4097, 4097, 2 },
};

static void the_newest_stay_and_the_rest_is_counted(struct kunit *test)
{
	int i, once;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (once = 0; once < 2; once++) {
			struct hypha_log *log = make(test, sizes[i].size);

			if (once)
				append_at_once(test, log, sizes[i].written);
			else
				append(log, sizes[i].written);
			KUNIT_EXPECT_EQ_MSG(test, log->end, sizes[i].written, "%s", sizes[i].belief);
			KUNIT_EXPECT_EQ_MSG(test, log->start, sizes[i].written - sizes[i].kept, "%s", sizes[i].belief);
			KUNIT_EXPECT_EQ_MSG(test, replay(test, log, 0, 7), sizes[i].kept, "%s", sizes[i].belief);
			KUNIT_EXPECT_EQ_MSG(test, replay(test, log, 0, 256), sizes[i].kept, "%s", sizes[i].belief);
			KUNIT_EXPECT_EQ_MSG(test, nr_allocs, sizes[i].chunks, "%s", sizes[i].belief);
			finish(test);
			memset(test->priv, 0, sizeof(struct fixture));
		}
}

static void a_slow_reader_skips_what_was_dropped(struct kunit *test)
{
	struct hypha_log *log = make(test, 4096);
	u64 pos = 0;
	u8 b;

	append(log, 100);
	KUNIT_EXPECT_EQ(test, hypha_log_read(log, &pos, &b, 1), (size_t)1);
	append(log, 8000);
	KUNIT_EXPECT_EQ(test, hypha_log_read(log, &pos, &b, 1), (size_t)1);
	KUNIT_EXPECT_EQ(test, pos, (u64)8100 - 4096 + 1);
	KUNIT_EXPECT_EQ(test, b, byte_at(8100 - 4096));
}

static void readers_keep_their_own_places(struct kunit *test)
{
	struct hypha_log *log = make(test, 4096);

	append(log, 1000);
	KUNIT_EXPECT_EQ(test, replay(test, log, 0, 100), (u64)1000);
	KUNIT_EXPECT_EQ(test, replay(test, log, 999, 100), (u64)1);
	KUNIT_EXPECT_EQ(test, replay(test, log, 1000, 100), (u64)0);
}

static void a_place_in_the_future_is_the_end(struct kunit *test)
{
	struct hypha_log *log = make(test, 4096);
	u64 pos = U64_MAX;
	u8 b;

	append(log, 10);
	KUNIT_EXPECT_EQ(test, hypha_log_read(log, &pos, &b, 1), (size_t)0);
	KUNIT_EXPECT_EQ(test, pos, (u64)10);
}

static void without_memory_bytes_are_counted_as_dropped(struct kunit *test)
{
	struct hypha_log *log = make(test, 12288);

	fail_after = 1;
	append(log, 5000);
	KUNIT_EXPECT_EQ(test, log->end, (u64)5000);
	KUNIT_EXPECT_EQ(test, log->start, (u64)5000);
	fail_after = 8;
	append(log, 1000);
	KUNIT_EXPECT_EQ(test, log->start, (u64)5000);
	KUNIT_EXPECT_EQ(test, replay(test, log, 0, 100), (u64)1000);
}

static void offsets_beyond_4_gib_work(struct kunit *test)
{
	struct hypha_log *log = make(test, 5000);

	log->start = log->end = (3ULL << 32) - 2000;
	append(log, 6000);
	KUNIT_EXPECT_EQ(test, replay(test, log, 0, 100), (u64)5000);
}

static struct kunit_case log_cases[] = {
	KUNIT_CASE(an_empty_log_reads_nothing),
	KUNIT_CASE(the_newest_stay_and_the_rest_is_counted),
	KUNIT_CASE(a_slow_reader_skips_what_was_dropped),
	KUNIT_CASE(readers_keep_their_own_places),
	KUNIT_CASE(a_place_in_the_future_is_the_end),
	KUNIT_CASE(without_memory_bytes_are_counted_as_dropped),
	KUNIT_CASE(offsets_beyond_4_gib_work),
	{}
};

static struct kunit_suite log_suite = {
	.name = "hypha_log",
	.init = start,
	.exit = finish,
	.test_cases = log_cases,
};
kunit_test_suite(log_suite);
