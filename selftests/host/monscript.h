/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages as the kernel makes them, a wire that plays a script of them, and what hypha-mon tells of it in short. */
#ifndef HOST_MONSCRIPT_H
#define HOST_MONSCRIPT_H

#include "hypha-mon/monitor.h"

#include "test.h"
#include "util/error.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <netinet/in.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>

/* --- messages as the kernel makes them --- */

#define FAMILY 31

static inline struct nl_msg *message(int command)
{
	struct nl_msg *m = nlmsg_alloc();

	genlmsg_put(m, 1, 1, FAMILY, 0, NLM_F_MULTI, command, 1);
	return m;
}

static inline struct nl_msg *guest_message(int event, uint64_t seq, uint64_t time, uint32_t id, const char *name, uint32_t state)
{
	struct nl_msg *m = message(event < 0 ? HYPHA_CMD_GUEST_GET : HYPHA_CMD_EVENT);
	uint8_t uuid[16] = { id };

	if (event >= 0) {
		nla_put_u32(m, HYPHA_A_EVENT, event);
		nla_put_u64(m, HYPHA_A_SEQ, seq);
		nla_put_u64(m, HYPHA_A_TIME, time);
	}
	nla_put_u32(m, HYPHA_A_ID, id);
	nla_put(m, HYPHA_A_UUID, 16, uuid);
	nla_put_string(m, HYPHA_A_NAME, name);
	nla_put_u32(m, HYPHA_A_STATE, state);
	return m;
}

static inline void put_tuple(struct nl_msg *m, int attr, const uint8_t src[4], const uint8_t dst[4], uint16_t sport, uint16_t dport)
{
	struct nlattr *nest = nla_nest_start(m, attr);

	nla_put(m, HYPHA_N_TUPLE_SRC, 4, src);
	nla_put(m, HYPHA_N_TUPLE_DST, 4, dst);
	nla_put_u16(m, HYPHA_N_TUPLE_SPORT, sport);
	nla_put_u16(m, HYPHA_N_TUPLE_DPORT, dport);
	nla_nest_end(m, nest);
}

static inline struct nl_msg *flow_message(int event, uint64_t seq, uint64_t time, uint64_t id, uint32_t state)
{
	static const uint8_t guest[4] = { 10, 75, 0, 5 }, there[4] = { 192, 0, 2, 7 };
	struct nl_msg *m = message(event < 0 ? HYPHA_CMD_FLOW_GET : HYPHA_CMD_FLOW_EVENT);

	if (event >= 0) {
		nla_put_u32(m, HYPHA_N_EVENT, event);
		nla_put_u64(m, HYPHA_N_SEQ, seq);
		nla_put_u64(m, HYPHA_N_TIME, time);
	}
	nla_put_u64(m, HYPHA_N_FLOW_ID, id);
	nla_put_u32(m, HYPHA_N_GUEST, 3);
	nla_put_u32(m, HYPHA_N_FLOW_STATE, state);
	nla_put_u8(m, HYPHA_N_VERSION, 4);
	nla_put_u8(m, HYPHA_N_PROTO, IPPROTO_TCP);
	put_tuple(m, HYPHA_N_ORIG, guest, there, 1000 + id, 80);
	put_tuple(m, HYPHA_N_REPLY, there, guest, 80, 1000 + id);
	return m;
}

static inline struct nl_msg *forward_message(uint16_t port)
{
	struct nl_msg *m = message(HYPHA_CMD_FORWARD_GET);
	struct nlattr *nest;

	nla_put_u32(m, HYPHA_N_GUEST, 3);
	nest = nla_nest_start(m, HYPHA_N_FORWARD);
	nla_put_u8(m, HYPHA_N_FORWARD_PROTO, IPPROTO_TCP);
	nla_put_u16(m, HYPHA_N_FORWARD_HOST, port);
	nla_put_u16(m, HYPHA_N_FORWARD_GUEST, 80);
	nla_nest_end(m, nest);
	return m;
}

static inline struct nl_msg *drop_message(uint64_t seq, uint64_t time)
{
	struct nl_msg *m = message(HYPHA_CMD_DROP_EVENT);
	struct nlattr *nest;

	nla_put_u32(m, HYPHA_N_GUEST, 3);
	nla_put_u64(m, HYPHA_N_SEQ, seq);
	nla_put_u64(m, HYPHA_N_TIME, time);
	nest = nla_nest_start(m, HYPHA_N_DROP);
	nla_put_u32(m, HYPHA_N_DROP_REASON, HYPHA_DROP_SPOOF_MAC);
	nla_put_string(m, HYPHA_N_DROP_NAME, "spoof-mac");
	nla_put_u64(m, HYPHA_N_DROP_COUNT, 5);
	nla_nest_end(m, nest);
	return m;
}

/* --- a wire that plays a script --- */

#define SCRIPT_MAX 64

/* Either what a dump answers, in order, or what comes next. */
struct act {
	enum { ACT_ANSWER, ACT_DUMPED, ACT_MESSAGE, ACT_LOST, ACT_TICK, ACT_TIMEOUT } what;
	enum message_dump dump;
	struct nl_msg *msg;
	int code;		/* of ACT_DUMPED */
	uint64_t now;
};

struct script {
	struct wire wire;
	struct act acts[SCRIPT_MAX];
	size_t nr, at;
	bool wrong;		/* asked for something else than the script says */
};

static inline int script_dump(struct wire *w, enum message_dump what, wire_fn fn, void *arg)
{
	struct script *s = (struct script *)w;

	while (s->at < s->nr) {
		struct act *a = &s->acts[s->at++];
		int err;

		if ((a->what != ACT_ANSWER && a->what != ACT_DUMPED) || a->dump != what)
			break;
		w->now = a->now;
		if (a->what == ACT_DUMPED)
			return a->code;
		err = fn(nlmsg_hdr(a->msg), nlmsg_hdr(a->msg)->nlmsg_len, arg);
		if (err)
			return err;
	}
	s->wrong = true;
	return err_set(-EPROTO, "the script does not say that");
}

static inline int script_next(struct wire *w, struct wire_item *item)
{
	static const enum wire_event events[] = {
		[ACT_MESSAGE] = WIRE_MESSAGE, [ACT_LOST] = WIRE_LOST, [ACT_TICK] = WIRE_TICK, [ACT_TIMEOUT] = WIRE_TIMEOUT,
	};
	struct script *s = (struct script *)w;
	struct act *a;

	*item = (struct wire_item) { .event = WIRE_END };
	if (s->at == s->nr)
		return 0;
	a = &s->acts[s->at++];
	if (a->what < ACT_MESSAGE) {
		s->wrong = true;
		return err_set(-EPROTO, "the script wants a dump");
	}
	w->now = a->now;
	item->event = events[a->what];
	if (a->msg)
		*item = (struct wire_item) { WIRE_MESSAGE, nlmsg_hdr(a->msg), nlmsg_hdr(a->msg)->nlmsg_len };
	return 0;
}

static inline void script_close(struct wire *w)
{
	(void)w;
}

static inline void script_begin(struct script *s)
{
	*s = (struct script) { .wire = { .dump = script_dump, .next = script_next, .close = script_close } };
}

static inline void script_end(struct script *s)
{
	for (size_t i = 0; i < s->nr; i++)
		nlmsg_free(s->acts[i].msg);
}

static inline void act(struct script *s, struct act a)
{
	if (s->nr == SCRIPT_MAX)
		abort();
	s->acts[s->nr++] = a;
}

static inline void answer(struct script *s, enum message_dump dump, uint64_t now, struct nl_msg *msg)
{
	act(s, (struct act) { ACT_ANSWER, dump, msg, 0, now });
}

static inline void dumped(struct script *s, enum message_dump dump, uint64_t now)
{
	act(s, (struct act) { ACT_DUMPED, dump, NULL, 0, now });
}

static inline void comes(struct script *s, uint64_t now, struct nl_msg *msg)
{
	act(s, (struct act) { ACT_MESSAGE, 0, msg, 0, now });
}

static inline void occurs(struct script *s, int what, uint64_t now)
{
	act(s, (struct act) { what, 0, NULL, 0, now });
}

/* Guest 3 "web" runs, and there are the flows 1 (established) and 2 (SYN), all seen at time 100. */
static inline void first_look(struct script *s)
{
	answer(s, DUMP_GUESTS, 100, guest_message(-1, 0, 0, 3, "web", HYPHA_STATE_RUNNING));
	dumped(s, DUMP_GUESTS, 100);
	answer(s, DUMP_FLOWS, 100, flow_message(-1, 0, 0, 1, HYPHA_FLOW_ESTABLISHED));
	answer(s, DUMP_FLOWS, 100, flow_message(-1, 0, 0, 2, HYPHA_FLOW_SYN));
	dumped(s, DUMP_FLOWS, 100);
}

#define GUESTS_FLOWS (1u << OBJECT_GUEST | 1u << OBJECT_FLOW)

static inline void second_look(struct script *s, uint64_t now)
{
	answer(s, DUMP_GUESTS, now, guest_message(-1, 0, 0, 3, "web", HYPHA_STATE_PAUSED));
	answer(s, DUMP_GUESTS, now, guest_message(-1, 0, 0, 4, "db", HYPHA_STATE_RUNNING));
	dumped(s, DUMP_GUESTS, now);
	answer(s, DUMP_FLOWS, now, flow_message(-1, 0, 0, 2, HYPHA_FLOW_ESTABLISHED));
	answer(s, DUMP_FLOWS, now, flow_message(-1, 0, 0, 5, HYPHA_FLOW_SYN));
	dumped(s, DUMP_FLOWS, now);
}

/* --- the story, in short: "have flow 1 established;" --- */

struct story {
	char text[4096];
	size_t len;
	int enough_after;	/* events; -1 never */
};

static inline void add_thing(const struct told *t, char *out, size_t len)
{
	switch (t->object) {
	case OBJECT_GUEST:
		snprintf(out, len, " guest %s %s", t->guest->name, guest_state_name(t->guest->state));
		break;
	case OBJECT_FLOW:
		snprintf(out, len, " flow %d of %s %s", (int)t->flow->id, t->flow->name, flow_state_name(t->flow->state));
		break;
	case OBJECT_FORWARD:
		snprintf(out, len, " forward %u", t->forward->spec.host_port);
		break;
	case OBJECT_DROP:
		snprintf(out, len, " %s %d of %s", t->drops->drops.drop[0].name, (int)t->drops->drops.drop[0].count, t->drops->name);
		break;
	default:
		*out = '\0';
	}
}

static inline int tell(const struct told *t, void *arg)
{
	struct story *s = arg;
	char thing[128];

	add_thing(t, thing, sizeof(thing));
	s->len += snprintf(s->text + s->len, sizeof(s->text) - s->len, "%s%s@%d;", t->event, thing, (int)t->time);
	return s->enough_after >= 0 && !s->enough_after--;
}

static inline int story_of(struct wire *w, unsigned int objects, struct story *s)
{
	*s = (struct story) { .enough_after = -1 };
	return monitor_run(w, objects, tell, s);
}

static inline void check_story(struct script *s, unsigned int objects, const char *want, const char *name)
{
	struct story story;

	ok_num(story_of(&s->wire, objects, &story), MONITOR_END, "%s: ends", name);
	ok(!s->wrong && s->at == s->nr, "%s: what was asked for was due", name);
	ok_str(story.text, want, "%s", name);
	script_end(s);
}

#endif
