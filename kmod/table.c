// SPDX-License-Identifier: GPL-2.0-only
/* The table of guests: who is there, found by id, name or uuid. */
#include "guest_priv.h"

#define EXITED_MAX	64	/* records kept; the oldest goes first */

static LIST_HEAD(guests);		/* in ascending order of ids */
static DEFINE_MUTEX(guests_lock);	/* the list and @built; inside guest->lock */
static u32 last_id, generation;

typedef bool (*match_fn)(const struct hypha_guest *g, const void *key);

static bool match_id(const struct hypha_guest *g, const void *key)
{
	return g->id == *(const u32 *)key;
}

static bool match_after(const struct hypha_guest *g, const void *key)
{
	return g->id > *(const u32 *)key;
}

static bool match_name(const struct hypha_guest *g, const void *key)
{
	return !strcmp(g->name, key);
}

static bool match_living_name(const struct hypha_guest *g, const void *key)
{
	return hypha_guest_living(g) && match_name(g, key);
}

static bool match_uuid(const struct hypha_guest *g, const void *key)
{
	return !memcmp(g->uuid, key, HYPHA_UUID_SIZE);
}

static struct hypha_guest *peek_guest(match_fn match, const void *key)
{
	struct hypha_guest *g;

	lockdep_assert_held(&guests_lock);
	list_for_each_entry(g, &guests, link)
		if (match(g, key))
			return g;
	return NULL;
}

static struct hypha_guest *find_guest(match_fn match, const void *key)
{
	struct hypha_guest *g, *found = NULL;

	mutex_lock(&guests_lock);
	list_for_each_entry(g, &guests, link) {
		if (g->built && match(g, key)) {
			kref_get(&g->ref);
			found = g;
			break;
		}
	}
	mutex_unlock(&guests_lock);
	return found;
}

struct hypha_guest *hypha_guest_find(u32 id)
{
	return find_guest(match_id, &id);
}

struct hypha_guest *hypha_guest_find_after(u32 id)
{
	return find_guest(match_after, &id);
}

struct hypha_guest *hypha_guest_find_uuid(const u8 *uuid)
{
	return find_guest(match_uuid, uuid);
}

struct hypha_guest *hypha_guest_find_name(const char *name)
{
	struct hypha_guest *g = find_guest(match_living_name, name);

	return g ? g : find_guest(match_name, name);
}

u32 hypha_guest_generation(void)
{
	return READ_ONCE(generation);
}

void hypha_guest_for_each_living(void (*fn)(struct hypha_guest *g, void *ctx), void *ctx)
{
	struct hypha_guest *g;

	mutex_lock(&guests_lock);
	list_for_each_entry(g, &guests, link)
		if (g->built && hypha_guest_living(g))
			fn(g, ctx);
	mutex_unlock(&guests_lock);
}

void hypha_guest_count(u32 *nr_living, u32 *nr_exited)
{
	struct hypha_guest *g;

	*nr_living = *nr_exited = 0;
	mutex_lock(&guests_lock);
	list_for_each_entry(g, &guests, link)
		if (g->built)
			(*(hypha_guest_living(g) ? nr_living : nr_exited))++;
	mutex_unlock(&guests_lock);
}

/* Reserve name and uuid: the guest is in the table, but nobody finds it until it is built. */
int hypha_table_add(struct hypha_guest *g, struct hypha_reason *reason)
{
	int err = 0;

	mutex_lock(&guests_lock);
	if (peek_guest(match_uuid, g->uuid)) {
		err = hypha_reason(reason, -EEXIST, "uuid %pUb belongs to another guest; choose a new one", g->uuid);
	} else if (peek_guest(match_living_name, g->name)) {
		err = hypha_reason(reason, -EEXIST, "name %s belongs to a living guest; choose another or destroy it",
				   g->name);
	} else {
		g->id = ++last_id;
		list_add_tail(&g->link, &guests);
	}
	mutex_unlock(&guests_lock);
	return err;
}

void hypha_table_publish(struct hypha_guest *g)
{
	mutex_lock(&guests_lock);
	g->built = true;
	generation++;
	mutex_unlock(&guests_lock);
}

/* Drops the table's reference; false if somebody else did already. */
bool hypha_table_del(struct hypha_guest *g)
{
	bool was_in;

	mutex_lock(&guests_lock);
	was_in = !list_empty(&g->link);
	list_del_init(&g->link);
	generation++;
	mutex_unlock(&guests_lock);
	if (was_in)
		hypha_guest_put(g);
	return was_in;
}

void hypha_table_forget_oldest(void)
{
	struct hypha_guest *g, *oldest = NULL;
	u32 nr_living, nr_exited;

	hypha_guest_count(&nr_living, &nr_exited);
	if (nr_exited <= EXITED_MAX)
		return;

	mutex_lock(&guests_lock);
	list_for_each_entry(g, &guests, link) {
		if (g->built && !hypha_guest_living(g)) {
			kref_get(&g->ref);
			oldest = g;
			break;
		}
	}
	mutex_unlock(&guests_lock);
	if (oldest) {
		hypha_guest_remove(oldest);
		hypha_guest_put(oldest);
	}
}

/* At module unload: only records are left. */
void hypha_table_clear(void)
{
	struct hypha_guest *g, *next;

	list_for_each_entry_safe(g, next, &guests, link)
		hypha_table_del(g);
}
