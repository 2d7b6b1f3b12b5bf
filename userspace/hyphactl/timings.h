/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long each step of a launch took, for --timings. */
#ifndef HYPHACTL_TIMINGS_H
#define HYPHACTL_TIMINGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TIMINGS_MAX 24

struct timings {
	uint64_t last;		/* monotonic ns */
	struct { const char *name; uint64_t ns; int depth; } rows[TIMINGS_MAX];
	size_t nr;
};

void timings_start(struct timings *t);
/* The step that ends now. @name must outlive @t. */
void timings_mark(struct timings *t, const char *name);
/* A part of the last step, or something measured elsewhere. */
void timings_part(struct timings *t, const char *name, uint64_t ns);
void timings_print(const struct timings *t, FILE *out);

#endif
