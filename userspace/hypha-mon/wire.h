/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where messages come from: the kernel, a recording of it, or a test. */
#ifndef HYPHA_MON_WIRE_H
#define HYPHA_MON_WIRE_H

#include "libhypha/message.h"

enum wire_event {
	WIRE_MESSAGE,
	WIRE_LOST,	/* messages of groups were lost; what was not yet handed on is gone too */
	WIRE_TICK,	/* a second is over: what has no events may be asked for */
	WIRE_TIMEOUT,	/* the time that was given is over */
	WIRE_END,	/* nothing more will come, or a signal said so */
};

struct wire_item {
	enum wire_event event;
	const void *data;	/* of a message: from its netlink header; until the next call */
	size_t len;
};

/* Called with each message of a dump; < 0 ends it. */
typedef int (*wire_fn)(const void *data, size_t len, void *arg);

struct wire {
	/* Everything of a kind there is. 0; -EAGAIN it changed meanwhile and may not be all; -ENODATA the
	 * recording ends before it; other -errno with err_text(). */
	int (*dump)(struct wire *w, enum message_dump what, wire_fn fn, void *arg);
	/* What comes next, however long it takes. 0 or -errno with err_text(). */
	int (*next)(struct wire *w, struct wire_item *item);
	void (*close)(struct wire *w);
	uint64_t now;		/* ns since the epoch, of what was last handed on */
};

/* The kernel: joined to the groups when this returns. @timeout_ns: 0 none. @queue: bytes of events
 * that may wait, 0 the default. NULL with err_text(). */
struct wire *wire_socket_open(unsigned int groups, bool ticks, uint64_t timeout_ns, uint32_t queue);
/* A recording. NULL with err_text(). */
struct wire *wire_replay_open(const char *path);
/* @inner, and all that comes from it is written to @path too. Owns @inner, also on failure (NULL with err_text()). */
struct wire *wire_record_open(const char *path, struct wire *inner);

#endif
