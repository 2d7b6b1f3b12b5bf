/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest as JSON, schema 1: what inspect prints, list formats and guest.json keeps; and the labels that carry half of it. */
#ifndef HYPHACTL_VIEW_H
#define HYPHACTL_VIEW_H

#include "libhypha/guest.h"

#include <jansson.h>

#define VIEW_SCHEMA 1

/* New reference. What the kernel does not know about itself comes from the labels hyphactl gave it. */
json_t *view_from_guest(const struct guest *g);
/* A record of a guest the kernel does not know: make it say so. */
void view_set_vanished(json_t *view);

/* By path, e.g. "image.reference"; "" or -1 or NULL if missing. Borrowed. */
const json_t *view_at(const json_t *view, const char *path);
const char *view_text(const json_t *view, const char *path);
json_int_t view_number(const json_t *view, const char *path);
/* The exit status hyphactl gives for it: the reported one, 137 if killed, else 125. */
int view_exit_status(const json_t *view);
int exit_status(enum guest_exit reason, int code);

#endif
