// SPDX-License-Identifier: GPL-2.0-only
/* The conductor: lifetime, states and ids of guests. It knows every part and is known by none. */
#include "guest_priv.h"

#include <linux/module.h>
#include <linux/slab.h>

#include "event.h"
#include "xen/domctl.h"

struct workqueue_struct *hypha_guest_wq;

/* Lifetime */

static void release(struct kref *ref)
{
	struct hypha_guest *g = container_of(ref, struct hypha_guest, ref);

	if (g->console)
		hypha_console_put(g->console);
	kvfree(g->labels);
	kfree(g);
}

void hypha_guest_put(struct hypha_guest *g)
{
	if (g)
		kref_put(&g->ref, release);
}

/* What the guest writes: the store's worker leaves a hint, our own work acts on it */

static void store_changed(void *ctx, const char *path)
{
	struct hypha_guest *g = ctx;

	set_bit(str_has_prefix(path, g->watched_data) ? HINT_DATA : HINT_DEVICE, &g->hints);
	queue_work(hypha_guest_wq, &g->work);
}

static void take_data(struct hypha_guest *g)
{
	u32 code;

	if (!g->ready && !hypha_store_get_u32(g->store, "data/ready", &code) && code) {
		WRITE_ONCE(g->ready, true);
		hypha_event_tell(g, HYPHA_EVENT_READY);
	}
	if (!hypha_store_get_u32(g->store, "data/exit-code", &code) && code <= 255) {
		WRITE_ONCE(g->exit_code, code);
		hypha_reaper_kick();
	}
}

static void guest_work(struct work_struct *work)
{
	struct hypha_guest *g = container_of(work, struct hypha_guest, work);
	unsigned int i;

	if (test_and_clear_bit(HINT_DATA, &g->hints))
		take_data(g);
	if (test_and_clear_bit(HINT_DEVICE, &g->hints)) {
		for (i = 0; i < g->nr_disks; i++)
			hypha_guest_update_disk(g, i);
		hypha_guest_update_vif(g);
	}
}

static void exit_work(struct work_struct *work)
{
	struct hypha_guest *g = container_of(work, struct hypha_guest, exit_work);

	hypha_guest_end(g, g->seen_reason);
	hypha_guest_put(g);
}

/* Construct */

static struct hypha_guest *alloc_guest(const struct hypha_guest_spec *spec)
{
	struct hypha_guest *g = kzalloc(sizeof(*g), GFP_KERNEL);

	if (!g)
		return NULL;

	kref_init(&g->ref);
	INIT_LIST_HEAD(&g->link);
	mutex_init(&g->lock);
	init_rwsem(&g->parts);
	INIT_WORK(&g->work, guest_work);
	INIT_WORK(&g->exit_work, exit_work);
	memcpy(g->uuid, spec->domain.uuid, sizeof(g->uuid));
	strscpy(g->name, spec->name, sizeof(g->name));
	g->flags = spec->flags;
	g->vcpus = spec->domain.nr_vcpus;
	g->memory_target = spec->domain.memory;
	g->memory_max = spec->domain.max_memory;
	g->state = HYPHA_STATE_CREATED;
	g->exit_code = -1;
	g->created_ns = ktime_get_real_ns();
	return g;
}

static int copy_labels(struct hypha_guest *g, const struct hypha_guest_spec *spec)
{
	if (!spec->labels_len)
		return 0;
	g->labels = kvmalloc(spec->labels_len, GFP_KERNEL_ACCOUNT);
	if (!g->labels)
		return -ENOMEM;
	memcpy(g->labels, spec->labels, spec->labels_len);
	g->labels_len = spec->labels_len;
	return 0;
}

static void free_disks(struct hypha_guest *g)
{
	while (g->nr_disks)
		hypha_vbd_free(g->disks[--g->nr_disks].vbd);
}

static int add_disks(struct hypha_guest *g, const struct hypha_guest_spec *spec, struct hypha_reason *reason)
{
	struct hypha_guest_disk *disk;
	struct hypha_vbd_params params;

	for (; g->nr_disks < spec->nr_disks; g->nr_disks++) {
		const struct hypha_guest_disk_spec *s = &spec->disks[g->nr_disks];

		disk = &g->disks[g->nr_disks];
		disk->vbd = hypha_vbd_alloc(g->domain.domid, s->file, s->readonly);
		if (IS_ERR(disk->vbd)) {
			int err = PTR_ERR(disk->vbd);

			free_disks(g);
			return hypha_reason(reason, err, "disk %u: error %d; it must be a regular file or block device of at least 512 bytes%s",
					    (unsigned int)(disk - g->disks), err, s->readonly ? "" : ", open for writing");
		}
		hypha_vbd_params(disk->vbd, &params);
		disk->last.size = params.sectors << 9;
		disk->last.flags = disk->flags = s->readonly ? HYPHA_DISK_RO : 0;
		disk->virtual_device = 202 << 8 | g->nr_disks << 4;
	}
	return 0;
}

static int alloc_store(struct hypha_guest *g)
{
	snprintf(g->home, sizeof(g->home), "/local/domain/%u", g->domain.domid);
	snprintf(g->watched_device, sizeof(g->watched_device), "%s/device", g->home);
	snprintf(g->watched_data, sizeof(g->watched_data), "%s/data", g->home);
	g->watched[0] = g->watched_device;
	g->watched[1] = g->watched_data;
	g->store_ops = (struct hypha_store_ops){ .changed = store_changed, .watched = g->watched };

	g->store = hypha_store_alloc(g->domain.domid, &g->store_ops, g);
	return PTR_ERR_OR_ZERO(g->store);
}

/* Everything that serves the guest, in the order hypha_guest_end() undoes it. */
static int attach_parts(struct hypha_guest *g, const struct hypha_guest_spec *spec, struct hypha_reason *reason)
{
	const struct hypha_domain *dom = &g->domain;
	int err;

	err = add_disks(g, spec, reason);
	if (err)
		return err;

	err = hypha_guest_add_vif(g, &spec->nic, reason);
	if (err)
		goto err_disks;

	err = alloc_store(g);
	if (err) {
		hypha_reason(reason, err, "store: no memory");
		goto err_vif;
	}
	err = hypha_guest_seed(g);
	if (err) {
		hypha_reason(reason, err, "store: seeding the guest's nodes: error %d", err);
		goto err_store;
	}
	err = hypha_store_connect(g->store, dom->store_va, dom->store_port);
	if (err) {
		hypha_reason(reason, err, "store: connecting event channel %u: error %d", dom->store_port, err);
		goto err_store;
	}
	err = hypha_console_connect(g->console, dom->domid, dom->console_va, dom->console_port);
	if (err) {
		hypha_reason(reason, err, "console: connecting event channel %u: error %d", dom->console_port, err);
		goto err_store;
	}
	return 0;

err_store:
	hypha_store_disconnect(g->store);
	cancel_work_sync(&g->work);
	hypha_store_free(g->store);
err_vif:
	hypha_guest_free_vif(g);
err_disks:
	free_disks(g);
	return err;
}

static int build_guest(struct hypha_guest *g, const struct hypha_guest_spec *spec, struct hypha_reason *reason)
{
	ktime_t start;
	int err;

	g->console = hypha_console_alloc(spec->log_size);
	if (IS_ERR(g->console)) {
		err = PTR_ERR(g->console);
		g->console = NULL;
		return hypha_reason(reason, err, "console: no memory for a log of %u bytes", spec->log_size);
	}
	err = copy_labels(g, spec);
	if (err)
		return hypha_reason(reason, err, "labels: no memory for %u bytes", spec->labels_len);

	err = hypha_domain_build(&spec->domain, &g->domain, reason);
	if (err)
		return hypha_reason(reason, err, "building the domain: error %d", err);

	start = ktime_get();
	err = attach_parts(g, spec, reason);
	if (err)
		hypha_domain_clean(&g->domain);
	g->domain.phase_ns[HYPHA_PHASE_RINGS] += ktime_to_ns(ktime_sub(ktime_get(), start));
	return err;
}

struct hypha_guest *hypha_guest_create(const struct hypha_guest_spec *spec, struct hypha_reason *reason,
				       u64 phase_ns[HYPHA_PHASE_COUNT])
{
	struct hypha_guest *g = alloc_guest(spec);
	int err;

	if (!g)
		return ERR_PTR(hypha_reason(reason, -ENOMEM, "guest: no memory"));

	err = hypha_table_add(g, reason);
	if (err)
		goto err_put;

	err = build_guest(g, spec, reason);
	if (err)
		goto err_del;

	__module_get(THIS_MODULE);	/* until hypha_guest_end() */
	kref_get(&g->ref);		/* the caller's */
	memcpy(phase_ns, g->domain.phase_ns, sizeof(g->domain.phase_ns));
	if (g->vif && spec->nic.nr_dns)
		hypha_net_set_dns(spec->nic.dns, spec->nic.nr_dns);
	hypha_table_publish(g);
	hypha_event_tell(g, HYPHA_EVENT_CREATED);
	hypha_reaper_kick();
	return g;

err_del:
	hypha_table_del(g);
	return ERR_PTR(err);
err_put:
	hypha_guest_put(g);
	return ERR_PTR(err);
}

/* Destroy: the reverse of construct */

/* Stop serving it; what it wrote last is still taken in. */
static void quiesce(struct hypha_guest *g)
{
	unsigned int i;

	hypha_store_disconnect(g->store);
	flush_work(&g->work);
	for (i = 0; i < g->nr_disks; i++)
		hypha_vbd_disconnect(g->disks[i].vbd);
	if (g->vif)
		hypha_vif_disconnect(g->vif);
	hypha_console_disconnect(g->console);
}

static void remember_last(struct hypha_guest *g)
{
	struct hypha_domctl_info info;
	unsigned int i;

	if (!hypha_domctl_info(g->domain.domid, &info)) {
		g->last_cpu_time = info.cpu_time;
		g->last_memory = info.tot_pages << PAGE_SHIFT;
	}
	hypha_store_stats(g->store, &g->last_store);
	for (i = 0; i < g->nr_disks; i++)
		hypha_vbd_stats(g->disks[i].vbd, &g->disks[i].last.io);
	if (g->vif)
		hypha_vif_stats(g->vif, &g->last_nic.io);
}

static void free_parts(struct hypha_guest *g)
{
	unsigned int i;

	down_write(&g->parts);
	hypha_store_free(g->store);
	g->store = NULL;
	for (i = 0; i < g->nr_disks; i++) {
		hypha_vbd_free(g->disks[i].vbd);
		g->disks[i].vbd = NULL;
	}
	hypha_guest_free_vif(g);
	up_write(&g->parts);
}

/* Listeners hear of it before its memory goes back, which takes long; under @lock, so verbs wait for that. */
static void end_guest(struct hypha_guest *g, u32 reason)
{
	hypha_domctl_pause(g->domain.domid);
	quiesce(g);
	remember_last(g);

	g->ended = ktime_get_boottime();
	g->exited_ns = ktime_get_real_ns();
	g->exit_reason = reason;
	WRITE_ONCE(g->state, HYPHA_STATE_EXITED);
	hypha_event_tell(g, HYPHA_EVENT_EXITED);

	free_parts(g);
	hypha_domain_clean(&g->domain);
}

void hypha_guest_end(struct hypha_guest *g, u32 reason)
{
	bool ended = false;

	mutex_lock(&g->lock);
	if (hypha_guest_living(g)) {
		end_guest(g, reason);
		ended = true;
	}
	mutex_unlock(&g->lock);
	if (!ended)
		return;

	hypha_helper_run(g);
	hypha_table_forget_oldest();
	module_put(THIS_MODULE);
}

int hypha_guest_destroy(struct hypha_guest *g)
{
	hypha_guest_end(g, HYPHA_EXIT_KILLED);
	return 0;
}

int hypha_guest_remove(struct hypha_guest *g)
{
	int err = 0;

	mutex_lock(&g->lock);
	if (hypha_guest_living(g))
		err = -EBUSY;
	else if (hypha_table_del(g))
		hypha_event_tell(g, HYPHA_EVENT_DESTROYED);
	else
		err = -ENOENT;
	mutex_unlock(&g->lock);
	return err;
}

int hypha_guest_init(void)
{
	hypha_guest_wq = alloc_workqueue("hypha", WQ_UNBOUND, 0);
	return hypha_guest_wq ? 0 : -ENOMEM;
}

void hypha_guest_exit(void)
{
	destroy_workqueue(hypha_guest_wq);
	hypha_table_clear();
}
