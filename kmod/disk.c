// SPDX-License-Identifier: GPL-2.0-only
/* A guest's vbds and its store: what blkfront reads, and what its states ask of the disk (Xen's io/blkif.h). */
#include "guest_priv.h"

#include <linux/kernel.h>

#include "store/devstate.h"

#define PROTOCOL	"x86_64-abi"
#define RING_REFS_MAX	16

struct paths {
	char frontend[64], backend[64];
};

static void fill_paths(const struct hypha_guest *g, const struct hypha_guest_disk *disk, struct paths *p)
{
	snprintf(p->frontend, sizeof(p->frontend), "%s/device/vbd/%u", g->home, disk->virtual_device);
	snprintf(p->backend, sizeof(p->backend), "/local/domain/0/backend/vbd/%u/%u", g->domain.domid,
		 disk->virtual_device);
}

static int put_state(struct hypha_guest *g, struct hypha_guest_disk *disk, const struct paths *p, int state)
{
	disk->backend_state = state;
	return hypha_guest_put_key(g, 'r', p->backend, "state", "%d", state);
}

static int seed_backend(struct hypha_guest *g, struct hypha_guest_disk *disk, const struct paths *p)
{
	struct hypha_vbd_params params;
	int err;

	hypha_vbd_params(disk->vbd, &params);
	{
		const struct hypha_guest_key keys[] = {
			{ "frontend-id", g->domain.domid },
			{ "online", 1 },
			{ "removable", 0 },
			{ "max-ring-page-order", params.max_ring_page_order },
			{ "feature-max-indirect-segments", params.max_indirect_segments },
			{ "feature-flush-cache", params.flush_cache },
			{ "feature-barrier", 0 },
			{ "feature-persistent", 0 },
			{ "feature-discard", 0 },
		};

		err = hypha_guest_put_keys(g, p->backend, keys, ARRAY_SIZE(keys));
	}
	if (!err)
		err = hypha_guest_put_key(g, 'r', p->backend, "frontend", "%s", p->frontend);
	if (!err)
		err = hypha_guest_put_key(g, 'r', p->backend, "mode", "%s", disk->flags & HYPHA_DISK_RO ? "r" : "w");
	return err ?: put_state(g, disk, p, XenbusStateInitWait);
}

int hypha_guest_seed_disk(struct hypha_guest *g, unsigned int index)
{
	struct hypha_guest_disk *disk = &g->disks[index];
	struct paths p;
	int err;

	fill_paths(g, disk, &p);
	err = seed_backend(g, disk, &p);
	if (!err)
		err = hypha_store_put(g->store, 'b', p.frontend, "%s", "");
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "backend", "%s", p.backend);
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "backend-id", "0");
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "virtual-device", "%u", disk->virtual_device);
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "device-type", "disk");
	return err ?: hypha_guest_put_key(g, 'b', p.frontend, "state", "%d", XenbusStateInitialising);
}

/* What blkfront published: one ring-ref, or ring-ref0.. for a ring of several pages. */
static int read_ring(struct hypha_guest *g, const struct paths *p, struct hypha_vbd_ring *ring)
{
	char key[32], path[96];
	u32 order, i;
	int err;

	err = hypha_guest_get_key(g, p->frontend, "ring-page-order", &order);
	if (err == -ENOENT) {
		ring->nr_refs = 1;
		err = hypha_guest_get_key(g, p->frontend, "ring-ref", &ring->refs[0]);
		if (err)
			return err;
	} else {
		if (err || order > ilog2(RING_REFS_MAX))
			return -EINVAL;
		ring->nr_refs = 1 << order;
		for (i = 0; i < ring->nr_refs; i++) {
			snprintf(key, sizeof(key), "ring-ref%u", i);
			err = hypha_guest_get_key(g, p->frontend, key, &ring->refs[i]);
			if (err)
				return err;
		}
	}
	snprintf(path, sizeof(path), "%s/protocol", p->frontend);
	err = hypha_store_get(g->store, path, key, sizeof(key));
	ring->protocol_ok = err == -ENOENT || (err > 0 && !strcmp(key, PROTOCOL));
	return hypha_guest_get_key(g, p->frontend, "event-channel", &ring->port);
}

static int put_geometry(struct hypha_guest *g, const struct hypha_guest_disk *disk, const struct paths *p)
{
	struct hypha_vbd_params params;

	hypha_vbd_params(disk->vbd, &params);
	{
		const struct hypha_guest_key keys[] = {
			{ "sectors", params.sectors },
			{ "info", params.info },
			{ "sector-size", params.sector_size },
			{ "physical-sector-size", params.physical_sector_size },
		};

		return hypha_guest_put_keys(g, p->backend, keys, ARRAY_SIZE(keys));
	}
}

/* What the frontend asks for by its state; its fault is its loss: the disk closes. */
static int connect_disk(struct hypha_guest *g, struct hypha_guest_disk *disk, const struct paths *p)
{
	struct hypha_vbd_ring ring = { };
	int err;

	err = read_ring(g, p, &ring);
	if (!err)
		err = hypha_vbd_connect(disk->vbd, &ring);
	if (!err)
		err = put_geometry(g, disk, p);
	if (err)
		pr_debug_ratelimited("hypha: %s: vbd %u: frontend not accepted: %d\n", g->name, disk->virtual_device, err);
	return err;
}

static void take_step(struct hypha_guest *g, struct hypha_guest_disk *disk, const struct paths *p,
		      const struct hypha_devstate_step *step)
{
	enum xenbus_state next = step->next;

	switch (step->action) {
	case HYPHA_DEV_CONNECT:
		if (connect_disk(g, disk, p))
			next = XenbusStateClosing;
		break;
	case HYPHA_DEV_DISCONNECT:
		hypha_vbd_disconnect(disk->vbd);
		break;
	default:	/* what is offered does not change */
		break;
	}
	put_state(g, disk, p, next);
}

void hypha_guest_update_disk(struct hypha_guest *g, unsigned int index)
{
	struct hypha_guest_disk *disk = &g->disks[index];
	struct hypha_devstate_step step;
	struct paths p;
	u32 state;

	fill_paths(g, disk, &p);
	while (!hypha_guest_get_key(g, p.frontend, "state", &state)) {
		step = hypha_devstate_step(disk->backend_state, state);
		if (step.action == HYPHA_DEV_NONE)
			break;
		take_step(g, disk, &p, &step);
	}
}
