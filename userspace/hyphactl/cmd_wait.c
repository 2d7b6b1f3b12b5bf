// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl wait: until guests have exited; prints their exit status. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/view.h"
#include "hyphactl/watch.h"
#include "util/hex.h"

#include <stdlib.h>

static int wait_for(struct watch *w, const char *ref)
{
	auto_known k = { 0 };
	uint8_t uuid[16];
	int n = known_find(ref, &k);

	if (n)
		return n;
	if (!k.living) {
		printf("%d\n", view_exit_status(k.view));
		return 0;
	}
	uuid_parse(known_uuid(&k), uuid);
	n = watch_set(w, k.id, uuid);
	if (!n)
		n = watch_wait(w, -1);
	if (n < 0)
		return n;
	printf("%d\n", exit_status(w->reason, w->code));
	return 0;
}

static int run(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	for (int i = 0; i < argc; i++) {
		auto_watch w = { .src = NULL };
		int err = watch_open(&w);

		if (!err)
			err = wait_for(&w, argv[i]);
		if (err)
			status = command_failed();
		fflush(stdout);
	}
	return status;
}

const struct command cmd_wait = {
	.name = "wait", .args = "GUEST…", .summary = "Wait until guests have exited, then print the exit status of each.",
	.min_args = 1, .max_args = -1, .run = run,
};
