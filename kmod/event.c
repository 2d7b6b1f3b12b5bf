// SPDX-License-Identifier: GPL-2.0-only
/* Numbers events and hands them to the listeners one at a time. */
#include "event.h"

#include <linux/mutex.h>
#include <linux/timekeeping.h>

static BLOCKING_NOTIFIER_HEAD(listeners);
static DEFINE_MUTEX(order);	/* seq follows delivery; innermost but for what listeners take */
static u64 last_seq;

int hypha_event_subscribe(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&listeners, nb);
}

void hypha_event_unsubscribe(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&listeners, nb);
}

void hypha_event_tell(struct hypha_guest *guest, unsigned long event)
{
	struct hypha_notice notice = { .guest = guest };

	mutex_lock(&order);
	notice.seq = ++last_seq;
	notice.time = ktime_get_real_ns();
	blocking_notifier_call_chain(&listeners, event, &notice);
	mutex_unlock(&order);
}
