// SPDX-License-Identifier: GPL-2.0-only
/* Block requests: what is good is understood as meant, what is bad is refused for its own reason. */
#include "../block/request.c"

#include <kunit/test.h>

#define RW	false
#define RO	true
#define DISK	1000ULL	/* sectors */

/* A request in words: all its segments are alike. */
struct words {
	const char *belief;
	bool readonly;
	u8 op;
	u8 indirect_op;		/* for BLKIF_OP_INDIRECT */
	u16 nr_segs;
	u64 sector;
	u8 first, last;
	int want_parse;
	int want_len;		/* or the errno of the segments */
};

#define READ		BLKIF_OP_READ, 0
#define WRITE		BLKIF_OP_WRITE, 0
#define FLUSH		BLKIF_OP_FLUSH_DISKCACHE, 0
#define INDIRECT(op)	BLKIF_OP_INDIRECT, op

static const struct words cases[] = {
	{ "read_of_a_page", RO, READ, 1, 0, 0, 7, 0, 4096 },
	{ "read_of_a_sector", RO, READ, 1, 999, 3, 3, 0, 512 },
	{ "read_of_11_pages", RO, READ, 11, 0, 0, 7, 0, 45056 },
	{ "read_to_the_last_sector", RO, READ, 1, 992, 0, 7, 0, 4096 },
	{ "read_one_over_the_end", RO, READ, 1, 993, 0, 7, 0, -ERANGE },
	{ "read_at_the_end", RO, READ, 1, 1000, 0, 0, 0, -ERANGE },
	{ "read_beyond_the_end", RO, READ, 1, 1001, 0, 0, 0, -ERANGE },
	{ "sum_of_sectors_wraps", RO, READ, 1, U64_MAX, 0, 7, 0, -ERANGE },
	{ "sum_of_sectors_wraps_to_zero", RO, READ, 1, U64_MAX - 7, 0, 7, 0, -ERANGE },
	{ "bytes_wrap", RO, READ, 1, 1ULL << 55, 0, 7, 0, -ERANGE },
	{ "last_segment_leaves_the_disk", RO, READ, 2, 985, 0, 7, 0, -ERANGE },
	{ "no_segments", RO, READ, 0, 0, 0, 7, -EINVAL },
	{ "12_segments", RO, READ, 12, 0, 0, 7, -EINVAL },
	{ "255_segments", RO, READ, 255, 0, 0, 7, -EINVAL },
	{ "sector_8_of_a_page", RO, READ, 1, 0, 0, 8, 0, -EINVAL },
	{ "sector_255_of_a_page", RO, READ, 1, 0, 255, 255, 0, -EINVAL },
	{ "sectors_in_wrong_order", RO, READ, 1, 0, 5, 4, 0, -EINVAL },
	{ "write", RW, WRITE, 2, 10, 1, 2, 0, 2048 },
	{ "write_to_a_readonly_disk", RO, WRITE, 2, 10, 1, 2, -EROFS },
	{ "write_without_segments", RW, WRITE, 0, 0, 0, 0, -EINVAL },
	{ "flush", RW, FLUSH, 0, 0, 0, 0, 0, 0 },
	{ "flush_has_no_place", RW, FLUSH, 0, U64_MAX, 0, 0, 0, 0 },
	{ "flush_with_data", RW, FLUSH, 1, 0, 0, 7, 0, 4096 },
	{ "flush_with_data_beyond_the_end", RW, FLUSH, 1, 1000, 0, 7, 0, -ERANGE },
	{ "flush_of_a_readonly_disk", RO, FLUSH, 0, 0, 0, 0, 0, 0 },
	{ "flush_with_data_to_a_readonly_disk", RO, FLUSH, 1, 0, 0, 7, -EROFS },
	{ "indirect_read", RO, INDIRECT(BLKIF_OP_READ), 32, 0, 0, 7, 0, 131072 },
	{ "indirect_read_of_one", RO, INDIRECT(BLKIF_OP_READ), 1, 0, 0, 7, 0, 4096 },
	{ "indirect_write", RW, INDIRECT(BLKIF_OP_WRITE), 32, 0, 0, 7, 0, 131072 },
	{ "indirect_write_to_a_readonly_disk", RO, INDIRECT(BLKIF_OP_WRITE), 32, 0, 0, 7, -EROFS },
	{ "indirect_with_most_segments", RO, INDIRECT(BLKIF_OP_READ), HYPHA_INDIRECT_MAX, 0, 0, 0, 0,
	  HYPHA_INDIRECT_MAX * 512 },
	{ "indirect_with_one_too_many", RO, INDIRECT(BLKIF_OP_READ), HYPHA_INDIRECT_MAX + 1, 0, 0, 0, -EINVAL },
	{ "indirect_with_65535", RO, INDIRECT(BLKIF_OP_READ), 65535, 0, 0, 0, -EINVAL },
	{ "indirect_without_segments", RO, INDIRECT(BLKIF_OP_READ), 0, 0, 0, 0, -EINVAL },
	{ "indirect_of_indirect", RO, INDIRECT(BLKIF_OP_INDIRECT), 1, 0, 0, 0, -EOPNOTSUPP },
	{ "indirect_flush", RW, INDIRECT(BLKIF_OP_FLUSH_DISKCACHE), 1, 0, 0, 0, -EOPNOTSUPP },
	{ "indirect_beyond_the_end", RO, INDIRECT(BLKIF_OP_READ), 126, 0, 0, 7, 0, -ERANGE },
	{ "barrier_is_not_offered", RW, BLKIF_OP_WRITE_BARRIER, 0, 1, 0, 0, 7, -EOPNOTSUPP },
	{ "discard_is_not_offered", RW, BLKIF_OP_DISCARD, 0, 0, 0, 0, 0, -EOPNOTSUPP },
	{ "packet_is_unknown", RW, 4, 0, 1, 0, 0, 7, -EOPNOTSUPP },
	{ "operation_255", RW, 255, 0, 1, 0, 0, 7, -EOPNOTSUPP },
};

#define ID 0x1122334455667788ULL

static struct blkif_request wire_of(const struct words *w)
{
	struct blkif_request wire = { .operation = w->op };

	if (w->op == BLKIF_OP_INDIRECT) {
		wire.u.indirect.indirect_op = w->indirect_op;
		wire.u.indirect.nr_segments = w->nr_segs;
		wire.u.indirect.id = ID;
		wire.u.indirect.sector_number = w->sector;
		wire.u.indirect.indirect_grefs[0] = 77;
	} else {
		wire.u.rw.nr_segments = w->nr_segs;
		wire.u.rw.id = ID;
		wire.u.rw.sector_number = w->sector;
	}
	return wire;
}

static void check_case(struct kunit *test, const struct words *w)
{
	static struct blkif_request_segment wire_segs[HYPHA_INDIRECT_MAX];
	static struct hypha_segment segs[HYPHA_INDIRECT_MAX];
	struct hypha_request_limits limits = { .sectors = DISK, .readonly = w->readonly };
	struct blkif_request wire = wire_of(w);
	struct hypha_request req;
	u32 i;

	KUNIT_EXPECT_EQ_MSG(test, hypha_request_parse(&wire, &limits, &req), w->want_parse, "%s", w->belief);
	KUNIT_EXPECT_EQ_MSG(test, req.id, ID, "%s", w->belief);
	KUNIT_EXPECT_EQ_MSG(test, req.wire_op, w->op == BLKIF_OP_INDIRECT ? w->indirect_op : w->op, "%s", w->belief);
	if (w->want_parse)
		return;

	KUNIT_EXPECT_EQ_MSG(test, req.indirect, w->op == BLKIF_OP_INDIRECT, "%s", w->belief);
	KUNIT_EXPECT_EQ_MSG(test, req.indirect_ref, (grant_ref_t)(req.indirect ? 77 : 0), "%s", w->belief);
	for (i = 0; i < w->nr_segs; i++)
		wire_segs[i] = (struct blkif_request_segment){ .gref = 1000 + i, .first_sect = w->first, .last_sect = w->last };
	KUNIT_EXPECT_EQ_MSG(test, hypha_request_check_segments(&req, &limits, wire_segs, segs), w->want_len, "%s",
			    w->belief);
	for (i = 0; i < w->nr_segs && w->want_len > 0; i++) {
		KUNIT_EXPECT_EQ_MSG(test, segs[i].gref, 1000 + i, "%s", w->belief);
		KUNIT_EXPECT_EQ_MSG(test, (int)segs[i].offset, w->first * 512, "%s", w->belief);
		KUNIT_EXPECT_EQ_MSG(test, (int)segs[i].len, (w->last - w->first + 1) * 512, "%s", w->belief);
	}
}

static void requests_are_judged_by_the_table(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(test, &cases[i]);
}

static void one_bad_segment_spoils_the_request(struct kunit *test)
{
	struct hypha_request_limits limits = { .sectors = DISK };
	struct hypha_request req = { .op = HYPHA_REQUEST_READ, .nr_segs = 3 };
	struct blkif_request_segment wire[3] = { { 1, 0, 7 }, { 2, 7, 6 }, { 3, 0, 7 } };
	struct hypha_segment segs[3];

	KUNIT_EXPECT_EQ(test, hypha_request_check_segments(&req, &limits, wire, segs), -EINVAL);
}

static void segments_of_different_sizes_add_up(struct kunit *test)
{
	struct hypha_request_limits limits = { .sectors = 14 };
	struct hypha_request req = { .op = HYPHA_REQUEST_READ, .nr_segs = 3 };
	struct blkif_request_segment wire[3] = { { 1, 7, 7 }, { 2, 0, 7 }, { 3, 2, 6 } };
	struct hypha_segment segs[3];

	KUNIT_EXPECT_EQ(test, hypha_request_check_segments(&req, &limits, wire, segs), 14 * 512);
	limits.sectors = 13;
	KUNIT_EXPECT_EQ(test, hypha_request_check_segments(&req, &limits, wire, segs), -ERANGE);
}

static void nothing_fits_on_an_empty_disk(struct kunit *test)
{
	struct hypha_request_limits limits = { .sectors = 0 };
	struct hypha_request req = { .op = HYPHA_REQUEST_READ, .nr_segs = 1 };
	struct blkif_request_segment wire = { 1, 0, 0 };
	struct hypha_segment seg;

	KUNIT_EXPECT_EQ(test, hypha_request_check_segments(&req, &limits, &wire, &seg), -ERANGE);
}

/* xorshift64*: the same requests in every run. */
static u64 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* Random bytes, but likely enough to mean something. */
static void fill_random(struct blkif_request *wire, struct blkif_request_segment *segs, u64 *state)
{
	u8 *bytes = (u8 *)wire;
	size_t i;

	for (i = 0; i < sizeof(*wire); i++)
		bytes[i] = next_random(state) >> 32;
	wire->operation = (next_random(state) >> 40) % 8;
	if (wire->operation == BLKIF_OP_INDIRECT) {
		wire->u.indirect.indirect_op = (next_random(state) >> 40) % 4;
		wire->u.indirect.nr_segments %= 300;
		wire->u.indirect.sector_number %= 2 * DISK;
	} else {
		wire->u.rw.nr_segments %= 16;
		if (next_random(state) & 1)
			wire->u.rw.sector_number %= 2 * DISK;
	}
	for (i = 0; i < HYPHA_INDIRECT_MAX; i++) {
		u64 r = next_random(state);

		/* Few enough bad ones that requests of many segments pass too. */
		segs[i].first_sect = (r >> 8) % 8;
		segs[i].last_sect = r % 128 ? 7 : r >> 16;
	}
	if (wire->operation != BLKIF_OP_INDIRECT)
		memcpy(wire->u.rw.seg, segs, sizeof(wire->u.rw.seg));
}

static void what_is_accepted_stays_in_its_pages_and_on_the_disk(struct kunit *test)
{
	static struct blkif_request_segment wire_segs[HYPHA_INDIRECT_MAX];
	static struct hypha_segment segs[HYPHA_INDIRECT_MAX];
	u64 state = 88172645463325252ULL;
	int i, accepted = 0;
	u32 j;

	for (i = 0; i < 50000; i++) {
		struct hypha_request_limits limits = { .sectors = DISK, .readonly = i & 1 };
		struct hypha_request req;
		struct blkif_request wire;
		u64 sum = 0;
		int len;

		fill_random(&wire, wire_segs, &state);
		if (hypha_request_parse(&wire, &limits, &req))
			continue;
		KUNIT_ASSERT_LE(test, req.nr_segs, (u32)HYPHA_INDIRECT_MAX);
		len = hypha_request_check_segments(&req, &limits, req.indirect ? wire_segs : wire.u.rw.seg, segs);
		if (len < 0)
			continue;
		accepted += len > 0;
		for (j = 0; j < req.nr_segs; j++) {
			KUNIT_ASSERT_LE(test, segs[j].offset + segs[j].len, 4096);
			KUNIT_ASSERT_GE(test, (int)segs[j].len, 512);
			sum += segs[j].len;
		}
		KUNIT_ASSERT_EQ(test, sum, (u64)len);
		KUNIT_ASSERT_TRUE(test, !len || (req.sector < DISK && req.sector * 512 + len <= DISK * 512));
		KUNIT_ASSERT_FALSE(test, limits.readonly && len && req.op != HYPHA_REQUEST_READ);
	}
	KUNIT_EXPECT_GT(test, accepted, 1000);	/* else nothing was tried */
}

static void statuses_are_blkif_s(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)hypha_request_status(0), BLKIF_RSP_OKAY);
	KUNIT_EXPECT_EQ(test, (int)hypha_request_status(-EOPNOTSUPP), BLKIF_RSP_EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, (int)hypha_request_status(-EIO), BLKIF_RSP_ERROR);
	KUNIT_EXPECT_EQ(test, (int)hypha_request_status(-EROFS), BLKIF_RSP_ERROR);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(requests_are_judged_by_the_table),
	KUNIT_CASE(one_bad_segment_spoils_the_request),
	KUNIT_CASE(segments_of_different_sizes_add_up),
	KUNIT_CASE(nothing_fits_on_an_empty_disk),
	KUNIT_CASE(what_is_accepted_stays_in_its_pages_and_on_the_disk),
	KUNIT_CASE(statuses_are_blkif_s),
	{}
};

static struct kunit_suite request_suite = {
	.name = "hypha_request",
	.test_cases = request_cases,
};
kunit_test_suite(request_suite);
