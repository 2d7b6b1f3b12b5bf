// SPDX-License-Identifier: GPL-2.0-or-later
/* A flow as text and as JSON. The words of its text are those of the filter, so that they can be typed back. */
#include "present/present.h"

#include <inttypes.h>
#include <netinet/in.h>

#define NS UINT64_C(1000000000)

static bool is_icmp(const struct net_flow *f)
{
	return f->proto == IPPROTO_ICMP || f->proto == IPPROTO_ICMPV6;
}

static enum colour state_colour(enum flow_state state)
{
	switch (state) {
	case FLOW_ANSWERED: case FLOW_ESTABLISHED:
		return COLOUR_GOOD;
	case FLOW_CLOSING: case FLOW_CLOSED:
		return COLOUR_BAD;
	default:
		return COLOUR_NONE;
	}
}

static void add_proto(struct buf *out, const struct style *s, const struct net_flow *f)
{
	char proto[PROTO_TEXT];

	buf_adds(out, proto_text(f->proto, s->numeric, proto));
}

static void add_end(struct buf *out, const struct style *s, const struct net_flow *f, const struct net_addr *a, uint16_t port)
{
	bool bracket = a->version == 6 && !is_icmp(f);

	buf_adds(out, bracket ? " [" : " ");
	style_addr(out, s, a);
	buf_adds(out, bracket ? "]" : "");
	if (!is_icmp(f))
		buf_addf(out, ":%u", port);
}

static void brief(struct buf *out, const struct style *s, const struct net_flow *f)
{
	buf_addf(out, "%" PRIu64 " ", f->id);
	style_guest(out, s, f->guest, f->name);
	buf_adds(out, " ");
	add_proto(out, s, f);
	buf_adds(out, " ");
	style_paint(out, s, state_colour(f->state), flow_state_name(f->state));
	add_end(out, s, f, &f->orig.src, f->orig.sport);
	add_end(out, s, f, &f->orig.dst, f->orig.dport);
	buf_adds(out, "\n");
}

static void add_tuple(struct buf *out, const struct style *s, const struct net_flow *f, const struct net_tuple *t)
{
	buf_adds(out, " src ");
	style_addr(out, s, &t->src);
	if (!is_icmp(f))
		buf_addf(out, " sport %u", t->sport);
	buf_adds(out, " dst ");
	style_addr(out, s, &t->dst);
	if (!is_icmp(f))
		buf_addf(out, " dport %u", t->dport);
	else
		buf_addf(out, " ident %u", t->sport ? t->sport : t->dport);
}

/* What the other side sees instead of the source, and who really answers instead of the destination. */
static void add_translation(struct buf *out, const struct style *s, const struct net_flow *f)
{
	const struct net_tuple *o = &f->orig, *r = &f->reply;

	if (!net_addr_equal(&o->src, &r->dst) || (!is_icmp(f) && o->sport != r->dport)) {
		buf_adds(out, " snat");
		add_end(out, s, f, &r->dst, r->dport);
	}
	if (!net_addr_equal(&o->dst, &r->src) || (!is_icmp(f) && o->dport != r->sport)) {
		buf_adds(out, " dnat");
		add_end(out, s, f, &r->src, r->sport);
	}
}

static void add_details(struct buf *out, const struct style *s, const struct net_flow *f)
{
	buf_addf(out, "    age %" PRIu64 "s", f->age / NS);
	for (enum flow_flag flag = 0; flag < FLOW_FLAGS; flag++)
		if (f->flags >> flag & 1)
			buf_addf(out, " flag %s", flow_flag_name(flag));
	buf_adds(out, "\n    reply");
	add_tuple(out, s, f, &f->reply);
	buf_adds(out, "\n");
}

void present_flow(struct buf *out, const struct style *s, const struct net_flow *f)
{
	if (s->brief) {
		brief(out, s, f);
		return;
	}
	buf_addf(out, "%" PRIu64 ": guest ", f->id);
	style_guest(out, s, f->guest, f->name);
	buf_adds(out, " proto ");
	add_proto(out, s, f);
	buf_adds(out, " state ");
	style_paint(out, s, state_colour(f->state), flow_state_name(f->state));
	add_tuple(out, s, f, &f->orig);
	add_translation(out, s, f);
	if (f->remaining)
		buf_addf(out, " expires %" PRIu64 "s", (f->remaining + NS - 1) / NS);
	buf_adds(out, "\n");
	if (s->details)
		add_details(out, s, f);
	if (s->stats)
		buf_addf(out, "    orig packets %" PRIu64 " bytes %" PRIu64 " reply packets %" PRIu64 " bytes %" PRIu64 "\n",
			 f->orig.packets, f->orig.bytes, f->reply.packets, f->reply.bytes);
}

static json_t *tuple_json(const struct net_tuple *t)
{
	json_t *o = json_object();

	json_object_set_new(o, "fromGuestId", json_integer(t->from));
	json_object_set_new(o, "src", present_addr_json(&t->src));
	json_object_set_new(o, "sport", json_integer(t->sport));
	json_object_set_new(o, "dst", present_addr_json(&t->dst));
	json_object_set_new(o, "dport", json_integer(t->dport));
	json_object_set_new(o, "packets", json_integer(t->packets));
	json_object_set_new(o, "bytes", json_integer(t->bytes));
	return o;
}

json_t *present_flow_json(const struct net_flow *f)
{
	json_t *o = json_object(), *flags = json_array();
	char proto[PROTO_TEXT];

	for (enum flow_flag flag = 0; flag < FLOW_FLAGS; flag++)
		if (f->flags >> flag & 1)
			json_array_append_new(flags, json_string(flow_flag_name(flag)));
	json_object_set_new(o, "id", json_integer(f->id));
	json_object_set_new(o, "guest", present_name_json(f->name));
	json_object_set_new(o, "guestId", json_integer(f->guest));
	json_object_set_new(o, "version", json_integer(f->version));
	json_object_set_new(o, "proto", json_string(proto_text(f->proto, false, proto)));
	json_object_set_new(o, "state", json_string(flow_state_name(f->state)));
	json_object_set_new(o, "flags", flags);
	json_object_set_new(o, "ageNs", json_integer(f->age));
	json_object_set_new(o, "remainingNs", json_integer(f->remaining));
	json_object_set_new(o, "orig", tuple_json(&f->orig));
	json_object_set_new(o, "reply", tuple_json(&f->reply));
	return o;
}
