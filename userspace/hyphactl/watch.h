/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the end of one guest: events, and the kernel or the record where they were lost. */
#ifndef HYPHACTL_WATCH_H
#define HYPHACTL_WATCH_H

#include "libhypha/event.h"

#include <stdbool.h>

struct watch {
	struct event_source *src;
	uint32_t id;		/* 0: only in the records */
	uint8_t uuid[16];
	bool ready, exited;
	enum guest_exit reason;	/* once exited */
	int code;		/* -1: none reported */
	uint64_t log_bytes;	/* that it ever printed; 0 if not known */
};

/* Subscribe; call before the guest is created or looked up, so that nothing is missed. */
int watch_open(struct watch *w);
/* Say whom to watch, and take what has happened to it so far. 0; -ENOENT if nobody knows it any more. */
int watch_set(struct watch *w, uint32_t id, const uint8_t uuid[16]);
void watch_close(struct watch *w);
/* Take events until it has exited or @timeout_ms (-1: none) is over. Return: 1 exited, 0 not yet, -errno with err_text(). */
int watch_wait(struct watch *w, int timeout_ms);
/* Take the events that are there now; the same return. For use with poll() on event_fd(w->src). */
int watch_step(struct watch *w);

#define auto_watch __attribute__((cleanup(watch_close))) struct watch

#endif
