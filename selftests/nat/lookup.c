// SPDX-License-Identifier: GPL-2.0-only
/* What a flow costs: /proc/hypha_nat/lookups measures, when read, adding and finding in a table of its own. */
#include "lookup.h"

#include <linux/in.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "net/net.h"

#define FINDS	200000
#define FEW	64

static void free_flow(struct hypha_flow *flow)
{
	kfree(flow);
}

static void fill_tuple(u32 nr, struct hypha_tuple *t)
{
	*t = (struct hypha_tuple){ .from = 1, .proto = IPPROTO_UDP, .sport = htons(nr), .dport = htons(53) };
	hypha_addr_set4(&t->src, htonl(0x0a4b0002));
	hypha_addr_set4(&t->dst, htonl(0xc6336400 + (nr >> 16)));
}

static int add_flow(struct hypha_flow_table *table, struct hypha_flow_owner *owner, u32 nr)
{
	struct hypha_packet p = { .version = 4, .ttl = 64 };
	struct hypha_flow *flow = kzalloc(sizeof(*flow), GFP_KERNEL);
	int err;

	if (!flow)
		return -ENOMEM;
	fill_tuple(nr, &flow->tuple[0]);
	hypha_tuple_reverse(&flow->tuple[0], HYPHA_FROM_NET, &flow->tuple[1]);
	flow->owner = owner;
	p.tuple = flow->tuple[0];
	local_bh_disable();
	err = hypha_flow_add(table, flow, &p, ktime_get_ns());
	local_bh_enable();
	if (err)
		kfree(flow);
	return err;
}

/*
 * ns for each of many finds of a few flows out of @nr, 0 if one was not found: what the table costs, not what memory does
 * that no cache holds.
 */
static u64 time_finds(struct hypha_flow_table *table, u32 nr)
{
	struct hypha_tuple t;
	unsigned int dir;
	u32 i, x = 1;
	bool all = true;
	u64 start = ktime_get_ns();

	for (i = 0; i < FINDS; i++) {
		x = x * 1664525 + 1013904223;
		fill_tuple(nr / FEW * ((x >> 8) % FEW), &t);
		rcu_read_lock();
		all = all && hypha_flow_find(table, &t, &dir);
		rcu_read_unlock();
		if (i % 10000 == 0)
			cond_resched();
	}
	return all ? div_u64(ktime_get_ns() - start, FINDS) : 0;
}

int lookup_show(struct seq_file *m, void *v)
{
	static const u32 numbers[] = { 1, 100, 1000, 10000, 50000 };
	const struct hypha_flow_limits limits = { 100000, 100000, 100000 };
	struct hypha_flow_table *table = hypha_flow_table_alloc(HYPHA_FLOW_BITS, &limits, free_flow);
	struct hypha_flow_owner owner = { };
	u32 nr = 0, i, first;
	int err = 0;
	u64 start, add;

	if (!table)
		return -ENOMEM;
	hypha_flow_owner_init(&owner, 1);
	for (i = 0; i < ARRAY_SIZE(numbers) && !err; i++) {
		first = nr;
		start = ktime_get_ns();
		while (nr < numbers[i] && !err)
			err = add_flow(table, &owner, nr++);
		add = div_u64(ktime_get_ns() - start, nr - first);
		if (!err)
			seq_printf(m, "%u %llu %llu\n", nr, add, time_finds(table, nr));
	}
	hypha_flow_flush(table, NULL, NULL, NULL);
	rcu_barrier();
	hypha_flow_table_free(table);
	return err;
}
