// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl pause and unpause: a guest's vCPUs stand still, and go on. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>

static int one(int dev, const char *ref, int (*act)(int dev, uint32_t id))
{
	auto_known k = { 0 };
	int err = known_find_living(ref, &k);

	if (err)
		return err;
	err = act(dev, k.id);
	return err ? err_in(err, "%s", known_name(&k)) : 0;
}

static int each(int argc, char **argv, int (*act)(int dev, uint32_t id))
{
	auto_close int dev = device_open();
	int status = EXIT_SUCCESS;

	if (dev < 0)
		return dev;
	for (int i = 0; i < argc; i++) {
		if (one(dev, argv[i], act))
			status = command_failed();
		else
			printf("%s\n", argv[i]);
	}
	return status;
}

static int run_pause(int argc, char **argv)
{
	return each(argc, argv, device_pause);
}

static int run_unpause(int argc, char **argv)
{
	return each(argc, argv, device_unpause);
}

const struct command cmd_pause = {
	.name = "pause", .args = "GUEST…", .summary = "Stop the vCPUs of guests.", .min_args = 1, .max_args = -1,
	.run = run_pause,
};

const struct command cmd_unpause = {
	.name = "unpause", .args = "GUEST…", .summary = "Let paused guests go on.", .min_args = 1, .max_args = -1,
	.run = run_unpause,
};
