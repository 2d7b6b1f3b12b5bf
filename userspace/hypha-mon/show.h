/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told, as lines of text or JSON, as far as it was asked for. */
#ifndef HYPHA_MON_SHOW_H
#define HYPHA_MON_SHOW_H

#include "hypha-mon/options.h"

#include <stdio.h>

struct show {
	const struct mon_options *options;
	FILE *out;
	uint64_t nr;	/* events shown */
};

/* A tell_fn; @arg: struct show. Returns 1 once as many events were shown as were asked for. */
int show_told(const struct told *told, void *arg);

#endif
