// SPDX-License-Identifier: GPL-2.0-or-later
/* Progress on stderr. */
#include "util/progress.h"

#include "util/buf.h"
#include "util/clock.h"
#include "util/error.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS 100
#define JSON_MS 500
#define TEXT_MAX 512

static const char *const words[] = {
	[PROGRESS_AUTO] = "auto", [PROGRESS_NONE] = "none", [PROGRESS_PLAIN] = "plain", [PROGRESS_JSON] = "json",
};

static const struct {
	const char *json, *text;
} states[] = {
	[PROGRESS_WAITING] = { "waiting", "waiting" },
	[PROGRESS_ELSEWHERE] = { "elsewhere", "waiting for another pull of it" },
	[PROGRESS_DOWNLOADING] = { "downloading", "downloading" },
	[PROGRESS_VERIFYING] = { "verifying", "verifying" },
	[PROGRESS_DONE] = { "done", "done" },
	[PROGRESS_HERE] = { "here", "already here" },
};

int progress_parse(const char *word, enum progress_format *format)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word)) {
			*format = i;
			return 0;
		}
	return err_set(-EINVAL, "progress is one of " PROGRESS_WORDS ", not \"%.40s\"", word);
}

const char *progress_word(enum progress_format format)
{
	return words[format];
}

static struct winsize terminal(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) || ws.ws_col <= 8 || ws.ws_row <= 4)
		ws = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	return ws;
}

void progress_init(struct progress *p, enum progress_format format)
{
	const char *term = getenv("TERM");

	*p = (struct progress){
		.format = format,
		.tty = format == PROGRESS_AUTO && isatty(STDERR_FILENO) && term && strcmp(term, "dumb"),
		.last_ms = -JSON_MS,
	};
}

static void wipe(struct progress *p)
{
	if (p->rows)
		fprintf(stderr, "\033[%zuA\033[J", p->rows);
	else if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
	p->rows = 0;
}

void progress_end(struct progress *p)
{
	wipe(p);
	p->last_ms = -JSON_MS;
}

static void put_json(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text)
		fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(object);
}

static void put_event(const char *event, const char *text)
{
	put_json(json_pack("{s:i, s:s, s:s}", "schema", 1, "event", event, "text", text));
}

void progress_line(struct progress *p, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	if (p->format == PROGRESS_NONE)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_harmless(text);
	progress_end(p);
	if (p->format == PROGRESS_JSON)
		put_event("message", text);
	else
		fprintf(stderr, "%s\n", text);
}

/* Is it time again? */
static bool is_due(struct progress *p, int64_t interval_ms)
{
	int64_t now = clock_ms();

	if (now - p->last_ms < interval_ms)
		return false;
	p->last_ms = now;
	return true;
}

void progress_status(struct progress *p, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	if (!p->tty && p->format != PROGRESS_JSON)
		return;
	if (!is_due(p, p->tty ? REDRAW_MS : JSON_MS))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_harmless(text);
	if (!p->tty) {
		put_event("status", text);
		return;
	}
	wipe(p);
	fprintf(stderr, "\r%.*s\033[K", terminal().ws_col - 1, text);
	p->drawn = true;
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

static void put_item_json(const struct progress_item *i)
{
	put_json(json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:I}", "schema", 1, "event", "blob", "kind", i->kind,
			   "digest", i->digest, "state", states[i->state].json, "current", (json_int_t)i->done,
			   "total", (json_int_t)i->size));
}

static void put_item_plain(struct progress *p, const struct progress_item *i)
{
	char size[SIZE_TEXT];

	if (i->state == PROGRESS_DONE)
		progress_line(p, "%s %.19s: %s", i->kind, i->digest, progress_size(i->size, size));
	else if (i->state == PROGRESS_ELSEWHERE)
		progress_line(p, "%s %.19s: %s", i->kind, i->digest, states[i->state].text);
}

/* Each change is a line; as JSON also bytes, once in a while. */
static void tell_changes(struct progress *p, struct progress_item *items, size_t nr)
{
	bool json = p->format == PROGRESS_JSON, due = json && is_due(p, JSON_MS);

	for (struct progress_item *i = items; i < items + nr; i++) {
		if (i->told && i->state == i->told_state && (!due || i->done == i->told_done))
			continue;
		if (json)
			put_item_json(i);
		else
			put_item_plain(p, i);
		i->told = true;
		i->told_state = i->state;
		i->told_done = i->done;
	}
}

static void draw_item(const struct progress_item *i, int width, struct buf *out)
{
	char done[SIZE_TEXT], size[SIZE_TEXT], text[TEXT_MAX];

	progress_size(i->size, size);
	if (i->state == PROGRESS_DOWNLOADING)
		snprintf(text, sizeof(text), "%-6s %.19s  %s %s/%s", i->kind, i->digest, states[i->state].text,
			 progress_size(i->done, done), size);
	else
		snprintf(text, sizeof(text), "%-6s %.19s  %s %s", i->kind, i->digest, states[i->state].text, size);
	buf_addf(out, "%.*s\033[K\n", width - 1, text);
}

/* Over the old ones, at once. Those that are over are left out first if the terminal is too low for all. */
static void draw_items(struct progress *p, const struct progress_item *items, size_t nr, bool all)
{
	struct winsize ws = terminal();
	size_t left_out = all || nr < ws.ws_row ? 0 : nr - ws.ws_row + 1, rows = 0;
	auto_buf out = BUF_INIT;

	if (p->rows)
		buf_addf(&out, "\033[%zuA", p->rows);
	else
		wipe(p);
	for (const struct progress_item *i = items; i < items + nr; i++) {
		if (left_out && (i->state >= PROGRESS_DONE || items + nr - i <= (ptrdiff_t)left_out)) {
			left_out--;
			continue;
		}
		draw_item(i, ws.ws_col, &out);
		rows++;
	}
	buf_adds(&out, "\033[J");
	fputs(buf_str(&out), stderr);
	p->rows = rows;
}

void progress_items(struct progress *p, struct progress_item *items, size_t nr, bool last)
{
	if (p->format == PROGRESS_NONE)
		return;
	if (!p->tty) {
		tell_changes(p, items, nr);
	} else if (last || is_due(p, REDRAW_MS)) {
		draw_items(p, items, nr, last);
		p->rows = last ? 0 : p->rows;
	}
}
