// SPDX-License-Identifier: GPL-2.0-only
/* The memory account of one guest's store. */
#include "quota.h"

#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>

size_t hypha_quota_cost(size_t size)
{
	return size <= 8 ? 8 : roundup_pow_of_two(size);
}

bool hypha_quota_has(const struct hypha_quota *quota, size_t size)
{
	return quota->exempt || quota->used + hypha_quota_cost(size) <= quota->limit;
}

void *hypha_quota_alloc(struct hypha_quota *quota, size_t size)
{
	size_t cost = hypha_quota_cost(size);
	void *p;

	if (!hypha_quota_has(quota, size))
		return NULL;

	p = kzalloc(size, GFP_KERNEL);
	if (!p)
		return NULL;

	quota->used += cost;
	quota->peak = max(quota->peak, quota->used);
	return p;
}

void hypha_quota_free(struct hypha_quota *quota, const void *p, size_t size)
{
	if (!p)
		return;
	quota->used -= hypha_quota_cost(size);
	kfree(p);
}
