// SPDX-License-Identifier: GPL-2.0-or-later
/* Input for a guest without terminal. */
#include "hyphactl/feed.h"

#define VEOF_BYTE 0x04
#define VLNEXT_BYTE 0x16

/* The guest kernel's hvc driver takes ^O and the byte after it as a SysRq key, unless that is ^O again: then it is one. */
#define SYSRQ_BYTE 0x0f

/* VEOF with nothing before it would be the end of input; a newline flushes by itself. */
static void flush(struct feed *f, struct buf *out)
{
	if (f->pending)
		buf_addc(out, VEOF_BYTE);
	f->pending = 0;
}

static void add_byte(struct feed *f, char c, struct buf *out)
{
	size_t need = c == VEOF_BYTE || c == VLNEXT_BYTE || c == SYSRQ_BYTE ? 2 : 1;

	if (f->pending + need > FEED_CHUNK - 1)
		flush(f, out);
	if (need == 2)
		buf_addc(out, c == SYSRQ_BYTE ? SYSRQ_BYTE : VLNEXT_BYTE);
	buf_addc(out, c);
	f->pending = c == '\n' ? 0 : f->pending + need;
}

void feed_data(struct feed *f, const void *data, size_t len, struct buf *out)
{
	const char *p = data;

	while (len--)
		add_byte(f, *p++, out);
	flush(f, out);
}

void feed_typed(const void *data, size_t len, struct buf *out)
{
	const char *p = data;

	while (len--) {
		if (*p == SYSRQ_BYTE)
			buf_addc(out, SYSRQ_BYTE);
		buf_addc(out, *p++);
	}
}

void feed_end(struct feed *f, struct buf *out)
{
	flush(f, out);
	buf_addc(out, VEOF_BYTE);
}
