// SPDX-License-Identifier: GPL-2.0-or-later
/* How long each step of a launch took. */
#include "hyphactl/timings.h"

#include <time.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void timings_start(struct timings *t)
{
	t->nr = 0;
	t->last = now();
}

static void add(struct timings *t, const char *name, uint64_t ns, int depth)
{
	if (t->nr == TIMINGS_MAX)
		return;
	t->rows[t->nr].name = name;
	t->rows[t->nr].ns = ns;
	t->rows[t->nr++].depth = depth;
}

void timings_mark(struct timings *t, const char *name)
{
	uint64_t time = now();

	add(t, name, time - t->last, 0);
	t->last = time;
}

void timings_part(struct timings *t, const char *name, uint64_t ns)
{
	add(t, name, ns, 1);
}

static void print_row(FILE *out, const char *name, uint64_t ns, int depth)
{
	fprintf(out, "%*s%-*s %12.3f ms\n", 2 * depth, "", 20 - 2 * depth, name, ns / 1e6);
}

void timings_print(const struct timings *t, FILE *out)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->nr; i++) {
		print_row(out, t->rows[i].name, t->rows[i].ns, t->rows[i].depth);
		sum += t->rows[i].depth ? 0 : t->rows[i].ns;
	}
	print_row(out, "total", sum, 0);
}
