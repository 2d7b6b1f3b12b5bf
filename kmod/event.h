/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to guests, told in order to whoever listens. */
#ifndef HYPHA_EVENT_H
#define HYPHA_EVENT_H

#include <linux/notifier.h>
#include <linux/types.h>

struct hypha_guest;

struct hypha_notice {
	u64 seq;		/* counts from 1 */
	u64 time;		/* realtime, ns */
	struct hypha_guest *guest;
};

/* @nb is called with (enum hypha_event, struct hypha_notice *) in process context; it may sleep and look at the guest. */
int hypha_event_subscribe(struct notifier_block *nb);
void hypha_event_unsubscribe(struct notifier_block *nb);

/* Tell all listeners. Context: process, sleeps; the guest's lock may be held. */
void hypha_event_tell(struct hypha_guest *guest, unsigned long event);

#endif
