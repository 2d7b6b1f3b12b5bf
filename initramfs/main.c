// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's init, from the first process to power-off; also the helpers the kernel calls, by their names. */
#include "config.h"
#include "console.h"
#include "disks.h"
#include "modules.h"
#include "mounts.h"
#include "net.h"
#include "reap.h"
#include "text.h"
#include "uevent.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int tell_poweroff(int argc, char **argv)
{
	(void)argc, (void)argv;
	return kill(1, SIGUSR2) ? 1 : 0;
}

static int tell_reboot(int argc, char **argv)
{
	(void)argc, (void)argv;
	return kill(1, SIGTERM) ? 1 : 0;
}

/* The kernel calls `modprobe -q -- ALIAS`. */
static int modprobe(int argc, char **argv)
{
	return argc > 1 && modules_demand(argv[argc - 1]) ? 0 : 1;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} helpers[] = {
	{ "poweroff", tell_poweroff },
	{ "halt",     tell_poweroff },
	{ "reboot",   tell_reboot },
	{ "modprobe", modprobe },
};

#define NR_HELPERS (sizeof(helpers) / sizeof(helpers[0]))

static void link_helpers(void)
{
	mkdir("/sbin", 0755);
	for (size_t i = 0; i < NR_HELPERS; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sbin/%s", helpers[i].name);
		(void)!symlink("/init", path);
	}
}

static int load_config(struct config *c)
{
	char why[WHY_MAX];
	size_t len;
	char *text = text_load("/config.json", CONFIG_MAX, &len);
	int err;

	if (!text) {
		say("/config.json is missing in the initrd, unreadable or larger than %lu bytes", CONFIG_MAX);
		return -1;
	}
	err = config_parse(text, len, c, why);
	free(text);
	if (err)
		say("%s", why);
	return err;
}

/* Device drivers load beside: each may wait for its devices. */
static void coldplug_beside(void)
{
	if (fork())
		return;
	modules_coldplug();
	_exit(0);
}

static int prepare_root(const struct config *c, int uevents)
{
	char disk[DISK_PATH_MAX];

	coldplug_beside();
	if (modules_boot())
		return -1;
	if (!c->has_root)
		return 0;
	if (disks_find_root(c->superblock, uevents, disk))
		return -1;
	return mounts_root(disk);
}

/* As Docker: the guest is one container's alone, so any user may use any port and ping. */
static void set_limits(void)
{
	text_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
	text_write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}

static int run_guest(void)
{
	struct config c;
	int uevents;

	mounts_early();
	console_open();
	console_quiet();
	link_helpers();
	if (load_config(&c))
		return EXIT_HYPHA;
	uevents = uevent_open();
	net_begin(&c);
	if (prepare_root(&c, uevents))
		return EXIT_HYPHA;
	net_start(&c);
	set_limits();
	net_finish(uevents);
	return reap_run(&c, uevents);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];

	for (size_t i = 0; i < NR_HELPERS; i++)
		if (!strcmp(name, helpers[i].name))
			return helpers[i].run(argc, argv);
	if (getpid() != 1) {
		fprintf(stderr, "%s: the init of hypha's guests: runs as process 1 only\n", name);
		return 1;
	}
	umask(022);
	reap_block_signals();
	reap_power_off(run_guest());
}
