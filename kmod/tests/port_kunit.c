// SPDX-License-Identifier: GPL-2.0-only
/* Which port a masqueraded flow gets. */
#include <kunit/test.h>

#include "../net/port.c"

#define PORTS	65536

/* Ports in use, and what was tried. */
struct ports {
	u8 used[PORTS];
	u16 tried[HYPHA_PORT_TRIES];
	u32 nr_tried, nr_taken;
	int err;	/* what take() says of a free port */
};

static int take(u16 port, void *ctx)
{
	struct ports *p = ctx;

	if (p->nr_tried < HYPHA_PORT_TRIES)
		p->tried[p->nr_tried] = port;
	p->nr_tried++;
	if (p->used[port])
		return -EEXIST;
	if (!p->err) {
		p->used[port] = 1;
		p->nr_taken++;
	}
	return p->err;
}

static struct ports *new_ports(struct kunit *test)
{
	struct ports *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static const struct hypha_port_range ranges[] = {
	{ 61001, 65535 }, { 1024, 1024 }, { 1000, 1001 }, { 1000, 1002 }, { 4000, 4004 }, { 100, 226 }, { 100, 227 }, { 100, 228 },
	{ 65535, 65535 }, { 1, 65535 },
};

static u32 seed_of(u32 i)
{
	return i * 2654435761U;
}

static void nothing_but_the_range_is_tried(struct kunit *test)
{
	struct ports *p = new_ports(test);
	u32 i, r;

	for (r = 0; r < ARRAY_SIZE(ranges); r++)
		for (i = 0; i < 200; i++) {
			p->nr_tried = 0;
			memset(p->used, 0, sizeof(p->used));
			KUNIT_ASSERT_EQ(test, hypha_port_pick(&ranges[r], seed_of(i), take, p), 0);
			KUNIT_EXPECT_EQ(test, p->nr_tried, 1);
			KUNIT_EXPECT_GE(test, p->tried[0], ranges[r].min);
			KUNIT_EXPECT_LE(test, p->tried[0], ranges[r].max);
		}
}

static void no_port_is_tried_twice(struct kunit *test)
{
	struct ports *p = new_ports(test);
	u32 i, r, k, nr;

	memset(p->used, 1, sizeof(p->used));
	for (r = 0; r < ARRAY_SIZE(ranges); r++)
		for (i = 0; i < 50; i++) {
			u8 *seen = kunit_kzalloc(test, PORTS, GFP_KERNEL);

			KUNIT_ASSERT_NOT_NULL(test, seen);
			p->nr_tried = 0;
			KUNIT_EXPECT_EQ(test, hypha_port_pick(&ranges[r], seed_of(i), take, p), -EADDRNOTAVAIL);
			nr = min_t(u32, ranges[r].max - ranges[r].min + 1, HYPHA_PORT_TRIES);
			KUNIT_ASSERT_EQ(test, p->nr_tried, nr);
			for (k = 0; k < nr; k++) {
				KUNIT_EXPECT_EQ_MSG(test, seen[p->tried[k]], 0, "range %u seed %u try %u", r, i, k);
				seen[p->tried[k]] = 1;
			}
			kunit_kfree(test, seen);
		}
}

/* Of a range not larger than the tries, the last free port is found whatever the seed. */
static void a_small_range_is_used_up_to_its_last_port(struct kunit *test)
{
	struct ports *p = new_ports(test);
	u32 i, r, size;

	for (r = 0; r < ARRAY_SIZE(ranges); r++) {
		size = ranges[r].max - ranges[r].min + 1;
		if (size > HYPHA_PORT_TRIES)
			continue;
		memset(p->used, 0, sizeof(p->used));
		p->nr_taken = 0;
		for (i = 0; i < size; i++)
			KUNIT_EXPECT_EQ_MSG(test, hypha_port_pick(&ranges[r], seed_of(i + r), take, p), 0, "range %u, port %u", r, i);
		KUNIT_EXPECT_EQ(test, p->nr_taken, size);
		KUNIT_EXPECT_EQ(test, hypha_port_pick(&ranges[r], 1, take, p), -EADDRNOTAVAIL);
	}
}

/* Of a larger one all can be had with enough seeds, none twice. */
static void the_whole_range_is_covered(struct kunit *test)
{
	static const struct hypha_port_range range = { 61001, 65535 };
	struct ports *p = new_ports(test);
	u32 i;

	for (i = 0; p->nr_taken < 4535 && i < 20000; i++) {
		p->nr_tried = 0;
		hypha_port_pick(&range, seed_of(i), take, p);
	}
	KUNIT_EXPECT_EQ(test, p->nr_taken, 4535);
	for (i = 0; i < PORTS; i++)
		KUNIT_ASSERT_EQ(test, p->used[i], i >= 61001);
}

static void the_start_depends_on_the_seed(struct kunit *test)
{
	static const struct hypha_port_range range = { 61001, 65535 };
	struct ports *p = new_ports(test);
	u32 i;

	for (i = 0; i < 1000; i++) {
		p->nr_tried = 0;
		hypha_port_pick(&range, seed_of(i), take, p);
	}
	/* 1000 seeds that all start at a free port, or nearly: they do not crowd. */
	KUNIT_EXPECT_EQ(test, p->nr_taken, 1000);
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, p->used[61001 + seed_of(i) % 4535], 1);
}

static void another_error_ends_it_at_once(struct kunit *test)
{
	struct ports *p = new_ports(test);

	p->err = -EDQUOT;
	KUNIT_EXPECT_EQ(test, hypha_port_pick(&ranges[0], 5, take, p), -EDQUOT);
	KUNIT_EXPECT_EQ(test, p->nr_tried, 1);
}

static void an_empty_range_has_none(struct kunit *test)
{
	static const struct hypha_port_range empty = { 5, 4 };
	struct ports *p = new_ports(test);

	KUNIT_EXPECT_EQ(test, hypha_port_pick(&empty, 0, take, p), -EADDRNOTAVAIL);
	KUNIT_EXPECT_EQ(test, p->nr_tried, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_but_the_range_is_tried),
	KUNIT_CASE(no_port_is_tried_twice),
	KUNIT_CASE(a_small_range_is_used_up_to_its_last_port),
	KUNIT_CASE(the_whole_range_is_covered),
	KUNIT_CASE(the_start_depends_on_the_seed),
	KUNIT_CASE(another_error_ends_it_at_once),
	KUNIT_CASE(an_empty_range_has_none),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_port", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
