// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net forward: published ports of the host, and which guest's they are. */
#include "hyphactl/net.h"

#include "hyphactl/publish.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct filter {
	const char *guest;
	uint32_t guest_id;
	uint8_t proto, version;
	struct port_range port;
};

static int take(struct filter *f, const char *word, const char *value)
{
	if (!strcmp(word, "guest")) {
		f->guest = value;
		return net_guest_find(value, &f->guest_id);
	}
	if (!strcmp(word, "proto"))
		return word_proto(word, value, &f->proto);
	if (!strcmp(word, "port"))
		return word_ports(word, value, &f->port);
	return err_set(-EINVAL, "\"%s\" is not understood here; there are guest, proto and port", word);
}

static int parse(const struct style *style, struct words *w, struct filter *f)
{
	const char *word, *value;

	*f = (struct filter) { .version = style->version };
	while ((word = words_next(w)))
		if (words_value(w, word, &value) || take(f, word, value))
			return -EINVAL;
	return 0;
}

static bool matches(const struct filter *f, const struct net_forward *fwd)
{
	const struct forward_spec *s = &fwd->spec;

	return (!f->proto || f->proto == s->proto) && (!f->version || !s->version || f->version == s->version) &&
	       (!f->port.last || (f->port.first < s->host_port + s->nr_ports && f->port.last >= s->host_port));
}

struct forward_list {
	const struct filter *filter;
	struct net_forward *all;
	size_t nr;
};

static int add_forward(const struct net_forward *fwd, void *arg)
{
	struct forward_list *l = arg;

	if (!matches(l->filter, fwd))
		return 0;
	l->all = mem_realloc(l->all, (l->nr + 1) * sizeof(*l->all));
	l->all[l->nr++] = *fwd;
	return 0;
}

static void show_one(struct sheet *sheet, const struct net_forward *fwd)
{
	struct buf out = BUF_INIT;

	if (sheet->style->json) {
		sheet_json(sheet, present_forward_json(fwd));
		return;
	}
	present_forward(&out, sheet->style, fwd);
	sheet_text(sheet, &out);
}

static int show(const struct style *style, const struct filter *f, size_t *nr)
{
	struct forward_list l = { .filter = f };
	struct names names = { 0 };
	struct sheet sheet;
	int err = net_names_load(&names);

	if (!err)
		err = net_forward_dump(f->guest_id, add_forward, &l);
	if (!err) {
		sheet_begin(&sheet, style, stdout);
		for (size_t i = 0; i < l.nr; i++) {
			names_fill(&names, l.all[i].guest, l.all[i].name);
			show_one(&sheet, &l.all[i]);
		}
		sheet_end(&sheet);
	}
	*nr = l.nr;
	names_clean(&names);
	free(l.all);
	return net_answer(err);
}

static int run_show(const struct style *style, struct words *w)
{
	struct filter f;
	size_t nr;

	return parse(style, w, &f) ? NET_WRONG : show(style, &f, &nr);
}

/* "443" or "443/tcp": who has this port of the host. */
static int run_get(const struct style *style, struct words *w)
{
	const char *text = words_next(w);
	struct filter f = { .version = style->version };
	auto_free char *port = NULL;
	size_t nr, len;
	int status;

	if (!text) {
		err_set(-EINVAL, "a port is missing");
		return NET_WRONG;
	}
	len = strcspn(text, "/");
	port = mem_strndup(text, len);
	if (word_ports("get", port, &f.port) || (text[len] && word_proto("get", text + len + 1, &f.proto)) || words_end(w))
		return NET_WRONG;
	status = show(style, &f, &nr);
	if (status == NET_OK && !nr) {
		err_set(-ENOENT, "port %s is not published", text);
		status = NET_REFUSED;
	}
	return status;
}

/* A guest and its specifications, all of them read before the first is acted on. NET_OK or NET_WRONG. */
static int parse_specs(struct words *w, uint32_t *guest, struct forward_spec **specs, size_t *nr)
{
	int status = net_guest_take(w, guest);

	if (status)
		return status;
	for (*nr = 0; words_peek(w); (*nr)++) {
		*specs = mem_realloc(*specs, (*nr + 1) * sizeof(**specs));
		if (publish_parse(words_next(w), &(*specs)[*nr]))
			return NET_WRONG;
	}
	if (*nr)
		return NET_OK;
	err_set(-EINVAL, "what to forward is missing: [ip:]hostport:guestport[/tcp|udp]");
	return NET_WRONG;
}

/* All or none: what was added before one is refused goes again. */
static int run_add(const struct style *style, struct words *w)
{
	auto_free struct forward_spec *specs = NULL;
	uint32_t guest, count;
	size_t nr, i;
	int err = 0, status = parse_specs(w, &guest, &specs, &nr);

	(void)style;
	for (i = 0; !status && !err && i < nr; i++)
		err = net_forward_add(guest, &specs[i]);
	if (err) {
		auto_free char *text = mem_strdup(err_text());

		for (i--; i--;)
			net_forward_del(guest, &specs[i], &count);
		err_set(err, "%s", text);
	}
	return status ? status : net_answer(err);
}

static int del_one(uint32_t guest, const struct forward_spec *spec)
{
	char text[PUBLISH_TEXT];
	uint32_t count;
	int err = net_forward_del(guest, spec, &count);

	return err || count ? err : err_set(-ENOENT, "the guest has no forward %s", publish_format(spec, text));
}

static int run_del(const struct style *style, struct words *w)
{
	auto_free struct forward_spec *specs = NULL;
	uint32_t guest;
	size_t nr;
	int err = 0, status = parse_specs(w, &guest, &specs, &nr);

	(void)style;
	for (size_t i = 0; !status && !err && i < nr; i++)
		err = del_one(guest, &specs[i]);
	return status ? status : net_answer(err);
}

static int flush_matching(const struct filter *f, uint32_t *count)
{
	struct forward_list l = { .filter = f };
	uint32_t one;
	int err = net_forward_dump(f->guest_id, add_forward, &l);

	*count = 0;
	for (size_t i = 0; !err && i < l.nr; i++) {
		err = net_forward_del(l.all[i].guest, &l.all[i].spec, &one);
		*count += err ? 0 : one;
		err = err == -ENOENT ? 0 : err;
	}
	free(l.all);
	return err;
}

static int run_flush(const struct style *style, struct words *w)
{
	struct filter f;
	uint32_t count;
	int err;

	if (words_peek(w) && !strcmp(words_peek(w), "all"))
		words_next(w);
	if (parse(style, w, &f))
		return NET_WRONG;
	err = flush_matching(&f, &count);
	if (!err && style->json)
		printf("[{\"flushed\":%" PRIu32 "}]\n", count);
	else if (!err && style->stats)
		printf("%" PRIu32 " forwards flushed\n", count);
	return net_answer(err);
}

#define SPEC "[guest] GUEST [ip:]hostport[-last]:guestport[/tcp|udp]..."

static const struct net_verb verbs[] = {
	{ "show", "[guest GUEST] [proto tcp|udp] [port N[-M]]", run_show },
	{ "list", NULL, run_show },
	{ "get", "PORT[/tcp|udp]", run_get },
	{ "add", SPEC, run_add },
	{ "delete", SPEC, run_del },
	{ "flush", "[all] [guest GUEST] [proto tcp|udp] [port N[-M]]", run_flush },
	{ NULL, NULL, NULL },
};

const struct net_object net_forward_object = {
	.name = "forward", .summary = "published ports of the host", .verbs = verbs,
};
