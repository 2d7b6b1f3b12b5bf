/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guests have used up to a moment, and what the difference of two moments says. */
#ifndef HYPHACTL_SAMPLE_H
#define HYPHACTL_SAMPLE_H

#include "libhypha/guest.h"
#include "libhypha/net.h"

#include <jansson.h>

struct sample {
	uint32_t id, nr_flows;
	char name[GUEST_NAME_MAX];
	uint8_t uuid[16];
	uint64_t cpu_time, memory, memory_max;
	uint64_t rd_bytes, wr_bytes;
	bool has_net;
	struct net_queue net;		/* sums over its queues */
};

struct samples {
	uint64_t time;			/* ns, monotonic */
	uint64_t wall;			/* ns since the epoch */
	struct sample *all;
	size_t nr;
};

/* Living guests; of @ids only, unless @nr_ids is 0. 0 or -errno with err_text(). */
int samples_take(struct samples *s, const uint32_t *ids, size_t nr_ids);
/* An array of objects, one per guest of @now; a guest that was not there before has used what it used in its life. */
json_t *samples_compare(const struct samples *before, const struct samples *now);
void samples_clean(struct samples *s);

/* One of them, for samples_take() and tests. */
void sample_from_guest(struct sample *to, const struct guest *g);

#endif
