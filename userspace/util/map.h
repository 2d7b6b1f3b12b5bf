/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map from strings to pointers. */
#ifndef HYPHA_UTIL_MAP_H
#define HYPHA_UTIL_MAP_H

#include <stdbool.h>

struct map {
	void *root;
	void (*free)(void *value);	/* NULL: values are not owned */
};

/* Keys are copied. Return: false, and nothing happens to either value, if @key is there already. */
bool map_add(struct map *map, const char *key, void *value);
bool map_has(const struct map *map, const char *key);
void *map_get(const struct map *map, const char *key);		/* NULL if it is not there */
void map_each(const struct map *map, void (*visit)(void *arg, const char *key, void *value), void *arg);
void map_clean(struct map *map);

#endif
