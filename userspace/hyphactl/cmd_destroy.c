// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl destroy and rm: end guests at once and forget them. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/record.h"
#include "libhypha/device.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
	bool force, all;
} o;

static const struct option_def options[] = {
	{ 'f', "force", OPT_FLAG, &o.force, NULL, "as rm: also living ones; an unknown guest is no error", NULL },
	{ 0, "all", OPT_FLAG, &o.all, NULL, "all guests (rm without -f: all that do not live)", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

/* Who types rm means what is over; who types destroy means it. */
static bool may_kill(void)
{
	return o.force || strcmp(command_typed, "rm");
}

/* The exit helper may come first with forgetting it. */
static int forget(int dev, const struct known *k)
{
	int err = 0;

	if (k->living)
		err = device_destroy(dev, k->id);
	if (err && err != -ENOENT)
		return err;
	return record_forget(dev, k->id, known_uuid(k));
}

static int destroy(int dev, const char *ref)
{
	auto_known k = { 0 };
	int err = known_find(ref, &k);

	if (err == -ENOENT && o.force)
		return 0;
	if (err)
		return err;
	if (k.living && !may_kill())
		return err_set(-EBUSY, "guest %s is %s; stop it first, or: hyphactl rm -f %s", known_name(&k),
			       guest_state_name(k.state), ref);
	err = forget(dev, &k);
	if (!err)
		printf("%s\n", ref);
	return err;
}

static int destroy_all(int dev)
{
	int status = EXIT_SUCCESS;
	struct known *all;
	size_t nr;
	int err = known_all(&all, &nr);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++) {
		if (all[i].living && !may_kill())
			continue;
		if (forget(dev, &all[i]))
			status = command_failed();
		else
			printf("%s\n", known_uuid(&all[i]));
	}
	known_free(all, nr);
	return status;
}

static int run(int argc, char **argv)
{
	auto_close int dev = device_open();
	int status = EXIT_SUCCESS;

	if (dev < 0)
		return dev;
	if (o.all && argc)
		return err_set(-EINVAL, "--all and names of guests exclude each other");
	if (o.all)
		return destroy_all(dev);
	if (!argc)
		return err_set(-EINVAL, "which guest? Name it, or use --all");
	for (int i = 0; i < argc; i++)
		if (destroy(dev, argv[i]))
			status = command_failed();
	return status;
}

const struct command cmd_destroy = {
	.name = "destroy", .alias = "rm", .args = "[OPTIONS] GUEST… | --all",
	.summary = "End guests at once and forget them, with their logs. As rm, only guests that have exited, unless -f.",
	.options = options, .max_args = -1, .run = run,
};
