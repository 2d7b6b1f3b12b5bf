// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl set: a living guest's memory and vCPUs. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/quantity.h"
#include "hyphactl/view.h"
#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>

#define MEMORY_MIN (4ull << 20)

static struct {
	const char *memory, *vcpus;
} o;

static const struct option_def options[] = {
	{ 'm', "memory", OPT_TEXT, &o.memory, "SIZE", "what its balloon aims at; at most its --max-memory", NULL },
	{ 'c', "cpus", OPT_TEXT, &o.vcpus, "N", "how many it keeps online; at most its --cpus", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static int set_memory(int dev, const struct known *k)
{
	uint64_t bytes, max = view_number(k->view, "memoryMax");
	char most[QUANTITY_TEXT];
	int err = quantity_size("--memory", o.memory, &bytes);

	if (err)
		return err;
	if (bytes < MEMORY_MIN || bytes > max)
		return err_set(-ERANGE, "--memory: %s is out of range for %s; 4 MiB to %s are possible (see launch --max-memory)",
			       o.memory, known_name(k), quantity_format_size(max, most));
	return device_set_memory(dev, k->id, bytes / 4096 * 4096);
}

static int set_vcpus(int dev, const struct known *k)
{
	uint64_t nr;
	int err = quantity_count("--cpus", o.vcpus, 1, view_number(k->view, "vcpus"), &nr);

	return err ? err : device_set_vcpus(dev, k->id, nr);
}

static int run(int argc, char **argv)
{
	auto_close int dev = device_open();
	auto_known k = { 0 };
	int err = dev < 0 ? dev : 0;

	(void)argc;
	if (!err && !o.memory && !o.vcpus)
		err = err_set(-EINVAL, "nothing to set; use --memory or --cpus");
	if (!err)
		err = known_find_living(argv[0], &k);
	if (!err && o.memory)
		err = set_memory(dev, &k);
	if (!err && o.vcpus)
		err = set_vcpus(dev, &k);
	return err;
}

const struct command cmd_set = {
	.name = "set", .args = "[OPTIONS] GUEST", .summary = "Change the memory or the number of vCPUs of a living guest.",
	.options = options, .min_args = 1, .max_args = 1, .run = run,
};
