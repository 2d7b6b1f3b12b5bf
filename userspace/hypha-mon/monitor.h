/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From messages to a story without gap or repetition: what there is, then what happens to it. */
#ifndef HYPHA_MON_MONITOR_H
#define HYPHA_MON_MONITOR_H

#include "hypha-mon/wire.h"

enum object { OBJECT_GUEST, OBJECT_FLOW, OBJECT_FORWARD, OBJECT_DROP, OBJECT_MARK, OBJECTS };
#define OBJECTS_ALL ((1u << OBJECT_GUEST) | (1u << OBJECT_FLOW) | (1u << OBJECT_FORWARD) | (1u << OBJECT_DROP))

/* One thing to tell. */
struct told {
	enum object object;
	const char *event;	/* "have" of what was there at the beginning; of a mark "synced" or "lost" */
	uint64_t time;		/* ns since the epoch */
	union {
		const struct guest *guest;
		const struct net_flow *flow;		/* with the name of its guest */
		const struct net_forward *forward;
		const struct message_drops *drops;
		const size_t *counts;	/* of "synced": guests, flows, forwards there are */
	};
};

/* Return: 0 go on, 1 enough, -errno with err_text(). */
typedef int (*tell_fn)(const struct told *told, void *arg);

enum monitor_end { MONITOR_ENOUGH, MONITOR_TIMEOUT, MONITOR_END };

/**
 * monitor_run() - tell until it is enough
 * @w:       joined to its groups already, so that nothing happens unseen between what is there and what comes
 * @objects: 1 << enum object: what is asked for; guests are always, for their names
 *
 * After a loss, a mark "lost" is told, everything is asked for again, and what is found to have changed is told as if it
 * happened now: "new", "update", "destroy" of flows; "created", "changed", "destroyed" of guests; "add", "del" of forwards.
 *
 * Return: enum monitor_end or -errno with err_text().
 */
int monitor_run(struct wire *w, unsigned int objects, tell_fn tell, void *arg);

#endif
