// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl stop: ask guests to end, and end those that do not. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/quantity.h"
#include "hyphactl/view.h"
#include "hyphactl/watch.h"
#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/hex.h"

#include <errno.h>
#include <stdlib.h>

#define POWEROFF_MARGIN 10	/* seconds a guest gets to power off after its own grace time */
#define KILL_WAIT 10000		/* ms */

static struct {
	const char *time;
} o;

static const struct option_def options[] = {
	{ 't', "time", OPT_TEXT, &o.time, "SECONDS", "then destroy it (default: its stop timeout and 10 s)", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static uint64_t patience_of(const struct known *k)
{
	json_int_t grace = view_number(k->view, "stop.grace");

	return (grace < 0 ? 10 : grace) + POWEROFF_MARGIN;
}

static int end(int dev, struct watch *w, const struct known *k, uint64_t seconds)
{
	int n;

	if (k->state == GUEST_PAUSED)
		device_unpause(dev, k->id);	/* or it could not hear us */
	n = device_shutdown(dev, k->id, SHUTDOWN_POWEROFF, 0);
	if (n == -ESHUTDOWN || n == -ENOENT)	/* it has exited just now */
		return 0;
	if (!n)
		n = watch_wait(w, (int)(seconds * 1000));
	if (n)
		return n < 0 ? n : 0;
	fprintf(stderr, "hyphactl: %s did not stop in %llu s, destroying it\n", known_name(k), (unsigned long long)seconds);
	n = device_destroy(dev, k->id);
	if (!n)
		n = watch_wait(w, KILL_WAIT);
	return n < 0 ? n : 0;
}

static int stop(int dev, const char *ref, bool given, uint64_t seconds)
{
	auto_watch w = { .src = NULL };
	auto_known k = { 0 };
	uint8_t uuid[16];
	int err = watch_open(&w);

	if (!err)
		err = known_find(ref, &k);
	if (err)
		return err;
	if (!k.living)
		return 0;	/* it is stopped, as wished */
	uuid_parse(known_uuid(&k), uuid);
	err = watch_set(&w, k.id, uuid);
	return err ? err : end(dev, &w, &k, given ? seconds : patience_of(&k));
}

static int run(int argc, char **argv)
{
	auto_close int dev = device_open();
	uint64_t seconds = 0;
	int status = EXIT_SUCCESS, err = dev < 0 ? dev : 0;

	if (!err && o.time)
		err = quantity_count("--time", o.time, 0, 86400, &seconds);
	if (err)
		return err;
	for (int i = 0; i < argc; i++) {
		if (stop(dev, argv[i], o.time, seconds))
			status = command_failed();
		else
			printf("%s\n", argv[i]);
	}
	return status;
}

const struct command cmd_stop = {
	.name = "stop", .args = "[OPTIONS] GUEST…",
	.summary = "Send the command its stop signal; in the end destroy a guest that does not power off.",
	.options = options, .min_args = 1, .max_args = -1, .run = run,
};
