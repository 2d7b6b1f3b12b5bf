// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: the table of conversations, who is charged for them, and who makes room for whom.
 *
 * Lookups take no lock. A bucket has two chains, one per direction, side by side: where a node hangs says which tuple of
 * its flow it stands for. Writers lock the buckets of both tuples (a shard of locks, in order of address), inside of that
 * the lru lock. A flow is marked dead under the lru lock, by one only, who then takes it out of its buckets: so somebody
 * who holds the lru lock, or a bucket's, can condemn a flow without the locks of that flow's buckets.
 */
#include "flow.h"

#include "life.h"

#include <linux/cache.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#define NR_SHARDS	64
#define REUSE_AFTER	(2 * NSEC_PER_SEC)	/* @seen may be 1 s late: then it was silent for at least another one */
#define HEAVY		256	/* expendable flows from which on an owner can lose one for its port */

struct bucket {
	struct hlist_head chain[2];	/* of node[0] and of node[1] */
};

struct shard {
	spinlock_t lock;	/* chains of its buckets; takers have bottom halves off; two of them in order of address */
} ____cacheline_aligned_in_smp;

struct hypha_flow_table {
	struct bucket *buckets;
	u32 mask;
	hsiphash_key_t key;	/* of this boot only: nobody outside can choose who shares a bucket */
	void (*free)(struct hypha_flow *flow);
	struct shard shards[NR_SHARDS];

	spinlock_t lru;		/* all below, owners and what flow.h says; inside of shards, bottom halves off */
	atomic_t nr;
	u64 last_id;
	struct hypha_flow_limits limits;
	struct list_head flows;		/* by id; readers under RCU */
	struct list_head owners;	/* with expendable flows */
	struct hypha_flow *hint;	/* where the last walk stopped; lives, or NULL */
};

/* ---- buckets ---- */

static struct bucket *bucket_of(struct hypha_flow_table *table, const struct hypha_tuple *t)
{
	return &table->buckets[hsiphash(t, sizeof(*t), &table->key) & table->mask];
}

static struct shard *shard_of(struct hypha_flow_table *table, const struct bucket *bucket)
{
	return &table->shards[(bucket - table->buckets) % NR_SHARDS];
}

static void lock_buckets(struct hypha_flow_table *table, struct bucket *const b[2])
	__acquires(first) __acquires(second)
{
	struct shard *first = shard_of(table, b[0]), *second = shard_of(table, b[1]);

	if (first > second)
		swap(first, second);
	spin_lock_bh(&first->lock);
	if (first != second)
		spin_lock_nested(&second->lock, SINGLE_DEPTH_NESTING);
	else
		__acquire(&second->lock);
}

static void unlock_buckets(struct hypha_flow_table *table, struct bucket *const b[2])
	__releases(first) __releases(second)
{
	struct shard *first = shard_of(table, b[0]), *second = shard_of(table, b[1]);

	if (first > second)
		swap(first, second);
	if (first != second)
		spin_unlock(&second->lock);
	else
		__release(&second->lock);
	spin_unlock_bh(&first->lock);
}

static struct hypha_flow *find_in(const struct bucket *bucket, const struct hypha_tuple *t, unsigned int *dir)
{
	struct hypha_flow *flow;

	hlist_for_each_entry_rcu(flow, &bucket->chain[0], node[0], true)
		if (hypha_tuple_equal(&flow->tuple[0], t) && !READ_ONCE(flow->dead)) {
			*dir = 0;
			return flow;
		}
	hlist_for_each_entry_rcu(flow, &bucket->chain[1], node[1], true)
		if (hypha_tuple_equal(&flow->tuple[1], t) && !READ_ONCE(flow->dead)) {
			*dir = 1;
			return flow;
		}
	return NULL;
}

struct hypha_flow *hypha_flow_find(struct hypha_flow_table *table, const struct hypha_tuple *t, unsigned int *dir)
{
	return find_in(bucket_of(table, t), t, dir);
}

/* ---- ranks: under the lru lock ---- */

static bool is_half_open(int rank)
{
	return rank == HYPHA_FLOW_RANK_SYN || rank == HYPHA_FLOW_RANK_SYN_ACK;
}

static bool is_expendable(int rank)
{
	return rank == HYPHA_FLOW_RANK_OVER || rank == HYPHA_FLOW_RANK_UNREPLIED || rank == HYPHA_FLOW_RANK_SYN;
}

static void rank(struct hypha_flow_table *table, struct hypha_flow *flow)
{
	struct hypha_flow_owner *owner = flow->owner;
	int rank = hypha_life_rank(flow);

	if (rank < 0)
		return;
	list_add_tail(&flow->ranked, &owner->rank[rank]);
	if (is_half_open(rank))
		atomic_inc(&owner->nr_half_open);
	if (is_expendable(rank) && !owner->nr_expendable++)
		list_add_tail(&owner->expendable, &table->owners);
}

static void unrank(struct hypha_flow *flow)
{
	struct hypha_flow_owner *owner = flow->owner;
	int rank = hypha_life_rank(flow);

	if (rank < 0)
		return;
	list_del(&flow->ranked);
	if (is_half_open(rank))
		atomic_dec(&owner->nr_half_open);
	if (is_expendable(rank) && !--owner->nr_expendable)
		list_del(&owner->expendable);
}

static struct hypha_flow *oldest(struct hypha_flow_owner *owner, enum hypha_flow_rank rank)
{
	return list_first_entry_or_null(&owner->rank[rank], struct hypha_flow, ranked);
}

/* What @owner misses least: what is over, else the oldest that was never answered. */
static struct hypha_flow *missed_least(struct hypha_flow_owner *owner)
{
	struct hypha_flow *over = oldest(owner, HYPHA_FLOW_RANK_OVER);
	struct hypha_flow *a = oldest(owner, HYPHA_FLOW_RANK_UNREPLIED);
	struct hypha_flow *b = oldest(owner, HYPHA_FLOW_RANK_SYN);

	if (over)
		return over;
	if (!a || !b)
		return a ?: b;
	return a->id < b->id ? a : b;
}

static struct hypha_flow *oldest_handshake(struct hypha_flow_owner *owner)
{
	return oldest(owner, HYPHA_FLOW_RANK_SYN) ?: oldest(owner, HYPHA_FLOW_RANK_SYN_ACK);
}

/* Who has the most flows that would not be missed; in doubt @owner, so that nobody loses to one who has as many. */
static struct hypha_flow_owner *heaviest(const struct hypha_flow_table *table, struct hypha_flow_owner *owner)
{
	struct hypha_flow_owner *other, *most = owner;

	list_for_each_entry(other, &table->owners, expendable)
		if (other->nr_expendable > most->nr_expendable)
			most = other;
	return most;
}

/* ---- going ---- */

/* Under the lru lock, once per flow: nobody finds it any more. bury() follows when no locks are held. */
static void condemn(struct hypha_flow_table *table, struct hypha_flow *flow)
{
	lockdep_assert_held(&table->lru);
	if (table->hint == flow)
		table->hint = flow->of_table.prev == &table->flows ? NULL : list_prev_entry(flow, of_table);
	WRITE_ONCE(flow->dead, true);
	unrank(flow);
	list_del_rcu(&flow->of_table);
	atomic_dec(&flow->owner->nr);
	atomic_dec(&table->nr);
}

static void evict(struct hypha_flow_table *table, struct hypha_flow *flow)
{
	flow->owner->evicted++;
	condemn(table, flow);
}

static void free_flow(struct rcu_head *rcu)
{
	struct hypha_flow *flow = container_of(rcu, struct hypha_flow, rcu);

	flow->table->free(flow);
}

/* The owner may be gone by now. */
static void bury(struct hypha_flow_table *table, struct hypha_flow *flow)
{
	struct bucket *b[2];

	if (!flow)
		return;
	b[0] = bucket_of(table, &flow->tuple[0]);
	b[1] = bucket_of(table, &flow->tuple[1]);
	lock_buckets(table, b);
	hlist_del_rcu(&flow->node[0]);
	hlist_del_rcu(&flow->node[1]);
	unlock_buckets(table, b);
	call_rcu(&flow->rcu, free_flow);
}

bool hypha_flow_remove(struct hypha_flow_table *table, struct hypha_flow *flow)
{
	bool mine;

	spin_lock_bh(&table->lru);
	mine = !flow->dead;
	if (mine)
		condemn(table, flow);
	spin_unlock_bh(&table->lru);
	if (mine)
		bury(table, flow);
	return mine;
}

/* ---- coming ---- */

static u64 silence(const struct hypha_flow *flow, u64 now)
{
	s64 ns = now - READ_ONCE(flow->seen);

	return max_t(s64, ns, 0);	/* another CPU's clock may be ahead */
}

/* May @old go because @owner wants its tuple? Under the lru lock. */
static bool yields(const struct hypha_flow *old, const struct hypha_flow_owner *owner, u64 now)
{
	int rank = hypha_life_rank(old);

	if (!is_expendable(rank))
		return false;
	if (rank == HYPHA_FLOW_RANK_OVER && silence(old, now) >= REUSE_AFTER)
		return true;
	if (old->owner == owner && READ_ONCE(old->ends) & HYPHA_FLOW_RESET)
		return true;	/* what still comes for the old one reaches nobody else */
	return old->owner->nr_expendable >= HEAVY && old->owner->nr_expendable / 2 > owner->nr_expendable;
}

/* One flow goes for each that comes, at most. Under the lru lock. */
static int make_room(struct hypha_flow_table *table, const struct hypha_flow *flow, struct hypha_flow **gone)
{
	const struct hypha_flow_limits *limits = &table->limits;
	struct hypha_flow_owner *owner = flow->owner;
	int err;

	if (is_half_open(hypha_life_rank(flow)) && atomic_read(&owner->nr_half_open) >= limits->max_half_open_per_guest) {
		*gone = oldest_handshake(owner);
		err = -EDQUOT;
	} else if (atomic_read(&owner->nr) >= limits->max_per_guest) {
		*gone = missed_least(owner);
		err = -EDQUOT;
	} else if (atomic_read(&table->nr) >= limits->max) {
		*gone = missed_least(heaviest(table, owner));
		err = -ENOSPC;
	} else {
		return 0;
	}
	if (!*gone)
		return err;

	evict(table, *gone);
	return 0;
}

/* Charge and list it, in the place of @old if there is one. Under the lru lock; @gone: two flows to bury. */
static int admit(struct hypha_flow_table *table, struct hypha_flow *flow, struct hypha_flow *old, struct hypha_flow *gone[2])
{
	int err;

	if (old && !old->dead) {
		if (!yields(old, flow->owner, flow->seen))
			return -EEXIST;
		evict(table, old);
		gone[0] = old;
	}
	err = make_room(table, flow, &gone[1]);
	if (err)
		return err;

	flow->id = ++table->last_id;
	list_add_tail_rcu(&flow->of_table, &table->flows);
	rank(table, flow);
	atomic_inc(&flow->owner->nr);
	atomic_inc(&table->nr);
	return 0;
}

static void set_life(struct hypha_flow *flow, const struct hypha_life *life, u64 now)
{
	WRITE_ONCE(flow->flags, life->flags);
	WRITE_ONCE(flow->state, life->state);
	WRITE_ONCE(flow->ends, life->ends);
	WRITE_ONCE(flow->seen, now);
}

/* Both tuples are free, or tuple[1] is one's who may be asked to go (@old). Under the locks of @b. */
static int check_tuples(const struct hypha_flow *flow, struct bucket *const b[2], struct hypha_flow **old)
{
	unsigned int dir;

	if (find_in(b[0], &flow->tuple[0], &dir))
		return -EALREADY;
	if (hypha_tuple_equal(&flow->tuple[0], &flow->tuple[1]))
		return -EEXIST;
	*old = find_in(b[1], &flow->tuple[1], &dir);
	return 0;
}

static int insert(struct hypha_flow_table *table, struct hypha_flow *flow, struct hypha_flow *gone[2])
{
	struct bucket *b[2] = { bucket_of(table, &flow->tuple[0]), bucket_of(table, &flow->tuple[1]) };
	struct hypha_flow *old;
	int err;

	lock_buckets(table, b);
	err = check_tuples(flow, b, &old);
	if (!err) {
		spin_lock(&table->lru);
		err = admit(table, flow, old, gone);
		spin_unlock(&table->lru);
	}
	if (!err) {
		hlist_add_head_rcu(&flow->node[0], &b[0]->chain[0]);
		hlist_add_head_rcu(&flow->node[1], &b[1]->chain[1]);
	}
	unlock_buckets(table, b);
	return err;
}

int hypha_flow_add(struct hypha_flow_table *table, struct hypha_flow *flow, const struct hypha_packet *p, u64 now)
{
	struct hypha_flow *gone[2] = { NULL, NULL };
	struct hypha_life life;
	int err;

	hypha_life_begin(flow, p, &life);
	set_life(flow, &life, now);
	flow->created = now;
	flow->table = table;
	err = insert(table, flow, gone);
	bury(table, gone[0]);
	bury(table, gone[1]);
	return err;
}

/* ---- living ---- */

/* The half-open cap holds for a connection that begins anew, too: what goes for it, if any. Under the lru lock. */
static struct hypha_flow *room_for_handshake(struct hypha_flow_table *table, struct hypha_flow_owner *owner)
{
	struct hypha_flow *old;

	if (atomic_read(&owner->nr_half_open) < table->limits.max_half_open_per_guest)
		return NULL;
	old = oldest_handshake(owner);
	if (old)
		evict(table, old);
	return old;
}

static bool change(struct hypha_flow_table *table, struct hypha_flow *flow, unsigned int dir, const struct hypha_packet *p,
		   u64 now)
{
	struct hypha_flow *gone = NULL;
	struct hypha_life life;
	bool changed;

	spin_lock_bh(&table->lru);
	changed = !flow->dead && hypha_life_next(flow, dir, p, &life);	/* again: it may have changed meanwhile */
	if (changed) {
		unrank(flow);
		set_life(flow, &life, now);
		if (life.state == HYPHA_FLOW_SYN)
			gone = room_for_handshake(table, flow->owner);
		rank(table, flow);
	}
	spin_unlock_bh(&table->lru);
	bury(table, gone);
	return changed;
}

bool hypha_flow_seen(struct hypha_flow_table *table, struct hypha_flow *flow, unsigned int dir, const struct hypha_packet *p,
		     u32 bytes, u64 now)
{
	struct hypha_life life;

	WRITE_ONCE(flow->packets[dir], READ_ONCE(flow->packets[dir]) + 1);
	WRITE_ONCE(flow->bytes[dir], READ_ONCE(flow->bytes[dir]) + bytes);
	if (p->flags & HYPHA_PACKET_ERROR)
		return false;
	if (silence(flow, now) >= NSEC_PER_SEC)
		WRITE_ONCE(flow->seen, now);
	return hypha_life_next(flow, dir, p, &life) && change(table, flow, dir, p, now);
}

u64 hypha_flow_remaining(const struct hypha_flow *flow, u64 now)
{
	u64 timeout = hypha_life_timeout(flow), ns = silence(flow, now);

	return READ_ONCE(flow->dead) || ns >= timeout ? 0 : timeout - ns;
}

/* ---- all of them ---- */

/* What to continue from, for ids above @after. */
static struct hypha_flow *walk_from(struct hypha_flow_table *table, u64 after)
{
	struct hypha_flow *from;

	spin_lock_bh(&table->lru);
	from = table->hint && table->hint->id <= after ? table->hint : list_entry(&table->flows, struct hypha_flow, of_table);
	spin_unlock_bh(&table->lru);
	return from;
}

static void leave_hint(struct hypha_flow_table *table, struct hypha_flow *last)
{
	spin_lock_bh(&table->lru);
	if (!last->dead)
		table->hint = last;
	spin_unlock_bh(&table->lru);
}

void hypha_flow_walk(struct hypha_flow_table *table, u64 after, bool (*visit)(struct hypha_flow *flow, void *ctx), void *ctx)
{
	struct hypha_flow *flow, *last = NULL;

	rcu_read_lock();
	flow = walk_from(table, after);
	list_for_each_entry_continue_rcu(flow, &table->flows, of_table) {
		if (flow->id <= after || READ_ONCE(flow->dead))
			continue;
		if (!visit(flow, ctx))
			break;
		last = flow;
	}
	if (last)
		leave_hint(table, last);
	rcu_read_unlock();
}

u32 hypha_flow_flush(struct hypha_flow_table *table, struct hypha_flow_owner *owner,
		     bool (*match)(const struct hypha_flow *flow, void *ctx), void *ctx)
{
	u64 last = READ_ONCE(table->last_id);	/* what comes meanwhile is not meant */
	struct hypha_flow *flow;
	u32 nr = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(flow, &table->flows, of_table) {
		if (flow->id > last)
			break;
		if ((!owner || flow->owner == owner) && (!match || match(flow, ctx)) && hypha_flow_remove(table, flow))
			nr++;
	}
	rcu_read_unlock();
	return nr;
}

u32 hypha_flow_expire(struct hypha_flow_table *table, u64 now, u32 max)
{
	struct hypha_flow *flow;
	u32 nr = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(flow, &table->flows, of_table) {
		if (nr == max)
			break;
		if (!hypha_flow_remaining(flow, now) && hypha_flow_remove(table, flow))
			nr++;
	}
	rcu_read_unlock();
	return nr;
}

/* ---- tables and owners ---- */

struct hypha_flow_table *hypha_flow_table_alloc(unsigned int bits, const struct hypha_flow_limits *limits,
						void (*free)(struct hypha_flow *))
{
	struct hypha_flow_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int i;

	if (!table)
		return NULL;
	table->buckets = kvcalloc(1UL << bits, sizeof(*table->buckets), GFP_KERNEL);
	if (!table->buckets) {
		kfree(table);
		return NULL;
	}
	table->mask = (1UL << bits) - 1;
	table->limits = *limits;
	table->free = free;
	get_random_bytes(&table->key, sizeof(table->key));
	for (i = 0; i < NR_SHARDS; i++)
		spin_lock_init(&table->shards[i].lock);
	spin_lock_init(&table->lru);
	INIT_LIST_HEAD(&table->flows);
	INIT_LIST_HEAD(&table->owners);
	return table;
}

void hypha_flow_table_free(struct hypha_flow_table *table)
{
	if (!table)
		return;
	kvfree(table->buckets);
	kfree(table);
}

void hypha_flow_set_limits(struct hypha_flow_table *table, const struct hypha_flow_limits *limits)
{
	spin_lock_bh(&table->lru);
	table->limits = *limits;
	spin_unlock_bh(&table->lru);
}

u32 hypha_flow_count(const struct hypha_flow_table *table)
{
	return atomic_read(&table->nr);
}

void hypha_flow_owner_init(struct hypha_flow_owner *owner, u32 guest)
{
	int i;

	*owner = (struct hypha_flow_owner){ .guest = guest };
	for (i = 0; i < HYPHA_FLOW_RANKS; i++)
		INIT_LIST_HEAD(&owner->rank[i]);
	INIT_LIST_HEAD(&owner->expendable);
}
