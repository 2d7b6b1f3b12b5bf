// SPDX-License-Identifier: GPL-2.0-only
/* Which port a masqueraded flow gets. */
#include "port.h"

#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/minmax.h>

static u32 common_divisor(u32 a, u32 b)
{
	while (b) {
		u32 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Odd, from @seed, and without a divisor in common with @nr: only then it leads through the whole range. */
static u32 pick_step(u32 nr, u32 seed)
{
	u32 step = hash_32(seed, 16) | 1;

	while (common_divisor(step, nr) != 1)
		step += 2;
	return step;
}

int hypha_port_pick(const struct hypha_port_range *range, u32 seed, int (*take)(u16 port, void *ctx), void *ctx)
{
	u32 nr, step, place, tries;
	int err;

	if (range->max < range->min)
		return -EADDRNOTAVAIL;
	nr = range->max - range->min + 1;
	step = pick_step(nr, seed);
	place = seed % nr;
	for (tries = min_t(u32, nr, HYPHA_PORT_TRIES); tries; tries--) {
		err = take(range->min + place, ctx);
		if (err != -EEXIST)
			return err;
		place = (place + step) % nr;
	}
	return -EADDRNOTAVAIL;
}
