/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our standard input and output become a guest's console, until it exits or the user detaches. */
#ifndef HYPHACTL_ATTACH_H
#define HYPHACTL_ATTACH_H

#include "hyphactl/terminal.h"
#include "hyphactl/watch.h"

#include <stdbool.h>

struct attach {
	int dev;
	const char *name;
	struct watch *watch;		/* set on the guest */
	bool replay;			/* begin with the log */
	bool terminal;			/* the guest's command has a terminal */
	bool input;			/* send standard input */
	bool eager;			/* send it before the guest is ready: not our init */
	struct keys keys;
	unsigned int grace;		/* seconds a guest that was asked to stop may take */
	uint64_t output;		/* out: bytes of the console that came here */
	uint64_t first_output, ready;	/* out: when they came, ns since the epoch; 0 never */
};

/* Return: 1 the guest has exited, see the watch; 0 detached; -errno with err_text(). */
int attach_run(struct attach *a);
/* The exit status for what the watch saw; says on stderr what was wrong if it was not a plain end. */
int attach_status(const struct watch *w, const char *name);

#endif
