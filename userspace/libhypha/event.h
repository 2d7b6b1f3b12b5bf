/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's events, in order, with the guest each one is about. */
#ifndef HYPHA_LIBHYPHA_EVENT_H
#define HYPHA_LIBHYPHA_EVENT_H

#include "libhypha/guest.h"

enum event_type {
	EVENT_CREATED,
	EVENT_STARTED,
	EVENT_READY,
	EVENT_PAUSED,
	EVENT_UNPAUSED,
	EVENT_EXITED,
	EVENT_DESTROYED,
};

struct event {
	enum event_type type;
	uint64_t seq, time;	/* time: ns since the epoch */
	struct guest guest;	/* as it was then; guest_clean() it */
};

struct event_source;

/* Subscribe. Events from now on are not missed unless event_next() says so. */
int event_open(struct event_source **src);
void event_close(struct event_source *src);	/* NULL is fine */
/* For poll(): readable when event_next() has one. */
int event_fd(struct event_source *src);
/**
 * event_next() - the next event
 * @timeout_ms: how long to wait; 0 not at all, -1 for ever
 * Return: 1 and @ev filled; 0 timeout or a signal; -ENOBUFS events were lost, ask for the guest's state again; other -errno.
 */
int event_next(struct event_source *src, int timeout_ms, struct event *ev);

#endif
