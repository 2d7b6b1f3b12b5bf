// SPDX-License-Identifier: GPL-2.0-or-later
/* Progress on stderr. */
#include "util/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_MS 100

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static unsigned int terminal_width(void)
{
	struct winsize ws;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && ws.ws_col > 8 ? ws.ws_col : 80;
}

void progress_init(struct progress *p, bool quiet)
{
	const char *term = getenv("TERM");

	*p = (struct progress){
		.quiet = quiet,
		.tty = isatty(STDERR_FILENO) && term && strcmp(term, "dumb"),
		.last_ms = -REDRAW_MS,
	};
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
	p->last_ms = -REDRAW_MS;
}

void progress_line(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	progress_end(p);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void progress_status(struct progress *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (p->quiet || !p->tty || now_ms() - p->last_ms < REDRAW_MS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "\r%.*s\033[K", (int)terminal_width() - 1, text);
	p->drawn = true;
	p->last_ms = now_ms();
}

const char *progress_size(uint64_t bytes, char out[SIZE_TEXT])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = bytes / 1024.0;
	unsigned int unit = 0;

	if (bytes < 1024) {
		snprintf(out, SIZE_TEXT, "%u B", (unsigned int)bytes);
		return out;
	}
	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	snprintf(out, SIZE_TEXT, "%.1f %s", value, units[unit]);
	return out;
}
