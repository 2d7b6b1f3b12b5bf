/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests as the rest of the module sees them: made, found, told what to do, looked at. */
#ifndef HYPHA_GUEST_H
#define HYPHA_GUEST_H

#include <linux/types.h>

#include "block/vbd.h"
#include "domain/domain.h"
#include "hypha.h"
#include "hypha_netlink.h"
#include "net/vif.h"
#include "store/store.h"

struct hypha_guest;

struct hypha_guest_disk_spec {
	struct file *file;
	bool readonly;
};

/* Its interface; HYPHA_CREATE_NO_NETWORK: not looked at. */
struct hypha_guest_nic_spec {
	struct hypha_endpoint_config config;	/* zero fields: as the network picks */
	struct hypha_forward *forwards;
	u32 nr_forwards;
	struct in6_addr dns[HYPHA_DNS_MAX];
	u32 nr_dns;				/* 0: resolvers stay as they are */
};

/* What a guest is made from; checked by the caller against the uapi limits, not kept. */
struct hypha_guest_spec {
	struct hypha_domain_spec domain;
	struct hypha_guest_disk_spec disks[HYPHA_DISKS_MAX];
	unsigned int nr_disks;
	struct hypha_guest_nic_spec nic;
	char name[HYPHA_NAME_MAX];
	const void *labels;
	u32 labels_len;
	u32 log_size;
	u32 flags;		/* HYPHA_CREATE_* */
};

/* A disk as GUEST_GET shows it. */
struct hypha_guest_disk_stat {
	u64 size;
	u32 flags;
	struct hypha_vbd_stats io;
};

/* Its interface as it is, or was at its exit. */
struct hypha_guest_nic_stat {
	bool present;
	struct hypha_endpoint_config config;
	struct hypha_vif_stats io;
};

/* A guest as GUEST_GET shows it. @labels and @name belong to the guest: valid while a reference is held. */
struct hypha_guest_stat {
	u32 id;
	domid_t domid;
	const u8 *uuid;
	const char *name;
	u32 state, flags;
	bool ready;		/* its init said so */
	u64 memory, memory_target, memory_max;
	u32 vcpus, vcpus_online;
	u64 cpu_time, created, exited, uptime;
	const void *labels;
	u32 labels_len;
	u32 exit_reason;
	int exit_code;		/* -1: none reported */
	u64 log_bytes, log_dropped;
	struct hypha_store_stats store;
	u32 nr_disks;
	struct hypha_guest_disk_stat disks[HYPHA_DISKS_MAX];
	struct hypha_guest_nic_stat nic;
};

int hypha_guest_init(void);
/* All guests must have exited; forgets their records. */
void hypha_guest_exit(void);

/**
 * hypha_guest_create() - construct a guest and leave it paused
 * @spec:     see there
 * @reason:   filled on failure
 * @phase_ns: filled on success
 *
 * Context: process, sleeps. Return: a counted guest that already is in the table, or ERR_PTR: -EEXIST name or uuid in
 * use, or the errno of hypha_domain_build(), hypha_vbd_alloc(), …
 */
struct hypha_guest *hypha_guest_create(const struct hypha_guest_spec *spec, struct hypha_reason *reason,
				       u64 phase_ns[HYPHA_PHASE_COUNT]);

struct hypha_guest *hypha_guest_find(u32 id);			/* counted, or NULL */
struct hypha_guest *hypha_guest_find_name(const char *name);	/* a living one first */
struct hypha_guest *hypha_guest_find_uuid(const u8 *uuid);
struct hypha_guest *hypha_guest_find_after(u32 id);		/* the one with the next higher id */
void hypha_guest_put(struct hypha_guest *guest);
/* Changes whenever the table does, so that a dump can tell that it was interrupted. */
u32 hypha_guest_generation(void);

u32 hypha_guest_id(const struct hypha_guest *guest);
domid_t hypha_guest_domid(const struct hypha_guest *guest);
u32 hypha_guest_labels_len(const struct hypha_guest *guest);
const char *hypha_guest_name(const struct hypha_guest *guest);	/* valid while a reference is held */

/* The verbs of uapi/hypha.h, with its errors. Process context, sleep. */
int hypha_guest_pause(struct hypha_guest *guest);
int hypha_guest_unpause(struct hypha_guest *guest);
int hypha_guest_destroy(struct hypha_guest *guest);
int hypha_guest_remove(struct hypha_guest *guest);
int hypha_guest_shutdown(struct hypha_guest *guest, u32 action, u32 sysrq);
int hypha_guest_set_memory(struct hypha_guest *guest, u64 target);
int hypha_guest_set_vcpus(struct hypha_guest *guest, u32 nr);
struct file *hypha_guest_open_console(struct hypha_guest *guest, u32 flags);

/* Look at a guest; @stat is large: keep it off the stack. Process context, sleeps. */
void hypha_guest_stat(struct hypha_guest *guest, struct hypha_guest_stat *stat);
/* Do something with the guest's interface while it cannot go away. @fn may sleep; it must not end the guest. Return: its
 * result, or -ENODEV: the guest has no interface, or has exited. */
int hypha_guest_with_vif(struct hypha_guest *guest, int (*fn)(struct hypha_vif *vif, void *ctx), void *ctx);
/* How many live, how many exited records are kept. */
void hypha_guest_count(u32 *living, u32 *exited);

#endif
