// SPDX-License-Identifier: GPL-2.0-or-later
/* A map from strings to pointers, as a tsearch() tree. */
#include "util/map.h"

#include "util/mem.h"

#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct map_entry {
	const char *key;
	void *value;
	char text[];
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct map_entry *)a)->key, ((const struct map_entry *)b)->key);
}

static const struct map_entry *find(const struct map *map, const char *key)
{
	const struct map_entry want = { .key = key };
	struct map_entry *const *found = tfind(&want, &map->root, compare);

	return found ? *found : NULL;
}

bool map_add(struct map *map, const char *key, void *value)
{
	struct map_entry *e;

	if (find(map, key))
		return false;
	e = mem_alloc(sizeof(*e) + strlen(key) + 1);
	e->key = strcpy(e->text, key);
	e->value = value;
	tsearch(e, &map->root, compare);
	return true;
}

bool map_has(const struct map *map, const char *key)
{
	return find(map, key);
}

void *map_get(const struct map *map, const char *key)
{
	const struct map_entry *e = find(map, key);

	return e ? e->value : NULL;
}

struct visitor {
	void (*visit)(void *arg, const char *key, void *value);
	void *arg;
};

static void visit(const void *node, VISIT which, void *arg)
{
	const struct map_entry *e = *(const struct map_entry *const *)node;
	const struct visitor *v = arg;

	if (which == postorder || which == leaf)
		v->visit(v->arg, e->key, e->value);
}

void map_each(const struct map *map, void (*fn)(void *arg, const char *key, void *value), void *arg)
{
	struct visitor v = { fn, arg };

	twalk_r(map->root, visit, &v);
}

void map_clean(struct map *map)
{
	while (map->root) {
		struct map_entry *e = *(struct map_entry **)map->root;

		tdelete(e, &map->root, compare);
		if (map->free)
			map->free(e->value);
		free(e);
	}
}
