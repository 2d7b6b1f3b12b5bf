// SPDX-License-Identifier: GPL-2.0-only
/* Keys of a device's two directories in a guest's store. */
#include "guest_priv.h"

#include <linux/kernel.h>

#define PATH_SIZE	96
#define VALUE_SIZE	96

int hypha_guest_put_key(struct hypha_guest *g, char access, const char *dir, const char *key, const char *fmt, ...)
{
	char path[PATH_SIZE], value[VALUE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return hypha_store_put(g->store, access, path, "%s", value);
}

int hypha_guest_put_keys(struct hypha_guest *g, const char *dir, const struct hypha_guest_key *keys, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = hypha_guest_put_key(g, 'r', dir, keys[i].name, "%llu", keys[i].value);
	return err;
}

int hypha_guest_get_key(struct hypha_guest *g, const char *dir, const char *key, u32 *value)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return hypha_store_get_u32(g->store, path, value);
}
