/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How patient a pull is: all in one place, to be set before the first use. What it takes at most: util/limits.h. */
#ifndef HYPHA_OCI_POLICY_H
#define HYPHA_OCI_POLICY_H

#include <stdint.h>

struct policy {
	unsigned int parallel;		/* blobs under way at once */
	long connect_s;			/* until a connection stands */
	long stall_s, stall_rate;	/* so many seconds at less than so many bytes a second end a connection */
	long document_s;		/* for a whole manifest or token */
	/* when transfers fail */
	unsigned int tries;		/* of one request, without progress in between */
	unsigned int tries_unheard;	/* the same of a host that has never answered: it may not exist */
	uint64_t progress;		/* so many new bytes are progress */
	long backoff_ms, backoff_max_ms; /* before the second try, doubled before each further one up to the maximum */
	long retry_after_max_s;		/* a server that wants us to wait longer is told to the user instead */
	unsigned int partials_days;	/* what ended early and was not touched for so long is removed */
};

extern struct policy policy;

#endif
