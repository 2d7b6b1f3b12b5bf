// SPDX-License-Identifier: GPL-2.0-only
/* The store of a new guest, filled as a toolstack would (docs/misc/xenstore-paths.pandoc of Xen). */
#include "guest_priv.h"

#include <linux/kernel.h>

static int seed_memory(struct hypha_guest *g)
{
	int err;

	err = hypha_store_put(g->store, 'r', "memory/static-max", "%llu", g->memory_max >> 10);
	if (err)
		return err;

	return hypha_store_put(g->store, 'r', "memory/target", "%llu", g->memory_target >> 10);
}

static int seed_vcpus(struct hypha_guest *g)
{
	char path[32];
	int err;
	u32 i;

	for (i = 0; i < g->vcpus; i++) {
		snprintf(path, sizeof(path), "cpu/%u/availability", i);
		err = hypha_store_put(g->store, 'r', path, "online");
		if (err)
			return err;
	}
	return 0;
}

/* What the guest finds empty; 'b' is its own to write in. */
static const struct {
	const char *path;
	char access;
	const char *value;
} nodes[] = {
	{ "control/shutdown", 'b', "" },
	{ "control/sysrq", 'b', "" },
	{ "control/platform-feature-xs_reset_watches", 'r', "1" },
	{ "control/platform-feature-multiprocessor-suspend", 'r', "1" },
	{ "device", 'r', "" },
	{ "data", 'b', "" },
	{ "drivers", 'b', "" },
	{ "feature", 'b', "" },
	{ "attr", 'b', "" },
	{ "error", 'b', "" },
};

static int seed_nodes(struct hypha_guest *g)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		err = hypha_store_put(g->store, nodes[i].access, nodes[i].path, "%s", nodes[i].value);
		if (err)
			return err;
	}
	return 0;
}

static int seed_identity(struct hypha_guest *g)
{
	char vm[64];
	int err;

	snprintf(vm, sizeof(vm), "/vm/%pUb", g->uuid);
	err = hypha_store_put(g->store, 'r', vm, "%s", "");
	if (!err)
		err = hypha_store_put(g->store, 'r', "vm", "%s", vm);
	if (!err)
		err = hypha_store_put(g->store, 'r', "name", "%s", g->name);
	if (!err)
		err = hypha_store_put(g->store, 'r', "domid", "%u", g->domain.domid);
	return err;
}

int hypha_guest_seed(struct hypha_guest *g)
{
	unsigned int i;
	int err;

	err = seed_identity(g);
	if (!err)
		err = seed_memory(g);
	if (!err)
		err = seed_vcpus(g);
	if (!err)
		err = seed_nodes(g);
	for (i = 0; !err && i < g->nr_disks; i++)
		err = hypha_guest_seed_disk(g, i);
	return err ? err : hypha_guest_seed_vif(g);
}
