/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of guests under <root>/guests/UUID/: guest.json (a view) and, once exited, log. */
#ifndef HYPHACTL_RECORD_H
#define HYPHACTL_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A launched guest; written fast, a power failure may lose it; does nothing if there is a record already (it has exited meanwhile). 0 or -errno with err_text(). */
int record_add(const char *uuid, json_t *view);
/* An exited guest with its console log (not NULL): durable, replaces what is there, the log first. */
int record_finish(const char *uuid, json_t *view, const void *log, size_t len);
/* NULL if there is none or it cannot be read. New reference. */
json_t *record_load(const char *uuid);
/* All of them, in no order; an array, never NULL. New reference. */
json_t *record_list(void);
char *record_log_path(const char *uuid);	/* malloc()ed; may not exist */
int record_remove(const char *uuid);
/*
 * What an exited guest leaves goes from the kernel to its record and from there to nowhere: who keeps it holds this lock shared,
 * who forgets it alone, from asking the kernel on, so that none brings back what the other has removed. A descriptor to close,
 * or -errno with err_text().
 */
int record_lock(bool alone);
/* An exited guest goes from the kernel (@id; 0: it is not there) and its record with it, under the lock alone. 0 or -errno with err_text(). */
int record_forget(int dev, uint32_t id, const char *uuid);

#endif
