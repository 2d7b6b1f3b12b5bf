/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was told so far: guests, flows and forwards by what identifies them, so that nothing is told twice. */
#ifndef HYPHA_MON_KNOWN_H
#define HYPHA_MON_KNOWN_H

#include "libhypha/message.h"

enum known_kind { KNOWN_GUEST, KNOWN_FLOW, KNOWN_FORWARD, KNOWN_KINDS };

struct known_item {
	struct known_item *next;
	enum known_kind kind;
	unsigned int round;	/* of the dump it was last seen in */
	union {
		struct guest *guest;		/* its labels are not kept */
		struct net_flow *flow;
		struct net_forward *forward;
		void *thing;
	};
};

struct known_table {
	struct known_item **buckets;
	size_t nr_buckets, nr;
	size_t nr_of[KNOWN_KINDS];
};

/* @thing: a struct guest, net_flow or net_forward. NULL if it is not known. */
struct known_item *known_get(const struct known_table *t, enum known_kind kind, const void *thing);
/* Not known yet; copied. */
struct known_item *known_add(struct known_table *t, enum known_kind kind, const void *thing);
void known_update(struct known_item *item, const void *thing);
void known_del(struct known_table *t, struct known_item *item);
/* Those of @kind whose round is not @round: hand them to @fn, which returns < 0 to stop, and forget them. */
int known_sweep(struct known_table *t, enum known_kind kind, unsigned int round, int (*fn)(struct known_item *item, void *arg),
		void *arg);
void known_clean(struct known_table *t);

#endif
