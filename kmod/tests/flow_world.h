/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of flows, guests who own them and packets to make them of: what the suites of flow.c have in common. */
#ifndef HYPHA_TESTS_FLOW_WORLD_H
#define HYPHA_TESTS_FLOW_WORLD_H

#include <kunit/test.h>
#include <linux/in.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include "../net/flow.h"

#define SEC		((u64)NSEC_PER_SEC)
#define START		(1000 * SEC)
#define NR_OWNERS	8
#define FIN		1
#define SYN		2
#define RST		4
#define ACK		16

struct fixture {
	struct hypha_flow_table *table;
	struct hypha_flow_owner owner[NR_OWNERS];	/* guests 1, 2, … */
	u64 now;
	int err;	/* of the last add() */
};

static u32 nr_made, nr_freed;	/* flows that got into the table, and out of memory */

static inline void freed(struct hypha_flow *flow)
{
	nr_freed++;
	kfree(flow);
}

static const struct hypha_flow_limits wide = { .max = 1000000, .max_per_guest = 1000000, .max_half_open_per_guest = 1000000 };

static inline int begin_world(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	u32 i;

	if (!f)
		return -ENOMEM;
	nr_made = 0;
	nr_freed = 0;
	f->now = START;
	f->table = hypha_flow_table_alloc(6, &wide, freed);
	for (i = 0; i < NR_OWNERS; i++)
		hypha_flow_owner_init(&f->owner[i], i + 1);
	test->priv = f;
	return f->table ? 0 : -ENOMEM;
}

/* Nothing is left of any flow. */
static inline void end_world(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f || !f->table)
		return;
	hypha_flow_flush(f->table, NULL, NULL, NULL);
	KUNIT_EXPECT_EQ(test, hypha_flow_count(f->table), 0);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, nr_freed, nr_made);
	hypha_flow_table_free(f->table);
}

static inline void address(struct in6_addr *a, u32 ip)
{
	hypha_addr_set4(a, htonl(ip));
}

static inline struct hypha_packet packet(u8 tcp_flags)
{
	return (struct hypha_packet){ .tcp_flags = tcp_flags };
}

#define HOST	0xc0000201	/* 192.0.2.1 */
#define REMOTE	0xc6336401	/* 198.51.100.1 */

/* Guest @i + 1 talks from its @sport to port @dport of the @remote-th remote; the host does so from its @port. */
static inline void fill_tuples(struct hypha_flow *flow, u32 i, u8 proto, u16 sport, u32 remote, u16 dport, u16 port)
{
	struct hypha_tuple *t = &flow->tuple[0];

	address(&t->src, 0x0a4b0002 + i);
	address(&t->dst, REMOTE + remote);
	t->sport = htons(sport);
	t->dport = htons(dport);
	t->from = i + 1;
	t->proto = proto;
	hypha_tuple_reverse(t, HYPHA_FROM_NET, &flow->tuple[1]);
	address(&flow->tuple[1].dst, HOST);
	flow->tuple[1].dport = htons(port);
}

static inline struct hypha_flow *new_flow(struct fixture *f, u32 i)
{
	struct hypha_flow *flow = kzalloc(sizeof(*flow), GFP_KERNEL);

	if (flow)
		flow->owner = &f->owner[i];
	return flow;
}

/* @flow or NULL, then it is freed. */
static inline struct hypha_flow *add_it(struct fixture *f, struct hypha_flow *flow)
{
	struct hypha_packet p = packet(SYN);

	f->err = hypha_flow_add(f->table, flow, &p, f->now);
	if (f->err) {
		kfree(flow);
		return NULL;
	}
	nr_made++;
	return flow;
}

static inline struct hypha_flow *add(struct fixture *f, u32 i, u8 proto, u16 sport, u32 remote, u16 port)
{
	struct hypha_flow *flow = new_flow(f, i);

	if (!flow)
		return NULL;
	fill_tuples(flow, i, proto, sport, remote, 80, port);
	return add_it(f, flow);
}

static inline struct hypha_flow *udp(struct fixture *f, u32 i, u16 nr)
{
	return add(f, i, IPPROTO_UDP, nr, i, nr);
}

static inline struct hypha_flow *tcp(struct fixture *f, u32 i, u16 nr)
{
	return add(f, i, IPPROTO_TCP, nr, i, nr);
}

static inline bool seen(struct fixture *f, struct hypha_flow *flow, unsigned int dir, u8 tcp_flags)
{
	struct hypha_packet p = packet(tcp_flags);

	return hypha_flow_seen(f->table, flow, dir, &p, 100, f->now);
}

static inline void establish(struct fixture *f, struct hypha_flow *flow)
{
	seen(f, flow, 1, SYN | ACK);
	seen(f, flow, 0, ACK);
}

static inline void close_it(struct fixture *f, struct hypha_flow *flow)
{
	seen(f, flow, 0, FIN | ACK);
	seen(f, flow, 1, FIN | ACK);
}

struct search {
	const struct hypha_flow *flow;
	bool *found;
};

static inline bool is_this(struct hypha_flow *flow, void *ctx)
{
	struct search *s = ctx;

	*s->found = flow == s->flow;
	return !*s->found;
}

/* @flow may be freed: only its address is looked at. */
static inline bool lives(struct fixture *f, const struct hypha_flow *flow)
{
	bool found = false;

	hypha_flow_walk(f->table, 0, is_this, &(struct search){ flow, &found });
	return found;
}

/* The same in each run. */
static u32 random_state;

static inline u32 some(u32 below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

struct walk {
	u32 room;		/* visits until it stops */
	u64 last;		/* id of the last one visited */
	bool disorder;		/* ids that do not go up */
	u32 nr;
	struct hypha_flow **flows;	/* visited; may be freed by now */
};

static inline bool visit(struct hypha_flow *flow, void *ctx)
{
	struct walk *w = ctx;

	if (!w->room)
		return false;
	w->room--;
	w->disorder |= flow->id <= w->last;
	w->last = flow->id;
	w->flows[w->nr++] = flow;
	return true;
}

#endif
