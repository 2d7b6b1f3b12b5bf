// SPDX-License-Identifier: GPL-2.0-or-later
/* From messages to a story without gap or repetition. */
#include "hypha-mon/monitor.h"

#include "hypha-mon/known.h"
#include "present/names.h"

#include <errno.h>
#include <string.h>

#define DUMP_TRIES 4	/* of one that changes meanwhile; what it missed then comes as events */

struct monitor {
	struct wire *wire;
	unsigned int objects;
	tell_fn tell;
	void *arg;
	struct known_table known;
	struct names names;
	unsigned int round;		/* of dumps */
	bool begun;			/* the first round is over */
	uint64_t synced;		/* when the last round was over: an event before may be in it already */
	uint64_t seq[MESSAGE_GROUPS];	/* of the last message; 0 none yet */
};

static int tell(struct monitor *m, enum object object, const char *event, uint64_t time, const void *thing)
{
	struct told told = { .object = object, .event = event, .time = time ? time : m->wire->now, .guest = thing };

	if (object != OBJECT_MARK && !(m->objects >> object & 1))
		return 0;
	return m->tell(&told, m->arg);
}

/* --- what there is --- */

static const enum object object_of[] = {
	[KNOWN_GUEST] = OBJECT_GUEST, [KNOWN_FLOW] = OBJECT_FLOW, [KNOWN_FORWARD] = OBJECT_FORWARD,
};

/* How it is told that something appeared, changed or went while nobody listened. */
static const struct { const char *came, *changed, *went; } found[] = {
	[KNOWN_GUEST] = { "created", "changed", "destroyed" }, [KNOWN_FLOW] = { "new", "update", "destroy" },
	[KNOWN_FORWARD] = { "add", NULL, "del" },
};

static bool differs(const struct known_item *item, const void *thing)
{
	const struct guest *g = thing;
	const struct net_flow *f = thing;

	switch (item->kind) {
	case KNOWN_GUEST:
		return item->guest->state != g->state || item->guest->ready != g->ready;
	case KNOWN_FLOW:
		return item->flow->state != f->state || item->flow->flags != f->flags;
	default:
		return false;
	}
}

/* Something is there. */
static int see(struct monitor *m, enum known_kind kind, const void *thing)
{
	struct known_item *item = known_get(&m->known, kind, thing);
	const char *event = NULL;

	if (!item) {
		item = known_add(&m->known, kind, thing);
		event = m->begun ? found[kind].came : "have";
	} else if (differs(item, thing)) {
		event = found[kind].changed;
	}
	known_update(item, thing);
	item->round = m->round;
	return event ? tell(m, object_of[kind], event, 0, item->thing) : 0;
}

static int tell_gone(struct known_item *item, void *arg)
{
	return tell(arg, object_of[item->kind], found[item->kind].went, 0, item->thing);
}

static int take_answer(const void *data, size_t len, void *arg)
{
	struct monitor *m = arg;
	struct message msg;
	int err = message_decode(data, len, &msg);

	if (err)
		return err;
	if (msg.type == MESSAGE_GUEST) {
		names_set(&m->names, msg.guest.id, msg.guest.name);
		err = see(m, KNOWN_GUEST, &msg.guest);
	} else if (msg.type == MESSAGE_FLOW) {
		names_fill(&m->names, msg.flow.guest, msg.flow.name);
		err = see(m, KNOWN_FLOW, &msg.flow);
	} else if (msg.type == MESSAGE_FORWARD) {
		names_fill(&m->names, msg.forward.guest, msg.forward.name);
		err = see(m, KNOWN_FORWARD, &msg.forward);
	}
	message_clean(&msg);
	return err;
}

/* A callback's 1 must get through a dump, which only knows errors. */
struct taker {
	struct monitor *m;
	int enough;
};

static int take_in_dump(const void *data, size_t len, void *arg)
{
	struct taker *t = arg;
	int n = t->enough ? 0 : take_answer(data, len, t->m);

	if (n > 0)
		t->enough = n;
	return n < 0 ? n : 0;
}

static int look(struct monitor *m, enum message_dump what, enum known_kind kind)
{
	struct taker t = { .m = m };
	int err = -EAGAIN;

	m->round++;
	for (int try = 0; try < DUMP_TRIES && err == -EAGAIN; try++)
		err = m->wire->dump(m->wire, what, take_in_dump, &t);
	if (t.enough)
		return t.enough;
	if (err == -EAGAIN)	/* then what was not seen may be there all the same */
		return 0;
	return err ? err : known_sweep(&m->known, kind, m->round, tell_gone, m);
}

static bool wants(const struct monitor *m, enum object object)
{
	return m->objects >> object & 1;
}

static int look_at_all(struct monitor *m)
{
	int err = look(m, DUMP_GUESTS, KNOWN_GUEST);

	if (!err && wants(m, OBJECT_FLOW))
		err = look(m, DUMP_FLOWS, KNOWN_FLOW);
	if (!err && wants(m, OBJECT_FORWARD))
		err = look(m, DUMP_FORWARDS, KNOWN_FORWARD);
	if (err)
		return err;
	m->begun = true;
	m->synced = m->wire->now;
	return tell(m, OBJECT_MARK, "synced", 0, m->known.nr_of);
}

static int resync(struct monitor *m)
{
	int err = tell(m, OBJECT_MARK, "lost", 0, NULL);

	memset(m->seq, 0, sizeof(m->seq));
	return err ? err : look_at_all(m);
}

/* --- what happens --- */

/* What happened while everything was asked for may be part of the answer. */
static bool in_doubt(const struct monitor *m, const struct message *msg)
{
	return msg->time <= m->synced;
}

static int guest_happened(struct monitor *m, const struct message *msg)
{
	struct known_item *item = known_get(&m->known, KNOWN_GUEST, &msg->guest);
	int err;

	names_set(&m->names, msg->guest.id, msg->guest.name);
	if (msg->event == EVENT_DESTROYED) {
		if (!item)
			return 0;
		err = tell(m, OBJECT_GUEST, guest_event_name(msg->event), msg->time, &msg->guest);
		known_del(&m->known, item);
		return err;
	}
	if (item && in_doubt(m, msg) && (item->guest->state > msg->guest.state || !differs(item, &msg->guest)))
		return 0;
	if (!item)
		item = known_add(&m->known, KNOWN_GUEST, &msg->guest);
	known_update(item, &msg->guest);
	return tell(m, OBJECT_GUEST, guest_event_name(msg->event), msg->time, item->guest);
}

/* States and flags of a flow only grow. */
static bool is_older(const struct net_flow *event, const struct net_flow *now)
{
	return event->state < now->state || (event->state == now->state && !(event->flags & ~now->flags));
}

static int flow_happened(struct monitor *m, struct message *msg)
{
	struct known_item *item = known_get(&m->known, KNOWN_FLOW, &msg->flow);
	int err;

	names_fill(&m->names, msg->flow.guest, msg->flow.name);
	if (msg->event == FLOW_EVENT_DESTROY) {
		if (!item)
			return 0;
		err = tell(m, OBJECT_FLOW, flow_event_name(msg->event), msg->time, &msg->flow);
		known_del(&m->known, item);
		return err;
	}
	if (item && (in_doubt(m, msg) ? is_older(&msg->flow, item->flow) : !differs(item, &msg->flow)))
		return 0;
	if (!item)
		item = known_add(&m->known, KNOWN_FLOW, &msg->flow);
	known_update(item, &msg->flow);
	return tell(m, OBJECT_FLOW, flow_event_name(msg->event), msg->time, item->flow);
}

static int drops_happened(struct monitor *m, struct message *msg)
{
	names_fill(&m->names, msg->drops.guest, msg->drops.name);
	return tell(m, OBJECT_DROP, "drop", msg->time, &msg->drops);
}

static int happened(struct monitor *m, struct message *msg)
{
	switch (msg->type) {
	case MESSAGE_GUEST_EVENT:
		return guest_happened(m, msg);
	case MESSAGE_FLOW_EVENT:
		return flow_happened(m, msg);
	case MESSAGE_DROP_EVENT:
		return drops_happened(m, msg);
	default:
		return 0;
	}
}

static int group_of(const struct message *msg)
{
	switch (msg->type) {
	case MESSAGE_GUEST_EVENT:
		return GROUP_EVENTS;
	case MESSAGE_FLOW_EVENT:
		return GROUP_FLOWS;
	case MESSAGE_DROP_EVENT:
		return GROUP_DROPS;
	default:
		return -1;
	}
}

/* Each group's messages are numbered: is one missing before @msg? */
static bool is_gap(struct monitor *m, const struct message *msg)
{
	int group = group_of(msg);
	uint64_t last;

	if (group < 0 || !msg->seq)
		return false;
	last = m->seq[group];
	m->seq[group] = msg->seq;
	return last && msg->seq != last + 1;
}

static int take_message(struct monitor *m, const struct wire_item *item)
{
	struct message msg;
	int err = message_decode(item->data, item->len, &msg);

	if (err)
		return err;
	if (is_gap(m, &msg)) {
		err = resync(m);
		is_gap(m, &msg);	/* the count goes on from here */
	}
	if (!err)
		err = happened(m, &msg);
	message_clean(&msg);
	return err;
}

/* Return: 0 go on, 1 enough, -errno; *@end if it was the last. */
static int step(struct monitor *m, enum monitor_end *end)
{
	struct wire_item item;
	int err = m->wire->next(m->wire, &item);

	if (err)
		return err;
	switch (item.event) {
	case WIRE_MESSAGE:
		return take_message(m, &item);
	case WIRE_LOST:
		return resync(m);
	case WIRE_TICK:
		return wants(m, OBJECT_FORWARD) ? look(m, DUMP_FORWARDS, KNOWN_FORWARD) : 0;
	case WIRE_TIMEOUT:
		*end = MONITOR_TIMEOUT;
		return 1;
	case WIRE_END:
		*end = MONITOR_END;
		return 1;
	}
	return 0;
}

int monitor_run(struct wire *w, unsigned int objects, tell_fn fn, void *arg)
{
	struct monitor m = { .wire = w, .objects = objects, .tell = fn, .arg = arg };
	enum monitor_end end = MONITOR_ENOUGH;
	int n = look_at_all(&m);

	while (!n)
		n = step(&m, &end);
	if (n == -ENODATA) {
		end = MONITOR_END;
		n = 0;
	}
	known_clean(&m.known);
	names_clean(&m.names);
	return n < 0 ? n : (int)end;
}
