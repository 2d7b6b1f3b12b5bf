/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest itself, for the files that conduct it: guest.c, seed.c, disk.c, nic.c, reaper.c. */
#ifndef HYPHA_GUEST_PRIV_H
#define HYPHA_GUEST_PRIV_H

#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#include "console/console.h"
#include "guest.h"

struct hypha_guest_disk {
	struct hypha_vbd *vbd;		/* NULL once the guest has exited */
	u32 virtual_device;		/* 202:16*n as blkfront numbers it */
	u32 flags;
	int backend_state;		/* XenbusState; touched by @work only */
	struct hypha_guest_disk_stat last;	/* kept when @vbd goes */
};

struct hypha_guest {
	struct kref ref;
	struct list_head link;		/* in the table, under its lock */
	u32 id;
	u8 uuid[HYPHA_UUID_SIZE];
	char name[HYPHA_NAME_MAX];
	u32 flags, vcpus;
	void *labels;
	u32 labels_len;

	struct mutex lock;		/* state, verbs and the end; outermost; never taken by @work or the store's worker */
	u32 state;			/* enum hypha_guest_state; written under @lock, read anywhere */
	bool built;			/* visible: set once, under the table's lock, before anything can fail no more */

	struct rw_semaphore parts;	/* innermost: read while looking into @store, @disks and @vif, written when they go */
	struct hypha_domain domain;
	struct hypha_store *store;	/* NULL once exited */
	struct hypha_con *console;
	struct hypha_guest_disk disks[HYPHA_DISKS_MAX];
	unsigned int nr_disks;
	struct hypha_vif *vif;		/* NULL: none, or exited */
	int vif_state;			/* XenbusState of its backend; touched by @work only */
	struct hypha_guest_nic_stat last_nic;	/* kept when @vif goes; its addresses never change */

	char home[32];			/* "/local/domain/N" */
	char watched_device[48], watched_data[48];
	const char *watched[3];
	struct hypha_store_ops store_ops;
	unsigned long hints;		/* HINT_*, set by the store's worker */
	struct work_struct work;	/* devices and hints: everything the guest's store writes ask for */
	struct work_struct exit_work;	/* queued by the reaper */

	u64 memory_target, memory_max;
	ktime_t started, ended;		/* boottime */
	u64 created_ns, exited_ns;	/* realtime */
	u64 last_memory, last_cpu_time;	/* as of its exit */
	struct hypha_store_stats last_store;
	u32 seen_reason;		/* by the reaper, for @exit_work */
	u32 exit_reason;
	bool ready;
	int exit_code;			/* -1: none */
};

enum { HINT_DEVICE, HINT_DATA };

extern struct workqueue_struct *hypha_guest_wq;

static inline bool hypha_guest_living(const struct hypha_guest *guest)
{
	return READ_ONCE(guest->state) != HYPHA_STATE_EXITED;
}

/* table.c. add: reserve name and uuid, nobody finds it yet. publish: now they do. del: drop the table's reference; false if
 * somebody else did already. */
int hypha_table_add(struct hypha_guest *guest, struct hypha_reason *reason);
void hypha_table_publish(struct hypha_guest *guest);
bool hypha_table_del(struct hypha_guest *guest);
void hypha_table_forget_oldest(void);
void hypha_table_clear(void);
void hypha_guest_for_each_living(void (*fn)(struct hypha_guest *guest, void *ctx), void *ctx);

/* seed.c: the store as a toolstack would have filled it. */
int hypha_guest_seed(struct hypha_guest *guest);

/* disk.c: vbd ⇄ store. */
int hypha_guest_seed_disk(struct hypha_guest *guest, unsigned int index);
void hypha_guest_update_disk(struct hypha_guest *guest, unsigned int index);

/* nic.c: vif ⇄ store. A guest without a network has none of it. */
int hypha_guest_add_vif(struct hypha_guest *guest, const struct hypha_guest_nic_spec *spec, struct hypha_reason *reason);
void hypha_guest_free_vif(struct hypha_guest *guest);
int hypha_guest_seed_vif(struct hypha_guest *guest);
void hypha_guest_update_vif(struct hypha_guest *guest);

/* keys.c: keys of a device's directories; what a backend publishes is read-only for the guest. */
struct hypha_guest_key {
	const char *name;
	u64 value;
};

int __printf(5, 6) hypha_guest_put_key(struct hypha_guest *guest, char access, const char *dir, const char *key,
				       const char *fmt, ...);
int hypha_guest_put_keys(struct hypha_guest *guest, const char *dir, const struct hypha_guest_key *keys, unsigned int nr);
int hypha_guest_get_key(struct hypha_guest *guest, const char *dir, const char *key, u32 *value);

/* reaper.c: who has stopped running? Look now / look as long as guests live. */
int hypha_reaper_init(void);
void hypha_reaper_exit(void);
void hypha_reaper_kick(void);
/* The guest's end: reverse of construct. Takes its lock. */
void hypha_guest_end(struct hypha_guest *guest, u32 reason);
/* helper.c: tell user space that a guest has exited. */
void hypha_helper_run(const struct hypha_guest *guest);

#endif
