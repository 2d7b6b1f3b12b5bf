/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input for a guest, above all one without terminal: bytes in, what its canonical tty must be sent out (docs/architecture.md §6). */
#ifndef HYPHACTL_FEED_H
#define HYPHACTL_FEED_H

#include "util/buf.h"

#define FEED_CHUNK 1024		/* bytes between two flushes, the flushing one included */

struct feed {
	size_t pending;		/* bytes sent since the last flush */
};

/* Append the encoding of @data to @out and flush: the reader gets all of it now. */
void feed_data(struct feed *f, const void *data, size_t len, struct buf *out);
/* The same for a guest with a terminal: it gets the bytes as they are typed. */
void feed_typed(const void *data, size_t len, struct buf *out);
/* The end of input. */
void feed_end(struct feed *f, struct buf *out);

#endif
