// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net link: the guests' interfaces, their state and counters. */
#include "hyphactl/net.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum colour state_colour(enum vif_state state)
{
	return state == VIF_CONNECTED ? COLOUR_GOOD : state == VIF_BROKEN ? COLOUR_BAD : COLOUR_NONE;
}

static void add_features(struct buf *out, const struct net_vif *v)
{
	for (enum vif_feature f = 0; f < VIF_FEATURES; f++)
		if (v->features >> f & 1)
			buf_addf(out, " %s", vif_feature_name(f));
}

/* As the guest sees them: RX is what it received. */
static void add_counters(struct buf *out, const char *indent, const struct net_queue *q)
{
	buf_addf(out, "%sRX: %15s %12s %10s %10s\n", indent, "bytes", "packets", "dropped", "backlog");
	buf_addf(out, "%s    %15" PRIu64 " %12" PRIu64 " %10" PRIu64 " %10" PRIu32 "\n", indent, q->rx_bytes, q->rx_packets,
		 q->drops, q->backlog);
	buf_addf(out, "%sTX: %15s %12s\n", indent, "bytes", "packets");
	buf_addf(out, "%s    %15" PRIu64 " %12" PRIu64 "\n", indent, q->tx_bytes, q->tx_packets);
}

static void add_statistics(struct buf *out, const struct style *s, const struct net_vif *v)
{
	struct net_queue total = net_vif_total(v);

	add_counters(out, "    ", &total);
	for (size_t i = 0; s->stats > 1 && i < v->nr_queues; i++) {
		buf_addf(out, "    queue %u\n", v->queues[i].index);
		add_counters(out, "        ", &v->queues[i]);
	}
}

static void brief(struct buf *out, const struct style *s, const struct net_vif *v)
{
	style_guest(out, s, v->guest, v->name);
	buf_adds(out, " ");
	style_paint(out, s, state_colour(v->state), vif_state_name(v->state));
	buf_adds(out, " ");
	style_mac(out, s, v->mac);
	buf_adds(out, "\n");
}

static void full(struct buf *out, const struct style *s, const struct net_vif *v)
{
	buf_addf(out, "%u: guest ", v->guest);
	style_guest(out, s, v->guest, v->name);
	buf_addf(out, " mtu %u state ", v->mtu);
	style_paint(out, s, state_colour(v->state), vif_state_name(v->state));
	buf_adds(out, " policy ");
	net_policy_text(out, &v->policy);
	buf_addf(out, " queues %zu\n    link/ether ", v->nr_queues);
	style_mac(out, s, v->mac);
	buf_adds(out, " peer ");
	style_mac(out, s, v->gateway_mac);
	buf_adds(out, "\n");
	if (s->details) {
		buf_addf(out, "    flows %u half-open %u features", v->nr_flows, v->nr_half_open);
		add_features(out, v);
		buf_adds(out, "\n");
	}
	if (s->stats)
		add_statistics(out, s, v);
}

static json_t *counters_json(const struct net_queue *q)
{
	json_t *o = json_object();

	json_object_set_new(o, "rxPackets", json_integer(q->rx_packets));
	json_object_set_new(o, "rxBytes", json_integer(q->rx_bytes));
	json_object_set_new(o, "txPackets", json_integer(q->tx_packets));
	json_object_set_new(o, "txBytes", json_integer(q->tx_bytes));
	json_object_set_new(o, "drops", json_integer(q->drops));
	json_object_set_new(o, "backlog", json_integer(q->backlog));
	return o;
}

static json_t *queues_json(const struct net_vif *v)
{
	json_t *all = json_array();

	for (size_t i = 0; i < v->nr_queues; i++) {
		json_t *o = counters_json(&v->queues[i]);

		json_object_set_new(o, "index", json_integer(v->queues[i].index));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *vif_json(const struct net_vif *v)
{
	json_t *o = json_object(), *features = json_array();
	struct net_queue total = net_vif_total(v);

	for (enum vif_feature f = 0; f < VIF_FEATURES; f++)
		if (v->features >> f & 1)
			json_array_append_new(features, json_string(vif_feature_name(f)));
	json_object_set_new(o, "guest", present_name_json(v->name));
	json_object_set_new(o, "guestId", json_integer(v->guest));
	json_object_set_new(o, "state", json_string(vif_state_name(v->state)));
	json_object_set_new(o, "mac", present_mac_json(v->mac));
	json_object_set_new(o, "peer", present_mac_json(v->gateway_mac));
	json_object_set_new(o, "mtu", json_integer(v->mtu));
	json_object_set_new(o, "policy", net_policy_json(&v->policy));
	json_object_set_new(o, "features", features);
	json_object_set_new(o, "flows", json_integer(v->nr_flows));
	json_object_set_new(o, "halfOpen", json_integer(v->nr_half_open));
	json_object_set_new(o, "total", counters_json(&total));
	json_object_set_new(o, "queues", queues_json(v));
	return o;
}

static void show(struct sheet *sheet, const struct net_vif *v)
{
	struct buf out = BUF_INIT;

	if (sheet->style->json) {
		sheet_json(sheet, vif_json(v));
		return;
	}
	(sheet->style->brief ? brief : full)(&out, sheet->style, v);
	sheet_text(sheet, &out);
}

struct filter {
	uint32_t guest;
	int state;	/* -1: any */
};

static int parse_filter(struct filter *f, struct words *w)
{
	static const char *const states[] = { "waiting", "connected", "broken", NULL };
	const char *value;

	*f = (struct filter) { .state = -1 };
	while (words_peek(w)) {
		if (strcmp(words_peek(w), "state")) {
			if (f->guest)
				return words_end(w);
			if (net_guest_take(w, &f->guest))
				return -EINVAL;
			continue;
		}
		words_next(w);
		if (words_value(w, "state", &value))
			return -EINVAL;
		f->state = word_among("state", value, states);
		if (f->state < 0)
			return f->state;
	}
	return 0;
}

static int run_show(const struct style *style, struct words *w)
{
	auto_free struct net_vif *vifs = NULL;
	struct sheet sheet;
	struct filter f;
	size_t nr;

	if (parse_filter(&f, w))
		return NET_WRONG;
	if (net_vifs(f.guest, &vifs, &nr))
		return NET_REFUSED;
	sheet_begin(&sheet, style, stdout);
	for (size_t i = 0; i < nr; i++)
		if (f.state < 0 || f.state == (int)vifs[i].state)
			show(&sheet, &vifs[i]);
	sheet_end(&sheet);
	return NET_OK;
}

static int run_get(const struct style *style, struct words *w)
{
	return net_guest_named(w) ? run_show(style, w) : NET_WRONG;
}

static const struct net_verb verbs[] = {
	{ "show", "[[guest] GUEST] [state waiting|connected|broken]", run_show },
	{ "list", NULL, run_show },
	{ "get", "[guest] GUEST", run_get },
	{ NULL, NULL, NULL },
};

const struct net_object net_link_object = {
	.name = "link", .summary = "the guests' interfaces, with -s their counters", .verbs = verbs,
};
