/* SPDX-License-Identifier: GPL-2.0-only */
/* The xenstore of one guest: a tree behind its own lock, served over the guest's own ring. */
#ifndef HYPHA_STORE_STORE_H
#define HYPHA_STORE_STORE_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>

struct hypha_store;

/*
 * The most a guest can make its store cost: HYPHA_QUOTA_MEMORY (2.5 MiB) for nodes, transactions, watches and events together,
 * plus 20 replies of 4 KiB and the path copies of what the host writes. An idle Linux guest with a disk takes some 30 KiB.
 */

/* What the owner is told. Called from the store's worker, no store lock held; may call back into the store. */
struct hypha_store_ops {
	/* The guest committed a write to, or removed, @path (absolute). Only called for paths under one of @watched. */
	void (*changed)(void *ctx, const char *path);
	const char *const *watched;	/* NULL-terminated absolute prefixes, e.g. "/local/domain/7/device" */
};

struct hypha_store_stats {
	u64 requests, errors;
	u64 dropped;			/* watch events lost because the guest did not fetch them */
	u32 nodes, watches;		/* the guest's own */
	u32 transactions;		/* open */
	u32 faults;			/* times the guest broke its ring */
	u32 memory, memory_peak;	/* bytes, everything of the store but its fixed 20 KiB */
};

/**
 * hypha_store_alloc() - an empty store for a guest
 * @domid: owner of the ring; its home is /local/domain/@domid
 * Return: the store or ERR_PTR(-ENOMEM). hypha_store_free() takes it back, disconnecting first.
 */
struct hypha_store *hypha_store_alloc(domid_t domid, const struct hypha_store_ops *ops, void *ctx);
void hypha_store_free(struct hypha_store *store);	/* NULL is fine */

/* Serve the ring at @ring_va (one page, mapped by the caller until disconnect) over guest port @port. 0 or -errno. */
int hypha_store_connect(struct hypha_store *store, void *ring_va, evtchn_port_t port);
/* Nothing is served and @changed is not called any more when it returns; not to be called from there. No-op if not connected. */
void hypha_store_disconnect(struct hypha_store *store);

/*
 * The host's side; paths absolute or relative to the guest's home; parents made as needed, watches fire. Process context, sleeps.
 * @guest_access of put: 'n' none, 'r' read, 'b' owned by the guest (it may write there and below).
 */
int hypha_store_put(struct hypha_store *store, char guest_access, const char *path, const char *fmt, ...) __printf(4, 5);
/* With all below. Missing is fine if its parent exists; else -ENOENT. */
int hypha_store_rm(struct hypha_store *store, const char *path);
/* Value of @path, NUL-terminated, into @buf. Return: its length, -ENOENT, -ENAMETOOLONG if it does not fit. */
int hypha_store_get(struct hypha_store *store, const char *path, char *buf, size_t size);
/* As a number. 0, -ENOENT, -EINVAL (not a decimal number), -ERANGE. */
int hypha_store_get_u32(struct hypha_store *store, const char *path, u32 *value);

void hypha_store_stats(struct hypha_store *store, struct hypha_store_stats *stats);

#endif
