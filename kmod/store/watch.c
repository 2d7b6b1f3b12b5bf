// SPDX-License-Identifier: GPL-2.0-only
/* The guest's watches. */
#include "watch.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

struct watch {
	struct list_head link;
	struct list_head waiting;	/* its events in the outbox */
	const char *token;	/* in @path, behind its NUL */
	bool relative;
	size_t size;		/* of @path and token */
	char path[];
};

void hypha_watch_init(struct hypha_watches *watches, struct hypha_quota *quota, const char *home)
{
	*watches = (struct hypha_watches){ .quota = quota, .home_len = strlen(home) + 1 };
	INIT_LIST_HEAD(&watches->list);
}

static void drop(struct hypha_watches *watches, struct watch *w)
{
	struct hypha_message *m, *next;

	list_for_each_entry_safe(m, next, &w->waiting, same_watch)
		list_del_init(&m->same_watch);
	list_del(&w->link);
	watches->nr--;
	hypha_quota_free(watches->quota, w, sizeof(*w) + w->size);
}

void hypha_watch_clean(struct hypha_watches *watches)
{
	struct watch *w, *next;

	list_for_each_entry_safe(w, next, &watches->list, link)
		drop(watches, w);
}

static struct watch *find(const struct hypha_watches *watches, const char *path, const char *token)
{
	struct watch *w;

	list_for_each_entry(w, &watches->list, link)
		if (!strcmp(w->path, path) && !strcmp(w->token, token))
			return w;

	return NULL;
}

static const char *shown(const struct hypha_watches *watches, const struct watch *w, const char *path)
{
	return w->relative ? path + watches->home_len : path;
}

int hypha_watch_add(struct hypha_watches *watches, const char *path, const char *token, bool relative)
{
	size_t path_size = strlen(path) + 1, token_size = strlen(token) + 1;
	struct watch *w;

	if (find(watches, path, token))
		return -EEXIST;
	if (watches->nr >= HYPHA_QUOTA_WATCHES)
		return -ENOSPC;

	w = hypha_quota_alloc(watches->quota, sizeof(*w) + path_size + token_size);
	if (!w)
		return -ENOMEM;

	memcpy(w->path, path, path_size);
	memcpy(w->path + path_size, token, token_size);
	w->token = w->path + path_size;
	w->size = path_size + token_size;
	w->relative = relative;
	INIT_LIST_HEAD(&w->waiting);
	list_add_tail(&w->link, &watches->list);
	watches->nr++;
	return 0;
}

void hypha_watch_greet(struct hypha_watches *watches, struct hypha_outbox *box, const char *path, const char *token)
{
	struct watch *w = find(watches, path, token);

	if (w)
		hypha_outbox_event(box, &w->waiting, shown(watches, w, path), token);
}

int hypha_watch_del(struct hypha_watches *watches, const char *path, const char *token)
{
	struct watch *w = find(watches, path, token);

	if (!w)
		return -ENOENT;

	drop(watches, w);
	return 0;
}

/* The path this watch may have to be told, or NULL if the change is none of its business. */
static const char *concerned(const struct watch *w, const char *path, bool removed)
{
	if (hypha_wire_is_below(path, w->path))
		return path;
	if (removed && hypha_wire_is_below(w->path, path))
		return w->path;
	return NULL;
}

static bool may_notice(const struct hypha_tree *before, const struct hypha_tree *after, const char *path)
{
	return hypha_tree_may_notice(after, after->guest, path) ||
	       (before && hypha_tree_may_notice(before, after->guest, path));
}

/*
 * A guest may make paths long and deep, and watches many: what walks the tree is asked once for @path, and for a watch's own
 * path only if its event would be queued.
 */
void hypha_watch_fire(struct hypha_watches *watches, struct hypha_outbox *box, const struct hypha_tree *before,
		      const struct hypha_tree *after, const char *path, bool removed)
{
	bool allowed = may_notice(before, after, path);
	const char *event, *told;
	struct watch *w;

	list_for_each_entry(w, &watches->list, link) {
		event = w->path[0] == '@' ? NULL : concerned(w, path, removed);
		if (!event || (event == path && !allowed))
			continue;
		told = shown(watches, w, event);
		if (event != path && !(hypha_outbox_wants(box, &w->waiting, told, w->token) &&
				       hypha_tree_peek(before, event) && may_notice(before, after, event)))
			continue;
		hypha_outbox_event(box, &w->waiting, told, w->token);
	}
}
