// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net stat: how full the tables are, and what was dropped and why. */
#include "hyphactl/net.h"

#include "util/cleanup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Adds what @d has to the sums by name. */
static void add(struct net_drops *sum, const struct net_drops *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		size_t at = 0;

		while (at < sum->nr && strcmp(sum->drop[at].name, d->drop[i].name))
			at++;
		if (at == NET_DROPS_MAX)
			continue;
		if (at == sum->nr)
			sum->drop[sum->nr++] = (struct net_drop) { .reason = d->drop[i].reason };
		memcpy(sum->drop[at].name, d->drop[i].name, sizeof(sum->drop[at].name));
		sum->drop[at].count += d->drop[i].count;
	}
}

static int by_reason(const void *a, const void *b)
{
	const struct net_drop *x = a, *y = b;

	return (x->reason > y->reason) - (x->reason < y->reason);
}

static void add_drops(struct buf *out, const struct style *s, const struct net_drops *d)
{
	for (size_t i = 0; i < d->nr; i++) {
		const char *meaning = net_drop_meaning(d->drop[i].name);

		buf_adds(out, "    ");
		style_paint(out, s, COLOUR_BAD, d->drop[i].name);
		buf_addf(out, "%*s %10" PRIu64, (int)(14 - strlen(d->drop[i].name)), "", d->drop[i].count);
		if (s->details && meaning)
			buf_addf(out, "  %s", meaning);
		buf_adds(out, "\n");
	}
}

static uint64_t total(const struct net_drops *d)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->nr; i++)
		sum += d->drop[i].count;
	return sum;
}

static void show_host_text(struct sheet *sheet, const struct net_host *h, const struct net_drops *all)
{
	const struct style *s = sheet->style;
	struct buf out = BUF_INIT;

	if (s->brief) {
		buf_addf(&out, "all flows %u drops %" PRIu64 "\n", h->nr_flows, total(all));
	} else {
		buf_addf(&out, "all: flows %u max %u max-guest %u max-half-open %u ports %u-%u drops %" PRIu64 "\n", h->nr_flows,
			 h->max_flows, h->max_guest_flows, h->max_half_open, h->port_min, h->port_max, total(all));
		add_drops(&out, s, all);
	}
	sheet_text(sheet, &out);
}

static json_t *host_json(const struct net_host *h, const struct net_drops *all)
{
	json_t *o = json_object();

	json_object_set_new(o, "guest", json_null());
	json_object_set_new(o, "guestId", json_integer(0));
	json_object_set_new(o, "flows", json_integer(h->nr_flows));
	json_object_set_new(o, "maxFlows", json_integer(h->max_flows));
	json_object_set_new(o, "maxGuestFlows", json_integer(h->max_guest_flows));
	json_object_set_new(o, "maxHalfOpen", json_integer(h->max_half_open));
	json_object_set_new(o, "portMin", json_integer(h->port_min));
	json_object_set_new(o, "portMax", json_integer(h->port_max));
	json_object_set_new(o, "drops", present_drops_json(&h->drops));
	json_object_set_new(o, "allDrops", present_drops_json(all));
	return o;
}

static void show_guest(struct sheet *sheet, const struct net_vif *v)
{
	const struct style *s = sheet->style;
	struct buf out = BUF_INIT;
	json_t *o;

	if (s->json) {
		o = json_object();
		json_object_set_new(o, "guest", present_name_json(v->name));
		json_object_set_new(o, "guestId", json_integer(v->guest));
		json_object_set_new(o, "flows", json_integer(v->nr_flows));
		json_object_set_new(o, "halfOpen", json_integer(v->nr_half_open));
		json_object_set_new(o, "drops", present_drops_json(&v->drops));
		sheet_json(sheet, o);
		return;
	}
	if (!s->brief)
		buf_addf(&out, "%u: guest ", v->guest);
	style_guest(&out, s, v->guest, v->name);
	buf_addf(&out, " flows %u half-open %u drops %" PRIu64 "\n", v->nr_flows, v->nr_half_open, total(&v->drops));
	if (!s->brief)
		add_drops(&out, s, &v->drops);
	sheet_text(sheet, &out);
}

static void show_host(struct sheet *sheet, const struct net_host *h, const struct net_vif *vifs, size_t nr)
{
	struct net_drops all = h->drops;

	for (size_t i = 0; i < nr; i++)
		add(&all, &vifs[i].drops);
	qsort(all.drop, all.nr, sizeof(all.drop[0]), by_reason);
	if (sheet->style->json)
		sheet_json(sheet, host_json(h, &all));
	else
		show_host_text(sheet, h, &all);
}

/* The whole; with -s, in JSON, and of a guest that is named: each guest. */
static int run_show(const struct style *style, struct words *w)
{
	auto_free struct net_vif *vifs = NULL;
	struct net_host host;
	struct sheet sheet;
	uint32_t guest;
	size_t nr;
	int status = net_asked(w, &guest, &vifs, &nr, &host);

	if (status)
		return status;
	sheet_begin(&sheet, style, stdout);
	if (!guest)
		show_host(&sheet, &host, vifs, nr);
	for (size_t i = 0; (guest || style->stats || style->json) && i < nr; i++)
		show_guest(&sheet, &vifs[i]);
	sheet_end(&sheet);
	return NET_OK;
}

static int run_get(const struct style *style, struct words *w)
{
	return net_guest_named(w) ? run_show(style, w) : NET_WRONG;
}

static const struct net_verb verbs[] = {
	{ "show", "[[guest] GUEST]", run_show },
	{ "list", NULL, run_show },
	{ "get", "[guest] GUEST", run_get },
	{ NULL, NULL, NULL },
};

const struct net_object net_stat_object = {
	.name = "statistics", .summary = "how full the tables are, what was dropped and why (-s: of each guest)", .verbs = verbs,
};
