/* SPDX-License-Identifier: GPL-2.0-only */
/* A console's inside, shared by its ring (console.c) and its file descriptors (consolefd.c). */
#ifndef HYPHA_CONSOLE_CONSOLE_PRIV_H
#define HYPHA_CONSOLE_CONSOLE_PRIV_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "log.h"
#include "../xen/evtchn.h"

struct xencons_interface;

struct hypha_con {
	refcount_t refs;

	/*
	 * Protects the log, @ring and the indices. Process context only; nothing is waited for under it. Taken after
	 * @writer.
	 */
	struct mutex lock;
	struct hypha_log log;
	struct xencons_interface *ring;	/* shared; NULL while not connected */
	u32 out_cons, in_prod;		/* ours: the shared copies are never read back */
	u32 in_cons;			/* as last seen; also read without the lock */
	u32 in_cons_event;		/* as seen at the last event */
	bool closed;			/* nothing more will come; set after the last byte was logged */

	struct mutex writer;		/* one write() at a time, so that writes do not interleave; sleeps for space */

	wait_queue_head_t readers;	/* for bytes in the log, or @closed */
	wait_queue_head_t writers;	/* for space in the ring, or @closed */
	unsigned long next_wake;	/* jiffies before which readers are not woken again */
	struct delayed_work wake;

	struct hypha_evtchn ec;
	struct delayed_work drain;
};

struct hypha_con *hypha_console_get(struct hypha_con *con);

/* As hypha_log_read(), locked. */
size_t hypha_console_read(struct hypha_con *con, u64 *pos, void *buf, size_t len);
/* A look without the lock: is there something to read behind @pos, or nothing ever again? */
bool hypha_console_readable(struct hypha_con *con, u64 pos);

/* Put what fits of @len bytes into the guest's input. Return: how many, -EPIPE closed, -EIO the guest broke its ring. */
ssize_t hypha_console_feed(struct hypha_con *con, const void *data, size_t len);
/* A look without the lock: would hypha_console_feed() do something, if only fail? */
bool hypha_console_writable(struct hypha_con *con);

#endif
