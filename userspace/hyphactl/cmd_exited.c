// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hyphactl exited UUID: started by the module when a guest has exited. Saves record and log, then lets the module forget
 * them. It has no terminal and hardly an environment; what goes wrong it tells the kernel log, the guest stays in the module.
 */
#include "hyphactl/command.h"
#include "hyphactl/record.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "libhypha/device.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int read_log(int dev, uint32_t id, struct buf *log)
{
	auto_close int fd = device_console(dev, id, (struct console_mode) { .read = true, .nonblock = true });

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t n = read(fd, buf_reserve(log, 65536), 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(-errno, "console of guest %u", id);
		log->len += n;
		if (!n)
			return 0;
	}
}

static int save(int dev, const struct guest *g, json_t *view)
{
	auto_buf log = BUF_INIT;
	int err = read_log(dev, g->id, &log);

	return err ? err : record_finish(view_text(view, "uuid"), view, buf_str(&log), log.len);
}

/* Under the lock, the kernel is asked whether it still has the guest: `rm` and `destroy` may have been faster. */
static int keep(int dev, const struct guest *g, json_t *view)
{
	auto_close int lock = record_lock(false);
	struct guest now;
	int err = lock < 0 ? lock : guest_get_uuid(g->uuid, &now);

	if (err)
		return err;
	guest_clean(&now);
	err = g->autoremove ? record_remove(view_text(view, "uuid")) : save(dev, g, view);
	return err ? err : device_remove(dev, g->id);
}

static int settle(const char *uuid)
{
	auto_close int dev = device_open();
	uint8_t raw[16];
	struct guest g;
	json_t *view;
	int err = uuid_parse(uuid, raw);

	if (err)
		return err_set(err, "\"%s\" is not a uuid", uuid);
	err = dev < 0 ? dev : guest_get_uuid(raw, &g);
	if (err)
		return err;
	view = view_from_guest(&g);
	if (*view_text(view, "root"))	/* HYPHA_ROOT of its launch: ours is the kernel's environment */
		settings.root = view_text(view, "root");
	err = g.state == GUEST_EXITED ? keep(dev, &g, view) : err_set(-EBUSY, "guest %s has not exited", g.name);
	guest_clean(&g);
	return err;	/* the view stays: the root may be in it */
}

static int run(int argc, char **argv)
{
	int err = settle(argv[0]);
	auto_close int kmsg = -1;
	auto_free char *line = NULL;

	(void)argc;
	if (!err || err == -ENOENT)	/* unknown: somebody has removed it already */
		return EXIT_SUCCESS;
	line = mem_printf("<4>hypha: exit record of %s not saved: %s\n", argv[0], err_text());
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (kmsg >= 0 && write(kmsg, line, strlen(line)) < 0)
		return err;
	return err;
}

const struct command cmd_exited = {
	.name = "exited", .args = "UUID", .summary = "Save what is left of an exited guest. Started by the module.",
	.min_args = 1, .max_args = 1, .hidden = true, .run = run,
};
