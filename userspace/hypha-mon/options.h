/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hypha-mon is asked for: options, objects, filters. */
#ifndef HYPHA_MON_OPTIONS_H
#define HYPHA_MON_OPTIONS_H

#include "hypha-mon/monitor.h"
#include "present/filter.h"
#include "present/style.h"

struct mon_options {
	struct style style;
	unsigned int objects;		/* 1 << enum object */
	bool label;			/* "[FLOW]" before each */
	bool events_only;		/* not what was there at the beginning */
	bool help, version;
	uint64_t count;			/* events, 0 no limit */
	uint64_t timeout_ns;		/* 0 none */
	uint32_t queue;			/* bytes of events that may wait, 0 as it is */
	const char *record, *replay;
	struct flow_filter filter;
};

/* @argv: after the program's name, ends with NULL. 0 or -EINVAL with err_text(). */
int mon_options_parse(struct mon_options *o, char **argv);
void mon_options_help(void);

#endif
