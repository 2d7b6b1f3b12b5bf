/* SPDX-License-Identifier: GPL-2.0-only */
/* What waits to be written into the guest's ring: replies and watch events, in order and bounded. */
#ifndef HYPHA_STORE_OUTBOX_H
#define HYPHA_STORE_OUTBOX_H

#include <linux/list.h>

#include "quota.h"
#include "wire.h"

struct hypha_message {
	struct list_head link;
	struct list_head same_watch;	/* an event's, among those of its watch; else alone */
	struct xsd_sockmsg head;	/* followed by head.len bytes, as the ring wants it */
	char data[];
};

struct hypha_outbox {
	struct list_head messages;
	struct hypha_quota *quota;
	unsigned int nr_replies, nr_events;
	u64 dropped;		/* events for which there was no room */
};

void hypha_outbox_init(struct hypha_outbox *box, struct hypha_quota *quota);
void hypha_outbox_clean(struct hypha_outbox *box);

/* Room for another request's reply? If not, leave its request in the ring. */
static inline bool hypha_outbox_accepts(const struct hypha_outbox *box)
{
	return box->nr_replies < HYPHA_QUOTA_OUTSTANDING;
}

/* Append a reply; not refused for quota, hypha_outbox_accepts() bounds it. 0, -ENOMEM. */
int hypha_outbox_reply(struct hypha_outbox *box, const struct xsd_sockmsg *request, u32 type, const void *data, u32 len);
/* Would hypha_outbox_event() append this? If there is no room for it that counts as dropped. Cheap: asked before all else. */
bool hypha_outbox_wants(struct hypha_outbox *box, struct list_head *waiting, const char *path, const char *token);
/*
 * Append an event of the watch with @token whose events that still wait are @waiting; not if @path waits there already, if it is
 * too long for a message, or if there is no room (counted). Only @waiting is searched: a commit of many changes under many
 * watches must not search all events for each.
 */
void hypha_outbox_event(struct hypha_outbox *box, struct list_head *waiting, const char *path, const char *token);

/* The oldest message, or NULL; and drop it. */
struct hypha_message *hypha_outbox_peek(struct hypha_outbox *box);
void hypha_outbox_pop(struct hypha_outbox *box);

#endif
