/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows: conversations that are let through, with what each direction is rewritten to. Pure but for RCU and spinlocks:
 * time (ns since boot) and randomness are arguments.
 *
 * A flow has two tuples, the packets of its two directions as they arrive. A packet that arrives as tuple[d] leaves as the
 * reverse of tuple[!d], to where tuple[!d].from is. That one rule is masquerade, forward, DNS to the gateway, hairpin and
 * the host's own talk with guests.
 */
#ifndef HYPHA_NET_FLOW_H
#define HYPHA_NET_FLOW_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "hypha_netlink.h"
#include "packet.h"
#include "tuple.h"

struct hypha_flow_table;

/* Flows that may have to make room for others, from those missed least. The rest has no rank and is never driven out. */
enum hypha_flow_rank {
	HYPHA_FLOW_RANK_OVER,		/* TCP closed, or a DNS query answered */
	HYPHA_FLOW_RANK_UNREPLIED,	/* never got an answer, and no TCP handshake */
	HYPHA_FLOW_RANK_SYN,		/* TCP handshake without an answer */
	HYPHA_FLOW_RANK_SYN_ACK,	/* answered, but the handshake is not complete; goes for another handshake only */
	HYPHA_FLOW_RANKS
};

/*
 * Who is charged for a flow: a guest. Embedded in its endpoint; hypha_flow_owner_init(). Must stay until its flows have been
 * flushed and a grace period later (and rcu_barrier(), if the table's @free looks at it).
 */
struct hypha_flow_owner {
	u32 guest;
	atomic_t nr;			/* flows charged */
	atomic_t nr_half_open;		/* of these, TCP ones whose handshake is not complete */
	/* From here on: under the table's lru lock. */
	u32 nr_expendable;		/* ranks OVER, UNREPLIED and SYN */
	u64 evicted;			/* flows that made room for others */
	struct list_head rank[HYPHA_FLOW_RANKS];	/* each oldest first */
	struct list_head expendable;	/* in the table's list of owners that have such flows */
};

/* 256 bytes: what lookups read comes first, what every packet writes last. */
struct hypha_flow {
	struct hlist_node node[2];	/* in the table, by tuple[0] and tuple[1] */
	struct hypha_tuple tuple[2];	/* [0]: the direction of its first packet */
	struct hypha_flow_owner *owner;
	struct list_head of_table;	/* all flows by id; RCU */
	struct list_head ranked;	/* in owner->rank[]; under the table's lru lock */
	struct rcu_head rcu;
	u64 id;				/* counts up; what dumps resume by */
	u64 created;			/* ns since boot */
	struct hypha_flow_table *table;
	u64 seen;			/* ns since boot, of the last packet; written at most once per second */
	u64 packets[2], bytes[2];	/* per direction; READ_ONCE/WRITE_ONCE, races lose counts, not more */
	u32 flags;			/* HYPHA_FLOW_* of uapi: REPLIED, FORWARD, DNS, HOST, HAIRPIN; written under the lru lock */
	u8 state;			/* enum hypha_flow_state of uapi; the same */
	u8 ends;			/* TCP: bit per direction that sent FIN, HYPHA_FLOW_RESET; the same */
	bool dead;			/* leaves the table; the same */
	void *route;			/* the shell's: cached route of the direction to the network */
	u32 route_cookie;		/* its: what IPv6 checks @route by */
};

#define HYPHA_FLOW_RESET	4	/* in @ends */

struct hypha_flow_limits {
	u32 max, max_per_guest, max_half_open_per_guest;
};

#define HYPHA_FLOW_BITS	18	/* 4 MiB: chains are short up to the default cap of flows */

/* 2^@bits buckets; NULL without memory. @free: called after a grace period for each flow that left. */
struct hypha_flow_table *hypha_flow_table_alloc(unsigned int bits, const struct hypha_flow_limits *limits,
						void (*free)(struct hypha_flow *));
/* All flows must be removed and their grace period over. */
void hypha_flow_table_free(struct hypha_flow_table *table);
/* Lower ones hold for flows to come; what there is stays until its time is over or it is flushed. */
void hypha_flow_set_limits(struct hypha_flow_table *table, const struct hypha_flow_limits *limits);
u32 hypha_flow_count(const struct hypha_flow_table *table);

void hypha_flow_owner_init(struct hypha_flow_owner *owner, u32 guest);

/* Under rcu_read_lock(), lockless: the flow that @t arrives for, and its direction; NULL. */
struct hypha_flow *hypha_flow_find(struct hypha_flow_table *table, const struct hypha_tuple *t, unsigned int *dir);

/**
 * hypha_flow_add() - a new flow, charged to an owner
 * @flow: zeroed, with both tuples, @owner and @flags; gets @id, @created, @state
 * @p:    its first packet, which hypha_flow_seen() counts like any other
 * @now:  ns since boot
 *
 * If the owner's quota is full, one of its flows goes that is over, else its oldest without an answer; for the table's cap
 * one of the owner with the most of these; for the half-open cap the owner's oldest handshake. A flow whose tuple[1] is
 * wanted goes if it has been over for 2 s, was reset and is this owner's, or is expendable and its owner has far more of that
 * kind than this one: so neither connections that come fast nor a flood use up the ports towards one remote.
 *
 * Softirq or process context, under rcu_read_lock() if @flow is used afterwards: it may be driven out at once.
 *
 * Return: 0; -EALREADY packets of tuple[0] have a flow (another CPU was faster: find it); -EEXIST tuple[1] is in use, another
 * port may do; -EDQUOT the owner's quota is full of answered flows; -ENOSPC the table is. The caller frees @flow then.
 */
int hypha_flow_add(struct hypha_flow_table *table, struct hypha_flow *flow, const struct hypha_packet *p, u64 now);

/* Under rcu_read_lock(): out of the table; its memory goes after a grace period. False if somebody else did. */
bool hypha_flow_remove(struct hypha_flow_table *table, struct hypha_flow *flow);

/**
 * hypha_flow_seen() - a packet of the flow came
 * @dir: of the packet
 *
 * Counts it, keeps the TCP state and what follows from it (life.h). An ICMP error about the flow only counts.
 * Under rcu_read_lock(). Return: true if state or flags changed (told as an update).
 */
bool hypha_flow_seen(struct hypha_flow_table *table, struct hypha_flow *flow, unsigned int dir, const struct hypha_packet *p,
		     u32 bytes, u64 now);

/* ns until it dies if nothing comes; 0 it should be removed. */
u64 hypha_flow_remaining(const struct hypha_flow *flow, u64 now);

/**
 * hypha_flow_walk() - visit flows in order of their ids
 * @after: only ids above it
 * @visit: under rcu_read_lock(); returns false to stop
 *
 * Each flow that lives from start to end of a walk that is resumed by id is visited once. A walk that resumes behind the
 * last flow that the walk before it visited starts there; any other costs O(table).
 */
void hypha_flow_walk(struct hypha_flow_table *table, u64 after, bool (*visit)(struct hypha_flow *flow, void *ctx), void *ctx);

/* Remove those that @match (NULL: all) says; of @owner only, or of all if NULL. Return: how many. */
u32 hypha_flow_flush(struct hypha_flow_table *table, struct hypha_flow_owner *owner,
		     bool (*match)(const struct hypha_flow *flow, void *ctx), void *ctx);

/* Remove those whose time is over, at most @max; returns how many. Costs O(table). */
u32 hypha_flow_expire(struct hypha_flow_table *table, u64 now, u32 max);

#endif
