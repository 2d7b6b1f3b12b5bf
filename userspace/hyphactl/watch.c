// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for the end of one guest. */
#include "hyphactl/watch.h"

#include "hyphactl/quantity.h"
#include "hyphactl/record.h"
#include "hyphactl/view.h"
#include "util/error.h"
#include "util/hex.h"

#include <errno.h>
#include <string.h>

int watch_open(struct watch *w)
{
	*w = (struct watch) { .code = -1 };
	return event_open(&w->src);
}

void watch_close(struct watch *w)
{
	event_close(w->src);
	w->src = NULL;
}

static void finish(struct watch *w, enum guest_exit reason, int code)
{
	w->exited = true;
	w->reason = reason;
	w->code = code;
}

static int check_record(struct watch *w)
{
	char uuid[UUID_TEXT];
	json_t *view;

	uuid_format(w->uuid, uuid);
	view = record_load(uuid);
	if (!view)
		return err_set(-ENOENT, "guest %s is gone, and its exit status with it", uuid);
	for (enum guest_exit r = EXIT_POWEROFF; r <= EXIT_VANISHED; r++)
		if (!strcmp(view_text(view, "exitReason"), guest_exit_name(r)))
			finish(w, r, (int)view_number(view, "exitCode"));
	if (!w->exited)
		finish(w, EXIT_VANISHED, -1);
	json_decref(view);
	return 1;
}

/* What the kernel says now; if it has forgotten the guest, its record. */
static int check_now(struct watch *w)
{
	struct guest g;

	if (guest_get_uuid(w->uuid, &g))
		return check_record(w);
	w->ready |= g.ready;
	if (g.state == GUEST_EXITED)
		finish(w, g.exit_reason, g.exit_code);
	w->log_bytes = g.log_bytes;
	guest_clean(&g);
	return w->exited;
}

int watch_set(struct watch *w, uint32_t id, const uint8_t uuid[16])
{
	int n;

	w->id = id;
	memcpy(w->uuid, uuid, sizeof(w->uuid));
	n = check_now(w);
	return n < 0 ? n : 0;
}

static int take_event(struct watch *w, struct event *ev)
{
	int n = 0;

	if (ev->guest.id == w->id) {
		w->ready |= ev->type == EVENT_READY;
		w->log_bytes = ev->guest.log_bytes;
		if (ev->type == EVENT_EXITED)
			finish(w, ev->guest.exit_reason, ev->guest.exit_code);
		else if (ev->type == EVENT_DESTROYED && !w->exited)
			n = check_record(w);
	}
	guest_clean(&ev->guest);
	return n < 0 ? n : w->exited;
}

/* Events were lost, and until our socket is empty others may be, of which we are not told (netlink_overrun()). */
static int catch_up(struct watch *w)
{
	struct event ev;
	int n;

	do {
		n = event_next(w->src, 0, &ev);
		if (n > 0)
			n = take_event(w, &ev) ?: 1;
	} while (n == -ENOBUFS || (n > 0 && !w->exited));
	return n ? n : check_now(w);
}

static int next(struct watch *w, int timeout_ms)
{
	struct event ev;
	int n = event_next(w->src, timeout_ms, &ev);

	if (n == -ENOBUFS)
		return catch_up(w);
	return n > 0 ? take_event(w, &ev) : n;
}

int watch_step(struct watch *w)
{
	return w->exited ? 1 : next(w, 0);
}

int watch_wait(struct watch *w, int timeout_ms)
{
	uint64_t end = quantity_now() / 1000000 + timeout_ms;

	while (!w->exited) {
		uint64_t now = quantity_now() / 1000000;
		int n;

		if (timeout_ms >= 0 && now >= end)
			return 0;
		n = next(w, timeout_ms < 0 ? -1 : (int)(end - now));
		if (n < 0)
			return n;
	}
	return 1;
}
