// SPDX-License-Identifier: GPL-2.0-only
/* The table of flows: who is found, who is charged, who makes room for whom. */
#include <kunit/test.h>

#include "../net/tuple.h"

static u64 nr_compared;

static inline bool counted_equal(const struct hypha_tuple *a, const struct hypha_tuple *b)
{
	nr_compared++;
	return hypha_tuple_equal(a, b);
}

#define hypha_tuple_equal counted_equal
#include "../net/flow.c"
#undef hypha_tuple_equal

#include "../net/life.h"
#include "flow_world.h"

/* Counts and lists agree; what a flow's rank says is where it is. */
static void check_table(struct kunit *test, struct fixture *f)
{
	u32 nr = 0, nr_of[NR_OWNERS] = { }, half_open[NR_OWNERS] = { }, expendable[NR_OWNERS] = { }, ranked[NR_OWNERS] = { }, i, r, owners = 0;
	struct hypha_flow_owner *owner;
	struct hypha_flow *flow;
	u64 last = 0;

	list_for_each_entry(flow, &f->table->flows, of_table) {
		int rank = hypha_life_rank(flow);

		i = flow->owner - f->owner;
		KUNIT_EXPECT_GT(test, flow->id, last);
		last = flow->id;
		nr++;
		nr_of[i]++;
		half_open[i] += is_half_open(rank);
		expendable[i] += is_expendable(rank);
		ranked[i] += rank >= 0;
	}
	list_for_each_entry(owner, &f->table->owners, expendable)
		owners++;
	KUNIT_EXPECT_EQ(test, hypha_flow_count(f->table), nr);
	for (i = 0; i < NR_OWNERS; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[i].nr), nr_of[i]);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[i].nr_half_open), half_open[i]);
		KUNIT_EXPECT_EQ(test, f->owner[i].nr_expendable, expendable[i]);
		owners -= expendable[i] != 0;
		for (r = 0; r < HYPHA_FLOW_RANKS; r++)
			list_for_each_entry(flow, &f->owner[i].rank[r], ranked) {
				KUNIT_EXPECT_EQ(test, hypha_life_rank(flow), r);
				ranked[i]--;
			}
		KUNIT_EXPECT_EQ(test, ranked[i], 0);
	}
	KUNIT_EXPECT_EQ(test, owners, 0);
}

static void end(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i;

	if (!f || !f->table)
		return;
	check_table(test, f);
	hypha_flow_flush(f->table, NULL, NULL, NULL);
	check_table(test, f);
	for (i = 0; i <= f->table->mask; i++)
		KUNIT_EXPECT_TRUE(test, !f->table->buckets[i].chain[0].first && !f->table->buckets[i].chain[1].first);
	end_world(test);
}

/* ---- found ---- */

static void both_directions_are_found(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow = udp(f, 0, 1000);
	struct hypha_tuple t;
	unsigned int dir = 9;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_PTR_EQ(test, hypha_flow_find(f->table, &flow->tuple[0], &dir), flow);
	KUNIT_EXPECT_EQ(test, dir, 0);
	KUNIT_EXPECT_PTR_EQ(test, hypha_flow_find(f->table, &flow->tuple[1], &dir), flow);
	KUNIT_EXPECT_EQ(test, dir, 1);
	/* Every byte of a tuple counts. */
	for (i = 0; i < sizeof(t); i++) {
		t = flow->tuple[0];
		((u8 *)&t)[i] ^= 1;
		KUNIT_EXPECT_FALSE_MSG(test, hypha_tuple_equal(&t, &flow->tuple[0]), "byte %u", i);
		KUNIT_EXPECT_NULL(test, hypha_flow_find(f->table, &t, &dir));
	}
}

static void a_tuple_belongs_to_one_flow(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow = udp(f, 0, 1000), *other;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_NULL(test, add(f, 0, IPPROTO_UDP, 1000, 0, 1001));
	KUNIT_EXPECT_EQ(test, f->err, -EALREADY);
	KUNIT_EXPECT_NULL(test, add(f, 0, IPPROTO_UDP, 1001, 0, 1000));
	KUNIT_EXPECT_EQ(test, f->err, -EEXIST);

	other = new_flow(f, 1);
	KUNIT_ASSERT_NOT_NULL(test, other);
	fill_tuples(other, 1, IPPROTO_UDP, 5, 5, 5, 5);
	other->tuple[0] = flow->tuple[1];
	KUNIT_EXPECT_NULL(test, add_it(f, other));
	KUNIT_EXPECT_EQ(test, f->err, -EALREADY);

	other = new_flow(f, 1);
	KUNIT_ASSERT_NOT_NULL(test, other);
	fill_tuples(other, 1, IPPROTO_UDP, 5, 5, 5, 5);
	other->tuple[1] = flow->tuple[0];
	KUNIT_EXPECT_NULL(test, add_it(f, other));
	KUNIT_EXPECT_EQ(test, f->err, -EEXIST);

	other = new_flow(f, 1);
	KUNIT_ASSERT_NOT_NULL(test, other);
	fill_tuples(other, 1, IPPROTO_UDP, 5, 5, 5, 5);
	other->tuple[1] = other->tuple[0];
	KUNIT_EXPECT_NULL(test, add_it(f, other));
	KUNIT_EXPECT_EQ(test, f->err, -EEXIST);
	KUNIT_EXPECT_EQ(test, hypha_flow_count(f->table), 1);
}

static void a_flow_is_removed_once(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow = tcp(f, 0, 1000);
	struct hypha_tuple t[2];
	unsigned int dir;

	KUNIT_ASSERT_NOT_NULL(test, flow);
	t[0] = flow->tuple[0];
	t[1] = flow->tuple[1];
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, hypha_flow_remove(f->table, flow));
	KUNIT_EXPECT_FALSE(test, hypha_flow_remove(f->table, flow));
	KUNIT_EXPECT_FALSE(test, seen(f, flow, 1, SYN | ACK));
	KUNIT_EXPECT_EQ(test, hypha_flow_remaining(flow, f->now), 0);
	KUNIT_EXPECT_EQ(test, nr_freed, 0);
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, hypha_flow_find(f->table, &t[0], &dir));
	KUNIT_EXPECT_NULL(test, hypha_flow_find(f->table, &t[1], &dir));
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, nr_freed, 1);
	KUNIT_EXPECT_NOT_NULL(test, tcp(f, 0, 1000));
}

/* ---- seen ---- */

static void packets_are_counted_and_the_time_kept_by_seconds(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow = udp(f, 0, 1000);

	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_FALSE(test, seen(f, flow, 0, 0));
	KUNIT_EXPECT_TRUE(test, seen(f, flow, 1, 0));
	KUNIT_EXPECT_EQ(test, flow->state, HYPHA_FLOW_ANSWERED);
	f->now += SEC - 1;
	KUNIT_EXPECT_FALSE(test, seen(f, flow, 1, 0));
	KUNIT_EXPECT_EQ(test, flow->seen, START);
	KUNIT_EXPECT_EQ(test, hypha_flow_remaining(flow, f->now), 179 * SEC + 1);
	f->now++;
	KUNIT_EXPECT_FALSE(test, seen(f, flow, 1, 0));
	KUNIT_EXPECT_EQ(test, flow->seen, START + SEC);
	KUNIT_EXPECT_EQ(test, hypha_flow_remaining(flow, f->now), 180 * SEC);
	KUNIT_EXPECT_EQ(test, flow->packets[0], 1);
	KUNIT_EXPECT_EQ(test, flow->packets[1], 3);
	KUNIT_EXPECT_EQ(test, flow->bytes[1], 300);
	/* Another CPU's clock may be behind. */
	f->now = START;
	KUNIT_EXPECT_FALSE(test, seen(f, flow, 0, 0));
	KUNIT_EXPECT_EQ(test, flow->seen, START + SEC);
	KUNIT_EXPECT_EQ(test, hypha_flow_remaining(flow, f->now), 180 * SEC);
}

static void an_icmp_error_neither_answers_nor_keeps_alive(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow = tcp(f, 0, 1000);
	struct hypha_packet p = { .flags = HYPHA_PACKET_ERROR, .tcp_flags = RST };

	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_FALSE(test, hypha_flow_seen(f->table, flow, 1, &p, 100, f->now + 10 * SEC));
	KUNIT_EXPECT_EQ(test, flow->state, HYPHA_FLOW_SYN);
	KUNIT_EXPECT_EQ(test, flow->flags, 0);
	KUNIT_EXPECT_EQ(test, flow->seen, START);
	KUNIT_EXPECT_EQ(test, flow->packets[1], 1);
}

static void flows_end_when_their_time_is_over(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *syn = tcp(f, 0, 1), *open = tcp(f, 0, 2), *query = udp(f, 0, 3), *answered = udp(f, 0, 4);

	KUNIT_ASSERT_TRUE(test, syn && open && query && answered);
	establish(f, open);
	seen(f, answered, 1, 0);
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(f->table, START + 60 * SEC - 1, 100), 0);
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(f->table, START + 60 * SEC, 100), 1);
	KUNIT_EXPECT_FALSE(test, lives(f, syn));
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(f->table, START + 180 * SEC, 1), 1);
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(f->table, START + 180 * SEC, 1), 1);
	KUNIT_EXPECT_FALSE(test, lives(f, query) || lives(f, answered));
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(f->table, START + 7440 * SEC - 1, 100), 0);
	KUNIT_EXPECT_TRUE(test, lives(f, open));
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(f->table, START + 7440 * SEC, 100), 1);
}

/* ---- room ---- */

static void limit(struct fixture *f, u32 max, u32 per_guest, u32 half_open)
{
	struct hypha_flow_limits limits = { .max = max, .max_per_guest = per_guest, .max_half_open_per_guest = half_open };

	hypha_flow_set_limits(f->table, &limits);
}

static void a_full_quota_costs_the_oldest_without_an_answer(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow[4], *neighbour = udp(f, 1, 9);
	u32 i;

	limit(f, 100, 4, 100);
	for (i = 0; i < 4; i++)
		flow[i] = i % 2 ? tcp(f, 0, i) : udp(f, 0, i);
	seen(f, flow[0], 1, 0);
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 0, 10));
	KUNIT_EXPECT_TRUE(test, lives(f, flow[0]) && !lives(f, flow[1]) && lives(f, flow[2]) && lives(f, flow[3]));
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 0, 11));
	KUNIT_EXPECT_TRUE(test, lives(f, flow[0]) && !lives(f, flow[2]) && lives(f, flow[3]));
	KUNIT_EXPECT_TRUE(test, lives(f, neighbour));
	KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[0].nr), 4);
	KUNIT_EXPECT_EQ(test, f->owner[0].evicted, 2);
}

static void answered_flows_stay_and_the_next_is_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow;
	u32 i;

	limit(f, 100, 4, 100);
	for (i = 0; i < 4; i++) {
		flow = i % 2 ? tcp(f, 0, i) : udp(f, 0, i);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		establish(f, flow);
	}
	KUNIT_EXPECT_NULL(test, udp(f, 0, 10));
	KUNIT_EXPECT_EQ(test, f->err, -EDQUOT);
	KUNIT_EXPECT_NULL(test, tcp(f, 0, 10));
	KUNIT_EXPECT_EQ(test, f->err, -EDQUOT);
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 1, 10));
	close_it(f, flow);
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 0, 10));
	KUNIT_EXPECT_FALSE(test, lives(f, flow));
}

static void what_is_over_goes_first(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *old = udp(f, 0, 1), *over = tcp(f, 0, 2);

	KUNIT_ASSERT_TRUE(test, old && over);
	limit(f, 100, 2, 100);
	establish(f, over);
	close_it(f, over);
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 0, 3));
	KUNIT_EXPECT_TRUE(test, lives(f, old) && !lives(f, over));
}

static void the_oldest_handshake_makes_room_for_the_next(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *first = tcp(f, 0, 1), *second = tcp(f, 0, 2), *open = tcp(f, 0, 3), *query = udp(f, 0, 4), *third;

	KUNIT_ASSERT_TRUE(test, first && second && open && query);
	establish(f, open);
	seen(f, first, 1, SYN | ACK);
	limit(f, 100, 100, 2);
	third = tcp(f, 0, 5);
	KUNIT_ASSERT_NOT_NULL(test, third);
	KUNIT_EXPECT_TRUE(test, lives(f, first) && !lives(f, second));	/* answered ones after those without */
	seen(f, third, 1, SYN | ACK);
	KUNIT_EXPECT_NOT_NULL(test, tcp(f, 0, 6));
	KUNIT_EXPECT_TRUE(test, !lives(f, first) && lives(f, third));
	KUNIT_EXPECT_TRUE(test, lives(f, open) && lives(f, query));
	KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[0].nr_half_open), 2);
	limit(f, 100, 100, 0);
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 0, 7));
	KUNIT_EXPECT_NULL(test, tcp(f, 1, 7));
	KUNIT_EXPECT_EQ(test, f->err, -EDQUOT);
}

static void connections_that_begin_anew_keep_to_the_half_open_cap(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow[11];
	u32 i;

	for (i = 0; i < 11; i++) {
		flow[i] = tcp(f, 0, i);
		KUNIT_ASSERT_NOT_NULL(test, flow[i]);
		establish(f, flow[i]);
		close_it(f, flow[i]);
	}
	limit(f, 100, 100, 3);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_TRUE(test, seen(f, flow[i], 0, SYN));
	KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[0].nr_half_open), 3);
	KUNIT_EXPECT_TRUE(test, !lives(f, flow[6]) && lives(f, flow[7]) && lives(f, flow[8]) && lives(f, flow[9]));
	/* Answered ones count, and go where there are no others. */
	for (i = 7; i < 10; i++)
		seen(f, flow[i], 1, SYN | ACK);
	KUNIT_EXPECT_TRUE(test, seen(f, flow[10], 0, SYN));
	KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[0].nr_half_open), 3);
	KUNIT_EXPECT_TRUE(test, !lives(f, flow[7]) && lives(f, flow[8]) && lives(f, flow[9]) && lives(f, flow[10]));
}

/* Guest 1 floods a full table with all it has; the others work on. */
static void a_flood_costs_nobody_else(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *kept[NR_OWNERS][8], *flow;
	u32 i, k, n;

	limit(f, 300, 250, 50);
	for (i = 1; i < NR_OWNERS; i++)
		for (k = 0; k < 8; k++) {
			kept[i][k] = k % 2 ? tcp(f, i, k) : udp(f, i, k);
			KUNIT_ASSERT_NOT_NULL(test, kept[i][k]);
			establish(f, kept[i][k]);
		}
	for (n = 0; n < 3000; n++) {
		KUNIT_ASSERT_NOT_NULL(test, n % 3 ? udp(f, 0, n) : tcp(f, 0, n));
		i = 1 + n % (NR_OWNERS - 1);
		flow = n % 2 ? udp(f, i, 100 + n) : tcp(f, i, 100 + n);
		KUNIT_ASSERT_NOT_NULL_MSG(test, flow, "new flow %u of guest %u: %d", n, i + 1, f->err);
		establish(f, flow);
		KUNIT_ASSERT_TRUE(test, lives(f, flow));
		if (n >= 100)
			KUNIT_EXPECT_TRUE(test, hypha_flow_remove(f->table, flow));
	}
	for (i = 1; i < NR_OWNERS; i++) {
		KUNIT_EXPECT_EQ(test, f->owner[i].evicted, 0);
		for (k = 0; k < 8; k++)
			KUNIT_EXPECT_TRUE(test, lives(f, kept[i][k]));
	}
	KUNIT_EXPECT_LE(test, hypha_flow_count(f->table), 300);
}

static void a_full_table_costs_who_has_the_most(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *oldest_of_0 = udp(f, 0, 0), *only_of_2 = udp(f, 2, 0), *first_of_1, *flow;
	u32 i;

	for (i = 1; i < 4; i++)
		udp(f, 0, i);
	first_of_1 = udp(f, 1, 0);
	udp(f, 1, 1);
	limit(f, 7, 100, 100);
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 3, 0));
	KUNIT_EXPECT_FALSE(test, lives(f, oldest_of_0));
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 3, 1));
	KUNIT_EXPECT_EQ(test, f->owner[0].nr_expendable, 2);
	/* Now guests 1, 2 and 4 have two each, guest 3 one: who has as many as any pays itself. */
	KUNIT_EXPECT_NOT_NULL(test, udp(f, 1, 2));
	KUNIT_EXPECT_FALSE(test, lives(f, first_of_1));
	KUNIT_EXPECT_TRUE(test, lives(f, only_of_2));
	list_for_each_entry(flow, &f->table->flows, of_table)
		seen(f, flow, 1, 0);
	KUNIT_EXPECT_NULL(test, udp(f, 3, 9));
	KUNIT_EXPECT_EQ(test, f->err, -ENOSPC);
	KUNIT_EXPECT_EQ(test, hypha_flow_count(f->table), 7);
}

/* ---- cost ---- */

static void a_walk_starts_where_the_last_one_stopped(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow[6], *visited[6];
	struct walk w = { .room = 4, .flows = visited };
	u32 i;

	for (i = 0; i < 6; i++) {
		flow[i] = udp(f, 0, i);
		KUNIT_ASSERT_NOT_NULL(test, flow[i]);
	}
	hypha_flow_walk(f->table, 0, visit, &w);
	KUNIT_EXPECT_PTR_EQ(test, walk_from(f->table, w.last), flow[3]);
	KUNIT_EXPECT_PTR_EQ(test, &walk_from(f->table, w.last - 1)->of_table, &f->table->flows);
	/* Its place moves back when it goes, in the end to the head. */
	for (i = 4; i; i--) {
		KUNIT_EXPECT_PTR_EQ(test, f->table->hint, flow[i - 1]);
		hypha_flow_remove(f->table, flow[i - 1]);
	}
	KUNIT_EXPECT_NULL(test, f->table->hint);
	hypha_flow_remove(f->table, flow[5]);
	KUNIT_EXPECT_PTR_EQ(test, &walk_from(f->table, w.last)->of_table, &f->table->flows);
}

/* Lookups of @nr flows, both directions, and of as many tuples that nobody has: comparisons per 100 of them. */
static u32 cost(struct kunit *test, struct fixture *f, struct hypha_flow **flows, u32 nr)
{
	struct hypha_tuple strange;
	unsigned int dir;
	u32 i, d;

	nr_compared = 0;
	for (i = 0; i < nr; i++)
		for (d = 0; d < 2; d++) {
			KUNIT_ASSERT_PTR_EQ(test, hypha_flow_find(f->table, &flows[i]->tuple[d], &dir), flows[i]);
			KUNIT_ASSERT_EQ(test, dir, d);
			strange = flows[i]->tuple[d];
			strange.from = 77;
			KUNIT_ASSERT_NULL(test, hypha_flow_find(f->table, &strange, &dir));
		}
	return nr_compared * 100 / (4 * nr);
}

static void a_lookup_costs_as_much_among_50000_as_among_few(struct kunit *test)
{
	const u32 nr = 50000;
	struct fixture *f = test->priv;
	struct hypha_flow **flows = kvcalloc(nr, sizeof(*flows), GFP_KERNEL);
	u32 i, few, many;

	KUNIT_ASSERT_NOT_NULL(test, flows);
	hypha_flow_table_free(f->table);
	f->table = hypha_flow_table_alloc(HYPHA_FLOW_BITS, &wide, freed);
	KUNIT_ASSERT_NOT_NULL(test, f->table);
	few = many = 0;
	for (i = 0; i < nr; i++) {
		flows[i] = add(f, i % NR_OWNERS, i % 3 ? IPPROTO_UDP : IPPROTO_TCP, i / NR_OWNERS, i / 30000, 1024 + i % 30000);
		KUNIT_ASSERT_NOT_NULL(test, flows[i]);
		if (i == 99)
			few = cost(test, f, flows, 100);
	}
	many = cost(test, f, flows, nr);
	kunit_info(test, "comparisons per 100 lookups, half of them in vain: %u among 100 flows, %u among %u\n", few, many, nr);
	/* Half of them end at their flow; what is more is in its way by chance. */
	KUNIT_EXPECT_LE(test, few, 55);
	KUNIT_EXPECT_LE(test, many, 85);
	kvfree(flows);
}

static void without_memory_there_is_no_table(struct kunit *test)
{
#ifdef HYPHA_HOST
	u32 i;

	for (i = 0; i < 2; i++) {
		host_fail_alloc(i);
		KUNIT_EXPECT_NULL(test, hypha_flow_table_alloc(4, &wide, freed));
	}
	host_fail_alloc(-1);
#else
	kunit_skip(test, "memory fails on purpose on the host only");
#endif
}

static struct kunit_case cases[] = {
	KUNIT_CASE(both_directions_are_found),
	KUNIT_CASE(a_tuple_belongs_to_one_flow),
	KUNIT_CASE(a_flow_is_removed_once),
	KUNIT_CASE(packets_are_counted_and_the_time_kept_by_seconds),
	KUNIT_CASE(an_icmp_error_neither_answers_nor_keeps_alive),
	KUNIT_CASE(flows_end_when_their_time_is_over),
	KUNIT_CASE(a_full_quota_costs_the_oldest_without_an_answer),
	KUNIT_CASE(answered_flows_stay_and_the_next_is_refused),
	KUNIT_CASE(what_is_over_goes_first),
	KUNIT_CASE(the_oldest_handshake_makes_room_for_the_next),
	KUNIT_CASE(connections_that_begin_anew_keep_to_the_half_open_cap),
	KUNIT_CASE(a_flood_costs_nobody_else),
	KUNIT_CASE(a_full_table_costs_who_has_the_most),
	KUNIT_CASE(a_walk_starts_where_the_last_one_stopped),
	KUNIT_CASE(a_lookup_costs_as_much_among_50000_as_among_few),
	KUNIT_CASE(without_memory_there_is_no_table),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_flow", .init = begin_world, .exit = end, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
