// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net addr: the prefixes and resolvers of the network, and who has which address. */
#include "hyphactl/net.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOST_DEV "hypha0"

static bool wanted(const struct style *s, const struct net_addr *a)
{
	return a->version && (!s->version || s->version == a->version);
}

/* --- the host --- */

static void host_prefix(struct buf *out, const struct style *s, const struct net_addr *net, unsigned int len,
			const struct net_addr *gateway)
{
	if (!wanted(s, net))
		return;
	if (s->brief) {
		buf_adds(out, " ");
		style_addr(out, s, gateway);
		buf_addf(out, "/%u", len);
		return;
	}
	buf_adds(out, net->version == 4 ? "    inet " : "    inet6 ");
	style_addr(out, s, gateway);
	buf_addf(out, "/%u prefix ", len);
	style_addr(out, s, net);
	buf_addf(out, "/%u\n", len);
}

static void show_host_text(struct sheet *sheet, const struct net_host *h)
{
	const struct style *s = sheet->style;
	struct buf out = BUF_INIT;

	style_paint(&out, s, COLOUR_GUEST, HOST_DEV);
	buf_adds(&out, s->brief ? "" : ": gateway of the guests\n");
	host_prefix(&out, s, &h->net4, h->plen4, &h->gateway4);
	host_prefix(&out, s, &h->net6, h->plen6, &h->gateway6);
	if (s->brief) {
		buf_adds(&out, "\n");
	} else if (h->nr_dns) {
		buf_adds(&out, "    dns");
		for (size_t i = 0; i < h->nr_dns; i++) {
			buf_adds(&out, " ");
			style_addr(&out, s, &h->dns[i]);
		}
		buf_adds(&out, "\n");
	}
	sheet_text(sheet, &out);
}

static void add_prefix_json(json_t *all, const struct style *s, const struct net_addr *net, unsigned int len,
			    const struct net_addr *gateway)
{
	json_t *o;

	if (!wanted(s, net))
		return;
	o = json_object();
	json_object_set_new(o, "version", json_integer(net->version));
	json_object_set_new(o, "net", present_addr_json(net));
	json_object_set_new(o, "len", json_integer(len));
	json_object_set_new(o, "gateway", present_addr_json(gateway));
	json_array_append_new(all, o);
}

static json_t *host_json(const struct style *s, const struct net_host *h)
{
	json_t *o = json_object(), *prefixes = json_array(), *dns = json_array();

	add_prefix_json(prefixes, s, &h->net4, h->plen4, &h->gateway4);
	add_prefix_json(prefixes, s, &h->net6, h->plen6, &h->gateway6);
	for (size_t i = 0; i < h->nr_dns; i++)
		json_array_append_new(dns, present_addr_json(&h->dns[i]));
	json_object_set_new(o, "dev", json_string(HOST_DEV));
	json_object_set_new(o, "prefixes", prefixes);
	json_object_set_new(o, "dns", dns);
	return o;
}

static void show_host(struct sheet *sheet, const struct net_host *h)
{
	if (sheet->style->json)
		sheet_json(sheet, host_json(sheet->style, h));
	else
		show_host_text(sheet, h);
}

/* --- guests --- */

static void guest_addr(struct buf *out, const struct style *s, const struct net_addr *a)
{
	if (!wanted(s, a))
		return;
	if (s->brief)
		buf_adds(out, " ");
	else
		buf_adds(out, a->version == 4 ? "    inet " : "    inet6 ");
	style_addr(out, s, a);
	buf_adds(out, a->version == 4 ? "/32" : "/128");
	buf_adds(out, s->brief ? "" : "\n");
}

static void show_vif_text(struct sheet *sheet, const struct net_vif *v)
{
	const struct style *s = sheet->style;
	struct buf out = BUF_INIT;

	if (!s->brief)
		buf_addf(&out, "%u: guest ", v->guest);
	style_guest(&out, s, v->guest, v->name);
	buf_adds(&out, s->brief ? "" : "\n");
	guest_addr(&out, s, &v->ip4);
	guest_addr(&out, s, &v->ip6);
	buf_adds(&out, s->brief ? "\n" : "");
	sheet_text(sheet, &out);
}

static void add_addr_json(json_t *all, const struct style *s, const struct net_addr *a)
{
	json_t *o;

	if (!wanted(s, a))
		return;
	o = json_object();
	json_object_set_new(o, "version", json_integer(a->version));
	json_object_set_new(o, "addr", present_addr_json(a));
	json_object_set_new(o, "len", json_integer(a->version == 4 ? 32 : 128));
	json_array_append_new(all, o);
}

static json_t *vif_json(const struct style *s, const struct net_vif *v)
{
	json_t *o = json_object(), *addresses = json_array();

	add_addr_json(addresses, s, &v->ip4);
	add_addr_json(addresses, s, &v->ip6);
	json_object_set_new(o, "guest", present_name_json(v->name));
	json_object_set_new(o, "guestId", json_integer(v->guest));
	json_object_set_new(o, "addresses", addresses);
	return o;
}

static void show_vif(struct sheet *sheet, const struct net_vif *v)
{
	if (sheet->style->json)
		sheet_json(sheet, vif_json(sheet->style, v));
	else
		show_vif_text(sheet, v);
}

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
		show_host(&sheet, &host);
	for (size_t i = 0; i < nr; i++)
		show_vif(&sheet, &vifs[i]);
	sheet_end(&sheet);
	return NET_OK;
}

/* --- get, set --- */

static bool has(const struct net_vif *v, const struct net_addr *a)
{
	return net_addr_equal(&v->ip4, a) || net_addr_equal(&v->ip6, a);
}

static bool is_gateway(const struct net_host *h, const struct net_addr *a)
{
	return net_addr_equal(&h->gateway4, a) || net_addr_equal(&h->gateway6, a);
}

static int run_get(const struct style *style, struct words *w)
{
	auto_free struct net_vif *vifs = NULL;
	const char *text = words_next(w);
	struct net_host host;
	struct net_addr addr;
	struct sheet sheet;
	size_t nr;

	if (!text)
		err_set(-EINVAL, "an address is missing");
	if (!text || word_addr("get", text, &addr) || words_end(w))
		return NET_WRONG;
	if (net_vifs(0, &vifs, &nr) || net_host_get(&host))
		return NET_REFUSED;
	sheet_begin(&sheet, style, stdout);
	if (is_gateway(&host, &addr))
		show_host(&sheet, &host);
	for (size_t i = 0; i < nr; i++)
		if (has(&vifs[i], &addr))
			show_vif(&sheet, &vifs[i]);
	sheet_end(&sheet);
	if (sheet.nr)
		return NET_OK;
	err_set(-ENOENT, "no guest has the address %s", text);
	return NET_REFUSED;
}

static int take_prefix(struct net_change *c, const char *text)
{
	struct net_prefix p;
	int err = word_prefix("prefix", text, &p);

	if (err)
		return err;
	if (p.net.version == 4) {
		c->net4 = p.net;
		c->plen4 = p.len;
	} else {
		c->net6 = p.net;
		c->plen6 = p.len;
	}
	return 0;
}

static int take_dns(struct net_change *c, const char *text)
{
	if (c->nr_dns == NET_DNS_MAX)
		return err_set(-EINVAL, "dns: at most %d resolvers", NET_DNS_MAX);
	return word_addr("dns", text, &c->dns[c->nr_dns++]);
}

static int run_set(const struct style *style, struct words *w)
{
	struct net_change c = { 0 };
	const char *word, *value;

	(void)style;
	if (!words_peek(w)) {
		err_set(-EINVAL, "nothing to set; there are prefix and dns");
		return NET_WRONG;
	}
	while ((word = words_next(w))) {
		bool prefix = !strcmp(word, "prefix");

		if (!prefix && strcmp(word, "dns")) {
			err_set(-EINVAL, "\"%s\" is not understood here; there are prefix and dns", word);
			return NET_WRONG;
		}
		if (words_value(w, word, &value) || (prefix ? take_prefix(&c, value) : take_dns(&c, value)))
			return NET_WRONG;
	}
	return net_answer(net_host_set(&c));
}

static const struct net_verb verbs[] = {
	{ "show", "[[guest] GUEST]", run_show },
	{ "list", NULL, run_show },
	{ "get", "ADDRESS", run_get },
	{ "set", "[prefix NET/LEN]... [dns ADDRESS]...", run_set },
	{ NULL, NULL, NULL },
};

const struct net_object net_addr_object = {
	.name = "address", .summary = "prefixes, resolvers, and who has which address", .verbs = verbs,
};
