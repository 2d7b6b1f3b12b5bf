/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's watches, and which of them an event concerns. */
#ifndef HYPHA_STORE_WATCH_H
#define HYPHA_STORE_WATCH_H

#include <linux/list.h>

#include "outbox.h"
#include "tree.h"

struct hypha_watches {
	struct list_head list;
	struct hypha_quota *quota;
	unsigned int nr;
	size_t home_len;	/* of "/local/domain/N/": what a relative watch leaves out */
};

void hypha_watch_init(struct hypha_watches *watches, struct hypha_quota *quota, const char *home);
void hypha_watch_clean(struct hypha_watches *watches);

/**
 * hypha_watch_add() - register a watch; hypha_watch_greet() it when the answer is on its way
 * @path:     canonical, or "@special", which is accepted and never fires again, as a guest's is with xenstored
 * @relative: the guest wrote it relative to its home, and so will events be
 *
 * Return: 0, -EEXIST, -ENOSPC (too many), -ENOMEM.
 */
int hypha_watch_add(struct hypha_watches *watches, const char *path, const char *token, bool relative);
/* The event every watch fires at once. */
void hypha_watch_greet(struct hypha_watches *watches, struct hypha_outbox *box, const char *path, const char *token);
/* Events that wait already are still delivered. -ENOENT. */
int hypha_watch_del(struct hypha_watches *watches, const char *path, const char *token);

/**
 * hypha_watch_fire() - queue the events of one change
 * @before:  the tree before it; needed if @removed, else NULL is as good as no change of permissions
 * @after:   the tree after it
 * @path:    what changed
 * @removed: it is gone, with all that was below it: watches below are told, with their own path
 */
void hypha_watch_fire(struct hypha_watches *watches, struct hypha_outbox *box, const struct hypha_tree *before,
		      const struct hypha_tree *after, const char *path, bool removed);

#endif
