/* SPDX-License-Identifier: GPL-2.0-only */
/* What one guest may occupy of its store: xenstored's default limits, and one account for all memory behind it. */
#ifndef HYPHA_STORE_QUOTA_H
#define HYPHA_STORE_QUOTA_H

#include <linux/types.h>

/* Defaults of xenstored (tools/xenstored/domain.c, quotas[]), except where said. The host is not bound by them. */
#define HYPHA_QUOTA_NODES		1000	/* owned by the guest */
#define HYPHA_QUOTA_WATCHES		128
#define HYPHA_QUOTA_TRANSACTIONS	10	/* open at once */
#define HYPHA_QUOTA_TRANSACTION_PATHS	1024	/* reads and writes one transaction remembers */
#define HYPHA_QUOTA_OUTSTANDING		20	/* replies not yet fetched; then no request is taken */
#define HYPHA_QUOTA_PERMS		5	/* entries of one node */
#define HYPHA_QUOTA_VALUE		2048	/* bytes of one value */
#define HYPHA_QUOTA_EVENTS		1024	/* watch events not yet fetched; ours: XSA-349 */
#define HYPHA_QUOTA_MEMORY		(2560u << 10)	/* everything below, as "memory" there */

/*
 * An account of memory, each block rounded up to a power of two, which is at least what the allocator takes.
 * Not locked: the owner's lock covers it.
 */
struct hypha_quota {
	size_t used, peak;
	size_t limit;
	bool exempt;	/* the host acts: count, do not refuse */
};

static inline void hypha_quota_init(struct hypha_quota *quota)
{
	*quota = (struct hypha_quota){ .limit = HYPHA_QUOTA_MEMORY };
}

/* What a block of @size counts as. */
size_t hypha_quota_cost(size_t size);
/* Would the limit allow a block of @size? */
bool hypha_quota_has(const struct hypha_quota *quota, size_t size);
/* Zeroed memory, or NULL if there is none or the limit would be passed. Context: process, sleeps. */
void *hypha_quota_alloc(struct hypha_quota *quota, size_t size);
/* @size as it was allocated; @p may be NULL. */
void hypha_quota_free(struct hypha_quota *quota, const void *p, size_t size);

#endif
