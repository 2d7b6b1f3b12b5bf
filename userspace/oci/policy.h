/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pull may take from strangers and how patient it is: all in one place, to be set before the first use. */
#ifndef HYPHA_OCI_POLICY_H
#define HYPHA_OCI_POLICY_H

#include <stddef.h>
#include <stdint.h>

struct policy {
	/* the most that is taken */
	size_t manifest_max;		/* bytes of a manifest or an index */
	size_t config_max;		/* bytes of a configuration */
	size_t layers_max;		/* layers of an image */
	uint64_t image_max;		/* bytes of configuration and layers, as transferred */
	/* what ended early is kept for the next pull, the oldest goes first */
	uint64_t partials_max;		/* bytes of all of them */
	unsigned int partials_days;	/* not touched for so long: removed */
	/* transfers */
	unsigned int parallel;		/* blobs under way at once */
	long connect_s;			/* until a connection stands */
	long stall_s, stall_rate;	/* so many seconds at less than so many bytes a second end a connection */
	long document_s;		/* for a whole manifest or token */
	/* and when they fail */
	unsigned int tries;		/* of one request, without progress in between */
	unsigned int tries_unheard;	/* the same of a host that has never answered: it may not exist */
	uint64_t progress;		/* so many new bytes are progress */
	long backoff_ms, backoff_max_ms; /* before the second try, doubled before each further one up to the maximum */
	long retry_after_max_s;		/* a server that wants us to wait longer is told to the user instead */
};

extern struct policy policy;

#endif
