// SPDX-License-Identifier: GPL-2.0-only
/* kernel only: needs threads and softirqs */
/* The table of flows under everybody at once: threads and a timer add, find, change, walk and remove the same few flows. */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/timer.h>

#include "flow_world.h"

#define NR_THREADS	4
#define NR_RACE_GUESTS	4
#define DURATION	(3 * HZ)
#define PER_TICK	50

struct race {
	struct fixture f;
	atomic_t made, odd;		/* flows added; what must not be */
	atomic64_t ops;
	bool stop;
	struct timer_list timer;
	struct completion done;
	atomic_t running;
};

struct racer {
	struct race *race;
	u32 random;
};

static atomic_t race_freed;

static void free_raced(struct hypha_flow *flow)
{
	atomic_inc(&race_freed);
	memset(flow, 0x5a, sizeof(*flow));	/* whoever still looks at it shall notice */
	kfree(flow);
}

static u32 draw(struct racer *r, u32 below)
{
	r->random = r->random * 1664525 + 1013904223;
	return (r->random >> 8) % below;
}

static void fill_any(struct racer *r, struct hypha_flow *flow)
{
	u32 i = draw(r, NR_RACE_GUESTS);

	flow->owner = &r->race->f.owner[i];
	fill_tuples(flow, i, draw(r, 2) ? IPPROTO_TCP : IPPROTO_UDP, draw(r, 40), draw(r, 2), 80, draw(r, 60));
}

/* Time jumps about, so that flows expire and closed ones yield. */
static u64 some_time(struct racer *r)
{
	return START + draw(r, 200) * SEC;
}

static struct hypha_packet some_packet(struct racer *r)
{
	static const u8 flags[] = { SYN, SYN, SYN | ACK, ACK, ACK, FIN | ACK, FIN | ACK, RST };

	return packet(flags[draw(r, ARRAY_SIZE(flags))]);
}

static void add_any(struct racer *r)
{
	struct hypha_flow *flow = kzalloc(sizeof(*flow), GFP_ATOMIC | __GFP_NOWARN);
	struct hypha_packet p = some_packet(r);

	if (!flow)
		return;
	fill_any(r, flow);
	if (hypha_flow_add(r->race->f.table, flow, &p, some_time(r)))
		kfree(flow);
	else
		atomic_inc(&r->race->made);
}

static void find_any(struct racer *r, bool remove)
{
	struct hypha_flow_table *table = r->race->f.table;
	struct hypha_flow wanted = { }, *flow;
	struct hypha_packet p = some_packet(r);
	unsigned int dir;
	const struct hypha_tuple *t;

	fill_any(r, &wanted);
	t = &wanted.tuple[draw(r, 2)];
	flow = hypha_flow_find(table, t, &dir);
	if (!flow)
		return;
	if (!hypha_tuple_equal(&flow->tuple[dir], t) || flow->table != table)
		atomic_inc(&r->race->odd);
	if (remove)
		hypha_flow_remove(table, flow);
	else
		hypha_flow_seen(table, flow, draw(r, 2), &p, 100, some_time(r));
}

struct look {
	struct race *race;
	u64 last;
	u32 room;
};

static bool look_at(struct hypha_flow *flow, void *ctx)
{
	struct look *l = ctx;

	if (flow->id <= l->last || flow->table != l->race->f.table)
		atomic_inc(&l->race->odd);
	l->last = flow->id;
	return l->room--;
}

static void walk_some(struct racer *r)
{
	struct look l = { .race = r->race, .room = draw(r, 20) };

	hypha_flow_walk(r->race->f.table, 0, look_at, &l);
	l.room = draw(r, 20);
	hypha_flow_walk(r->race->f.table, l.last, look_at, &l);
}

static void operate(struct racer *r)
{
	rcu_read_lock();
	switch (draw(r, 64)) {
	case 0:
		hypha_flow_flush(r->race->f.table, &r->race->f.owner[draw(r, NR_RACE_GUESTS)], NULL, NULL);
		break;
	case 1:
		hypha_flow_expire(r->race->f.table, some_time(r), 5);
		break;
	case 2 ... 3:
		walk_some(r);
		break;
	case 4 ... 6:
		find_any(r, true);
		break;
	case 7 ... 30:
		add_any(r);
		break;
	default:
		find_any(r, false);
	}
	rcu_read_unlock();
	atomic64_inc(&r->race->ops);
}

static int thread(void *data)
{
	struct racer *r = data;
	struct race *race = r->race;

	while (!READ_ONCE(race->stop)) {
		operate(r);
		cond_resched();
	}
	kfree(r);
	if (atomic_dec_and_test(&race->running))
		complete(&race->done);
	return 0;
}

static void tick(struct timer_list *timer)
{
	struct race *race = from_timer(race, timer, timer);
	struct racer r = { .race = race, .random = jiffies };
	u32 i;

	for (i = 0; i < PER_TICK; i++)
		operate(&r);
	if (!READ_ONCE(race->stop))
		mod_timer(timer, jiffies + 1);
}

static bool start(struct race *race, u32 seed)
{
	struct racer *r = kzalloc(sizeof(*r), GFP_KERNEL);
	struct task_struct *task;

	if (!r)
		return false;
	r->race = race;
	r->random = seed;
	atomic_inc(&race->running);
	task = kthread_run(thread, r, "flowrace/%u", seed);
	if (!IS_ERR(task))
		return true;
	atomic_dec(&race->running);
	kfree(r);
	return false;
}

/* Both tuples of each lead to it, the counts are right. */
static bool is_whole(struct hypha_flow *flow, void *ctx)
{
	struct race *race = ctx;
	unsigned int dir, i;

	for (i = 0; i < 2; i++)
		if (hypha_flow_find(race->f.table, &flow->tuple[i], &dir) != flow || dir != i)
			atomic_inc(&race->odd);
	flow->route = flow;	/* visited */
	return true;
}

static bool was_visited(const struct hypha_flow *flow, void *ctx)
{
	++*(u32 *)ctx;
	return flow->route == flow;
}

static void check_whole(struct kunit *test, struct race *race)
{
	u32 nr = hypha_flow_count(race->f.table), charged = 0, met = 0, i;

	hypha_flow_walk(race->f.table, 0, is_whole, race);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->odd), 0);
	for (i = 0; i < NR_RACE_GUESTS; i++)
		charged += atomic_read(&race->f.owner[i].nr);
	KUNIT_EXPECT_EQ(test, charged, nr);
	KUNIT_EXPECT_EQ(test, hypha_flow_flush(race->f.table, NULL, was_visited, &met), nr);
	KUNIT_EXPECT_EQ(test, met, nr);
	for (i = 0; i < NR_RACE_GUESTS; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&race->f.owner[i].nr), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&race->f.owner[i].nr_half_open), 0);
		KUNIT_EXPECT_EQ(test, race->f.owner[i].nr_expendable, 0);
	}
}

static void run(struct race *race)
{
	u32 i;

	atomic_inc(&race->running);
	for (i = 0; i < NR_THREADS; i++)
		start(race, i + 1);
	mod_timer(&race->timer, jiffies + 1);
	msleep(jiffies_to_msecs(DURATION));
	WRITE_ONCE(race->stop, true);
	del_timer_sync(&race->timer);
	if (!atomic_dec_and_test(&race->running))
		wait_for_completion(&race->done);
}

static void everybody_at_once_leaves_it_whole(struct kunit *test)
{
	const struct hypha_flow_limits limits = { .max = 90, .max_per_guest = 40, .max_half_open_per_guest = 6 };
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	atomic_set(&race_freed, 0);
	init_completion(&race->done);
	timer_setup(&race->timer, tick, 0);
	race->f.table = hypha_flow_table_alloc(5, &limits, free_raced);
	KUNIT_ASSERT_NOT_NULL(test, race->f.table);
	for (i = 0; i < NR_RACE_GUESTS; i++)
		hypha_flow_owner_init(&race->f.owner[i], i + 1);
	run(race);
	kunit_info(test, "%lld operations, %d flows\n", (long long)atomic64_read(&race->ops), atomic_read(&race->made));
	KUNIT_EXPECT_GT(test, atomic_read(&race->made), 1000);
	check_whole(test, race);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, atomic_read(&race_freed), atomic_read(&race->made));
	hypha_flow_table_free(race->f.table);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(everybody_at_once_leaves_it_whole),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_flowrace", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
