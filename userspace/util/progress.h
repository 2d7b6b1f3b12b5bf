/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress on stderr: lines that stay; on a terminal also a status line, or one line per item, redrawn in place; or all of
 * it as JSON, one object per line, for programs.
 */
#ifndef HYPHA_UTIL_PROGRESS_H
#define HYPHA_UTIL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_format { PROGRESS_AUTO, PROGRESS_NONE, PROGRESS_PLAIN, PROGRESS_JSON };
#define PROGRESS_WORDS "auto plain json none"

/* Return: 0, or -EINVAL with err_text(). */
int progress_parse(const char *word, enum progress_format *format);
const char *progress_word(enum progress_format format);

struct progress {
	enum progress_format format;
	bool tty, drawn;		/* drawn: a status line, or */
	size_t rows;			/* so many lines of items */
	int64_t last_ms;		/* of the last redraw */
};

void progress_init(struct progress *p, enum progress_format format);
/* A line that stays. */
void progress_line(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The status line; at most ten times a second on a terminal, twice as JSON, else not at all. */
void progress_status(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void progress_end(struct progress *p);	/* wipes what is redrawn in place */

enum progress_state {
	PROGRESS_WAITING, PROGRESS_ELSEWHERE, PROGRESS_DOWNLOADING, PROGRESS_VERIFYING, PROGRESS_DONE, PROGRESS_HERE,
};

struct progress_item {
	const char *kind, *digest;	/* "layer", "sha256:…" */
	enum progress_state state;
	uint64_t done, size;		/* bytes */
	bool told;			/* there was a line about it, which said: */
	enum progress_state told_state;
	uint64_t told_done;
};

/*
 * How they are: call it often. Lines for what has changed since the last call, or the terminal's lines anew, which stay if it
 * is the @last call.
 */
void progress_items(struct progress *p, struct progress_item *items, size_t nr, bool last);

#define SIZE_TEXT 16
/* "12.3 MiB" */
const char *progress_size(uint64_t bytes, char out[SIZE_TEXT]);

#endif
