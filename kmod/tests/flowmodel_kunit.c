// SPDX-License-Identifier: GPL-2.0-only
/* The table of flows against a naive model of it: arrays searched from end to end, under random operations. */
#include <kunit/test.h>

#include "../net/life.h"
#include "flow_world.h"

#define NR_ENTRIES	256
#define NR_GUESTS	3

/* What the table should think of a flow. */
struct entry {
	struct hypha_flow shadow;	/* tuples, owner, id, flags, state, ends, seen */
	struct hypha_flow *real;
	u64 ranked;			/* when it took its place in its rank */
	bool alive;
};

struct model {
	struct fixture *f;
	struct entry *entries;
	u32 nr;
	u64 clock;
	u64 since[NR_GUESTS];		/* when the owner got expendable flows */
	struct hypha_flow_limits limits;
};

static int rank_in(const struct entry *e)
{
	return e->alive ? hypha_life_rank(&e->shadow) : -1;
}

static bool expendable(const struct entry *e)
{
	int rank = rank_in(e);

	return rank >= 0 && rank <= HYPHA_FLOW_RANK_SYN;
}

static bool of(const struct model *m, const struct entry *e, u32 i)
{
	return e->alive && e->shadow.owner == &m->f->owner[i];
}

static u32 owner_of(const struct model *m, const struct entry *e)
{
	return e->shadow.owner - m->f->owner;
}

static u32 count(const struct model *m, u32 owner, bool (*match)(const struct entry *e))
{
	u32 nr = 0, i;

	for (i = 0; i < m->nr; i++)
		nr += of(m, &m->entries[i], owner) && match(&m->entries[i]);
	return nr;
}

static bool any(const struct entry *e)
{
	return e->alive;
}

static bool half_open(const struct entry *e)
{
	int rank = rank_in(e);

	return rank == HYPHA_FLOW_RANK_SYN || rank == HYPHA_FLOW_RANK_SYN_ACK;
}

static struct entry *first_of(struct model *m, u32 owner, int rank)
{
	struct entry *first = NULL, *e;

	for (e = m->entries; e < m->entries + m->nr; e++)
		if (of(m, e, owner) && rank_in(e) == rank && (!first || e->ranked < first->ranked))
			first = e;
	return first;
}

static struct entry *least(struct model *m, u32 owner)
{
	struct entry *a = first_of(m, owner, HYPHA_FLOW_RANK_UNREPLIED), *b = first_of(m, owner, HYPHA_FLOW_RANK_SYN);

	return first_of(m, owner, HYPHA_FLOW_RANK_OVER) ?: !a ? b : !b ? a : a->shadow.id < b->shadow.id ? a : b;
}

static struct entry *handshake(struct model *m, u32 owner)
{
	return first_of(m, owner, HYPHA_FLOW_RANK_SYN) ?: first_of(m, owner, HYPHA_FLOW_RANK_SYN_ACK);
}

static u32 heaviest_but(const struct model *m, u32 owner)
{
	u32 most = owner, i;

	for (i = 0; i < NR_GUESTS; i++) {
		u32 nr = count(m, i, expendable), best = count(m, most, expendable);

		if (nr > best || (nr == best && most != owner && i != owner && m->since[i] < m->since[most]))
			most = i;
	}
	return most;
}

static void take_place(struct model *m, struct entry *e)
{
	u32 owner = owner_of(m, e);

	e->ranked = ++m->clock;
	if (expendable(e) && count(m, owner, expendable) == 1)
		m->since[owner] = m->clock;
}

static struct entry *holder(struct model *m, const struct hypha_tuple *t)
{
	struct entry *e;

	for (e = m->entries; e < m->entries + m->nr; e++)
		if (e->alive && (hypha_tuple_equal(&e->shadow.tuple[0], t) || hypha_tuple_equal(&e->shadow.tuple[1], t)))
			return e;
	return NULL;
}

static int model_room(struct model *m, struct entry *e)
{
	u32 owner = owner_of(m, e), i, all = 0;
	struct entry *gone;

	for (i = 0; i < NR_GUESTS; i++)
		all += count(m, i, any);
	if (hypha_life_rank(&e->shadow) == HYPHA_FLOW_RANK_SYN && count(m, owner, half_open) >= m->limits.max_half_open_per_guest)
		gone = handshake(m, owner);
	else if (count(m, owner, any) >= m->limits.max_per_guest)
		gone = least(m, owner);
	else if (all >= m->limits.max)
		gone = least(m, heaviest_but(m, owner));
	else
		return 0;
	if (!gone)
		return count(m, owner, any) >= m->limits.max_per_guest ? -EDQUOT : -ENOSPC;
	gone->alive = false;
	return 0;
}

static bool yields(const struct model *m, const struct entry *old, const struct entry *e)
{
	if (rank_in(old) == HYPHA_FLOW_RANK_OVER && m->f->now - old->shadow.seen >= 2 * SEC)
		return true;
	return old->shadow.ends & HYPHA_FLOW_RESET && old->shadow.owner == e->shadow.owner;
}

/* @e: the next entry, with tuples and owner. */
static int model_add(struct model *m, struct entry *e, const struct hypha_packet *p)
{
	struct entry *old = holder(m, &e->shadow.tuple[1]);
	struct hypha_life life;
	int err;

	if (holder(m, &e->shadow.tuple[0]))
		return -EALREADY;
	if (old && !yields(m, old, e))
		return -EEXIST;
	if (old)
		old->alive = false;
	hypha_life_begin(&e->shadow, p, &life);
	e->shadow.state = life.state;
	e->shadow.ends = life.ends;
	e->shadow.seen = m->f->now;
	err = model_room(m, e);
	if (err)
		return err;
	e->shadow.id = e->real->id;
	e->alive = true;
	m->nr++;
	take_place(m, e);
	return 0;
}

static bool model_seen(struct model *m, struct entry *e, unsigned int dir, const struct hypha_packet *p)
{
	u32 owner = owner_of(m, e);
	struct hypha_life life;
	struct entry *gone;

	if (m->f->now - e->shadow.seen >= SEC)
		e->shadow.seen = m->f->now;
	if (!hypha_life_next(&e->shadow, dir, p, &life))
		return false;
	if (life.state == HYPHA_FLOW_SYN && count(m, owner, half_open) >= m->limits.max_half_open_per_guest) {
		gone = handshake(m, owner);
		gone->alive = false;
	}
	e->shadow.flags = life.flags;
	e->shadow.state = life.state;
	e->shadow.ends = life.ends;
	e->shadow.seen = m->f->now;
	take_place(m, e);
	return true;
}

static void op_add(struct kunit *test, struct model *m)
{
	static const u8 flags[] = { SYN, SYN, SYN, ACK, FIN | ACK };
	struct entry *e = &m->entries[m->nr];
	struct hypha_packet p = packet(flags[some(ARRAY_SIZE(flags))]);
	u32 owner = some(NR_GUESTS);
	int err, want;

	KUNIT_ASSERT_LT(test, m->nr, NR_ENTRIES);
	e->real = new_flow(m->f, owner);
	KUNIT_ASSERT_NOT_NULL(test, e->real);
	fill_tuples(e->real, owner, some(3) ? IPPROTO_TCP : IPPROTO_UDP, some(16), some(3), some(2) ? 80 : 53, some(24));
	e->shadow = *e->real;
	err = hypha_flow_add(m->f->table, e->real, &p, m->f->now);
	want = model_add(m, e, &p);
	KUNIT_EXPECT_EQ_MSG(test, err, want, "flow %u", m->nr);
	if (err)
		kfree(e->real);
	else
		nr_made++;
}

static struct entry *some_entry(struct model *m)
{
	u32 i, k = m->nr ? some(m->nr) : 0;

	for (i = 0; i < m->nr; i++)
		if (m->entries[(k + i) % m->nr].alive)
			return &m->entries[(k + i) % m->nr];
	return NULL;
}

static void op_seen(struct kunit *test, struct model *m)
{
	static const u8 flags[] = { SYN, SYN | ACK, ACK, ACK, ACK, FIN | ACK, FIN | ACK, RST };
	struct hypha_packet p = packet(flags[some(ARRAY_SIZE(flags))]);
	struct entry *e = some_entry(m);
	unsigned int dir = some(2);

	if (e)
		KUNIT_EXPECT_EQ(test, hypha_flow_seen(m->f->table, e->real, dir, &p, 100, m->f->now), model_seen(m, e, dir, &p));
}

static void op_expire(struct kunit *test, struct model *m)
{
	u32 i, nr = 0;

	for (i = 0; i < m->nr; i++) {
		struct entry *e = &m->entries[i];

		if (!e->alive || m->f->now - e->shadow.seen < hypha_life_timeout(&e->shadow))
			continue;
		e->alive = false;
		nr++;
	}
	KUNIT_EXPECT_EQ(test, hypha_flow_expire(m->f->table, m->f->now, U32_MAX), nr);
}

static void op_any(struct kunit *test, struct model *m)
{
	struct entry *e;

	switch (some(16)) {
	case 0:
		m->f->now += some(3) ? SEC / 2 : some(70) * SEC;
		return;
	case 1:
		return op_expire(test, m);
	case 2:
		e = some_entry(m);
		if (e)
			KUNIT_EXPECT_TRUE(test, hypha_flow_remove(m->f->table, e->real));
		if (e)
			e->alive = false;
		return;
	case 3:
		m->limits = (struct hypha_flow_limits){ 20 + some(40), 8 + some(20), 1 + some(10) };
		return hypha_flow_set_limits(m->f->table, &m->limits);
	case 4 ... 8:
		return op_add(test, m);
	default:
		return op_seen(test, m);
	}
}

static void compare(struct kunit *test, struct model *m, u32 step)
{
	struct hypha_flow **flows = kunit_kcalloc(test, NR_ENTRIES, sizeof(*flows), GFP_KERNEL);
	struct walk w = { .room = U32_MAX, .flows = flows };
	u32 i, k = 0, dir;

	KUNIT_ASSERT_NOT_NULL(test, flows);
	hypha_flow_walk(m->f->table, 0, visit, &w);
	for (i = 0; i < m->nr; i++) {
		struct entry *e = &m->entries[i];

		if (!e->alive)
			continue;
		KUNIT_ASSERT_LT_MSG(test, k, w.nr, "step %u", step);
		KUNIT_ASSERT_TRUE_MSG(test, flows[k++] == e->real, "step %u", step);
		KUNIT_EXPECT_EQ(test, e->real->state, e->shadow.state);
		KUNIT_EXPECT_EQ(test, e->real->flags, e->shadow.flags);
		KUNIT_EXPECT_EQ(test, e->real->seen, e->shadow.seen);
		for (dir = 0; dir < 2; dir++) {
			unsigned int d = 9;

			KUNIT_EXPECT_PTR_EQ(test, hypha_flow_find(m->f->table, &e->shadow.tuple[dir], &d), e->real);
			KUNIT_EXPECT_EQ(test, d, dir);
		}
	}
	KUNIT_ASSERT_EQ_MSG(test, k, w.nr, "step %u", step);
	KUNIT_EXPECT_FALSE(test, w.disorder);
	for (i = 0; i < NR_GUESTS; i++) {
		KUNIT_EXPECT_EQ(test, atomic_read(&m->f->owner[i].nr), count(m, i, any));
		KUNIT_EXPECT_EQ(test, atomic_read(&m->f->owner[i].nr_half_open), count(m, i, half_open));
	}
	kunit_kfree(test, flows);
}

/* Dead entries go, so that the model stays fast. */
static void tidy(struct model *m)
{
	u32 i, nr = 0;

	for (i = 0; i < m->nr; i++)
		if (m->entries[i].alive)
			m->entries[nr++] = m->entries[i];
	m->nr = nr;
}

static void random_operations_agree_with_the_model(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u32 seed, step;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->entries = kunit_kcalloc(test, NR_ENTRIES, sizeof(*m->entries), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->entries);
	m->f = f;
	m->limits = (struct hypha_flow_limits){ 40, 20, 8 };
	hypha_flow_set_limits(f->table, &m->limits);
	for (seed = 1; seed <= 4; seed++) {
		random_state = seed;
		for (step = 0; step < 6000; step++) {
			op_any(test, m);
			if (step % 16 == 0) {
				compare(test, m, step);
				tidy(m);
			}
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(random_operations_agree_with_the_model),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_flowmodel", .init = begin_world, .exit = end_world, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
