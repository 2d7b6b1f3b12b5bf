/* SPDX-License-Identifier: GPL-2.0-only */
/* A Xen made up in memory: one domain's pages by grant reference, its event channels, and what became of them. */
#ifndef FAKE_H
#define FAKE_H

#include <linux/types.h>

#define NR_REFS		512
#define NR_PORTS	16

struct grant {
	void *page;
	bool valid, readonly;
};

extern struct grant grants[NR_REFS];
extern u32 nr_hypercalls, nr_mapped;	/* of copies; rings mapped now */

/* The guest sends an event to @port; softirqs it causes have run on return. */
void send_event(u32 port);
/* Events the guest got at @port since last asked. */
u32 take_events(u32 port);
/* Is the host's end of @port bound, or masked until an EOI? */
bool is_bound(u32 port);
bool is_masked(u32 port);

#endif
