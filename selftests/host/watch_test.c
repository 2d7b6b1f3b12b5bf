// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for a guest's end when events are lost. */
// links: userspace/hyphactl/watch.c userspace/hyphactl/quantity.c userspace/util/error.c userspace/util/hex.c
// libs: -ljansson
#include "hyphactl/record.h"
#include "hyphactl/view.h"
#include "hyphactl/watch.h"

#include "test.h"
#include "util/error.h"

#include <errno.h>

enum { OURS = 7, OTHERS = 8 };

/* What event_next() returns, in order; what the kernel says of the guest from then on. */
struct step {
	int returns;
	struct event event;
	enum guest_state state;
};

static const struct step *at;
static enum guest_state state = GUEST_RUNNING;
static bool waits;	/* for ever: nothing comes any more */

int event_open(struct event_source **src)
{
	*src = NULL;
	return 0;
}

void event_close(struct event_source *src)
{
	(void)src;
}

int event_next(struct event_source *src, int timeout_ms, struct event *ev)
{
	(void)src;
	if (at->returns) {
		state = at->state;
		*ev = at->event;
		return at++->returns;
	}
	waits |= timeout_ms < 0;
	return waits ? -ETIME : 0;
}

int guest_get_uuid(const uint8_t uuid[16], struct guest *g)
{
	(void)uuid;
	*g = (struct guest) { .id = OURS, .state = state, .exit_code = 3 };
	return 0;
}

void guest_clean(struct guest *g)
{
	(void)g;
}

const char *guest_exit_name(enum guest_exit reason)
{
	(void)reason;
	return "";
}

json_t *record_load(const char *uuid)
{
	(void)uuid;
	return NULL;
}

const char *view_text(const json_t *view, const char *path)
{
	(void)view;
	(void)path;
	return "";
}

json_int_t view_number(const json_t *view, const char *path)
{
	(void)view;
	(void)path;
	return 0;
}

#define OF(whose, what) { .guest = { .id = (whose), .exit_code = 3 }, .type = (what) }

static void check_wait(const char *what, const struct step *steps)
{
	struct watch w;
	uint8_t uuid[16] = { 0 };

	at = steps;
	state = GUEST_RUNNING;
	waits = false;
	watch_open(&w);
	ok(!watch_set(&w, OURS, uuid), "%s: it runs at first", what);
	ok_num(watch_wait(&w, -1), 1, "%s: its end is seen", what);
	ok_num(w.code, 3, "%s: and its status", what);
	watch_close(&w);
}

int main(void)
{
	check_wait("nothing is lost", (struct step[]) {
		{ 1, OF(OTHERS, EVENT_EXITED), GUEST_RUNNING }, { 1, OF(OURS, EVENT_EXITED), GUEST_EXITED }, { 0 } });
	check_wait("the end is lost", (struct step[]) { { -ENOBUFS, { 0 }, GUEST_EXITED }, { 0 } });
	check_wait("the end is lost later, untold", (struct step[]) {
		{ -ENOBUFS, { 0 }, GUEST_RUNNING }, { 1, OF(OTHERS, EVENT_READY), GUEST_EXITED }, { 0 } });
	check_wait("only others' are lost", (struct step[]) {
		{ -ENOBUFS, { 0 }, GUEST_RUNNING }, { 1, OF(OURS, EVENT_EXITED), GUEST_EXITED }, { 0 } });
	return done();
}
