// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests as the kernel knows them. */
#include "libhypha/guest.h"

#include "libhypha/genl.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <stdlib.h>

#define DUMP_TRIES 8	/* a dump that guests keep interrupting is taken as it is after so many */

static const char *const state_names[] = {
	[GUEST_CREATED] = "created",
	[GUEST_RUNNING] = "running",
	[GUEST_PAUSED] = "paused",
	[GUEST_EXITED] = "exited",
	[GUEST_VANISHED] = "vanished",
};

static const char *const exit_names[] = {
	[EXIT_POWEROFF] = "poweroff",
	[EXIT_REBOOT] = "reboot",
	[EXIT_CRASH] = "crash",
	[EXIT_KILLED] = "killed",
	[EXIT_VANISHED] = "vanished",
};

const char *guest_state_name(enum guest_state state)
{
	return state <= GUEST_VANISHED ? state_names[state] : "unknown";
}

const char *guest_exit_name(enum guest_exit reason)
{
	return reason <= EXIT_VANISHED ? exit_names[reason] : "unknown";
}

void guest_clean(struct guest *g)
{
	free(g->labels);
	g->labels = NULL;
}

void guests_free(struct guest *guests, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		guest_clean(&guests[i]);
	free(guests);
}

struct list {
	struct guest *guests;
	size_t nr;
};

static int add_guest(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	struct list *list = arg;
	int err;

	list->guests = mem_realloc(list->guests, (list->nr + 1) * sizeof(*list->guests));
	err = guest_from_message(hdr, attrs, &list->guests[list->nr]);
	if (!err)
		list->nr++;
	return err;
}

static int by_id(const void *a, const void *b)
{
	const struct guest *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int dump_once(struct genl *genl, struct list *list)
{
	struct nl_msg *msg = genl_message(genl, NLM_F_DUMP);

	if (!msg)
		return -ENOMEM;
	return genl_request(genl, msg, add_guest, list);
}

int guest_dump(struct guest **guests, size_t *nr)
{
	struct list list = { NULL, 0 };
	struct genl genl;
	int err = genl_open(&genl);

	if (err)
		return err;
	for (int try = 0; try < DUMP_TRIES; try++) {
		guests_free(list.guests, list.nr);
		list = (struct list) { NULL, 0 };
		err = dump_once(&genl, &list);
		if (err != -EAGAIN)
			break;
	}
	genl_close(&genl);
	if (err && err != -EAGAIN) {
		guests_free(list.guests, list.nr);
		return genl_error(err, "cannot list guests");
	}
	if (list.nr)
		qsort(list.guests, list.nr, sizeof(*list.guests), by_id);
	*guests = list.guests;
	*nr = list.nr;
	return 0;
}

static int take_guest(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	return guest_from_message(hdr, attrs, arg);
}

static int get(int attr, const void *value, int len, struct guest *g)
{
	struct genl genl;
	struct nl_msg *msg;
	int err = genl_open(&genl);

	if (err)
		return err;
	*g = (struct guest) { .exit_code = -1 };
	msg = genl_message(&genl, 0);
	if (msg && !nla_put(msg, attr, len, value))
		err = genl_request(&genl, msg, take_guest, g);
	else
		err = -ENOMEM;
	genl_close(&genl);
	return err ? genl_error(err, "cannot ask for the guest") : 0;
}

int guest_get_id(uint32_t id, struct guest *g)
{
	return get(HYPHA_A_ID, &id, sizeof(id), g);
}

int guest_get_uuid(const uint8_t uuid[16], struct guest *g)
{
	return get(HYPHA_A_UUID, uuid, 16, g);
}
