// SPDX-License-Identifier: GPL-2.0-or-later
/* The ioctls of /dev/hypha and the console's file, made to fail. */
#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB	(1ULL << 20)

static int call(struct world *w, unsigned long request, void *arg)
{
	return ioctl(w->dev, request, arg) ? -errno : 0;
}

int world_open(struct world *w, const char *kernel, const char *module)
{
	*w = (struct world){ .dev = -1, .console = -1 };
	w->kernel = open(kernel, O_RDONLY | O_CLOEXEC);
	if (w->kernel < 0)
		return complain(kernel, -errno);
	w->module = open(module, O_RDONLY | O_CLOEXEC);
	if (w->module < 0)
		return complain(module, -errno);
	w->disk = memfd_create("disk", MFD_CLOEXEC);
	if (w->disk < 0 || ftruncate(w->disk, MIB))
		return complain("a disk", -errno);
	w->dev = open("/dev/hypha", O_RDWR | O_CLOEXEC);
	if (w->dev < 0)
		return complain("/dev/hypha", -errno);
	return netlink_open(w);
}

/* With all there is: an initrd, two disks, labels, an interface with a forward. */
static int create(struct world *w, __u32 flags)
{
	static const char labels[] = "{}", cmdline[] = "mode=stay";
	static char reason[HYPHA_REASON_MAX];
	__s32 initrds[] = { w->disk };
	struct hypha_disk disks[] = { { .fd = w->disk }, { .fd = w->disk, .flags = HYPHA_DISK_RO } };
	struct hypha_forward_spec forward = { .proto = IPPROTO_TCP, .nr_ports = 2, .host_port = 4000, .guest_port = 80 };
	struct hypha_nic nic = { .nr_forwards = 1, .forwards = (uintptr_t)&forward };
	struct hypha_create c = {
		.size = sizeof(c), .flags = flags, .kernel_fd = w->kernel, .nr_vcpus = 2, .memory = 16 * MIB,
		.initrds = (uintptr_t)initrds, .nr_initrds = 1, .disks = (uintptr_t)disks, .nr_disks = 2,
		.cmdline = (uintptr_t)cmdline, .cmdline_len = sizeof(cmdline) - 1,
		.labels = (uintptr_t)labels, .labels_len = sizeof(labels) - 1,
		.reason = (uintptr_t)reason, .reason_len = sizeof(reason),
		.uuid = "faults' only one", .name = "faults", .nic = (uintptr_t)&nic,
	};
	int err = call(w, HYPHA_CREATE, &c);

	w->guest = err ? 0 : c.id;
	return err;
}

int guest_create(struct world *w, __u32 flags)
{
	int err = create(w, flags);

	return err ? complain("HYPHA_CREATE", err) : 0;
}

static int of_guest(struct world *w, unsigned long request)
{
	struct hypha_id id = { .size = sizeof(id), .id = w->guest };

	return call(w, request, &id);
}

int guest_forget(struct world *w)
{
	int err = 0;

	if (w->console >= 0)
		close(w->console);
	w->console = -1;
	if (w->guest) {
		err = of_guest(w, HYPHA_DESTROY);
		if (err == -ENOENT)
			err = 0;	/* REMOVE did it */
		else
			err = err ?: of_guest(w, HYPHA_REMOVE);
	}
	w->guest = 0;
	return err ? complain("forgetting the guest", err) : 0;
}

/* A call that came back with an error after all was done, as a copy of its answer can, leaves the guest under its name. */
static int find_lost(struct world *w)
{
	struct hypha_info info = { .size = sizeof(info) };

	if (w->guest || call(w, HYPHA_INFO, &info) || !info.nr_guests)
		return guest_forget(w);
	return complain("a guest stayed though its creation failed", -EUCLEAN);
}

static int a_guest(struct world *w)
{
	return w->guest ? 0 : guest_create(w, 0);
}

static int a_paused_guest(struct world *w)
{
	return guest_create(w, HYPHA_CREATE_PAUSED);
}

static int an_exited_guest(struct world *w)
{
	int err = guest_create(w, 0);

	return err ?: of_guest(w, HYPHA_DESTROY);
}

static int open_console(struct world *w, __u32 flags)
{
	struct hypha_console_open c = { .size = sizeof(c), .id = w->guest, .flags = flags };
	int err = call(w, HYPHA_CONSOLE, &c);

	if (!err)
		w->console = c.fd;
	return err;
}

static int a_console(struct world *w)
{
	int err = guest_create(w, 0);

	return err ?: open_console(w, HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE | HYPHA_CONSOLE_NONBLOCK);
}

static int do_create(struct world *w) { return create(w, 0); }
static int do_destroy(struct world *w) { return of_guest(w, HYPHA_DESTROY); }
static int do_remove(struct world *w) { return of_guest(w, HYPHA_REMOVE); }
static int do_pause(struct world *w) { return of_guest(w, HYPHA_PAUSE); }
static int do_unpause(struct world *w) { return of_guest(w, HYPHA_UNPAUSE); }
static int do_console(struct world *w) { return open_console(w, HYPHA_CONSOLE_READ); }

static int do_shutdown(struct world *w)
{
	struct hypha_shutdown s = { .size = sizeof(s), .id = w->guest };

	return call(w, HYPHA_SHUTDOWN, &s);
}

static int do_memory(struct world *w)
{
	struct hypha_memory m = { .size = sizeof(m), .id = w->guest, .target = 8 * MIB };

	return call(w, HYPHA_SET_MEMORY, &m);
}

static int do_vcpus(struct world *w)
{
	struct hypha_vcpus v = { .size = sizeof(v), .id = w->guest, .nr = 1 };

	return call(w, HYPHA_SET_VCPUS, &v);
}

static int do_info(struct world *w)
{
	struct hypha_info info = { .size = sizeof(info) };

	return call(w, HYPHA_INFO, &info);
}

static int do_console_write(struct world *w)
{
	return write(w->console, "x", 1) < 0 ? -errno : 0;
}

/* What there is to read is not said; nothing is no error. */
static int do_console_read(struct world *w)
{
	char text[256];

	return read(w->console, text, sizeof(text)) < 0 && errno != EAGAIN ? -errno : 0;
}

static int do_open(struct world *w)
{
	(void)w;
	int fd = open("/dev/hypha", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

const struct verb ioctl_verbs[] = {
	{ "create", NULL, do_create, find_lost },
	{ "destroy", a_guest, do_destroy, guest_forget },
	{ "destroy-paused", a_paused_guest, do_destroy, guest_forget },
	{ "remove", an_exited_guest, do_remove, guest_forget },
	{ "pause", a_guest, do_pause, guest_forget },
	{ "unpause", a_paused_guest, do_unpause, guest_forget },
	{ "console", a_guest, do_console, guest_forget },
	{ "console-write", a_console, do_console_write, guest_forget },
	{ "console-read", a_console, do_console_read, guest_forget },
	{ "shutdown", a_guest, do_shutdown, guest_forget },
	{ "set-memory", a_guest, do_memory, guest_forget },
	{ "set-vcpus", a_guest, do_vcpus, guest_forget },
	{ "info", NULL, do_info, NULL },
	{ "open", NULL, do_open, NULL },
	{ 0 },
};
