// SPDX-License-Identifier: GPL-2.0-only
/* What a guest can be told to do, and how it looks. */
#include "guest_priv.h"

#include <linux/mm.h>

#include "event.h"
#include "xen/domctl.h"

#define TARGET_MIN	(4ULL << 20)

int hypha_guest_pause(struct hypha_guest *g)
{
	int err = -ESHUTDOWN;

	mutex_lock(&g->lock);
	if (g->state == HYPHA_STATE_PAUSED || g->state == HYPHA_STATE_CREATED) {
		err = -EALREADY;
	} else if (hypha_guest_living(g)) {
		err = hypha_domctl_pause(g->domain.domid);
		if (!err) {
			WRITE_ONCE(g->state, HYPHA_STATE_PAUSED);
			hypha_event_tell(g, HYPHA_EVENT_PAUSED);
		}
	}
	mutex_unlock(&g->lock);
	return err;
}

int hypha_guest_unpause(struct hypha_guest *g)
{
	int err = -ESHUTDOWN;
	bool first;

	mutex_lock(&g->lock);
	first = g->state == HYPHA_STATE_CREATED;
	if (g->state == HYPHA_STATE_RUNNING) {
		err = -EALREADY;
	} else if (hypha_guest_living(g)) {
		if (first)
			g->started = ktime_get_boottime();
		err = hypha_domctl_unpause(g->domain.domid);
		if (!err) {
			WRITE_ONCE(g->state, HYPHA_STATE_RUNNING);
			hypha_event_tell(g, first ? HYPHA_EVENT_STARTED : HYPHA_EVENT_UNPAUSED);
		}
	}
	mutex_unlock(&g->lock);
	return err;
}

static const char *const shutdown_words[] = {
	[HYPHA_SHUTDOWN_POWEROFF] = "poweroff",
	[HYPHA_SHUTDOWN_REBOOT] = "reboot",
};

int hypha_guest_shutdown(struct hypha_guest *g, u32 action, u32 sysrq)
{
	int err = -ESHUTDOWN;

	mutex_lock(&g->lock);
	if (hypha_guest_living(g)) {
		if (action == HYPHA_SHUTDOWN_SYSRQ)
			err = hypha_store_put(g->store, 'b', "control/sysrq", "%c", (char)sysrq);
		else
			err = hypha_store_put(g->store, 'b', "control/shutdown", "%s", shutdown_words[action]);
	}
	mutex_unlock(&g->lock);
	return err;
}

int hypha_guest_set_memory(struct hypha_guest *g, u64 target)
{
	int err = -ESHUTDOWN;

	if (target < TARGET_MIN || target > g->memory_max)
		return -ERANGE;

	mutex_lock(&g->lock);
	if (hypha_guest_living(g)) {
		err = hypha_store_put(g->store, 'r', "memory/target", "%llu", target >> 10);
		if (!err)
			WRITE_ONCE(g->memory_target, target);
	}
	mutex_unlock(&g->lock);
	return err;
}

int hypha_guest_set_vcpus(struct hypha_guest *g, u32 nr)
{
	int err = -ESHUTDOWN;
	char path[32];
	u32 i;

	if (!nr || nr > g->vcpus)
		return -ERANGE;

	mutex_lock(&g->lock);
	if (hypha_guest_living(g)) {
		err = 0;
		for (i = 1; i < g->vcpus && !err; i++) {
			snprintf(path, sizeof(path), "cpu/%u/availability", i);
			err = hypha_store_put(g->store, 'r', path, "%s", i < nr ? "online" : "offline");
		}
	}
	mutex_unlock(&g->lock);
	return err;
}

struct file *hypha_guest_open_console(struct hypha_guest *g, u32 flags)
{
	return hypha_console_open(g->console, flags);
}

u32 hypha_guest_id(const struct hypha_guest *g)
{
	return g->id;
}

domid_t hypha_guest_domid(const struct hypha_guest *g)
{
	return g->domain.domid;
}

const char *hypha_guest_name(const struct hypha_guest *g)
{
	return g->name;
}

int hypha_guest_with_vif(struct hypha_guest *g, int (*fn)(struct hypha_vif *vif, void *ctx), void *ctx)
{
	int ret = -ENODEV;

	down_read(&g->parts);
	if (g->vif)
		ret = fn(g->vif, ctx);
	up_read(&g->parts);
	return ret;
}

u32 hypha_guest_labels_len(const struct hypha_guest *g)
{
	return g->labels_len;
}

static void fill_life(const struct hypha_guest *g, struct hypha_guest_stat *st)
{
	struct hypha_domctl_info info;

	if (hypha_guest_living(g) && !hypha_domctl_info(g->domain.domid, &info)) {
		st->memory = info.tot_pages << PAGE_SHIFT;
		st->cpu_time = info.cpu_time;
		st->vcpus_online = info.nr_online_vcpus;
	} else {
		st->memory = g->last_memory;
		st->cpu_time = g->last_cpu_time;
	}
	if (g->started)
		st->uptime = ktime_to_ns(ktime_sub(hypha_guest_living(g) ? ktime_get_boottime() : g->ended, g->started));
}

static void fill_parts(struct hypha_guest *g, struct hypha_guest_stat *st)
{
	unsigned int i;

	down_read(&g->parts);
	if (g->store)
		hypha_store_stats(g->store, &st->store);
	else
		st->store = g->last_store;
	for (i = 0; i < g->nr_disks; i++) {
		st->disks[i] = g->disks[i].last;
		if (g->disks[i].vbd)
			hypha_vbd_stats(g->disks[i].vbd, &st->disks[i].io);
	}
	st->nr_disks = g->nr_disks;
	st->nic = g->last_nic;
	if (g->vif) {
		hypha_endpoint_get_config(hypha_vif_endpoint(g->vif), &st->nic.config);
		hypha_vif_stats(g->vif, &st->nic.io);
	}
	up_read(&g->parts);
}

void hypha_guest_stat(struct hypha_guest *g, struct hypha_guest_stat *st)
{
	*st = (struct hypha_guest_stat){
		.id = g->id,
		.domid = g->domain.domid,
		.uuid = g->uuid,
		.name = g->name,
		.ready = READ_ONCE(g->ready),
		.state = READ_ONCE(g->state),
		.flags = g->flags,
		.memory_target = READ_ONCE(g->memory_target),
		.memory_max = g->memory_max,
		.vcpus = g->vcpus,
		.created = g->created_ns,
		.exited = g->exited_ns,
		.labels = g->labels,
		.labels_len = g->labels_len,
		.exit_reason = g->exit_reason,
		.exit_code = READ_ONCE(g->exit_code),
	};
	fill_life(g, st);
	fill_parts(g, st);
	hypha_console_stats(g->console, &st->log_bytes, &st->log_dropped);
}
