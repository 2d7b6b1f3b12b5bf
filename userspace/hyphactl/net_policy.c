// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net policy: which way a guest's packets go, and whom it may reach. */
#include "hyphactl/net.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void net_policy_text(struct buf *out, const struct net_policy *p)
{
	buf_adds(out, p->stack ? "stack" : "fast");
	buf_adds(out, p->guest_to_guest ? " guest-to-guest on" : "");
	buf_adds(out, p->guest_to_host ? " guest-to-host on" : "");
}

json_t *net_policy_json(const struct net_policy *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "path", json_string(p->stack ? "stack" : "fast"));
	json_object_set_new(o, "guestToGuest", json_boolean(p->guest_to_guest));
	json_object_set_new(o, "guestToHost", json_boolean(p->guest_to_host));
	return o;
}

static void show(struct sheet *sheet, const struct net_vif *v)
{
	const struct style *s = sheet->style;
	struct buf out = BUF_INIT;
	json_t *o;

	if (s->json) {
		o = net_policy_json(&v->policy);
		json_object_set_new(o, "guest", present_name_json(v->name));
		json_object_set_new(o, "guestId", json_integer(v->guest));
		sheet_json(sheet, o);
		return;
	}
	buf_adds(&out, s->brief ? "" : "guest ");
	style_guest(&out, s, v->guest, v->name);
	if (s->brief) {
		buf_adds(&out, " ");
		net_policy_text(&out, &v->policy);
		buf_adds(&out, "\n");
	} else {
		buf_addf(&out, " %s guest-to-guest %s guest-to-host %s\n", v->policy.stack ? "stack" : "fast",
			 v->policy.guest_to_guest ? "on" : "off", v->policy.guest_to_host ? "on" : "off");
	}
	sheet_text(sheet, &out);
}

static int run_show(const struct style *style, struct words *w)
{
	auto_free struct net_vif *vifs = NULL;
	struct sheet sheet;
	uint32_t guest;
	size_t nr;
	int status = net_guest_option(w, &guest);

	if (status)
		return status;
	if (net_vifs(guest, &vifs, &nr))
		return NET_REFUSED;
	sheet_begin(&sheet, style, stdout);
	for (size_t i = 0; i < nr; i++)
		show(&sheet, &vifs[i]);
	sheet_end(&sheet);
	return NET_OK;
}

static int run_get(const struct style *style, struct words *w)
{
	return net_guest_named(w) ? run_show(style, w) : NET_WRONG;
}

/* One of "stack", "fast", "guest-to-guest on|off", "guest-to-host on|off". 0 or -EINVAL. */
static int take_word(struct net_policy *p, struct words *w)
{
	const char *word = words_next(w), *value;
	bool to_guest = !strcmp(word, "guest-to-guest");

	if (!strcmp(word, "stack") || !strcmp(word, "fast")) {
		p->stack = *word == 's';
		return 0;
	}
	if (!to_guest && strcmp(word, "guest-to-host"))
		return err_set(-EINVAL, "policy: \"%s\" is unknown; there are stack, fast, guest-to-guest and guest-to-host", word);
	if (words_value(w, word, &value))
		return -EINVAL;
	return word_switch(word, value, to_guest ? &p->guest_to_guest : &p->guest_to_host);
}

/* What is not said stays. All words are read before anything is asked, so that a wrong one changes nothing. */
static int run_set(const struct style *style, struct words *w)
{
	struct net_policy checked = { 0 };
	struct net_vif vif;
	struct words again;
	uint32_t guest;
	int status = net_guest_take(w, &guest);

	(void)style;
	if (status)
		return status;
	if (!words_peek(w)) {
		err_set(-EINVAL, "nothing to set; there are stack, fast, guest-to-guest and guest-to-host");
		return NET_WRONG;
	}
	for (again = *w; words_peek(&again);)
		if (take_word(&checked, &again))
			return NET_WRONG;
	if (net_vif_get(guest, &vif))
		return NET_REFUSED;
	while (words_peek(w))
		take_word(&vif.policy, w);
	return net_answer(net_vif_set_policy(guest, &vif.policy));
}

static const struct net_verb verbs[] = {
	{ "show", "[[guest] GUEST]", run_show },
	{ "list", NULL, run_show },
	{ "get", "[guest] GUEST", run_get },
	{ "set", "[guest] GUEST [stack|fast] [guest-to-guest on|off] [guest-to-host on|off]", run_set },
	{ NULL, NULL, NULL },
};

const struct net_object net_policy_object = {
	.name = "policy", .summary = "which way a guest's packets go, and whom it may reach", .verbs = verbs,
};
