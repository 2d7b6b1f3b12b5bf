/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte string, always NUL-terminated. Running out of memory ends the program: see mem.h. */
#ifndef HYPHA_UTIL_BUF_H
#define HYPHA_UTIL_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;	/* NULL while empty and never written */
	size_t len, cap;
};

#define BUF_INIT { NULL, 0, 0 }
#define auto_buf __attribute__((cleanup(buf_clean))) struct buf
#define auto_secret_buf __attribute__((cleanup(buf_wipe))) struct buf

void buf_clean(struct buf *b);
void buf_wipe(struct buf *b);		/* as buf_clean(), of secrets: zeroed before */
/* Room for @more bytes after the end. Return: where they start. */
char *buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_reset(struct buf *b);
/* Forget the first @len bytes. */
void buf_drop(struct buf *b, size_t len);
/* The text ("" if empty); valid until the next change. */
const char *buf_str(const struct buf *b);
/* Hand the text over; the buffer is empty afterwards. Never NULL. */
char *buf_take(struct buf *b);

#endif
