// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net neigh: which MAC an address has. The module assigns both, so what is shown is not learned. */
#include "hyphactl/net.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>

static const char *state_name(const struct net_vif *v)
{
	return v->state == VIF_CONNECTED ? "PERMANENT" : "FAILED";
}

static json_t *neigh_json(const struct net_vif *v, const struct net_addr *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "dst", present_addr_json(a));
	json_object_set_new(o, "dev", json_string("hypha0"));
	json_object_set_new(o, "lladdr", present_mac_json(v->mac));
	json_object_set_new(o, "guest", present_name_json(v->name));
	json_object_set_new(o, "guestId", json_integer(v->guest));
	json_object_set_new(o, "state", json_string(state_name(v)));
	return o;
}

static void show(struct sheet *sheet, const struct net_vif *v, const struct net_addr *a)
{
	const struct style *s = sheet->style;
	struct buf out = BUF_INIT;

	if (!a->version || (s->version && s->version != a->version))
		return;
	if (s->json) {
		sheet_json(sheet, neigh_json(v, a));
		return;
	}
	style_addr(&out, s, a);
	buf_adds(&out, s->brief ? " hypha0 " : " dev hypha0 lladdr ");
	style_mac(&out, s, v->mac);
	buf_adds(&out, s->brief ? " " : " guest ");
	style_guest(&out, s, v->guest, v->name);
	buf_addf(&out, " %s\n", state_name(v));
	sheet_text(sheet, &out);
}

static int show_all(const struct style *style, uint32_t guest, const struct net_addr *only)
{
	auto_free struct net_vif *vifs = NULL;
	struct sheet sheet;
	size_t nr;

	if (net_vifs(guest, &vifs, &nr))
		return NET_REFUSED;
	sheet_begin(&sheet, style, stdout);
	for (size_t i = 0; i < nr; i++) {
		if (!only || net_addr_equal(only, &vifs[i].ip4))
			show(&sheet, &vifs[i], &vifs[i].ip4);
		if (!only || net_addr_equal(only, &vifs[i].ip6))
			show(&sheet, &vifs[i], &vifs[i].ip6);
	}
	sheet_end(&sheet);
	if (sheet.nr || !only)
		return NET_OK;
	err_set(-ENOENT, "no guest has that address");
	return NET_REFUSED;
}

static int run_show(const struct style *style, struct words *w)
{
	uint32_t guest;
	int status = net_guest_option(w, &guest);

	return status ? status : show_all(style, guest, NULL);
}

static int run_get(const struct style *style, struct words *w)
{
	const char *text = words_next(w);
	struct net_addr addr;

	if (!text)
		err_set(-EINVAL, "an address is missing");
	if (!text || word_addr("get", text, &addr) || words_end(w))
		return NET_WRONG;
	return show_all(style, 0, &addr);
}

static const struct net_verb verbs[] = {
	{ "show", "[[guest] GUEST]", run_show },
	{ "list", NULL, run_show },
	{ "get", "ADDRESS", run_get },
	{ NULL, NULL, NULL },
};

const struct net_object net_neigh_object = {
	.name = "neighbour", .alias = "neighbor", .summary = "which MAC an address has", .verbs = verbs,
};
