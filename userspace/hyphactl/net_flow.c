// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net flow: the conversations that are let through. */
#include "hyphactl/net.h"

#include "present/filter.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the kernel can filter by it does; the rest is matched here. 0 or -EINVAL. */
static int parse(const struct style *style, struct words *w, struct flow_filter *f)
{
	*f = (struct flow_filter) { .version = style->version };
	if (flow_filter_parse(f, w))
		return -EINVAL;
	return f->guest && net_guest_find(f->guest, &f->guest_id) ? -EINVAL : 0;
}

static struct net_query query_of(const struct flow_filter *f)
{
	return (struct net_query) { .guest = f->guest_id, .proto = f->proto, .version = f->version };
}

struct walk {
	const struct flow_filter *filter;
	struct names names;
	struct sheet sheet;
};

static int show_flow(const struct net_flow *flow, void *arg)
{
	struct walk *walk = arg;
	struct net_flow f = *flow;
	struct buf out = BUF_INIT;

	names_fill(&walk->names, f.guest, f.name);
	if (!flow_filter_matches(walk->filter, &f))
		return 0;
	if (walk->sheet.style->json) {
		sheet_json(&walk->sheet, present_flow_json(&f));
		return 0;
	}
	present_flow(&out, walk->sheet.style, &f);
	sheet_text(&walk->sheet, &out);
	return 0;
}

static int show(const struct style *style, const struct flow_filter *f, size_t *nr)
{
	struct net_query query = query_of(f);
	struct walk walk = { .filter = f };
	int err = net_names_load(&walk.names);

	if (!err) {
		sheet_begin(&walk.sheet, style, stdout);
		err = net_flow_dump(&query, show_flow, &walk);
		sheet_end(&walk.sheet);
	}
	names_clean(&walk.names);
	*nr = walk.sheet.nr;
	return net_answer(err);
}

static int run_show(const struct style *style, struct words *w)
{
	struct flow_filter f;
	size_t nr;

	return parse(style, w, &f) ? NET_WRONG : show(style, &f, &nr);
}

/* "id N" or "N". */
static int take_id(struct words *w, uint64_t *id)
{
	const char *word = words_next(w);

	if (word && !strcmp(word, "id"))
		word = words_next(w);
	if (!word)
		return err_set(-EINVAL, "the id of a flow is missing");
	return word_number("id", word, 1, UINT64_MAX, id);
}

static int run_get(const struct style *style, struct words *w)
{
	struct flow_filter f = { 0 };
	size_t nr;
	int status;

	if (take_id(w, &f.id) || words_end(w))
		return NET_WRONG;
	status = show(style, &f, &nr);
	if (status == NET_OK && !nr) {
		err_set(-ENOENT, "there is no flow %" PRIu64, f.id);
		status = NET_REFUSED;
	}
	return status;
}

static int run_del(const struct style *style, struct words *w)
{
	uint64_t id;

	(void)style;
	if (take_id(w, &id) || words_end(w))
		return NET_WRONG;
	return net_answer(net_flow_del(id));
}

/* --- flush --- */

struct id_list {
	const struct flow_filter *filter;
	uint64_t *ids;
	size_t nr;
};

static int add_id(const struct net_flow *flow, void *arg)
{
	struct id_list *l = arg;

	if (!flow_filter_matches(l->filter, flow))
		return 0;
	if (!(l->nr & (l->nr - 1)))
		l->ids = mem_realloc(l->ids, (l->nr ? 2 * l->nr : 1) * sizeof(*l->ids));
	l->ids[l->nr++] = flow->id;
	return 0;
}

/* One by one; those that end by themselves meanwhile are not missed. */
static int flush_fine(const struct flow_filter *f, uint32_t *count)
{
	struct net_query query = query_of(f);
	struct id_list l = { .filter = f };
	int err = net_flow_dump(&query, add_id, &l);

	*count = 0;
	for (size_t i = 0; !err && i < l.nr; i++) {
		err = net_flow_del(l.ids[i]);
		*count += !err;
		err = err == -ENOENT ? 0 : err;
	}
	free(l.ids);
	return err;
}

static int run_flush(const struct style *style, struct words *w)
{
	struct flow_filter f;
	struct net_query query;
	uint32_t count;
	int err;

	if (words_peek(w) && !strcmp(words_peek(w), "all"))
		words_next(w);
	if (parse(style, w, &f))
		return NET_WRONG;
	query = query_of(&f);
	err = flow_filter_is_fine(&f) ? flush_fine(&f, &count) : net_flow_flush(&query, &count);
	if (!err && style->json)
		printf("[{\"flushed\":%" PRIu32 "}]\n", count);
	else if (!err && style->stats)
		printf("%" PRIu32 " flows flushed\n", count);
	return net_answer(err);
}

/* --- set --- */

static const struct limit {
	const char *word;
	size_t to;
} limits[] = {
	{ "max", offsetof(struct net_change, max_flows) },
	{ "max-guest", offsetof(struct net_change, max_guest_flows) },
	{ "max-half-open", offsetof(struct net_change, max_half_open) },
};

static int take_limit(struct net_change *c, const char *word, const char *value)
{
	struct port_range ports;
	uint64_t number;

	if (!strcmp(word, "ports")) {
		if (word_ports(word, value, &ports))
			return -EINVAL;
		c->port_min = ports.first;
		c->port_max = ports.last;
		return 0;
	}
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (strcmp(word, limits[i].word))
			continue;
		if (word_number(word, value, 1, UINT32_MAX, &number))
			return -EINVAL;
		*(uint32_t *)((char *)c + limits[i].to) = number;
		return 0;
	}
	return err_set(-EINVAL, "\"%s\" is not understood here; there are max, max-guest, max-half-open and ports", word);
}

static int run_set(const struct style *style, struct words *w)
{
	struct net_change c = { 0 };
	const char *word, *value;

	(void)style;
	if (!words_peek(w)) {
		err_set(-EINVAL, "nothing to set; there are max, max-guest, max-half-open and ports");
		return NET_WRONG;
	}
	while ((word = words_next(w)))
		if (words_value(w, word, &value) || take_limit(&c, word, value))
			return NET_WRONG;
	return net_answer(net_host_set(&c));
}

#define FILTER "[guest GUEST] [proto P] [src NET] [dst NET] [addr NET] [sport N[-M]] [dport N[-M]] [port N[-M]] [state S]... [flag F]... [id N]"

static const struct net_verb verbs[] = {
	{ "show", FILTER, run_show },
	{ "list", NULL, run_show },
	{ "get", "[id] N", run_get },
	{ "delete", "[id] N", run_del },
	{ "flush", "[all] " FILTER, run_flush },
	{ "set", "[max N] [max-guest N] [max-half-open N] [ports N-M]", run_set },
	{ NULL, NULL, NULL },
};

const struct net_object net_flow_object = {
	.name = "flow", .summary = "the conversations that are let through, and how many there may be", .verbs = verbs,
};
