// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told, as lines of text or JSON. */
#include "hypha-mon/show.h"

#include "present/present.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>

static const char *const names[] = {
	[OBJECT_GUEST] = "guest", [OBJECT_FLOW] = "flow", [OBJECT_FORWARD] = "forward", [OBJECT_DROP] = "drop",
	[OBJECT_MARK] = "mark",
};

static const char *const labels[] = {
	[OBJECT_GUEST] = "[GUEST]", [OBJECT_FLOW] = "[FLOW]", [OBJECT_FORWARD] = "[FORWARD]", [OBJECT_DROP] = "[DROP]",
	[OBJECT_MARK] = "",
};

static bool is_present(const struct told *t)
{
	return !strcmp(t->event, "have") || !strcmp(t->event, "synced");
}

static bool wanted(const struct mon_options *o, const struct told *t)
{
	if (o->events_only && is_present(t))
		return false;
	switch (t->object) {
	case OBJECT_GUEST:
		return o->objects >> OBJECT_GUEST & 1 && flow_filter_matches_guest(&o->filter, t->guest->id, t->guest->name);
	case OBJECT_FLOW:
		return o->objects >> OBJECT_FLOW & 1 && flow_filter_matches(&o->filter, t->flow);
	case OBJECT_FORWARD:
		return o->objects >> OBJECT_FORWARD & 1 &&
		       flow_filter_matches_guest(&o->filter, t->forward->guest, t->forward->name);
	case OBJECT_DROP:
		return o->objects >> OBJECT_DROP & 1 && flow_filter_matches_guest(&o->filter, t->drops->guest, t->drops->name);
	default:
		return true;
	}
}

/* --- JSON --- */

static json_t *drops_json(const struct message_drops *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "guest", present_name_json(d->name));
	json_object_set_new(o, "guestId", json_integer(d->guest));
	json_object_set_new(o, "drops", present_drops_json(&d->drops));
	return o;
}

static json_t *mark_json(const struct told *t)
{
	json_t *o = json_object();

	if (!t->counts)
		return o;
	json_object_set_new(o, "guests", json_integer(t->counts[0]));
	json_object_set_new(o, "flows", json_integer(t->counts[1]));
	json_object_set_new(o, "forwards", json_integer(t->counts[2]));
	return o;
}

static json_t *thing_json(const struct told *t)
{
	switch (t->object) {
	case OBJECT_GUEST:
		return present_guest_json(t->guest);
	case OBJECT_FLOW:
		return present_flow_json(t->flow);
	case OBJECT_FORWARD:
		return present_forward_json(t->forward);
	case OBJECT_DROP:
		return drops_json(t->drops);
	default:
		return mark_json(t);
	}
}

static void show_json(const struct told *t, FILE *out)
{
	json_t *o = json_object(), *thing = thing_json(t);
	char time[TIME_TEXT];

	json_object_set_new(o, "time", json_string(style_time(t->time, time)));
	json_object_set_new(o, "object", json_string(names[t->object]));
	json_object_set_new(o, "event", json_string(t->event));
	json_object_update(o, thing);
	json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(thing);
	json_decref(o);
}

/* --- text --- */

static void add_mark(struct buf *out, const struct told *t)
{
	if (t->counts)
		buf_addf(out, "# synced: %zu guests, %zu flows, %zu forwards\n", t->counts[0], t->counts[1], t->counts[2]);
	else
		buf_adds(out, "# lost: events were lost; what has changed follows\n");
}

static void add_drops(struct buf *out, const struct style *s, const struct message_drops *d)
{
	if (d->guest) {
		buf_adds(out, "guest ");
		style_guest(out, s, d->guest, d->name);
	} else {
		buf_adds(out, "host");
	}
	present_drops(out, s, &d->drops);
	buf_adds(out, "\n");
}

static void add_thing(struct buf *out, const struct style *s, const struct told *t)
{
	switch (t->object) {
	case OBJECT_GUEST:
		present_guest(out, s, t->guest);
		break;
	case OBJECT_FLOW:
		present_flow(out, s, t->flow);
		break;
	case OBJECT_FORWARD:
		present_forward(out, s, t->forward);
		break;
	case OBJECT_DROP:
		add_drops(out, s, t->drops);
		break;
	default:
		add_mark(out, t);
	}
}

static void show_text(const struct mon_options *o, const struct told *t, FILE *out)
{
	auto_buf text = BUF_INIT;
	auto_buf stamp = BUF_INIT;

	if (o->label)
		buf_adds(&text, labels[t->object]);
	if (t->object != OBJECT_MARK)
		buf_addf(&text, "%s ", t->event);
	add_thing(&text, &o->style, t);
	if (o->style.oneline)
		style_oneline(&text);
	style_stamp(&stamp, &o->style, t->time);
	fprintf(out, "%s%s", buf_str(&stamp), buf_str(&text));
}

int show_told(const struct told *t, void *arg)
{
	struct show *show = arg;
	const struct mon_options *o = show->options;

	if (!wanted(o, t))
		return 0;
	if (o->style.json)
		show_json(t, show->out);
	else
		show_text(o, t, show->out);
	if (fflush(show->out) || ferror(show->out))
		return err_sys(errno ? -errno : -EIO, "cannot write to standard output");
	if (is_present(t) || t->object == OBJECT_MARK)
		return 0;
	return ++show->nr == o->count;
}
