// SPDX-License-Identifier: GPL-2.0-only
/* Many flows: walked while they come and go, flushed, and sharing the ports of one host. */
#include <kunit/test.h>

#include "../net/port.h"
#include "flow_world.h"

/* ---- walks ---- */

#define WALKED	600

static void a_walk_in_pieces_meets_each_that_stays_once(struct kunit *test)
{
	static const u32 pieces[] = { 1, 2, 7, 64, 1000 };
	struct fixture *f = test->priv;
	struct hypha_flow **kept, **visited, **passing;
	u32 i, k, p, next = 0;

	kept = kunit_kcalloc(test, WALKED / 2, sizeof(*kept), GFP_KERNEL);
	visited = kunit_kcalloc(test, 4 * WALKED, sizeof(*visited), GFP_KERNEL);
	passing = kunit_kcalloc(test, WALKED / 2, sizeof(*passing), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, kept && visited && passing);
	for (p = 0; p < ARRAY_SIZE(pieces); p++) {
		struct walk w = { .flows = visited };
		u32 nr_passing = 0, done;

		hypha_flow_flush(f->table, NULL, NULL, NULL);
		for (i = 0; i < WALKED; i++) {
			struct hypha_flow *flow = udp(f, i % NR_OWNERS, next++);

			KUNIT_ASSERT_NOT_NULL(test, flow);
			if (i % 2)
				kept[i / 2] = flow;
			else
				passing[nr_passing++] = flow;
		}
		do {
			done = w.nr;
			w.room = pieces[p];
			hypha_flow_walk(f->table, w.last, visit, &w);
			/* Some go, also the one it stopped at; some come. */
			for (k = 0; k < 3 && nr_passing; k++) {
				u32 victim = k ? some(nr_passing) : 0;

				hypha_flow_remove(f->table, passing[victim]);
				passing[victim] = passing[--nr_passing];
			}
			if (next < p * 10000 + WALKED + 300)
				KUNIT_ASSERT_NOT_NULL(test, udp(f, some(NR_OWNERS), next++));
		} while (w.nr > done && w.nr < 4 * WALKED - 1000);
		for (i = 0; i < WALKED / 2; i++) {
			u32 times = 0;

			for (k = 0; k < w.nr; k++)
				times += visited[k] == kept[i];
			KUNIT_EXPECT_EQ_MSG(test, times, 1, "flow %u in pieces of %u", i, pieces[p]);
		}
		KUNIT_EXPECT_FALSE(test, w.disorder);
		next = (p + 1) * 10000;
	}
}

/* Wherever a walk stopped, and whatever of its neighbourhood went since, it goes on behind. */
static void a_walk_goes_on_where_its_place_is_gone(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *flow[10], *visited[10];
	u32 stop, gone, i;

	for (stop = 1; stop < 9; stop++)
		for (gone = 0; gone < 1 << 4; gone++) {
			struct walk w = { .room = stop, .flows = visited };
			u32 want = 0;

			hypha_flow_flush(f->table, NULL, NULL, NULL);
			for (i = 0; i < 10; i++) {
				flow[i] = udp(f, 0, i);
				KUNIT_ASSERT_NOT_NULL(test, flow[i]);
			}
			hypha_flow_walk(f->table, 0, visit, &w);
			/* Of the two before its place and the two behind, by the bits of @gone. */
			for (i = 0; i < 4; i++)
				if (gone & 1 << i && stop + i >= 2 && stop + i - 2 < 10)
					hypha_flow_remove(f->table, flow[stop + i - 2]);
			rcu_barrier();
			for (i = stop; i < 10; i++)
				want += !(i - stop < 2 && gone & 4 << (i - stop));
			w.room = 10;
			w.nr = 0;
			hypha_flow_walk(f->table, w.last, visit, &w);
			KUNIT_EXPECT_EQ_MSG(test, w.nr, want, "stopped behind %u, gone %x", stop, gone);
			w.nr = 0;
			w.last = 0;
			w.room = 10;
			hypha_flow_walk(f->table, 0, visit, &w);
			KUNIT_EXPECT_EQ(test, w.nr, hypha_flow_count(f->table));
		}
}

static bool is_tcp_to_80(const struct hypha_flow *flow, void *ctx)
{
	++*(u32 *)ctx;
	return flow->tuple[0].proto == IPPROTO_TCP;
}

static void a_flush_takes_what_is_meant(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i, asked = 0;

	for (i = 0; i < 90; i++)
		KUNIT_ASSERT_NOT_NULL(test, i % 2 ? tcp(f, i % 3, i) : udp(f, i % 3, i));
	KUNIT_EXPECT_EQ(test, hypha_flow_flush(f->table, &f->owner[1], is_tcp_to_80, &asked), 15);
	KUNIT_EXPECT_EQ(test, asked, 30);
	KUNIT_EXPECT_EQ(test, hypha_flow_flush(f->table, &f->owner[1], NULL, NULL), 15);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->owner[1].nr), 0);
	KUNIT_EXPECT_EQ(test, hypha_flow_flush(f->table, NULL, is_tcp_to_80, &asked), 30);
	KUNIT_EXPECT_EQ(test, hypha_flow_flush(f->table, NULL, NULL, NULL), 30);
}

/* ---- ports ---- */

struct attempt {
	struct fixture *f;
	struct hypha_flow *flow;
};

static int take(u16 port, void *ctx)
{
	struct attempt *a = ctx;
	struct hypha_packet p = packet(SYN);

	a->flow->tuple[1].dport = htons(port);
	return hypha_flow_add(a->f->table, a->flow, &p, a->f->now);
}

/* As NAT does it. */
static struct hypha_flow *masquerade(struct fixture *f, u32 i, u8 proto, u16 sport, u32 remote, const struct hypha_port_range *range)
{
	struct attempt a = { f, new_flow(f, i) };

	if (!a.flow)
		return NULL;
	fill_tuples(a.flow, i, proto, sport, remote, 80, 0);
	f->err = hypha_port_pick(range, some(U32_MAX), take, &a);
	if (f->err) {
		kfree(a.flow);
		return NULL;
	}
	nr_made++;
	return a.flow;
}

static void a_port_serves_each_remote_once(struct kunit *test)
{
	static const struct hypha_port_range range = { 61001, 61100 };
	struct fixture *f = test->priv;
	struct hypha_flow *flow = NULL;
	u16 i, free;

	for (i = 0; i < 100; i++) {
		flow = masquerade(f, 0, IPPROTO_UDP, i, 0, &range);
		KUNIT_ASSERT_NOT_NULL(test, flow);
	}
	KUNIT_EXPECT_NULL(test, masquerade(f, 0, IPPROTO_UDP, 100, 0, &range));
	KUNIT_EXPECT_EQ(test, f->err, -EADDRNOTAVAIL);
	KUNIT_EXPECT_NULL(test, masquerade(f, 1, IPPROTO_UDP, 100, 0, &range));
	KUNIT_EXPECT_NOT_NULL(test, masquerade(f, 0, IPPROTO_TCP, 100, 0, &range));
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_NOT_NULL(test, masquerade(f, 0, IPPROTO_UDP, i, 1, &range));
	free = ntohs(flow->tuple[1].dport);
	hypha_flow_remove(f->table, flow);
	flow = masquerade(f, 1, IPPROTO_UDP, 101, 0, &range);
	KUNIT_ASSERT_NOT_NULL(test, flow);
	KUNIT_EXPECT_EQ(test, ntohs(flow->tuple[1].dport), free);
	/* A packet that has a flow already is no matter of ports. */
	KUNIT_EXPECT_NULL(test, masquerade(f, 1, IPPROTO_UDP, 101, 0, &range));
	KUNIT_EXPECT_EQ(test, f->err, -EALREADY);
}

static void the_port_of_what_is_over_is_free_after_a_moment(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *over = add(f, 0, IPPROTO_TCP, 1, 0, 61001), *open = add(f, 0, IPPROTO_TCP, 2, 0, 61002);

	KUNIT_ASSERT_TRUE(test, over && open);
	establish(f, over);
	establish(f, open);
	f->now += 100 * SEC;
	close_it(f, over);
	f->now += 2 * SEC - 1;
	KUNIT_EXPECT_NULL(test, add(f, 1, IPPROTO_TCP, 1, 0, 61001));
	KUNIT_EXPECT_EQ(test, f->err, -EEXIST);
	KUNIT_EXPECT_TRUE(test, lives(f, over));
	f->now++;
	KUNIT_EXPECT_NOT_NULL(test, add(f, 1, IPPROTO_TCP, 1, 0, 61001));
	KUNIT_EXPECT_FALSE(test, lives(f, over));
	f->now += 3600 * SEC;
	KUNIT_EXPECT_NULL(test, add(f, 1, IPPROTO_TCP, 2, 0, 61002));
	KUNIT_EXPECT_TRUE(test, lives(f, open));
}

static void the_port_of_what_was_reset_is_its_owners_at_once(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_flow *reset = add(f, 0, IPPROTO_TCP, 1, 0, 61001);

	KUNIT_ASSERT_NOT_NULL(test, reset);
	establish(f, reset);
	f->now += 100 * SEC;
	KUNIT_EXPECT_NULL(test, add(f, 0, IPPROTO_TCP, 2, 0, 61001));
	seen(f, reset, 0, RST);
	KUNIT_EXPECT_NULL(test, add(f, 1, IPPROTO_TCP, 1, 0, 61001));
	KUNIT_EXPECT_TRUE(test, lives(f, reset));
	KUNIT_EXPECT_NOT_NULL(test, add(f, 0, IPPROTO_TCP, 2, 0, 61001));
	KUNIT_EXPECT_FALSE(test, lives(f, reset));
}

static void a_flood_to_one_remote_leaves_ports_for_others(struct kunit *test)
{
	static const struct hypha_port_range range = { 61001, 65535 };
	struct fixture *f = test->priv;
	struct hypha_flow *flow, *answered[20];
	u32 i;

	for (i = 0; i < 4535; i++) {
		flow = add(f, 0, IPPROTO_UDP, i, 0, 61001 + i);
		KUNIT_ASSERT_NOT_NULL(test, flow);
		if (i < 20) {
			answered[i] = flow;
			seen(f, flow, 1, 0);
		}
	}
	KUNIT_EXPECT_NULL(test, masquerade(f, 0, IPPROTO_UDP, 60000, 0, &range));
	KUNIT_EXPECT_EQ(test, f->err, -EADDRNOTAVAIL);
	for (i = 0; i < 2000; i++)
		KUNIT_ASSERT_NOT_NULL(test, masquerade(f, 1 + i % 4, IPPROTO_UDP, i, 0, &range));
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_TRUE(test, lives(f, answered[i]));
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, f->owner[i].evicted, i ? 0 : 2000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_walk_in_pieces_meets_each_that_stays_once),
	KUNIT_CASE(a_walk_goes_on_where_its_place_is_gone),
	KUNIT_CASE(a_flush_takes_what_is_meant),
	KUNIT_CASE(a_port_serves_each_remote_once),
	KUNIT_CASE(the_port_of_what_is_over_is_free_after_a_moment),
	KUNIT_CASE(the_port_of_what_was_reset_is_its_owners_at_once),
	KUNIT_CASE(a_flood_to_one_remote_leaves_ports_for_others),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_flows", .init = begin_world, .exit = end_world, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
