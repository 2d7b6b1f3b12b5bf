/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress on stderr: plain lines, and on a terminal one status line that is redrawn in place. */
#ifndef HYPHA_UTIL_PROGRESS_H
#define HYPHA_UTIL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool quiet, tty, drawn;
	int64_t last_ms;	/* of the last redraw */
};

void progress_init(struct progress *p, bool quiet);
/* A line that stays. */
void progress_line(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The status line; on a terminal only, at most ten times a second. */
void progress_status(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void progress_end(struct progress *p);	/* wipes the status line */

#define SIZE_TEXT 16
/* "12.3 MiB" */
const char *progress_size(uint64_t bytes, char out[SIZE_TEXT]);

#endif
