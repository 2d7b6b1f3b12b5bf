// SPDX-License-Identifier: GPL-2.0-or-later
/* All guests there are, and finding one. */
#include "hyphactl/lookup.h"

#include "hyphactl/quantity.h"
#include "hyphactl/record.h"
#include "hyphactl/view.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct list {
	struct known *all;
	size_t nr;
};

void known_clean(struct known *k)
{
	json_decref(k->view);
	k->view = NULL;
}

void known_free(struct known *all, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		known_clean(&all[i]);
	free(all);
}

const char *known_uuid(const struct known *k)
{
	return view_text(k->view, "uuid");
}

const char *known_name(const struct known *k)
{
	return view_text(k->view, "name");
}

static struct known *append(struct list *l)
{
	l->all = mem_realloc(l->all, (l->nr + 1) * sizeof(*l->all));
	l->all[l->nr] = (struct known) { 0 };
	return &l->all[l->nr++];
}

static void append_guest(struct list *l, const struct guest *g)
{
	*append(l) = (struct known) {
		.view = view_from_guest(g), .id = g->id, .living = g->state < GUEST_EXITED, .state = g->state,
		.created = g->created,
	};
}

/* Takes the reference. */
static void append_view(struct list *l, json_t *view, enum guest_state state)
{
	struct known *k = append(l);

	if (state == GUEST_VANISHED)
		view_set_vanished(view);
	k->view = view;
	k->state = state;
	quantity_parse_time(view_text(view, "created"), &k->created);
}

static bool is_exited(const json_t *view)
{
	return !strcmp(view_text(view, "state"), guest_state_name(GUEST_EXITED));
}

/*
 * A record that says "running" may have been written, or its guest may have exited, after the kernel was asked. The exit
 * helper writes the record before the kernel forgets the guest: so ask the kernel again, and only then the record.
 */
static void append_unknown(struct list *l, const char *uuid)
{
	struct guest g = { 0 };
	uint8_t raw[16];
	json_t *view;

	if (uuid_parse(uuid, raw))
		return;
	if (!guest_get_uuid(raw, &g)) {
		append_guest(l, &g);
		guest_clean(&g);
		return;
	}
	view = record_load(uuid);
	if (view)
		append_view(l, view, is_exited(view) ? GUEST_EXITED : GUEST_VANISHED);
}

static bool in_kernel(const struct list *l, size_t nr, const char *uuid)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(known_uuid(&l->all[i]), uuid))
			return true;
	return false;
}

static void append_records(struct list *l)
{
	json_t *records = record_list(), *view;
	size_t nr = l->nr, i;

	json_array_foreach(records, i, view) {
		if (in_kernel(l, nr, view_text(view, "uuid")))
			continue;
		if (is_exited(view))
			append_view(l, json_incref(view), GUEST_EXITED);
		else
			append_unknown(l, view_text(view, "uuid"));
	}
	json_decref(records);
}

static int by_age(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return strcmp(known_uuid(x), known_uuid(y));
}

int known_all(struct known **all, size_t *nr)
{
	struct list l = { NULL, 0 };
	struct guest *guests;
	size_t nr_guests;
	int err = guest_dump(&guests, &nr_guests);

	if (err)
		return err;
	for (size_t i = 0; i < nr_guests; i++)
		append_guest(&l, &guests[i]);
	guests_free(guests, nr_guests);
	append_records(&l);
	if (l.nr)
		qsort(l.all, l.nr, sizeof(*l.all), by_age);
	*all = l.all;
	*nr = l.nr;
	return 0;
}

static int ambiguous(const char *ref, const struct known *all, size_t nr)
{
	auto_buf list = BUF_INIT;

	for (size_t i = 0; i < nr; i++)
		if (!strncasecmp(known_uuid(&all[i]), ref, strlen(ref)))
			buf_addf(&list, "%s%s (%s)", list.len ? ", " : "", known_uuid(&all[i]), known_name(&all[i]));
	return err_set(-ENOTUNIQ, "\"%s\" is ambiguous, it may be %s", ref, buf_str(&list));
}

static int match_name(const char *ref, const struct known *all, size_t nr)
{
	int found = -ENOENT;

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(known_name(&all[i]), ref) && (found < 0 || all[i].living))
			found = (int)i;
	return found;
}

static int match_prefix(const char *ref, const struct known *all, size_t nr)
{
	int found = -ENOENT;

	for (size_t i = 0; i < nr; i++) {
		if (strncasecmp(known_uuid(&all[i]), ref, strlen(ref)))
			continue;
		if (found >= 0)
			return ambiguous(ref, all, nr);
		found = (int)i;
	}
	return found;
}

int known_match(const char *ref, const struct known *all, size_t nr)
{
	int found = -ENOENT;

	if (strlen(ref) == UUID_TEXT - 1)
		found = match_prefix(ref, all, nr);
	if (found == -ENOENT)
		found = match_name(ref, all, nr);
	if (found == -ENOENT && *ref)
		found = match_prefix(ref, all, nr);
	if (found == -ENOENT)
		return err_set(-ENOENT, "no such guest: \"%s\" (hyphactl list -a shows all)", ref);
	return found;
}

int known_find(const char *ref, struct known *k)
{
	struct known *all;
	size_t nr;
	int at = known_all(&all, &nr);

	if (at)
		return at;
	at = known_match(ref, all, nr);
	if (at >= 0) {
		*k = all[at];
		all[at].view = NULL;
	}
	known_free(all, nr);
	return at < 0 ? at : 0;
}

int known_find_living(const char *ref, struct known *k)
{
	int err = known_find(ref, k);

	if (err || k->living)
		return err;
	return err_set(-ESHUTDOWN, "guest %s is not running: it has %s", known_name(k),
		       k->state == GUEST_VANISHED ? "vanished" : "exited");
}
