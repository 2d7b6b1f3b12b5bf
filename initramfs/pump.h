/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries bytes from one descriptor to another without ever blocking. */
#ifndef INIT_PUMP_H
#define INIT_PUMP_H

#include <poll.h>
#include <stddef.h>

struct pump {
	int from, to;		/* -1: not (or no longer) in use; both non-blocking */
	size_t at, len;		/* of @data, not yet written */
	char data[4096];
};

/* What to wait for; an unused pump waits for nothing. */
struct pollfd pump_poll(const struct pump *p);
/* Read or write once. Closes both ends, after the last byte, at the end of input or when nobody reads any more. */
void pump_step(struct pump *p);
/* Until the end of input. */
void pump_finish(struct pump *p);

#endif
