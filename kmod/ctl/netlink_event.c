// SPDX-License-Identifier: GPL-2.0-only
/* What happens in the network, told by multicast: flows as they come, change and go; drops once a second and as a guest ends. */
#include "netlink.h"

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "event.h"
#include "guest.h"
#include "net/net.h"
#include "net/vif.h"

static bool heard(unsigned int group)
{
	return genl_has_listeners(&hypha_netlink_family, &init_net, group) > 0;
}

/* Flows. Who listens too slowly sees a gap in the numbers; the packet that caused the event never waits. */

static DEFINE_SPINLOCK(flow_order);	/* @flow_seq follows delivery; innermost but for netlink's own; softirq */
static u64 flow_seq;

/* Bytes of the attributes that come before the flow's. */
#define EVENT_SIZE (nla_total_size(sizeof(u32)) + 2 * nla_total_size_64bit(sizeof(u64)))

static int put_event(struct sk_buff *skb, enum hypha_flow_event event, struct nlattr **seq)
{
	if (nla_put_u32(skb, HYPHA_N_EVENT, event) || hypha_netlink_put_u64(skb, HYPHA_N_TIME, ktime_get_real_ns()))
		return -EMSGSIZE;
	*seq = nla_reserve_64bit(skb, HYPHA_N_SEQ, sizeof(u64), HYPHA_N_PAD);
	return *seq ? 0 : -EMSGSIZE;
}

/* Everything but its number, which it gets when it is sent. */
static struct sk_buff *make_message(enum hypha_flow_event event, const struct hypha_flow *flow, struct nlattr **seq)
{
	struct sk_buff *skb = genlmsg_new(EVENT_SIZE + HYPHA_NETLINK_FLOW_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	void *header;

	if (!skb)
		return NULL;
	header = genlmsg_put(skb, 0, 0, &hypha_netlink_family, 0, HYPHA_CMD_FLOW_EVENT);
	if (!header || put_event(skb, event, seq) || hypha_netlink_put_flow(skb, flow, ktime_get_ns())) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

static void tell_flow(enum hypha_flow_event event, const struct hypha_flow *flow)
{
	struct nlattr *attr;
	struct sk_buff *skb;
	u64 seq;

	if (!heard(HYPHA_GROUP_FLOWS))
		return;
	skb = make_message(event, flow, &attr);
	spin_lock_bh(&flow_order);
	seq = ++flow_seq;
	if (skb) {
		memcpy(nla_data(attr), &seq, sizeof(seq));
		genlmsg_multicast(&hypha_netlink_family, skb, 0, HYPHA_GROUP_FLOWS, GFP_ATOMIC);
	}
	spin_unlock_bh(&flow_order);
}

/* Drops */

/* What a guest had dropped when it was last looked at; guest 0 is nobody's. */
struct tally {
	struct list_head link;
	u32 guest;
	bool seen;
	u64 drops[HYPHA_DROP_COUNT];
};

static DEFINE_MUTEX(looking);	/* what follows; outside of guests' parts */
static LIST_HEAD(tallies);
static bool listening;
static u64 drop_seq;

struct drops {
	struct hypha_guest *guest;	/* NULL: nobody's */
	u64 now[HYPHA_DROP_COUNT], added[HYPHA_DROP_COUNT];
};

static struct tally *find_tally(u32 guest)
{
	struct tally *t;

	list_for_each_entry(t, &tallies, link)
		if (t->guest == guest)
			return t;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (t) {
		t->guest = guest;
		list_add_tail(&t->link, &tallies);
	}
	return t;
}

static void forget_tallies(bool all)
{
	struct tally *t, *next;

	list_for_each_entry_safe(t, next, &tallies, link) {
		if (all || !t->seen) {
			list_del(&t->link);
			kfree(t);
		} else {
			t->seen = false;
		}
	}
}

static int put_drops(struct sk_buff *skb, const struct drops *d)
{
	int err = d->guest ? hypha_netlink_put_guest(skb, d->guest) : nla_put_u32(skb, HYPHA_N_GUEST, 0);

	return err || hypha_netlink_put_u64(skb, HYPHA_N_TIME, ktime_get_real_ns()) ||
	       hypha_netlink_put_u64(skb, HYPHA_N_SEQ, drop_seq) || hypha_netlink_put_drops(skb, d->added);
}

/* Each reason with its name: less than half of this. */
#define DROPS_SIZE	4096

static void send_drops(const struct drops *d)
{
	struct sk_buff *skb = genlmsg_new(DROPS_SIZE, GFP_KERNEL);
	void *header;

	drop_seq++;
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &hypha_netlink_family, 0, HYPHA_CMD_DROP_EVENT);
	if (!header || put_drops(skb, d)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&hypha_netlink_family, skb, 0, HYPHA_GROUP_DROPS, GFP_KERNEL);
}

/* Tell the difference, unless this is the first look since anybody listens. */
static void compare(struct drops *d)
{
	struct tally *t = find_tally(d->guest ? hypha_guest_id(d->guest) : 0);
	bool any = false;
	u32 i;

	if (!t)
		return;
	for (i = 0; i < HYPHA_DROP_COUNT; i++) {
		d->added[i] = d->now[i] - t->drops[i];
		any |= d->added[i];
	}
	memcpy(t->drops, d->now, sizeof(t->drops));
	t->seen = true;
	if (any && listening)
		send_drops(d);
}

static int look_at(struct hypha_vif *vif, void *ctx)
{
	hypha_endpoint_drops(hypha_vif_endpoint(vif), ((struct drops *)ctx)->now);
	return 0;
}

static void look_at_guest(struct drops *d, struct hypha_guest *g)
{
	d->guest = g;
	if (!hypha_guest_with_vif(g, look_at, d))
		compare(d);
}

static void look(void)
{
	struct drops *d = kzalloc(sizeof(*d), GFP_KERNEL);
	struct hypha_guest *g;
	u32 last = 0;

	if (!d)
		return;
	hypha_net_drops(d->now);
	compare(d);
	while ((g = hypha_guest_find_after(last))) {
		last = hypha_guest_id(g);
		look_at_guest(d, g);
		hypha_guest_put(g);
	}
	kfree(d);
	forget_tallies(false);
	listening = true;
}

/* Before its interface is gone. */
static void look_at_last(struct hypha_guest *g)
{
	struct drops *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return;
	mutex_lock(&looking);
	if (listening)
		look_at_guest(d, g);
	mutex_unlock(&looking);
	kfree(d);
}

static void tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(ticker, tick);

/* Runs while guests live: nothing in the kernel tells a family that somebody joined its group. */
static void tick(struct work_struct *work)
{
	u32 nr_living, nr_exited;

	mutex_lock(&looking);
	if (heard(HYPHA_GROUP_DROPS)) {
		look();
	} else if (listening) {
		forget_tallies(true);
		listening = false;
	}
	mutex_unlock(&looking);
	hypha_guest_count(&nr_living, &nr_exited);
	if (nr_living)
		queue_delayed_work(system_power_efficient_wq, &ticker, HZ);
}

/* The first look is what others are compared with: it must not wait until a guest has lost something. */
static int guest_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct hypha_notice *notice = data;

	if (event == HYPHA_EVENT_CREATED)
		mod_delayed_work(system_power_efficient_wq, &ticker, 0);
	else if (event == HYPHA_EVENT_EXITED)
		look_at_last(notice->guest);
	return NOTIFY_DONE;
}

static struct notifier_block guests = { .notifier_call = guest_event };

int hypha_netlink_event_listen(void)
{
	int err = hypha_event_subscribe(&guests);

	if (!err)
		hypha_net_set_observer(tell_flow);
	return err;
}

void hypha_netlink_event_deafen(void)
{
	hypha_net_set_observer(NULL);
	hypha_event_unsubscribe(&guests);
	cancel_delayed_work_sync(&ticker);
	forget_tallies(true);
}
