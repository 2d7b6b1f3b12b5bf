/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal: raw mode, always restored, and the keys that detach. */
#ifndef HYPHACTL_TERMINAL_H
#define HYPHACTL_TERMINAL_H

#include "util/buf.h"

#include <stdbool.h>

/* Raw until terminal_restore(), which also runs at exit. Does nothing unless @fd is a terminal. */
void terminal_raw(int fd);
void terminal_restore(void);

#define KEYS_MAX 8

struct keys {
	char seq[KEYS_MAX];
	size_t len, matched;	/* len 0: none */
};

/* "ctrl-]", "^]", "ctrl-p,ctrl-q", "x", "none". 0 or -EINVAL with err_text(). */
int keys_parse(const char *text, struct keys *keys);
/* How keys_parse() takes it, for people: "Ctrl-P Ctrl-Q". */
void keys_describe(const struct keys *keys, struct buf *out);
/* Append to @out what is input; true when the sequence is complete (the rest is dropped). A begun one is held back. */
bool keys_filter(struct keys *keys, const char *data, size_t len, struct buf *out);

#endif
