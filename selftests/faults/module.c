// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading and unloading the module, made to fail. */
#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int do_load(struct world *w)
{
	return syscall(SYS_finit_module, w->module, "exit_helper=", 0) ? -errno : 0;
}

static int do_unload(struct world *w)
{
	(void)w;
	return syscall(SYS_delete_module, "hypha", O_NONBLOCK) ? -errno : 0;
}

/* Nobody of ours may hold it. */
static int unloaded(struct world *w)
{
	int err;

	if (w->dev >= 0)
		close(w->dev);
	w->dev = -1;
	netlink_close(w);
	err = do_unload(w);
	return err && err != -ENOENT ? complain("delete_module", err) : 0;
}

static int loaded(struct world *w)
{
	int err = unloaded(w) ?: do_load(w);

	return err && err != -EEXIST ? complain("finit_module", err) : 0;
}

/* Whatever happened, it loads and works now. */
static int works(struct world *w)
{
	int err = do_load(w);

	if (err && err != -EEXIST)
		return complain("finit_module afterwards", err);
	w->dev = open("/dev/hypha", O_RDWR | O_CLOEXEC);
	if (w->dev < 0)
		return complain("/dev/hypha", -errno);
	return netlink_open(w) ?: guest_create(w, 0) ?: guest_forget(w);
}

const struct verb module_verbs[] = {
	{ "load", unloaded, do_load, works },
	{ "unload", loaded, do_unload, works },
	{ 0 },
};
