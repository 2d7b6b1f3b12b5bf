// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl launch: an image becomes a running guest. */
#include "hyphactl/attach.h"
#include "hyphactl/command.h"
#include "hyphactl/launch.h"
#include "hyphactl/lookup.h"
#include "hyphactl/quantity.h"
#include "hyphactl/record.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static struct launch_options o;

static const struct option_def options[] = {
	{ 'd', "detach", OPT_FLAG, &o.detach, NULL, "print the uuid and return (default)", NULL },
	{ 'a', "attach", OPT_FLAG, &o.attach, NULL, "stay on its console; on a terminal implies -i -t", NULL },
	{ 'i', "interactive", OPT_FLAG, &o.interactive, NULL, "give the command our standard input", NULL },
	{ 't', "tty", OPT_FLAG, &o.tty, NULL, "give the command a terminal", NULL },
	{ 0, "rm", OPT_FLAG, &o.remove, NULL, "forget the guest when it has exited", NULL },
	{ 'n', "name", OPT_TEXT, &o.name, "NAME", "default: image and beginning of the uuid", NULL },
	{ 'e', "env", OPT_LIST, &o.env, "KEY[=VALUE]", "set a variable; without value, as it is here", NULL },
	{ 0, "env-file", OPT_LIST, &o.env_files, "FILE", "set variables, one per line", "@file" },
	{ 'w', "workdir", OPT_TEXT, &o.workdir, "DIR", "working directory of the command", NULL },
	{ 'u', "user", OPT_TEXT, &o.user, "USER[:GROUP]", "names or numbers", NULL },
	{ 0, "entrypoint", OPT_TEXT, &o.entrypoint, "PROGRAM", "instead of the image's; \"\" for none", NULL },
	{ 0, "hostname", OPT_TEXT, &o.hostname, "NAME", "default: the guest's name", NULL },
	{ 'l', "label", OPT_LIST, &o.labels, "KEY=VALUE", "kept with the guest, shown by inspect", NULL },
	{ 'm', "memory", OPT_TEXT, &o.memory, "SIZE", "MiB, or with unit: 512, 1G (default 256M)", NULL },
	{ 0, "max-memory", OPT_TEXT, &o.max_memory, "SIZE", "what `set -m` may raise it to", NULL },
	{ 'c', "cpus", OPT_TEXT, &o.vcpus, "N", "virtual CPUs, 1 to 32 (default 1)", NULL },
	{ 'k', "kernel", OPT_TEXT, &o.kernel, "FILE", "guest kernel: any bzImage or vmlinux for Xen PV", "@file" },
	{ 'r', "initrd", OPT_TEXT, &o.initrd, "FILE", "instead of hypha's init", "@file" },
	{ 0, "cmdline", OPT_TEXT, &o.cmdline, "TEXT", "added to the guest kernel's command line", NULL },
	{ 0, "disk", OPT_LIST, &o.disks, "FILE[:ro]", "another disk: a file or block device", "@file" },
	{ 'p', "publish", OPT_LIST, &o.network.publish, "HOST:GUEST", "the guest's port, at the host's: [IP:]PORT[-PORT]:PORT[-PORT][/tcp|udp]", NULL },
	{ 0, "ip", OPT_TEXT, &o.network.ip4, "ADDRESS", "in the guests' prefix; default: a free one", NULL },
	{ 0, "ip6", OPT_TEXT, &o.network.ip6, "ADDRESS", "the same of IPv6", NULL },
	{ 0, "mac", OPT_TEXT, &o.network.mac, "ADDRESS", "default: by the uuid", NULL },
	{ 0, "mtu", OPT_TEXT, &o.network.mtu, "N", "1280 to 65521 (default 1500)", NULL },
	{ 0, "net-policy", OPT_TEXT, &o.network.policy, "WORD[,WORD]", "fast or stack, guest-to-guest, guest-to-host (default fast)",
	  "fast stack fast,guest-to-guest fast,guest-to-host stack,guest-to-guest stack,guest-to-host" },
	{ 0, "dns", OPT_LIST, &o.network.dns, "ADDRESS", "name server, instead of the host's through the gateway", NULL },
	{ 0, "no-network", OPT_FLAG, &o.network.none, NULL, "only loopback", NULL },
	{ 0, "pull", OPT_TEXT, &o.pull, "WHEN", "always, missing or never (default missing)", "always missing never" },
	{ 0, "cidfile", OPT_TEXT, &o.cidfile, "FILE", "write the uuid there", "@file" },
	{ 0, "stop-timeout", OPT_TEXT, &o.stop_timeout, "SECONDS", "between stop signal and SIGKILL (default 10)", NULL },
	{ 0, "detach-keys", OPT_TEXT, &o.detach_keys, "KEYS", "default ctrl-]", NULL },
	{ 0, "timings", OPT_FLAG, &o.timings, NULL, "say on stderr how long each step took", NULL },
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "no progress", NULL },
	{ 0, "progress", OPT_TEXT, &o.progress, "FORMAT", "auto, plain, json or none (default auto)", PROGRESS_WORDS },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static bool is_recorded(const char *name)
{
	json_t *records = record_list(), *view;
	bool found = false;
	size_t i;

	json_array_foreach(records, i, view)
		found = found || !strcmp(view_text(view, "name"), name);
	json_decref(records);
	return found;
}

/* The kernel refuses names of living guests; those of exited ones are in use until they are removed. */
static int check_name_free(const char *name)
{
	struct known *all;
	size_t nr;
	int err;

	if (!is_recorded(name))
		return 0;
	err = known_all(&all, &nr);
	if (err)
		return err;
	for (size_t i = 0; i < nr && !err; i++)
		if (!strcmp(known_name(&all[i]), name))
			err = err_set(-EEXIST, "name \"%s\" is in use by guest %s (%s); choose another, or: hyphactl destroy %s",
				      name, known_uuid(&all[i]), guest_state_name(all[i].state), name);
	known_free(all, nr);
	return err;
}

static int write_cidfile(const char *uuid)
{
	auto_close int fd = -1;
	int err;

	if (!o.cidfile)
		return 0;
	fd = open(o.cidfile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	err = fd < 0 ? -errno : file_write_all(fd, uuid, strlen(uuid));
	return err ? err_sys(err, "--cidfile: %s", o.cidfile) : 0;
}

/* So that it is not forgotten if the host goes down. It may have exited already: then there is a better record. */
static int write_record(const struct launch *l, const char *uuid, const struct guest_made *made)
{
	struct guest g = {
		.id = made->id, .domid = made->domid, .state = GUEST_RUNNING, .created = quantity_now(), .exit_code = -1,
		.memory = l->memory, .memory_target = l->memory, .memory_max = l->max_memory ? l->max_memory : l->memory,
		.vcpus = l->vcpus, .labels = l->labels,
	};
	json_t *view;
	int err;

	if (l->opt->remove)
		return 0;
	memcpy(g.uuid, l->uuid, sizeof(g.uuid));
	strncpy(g.name, l->name, sizeof(g.name) - 1);
	view = view_from_guest(&g);
	err = record_add(uuid, view);
	json_decref(view);
	return err;
}

static int keep_books(const struct launch *l, int dev, const struct guest_made *made)
{
	char uuid[UUID_TEXT], text[512];
	int err;

	uuid_format(l->uuid, uuid);
	err = write_record(l, uuid, made);
	if (!err)
		err = write_cidfile(uuid);
	if (!err)
		return 0;
	snprintf(text, sizeof(text), "%s", err_text());
	device_destroy(dev, made->id);
	record_forget(dev, made->id, uuid);
	return err_set(err, "%s", text);
}

static void add_times(struct launch *l, const struct attach *a, uint64_t started)
{
	if (a->first_output)
		timings_part(&l->timings, "first output", a->first_output - started);
	if (a->ready)
		timings_part(&l->timings, "command started", a->ready - started);
}

static int attach_to(struct launch *l, int dev, struct watch *w, const struct guest_made *made)
{
	struct attach a = {
		.dev = dev, .name = l->name, .watch = w, .replay = true, .terminal = l->terminal, .input = l->input,
		.eager = o.initrd, .grace = l->grace,
	};
	uint64_t started = quantity_now();
	int n = keys_parse(o.detach_keys ? o.detach_keys : settings.detach_keys, &a.keys);

	if (!n)
		n = watch_set(w, made->id, l->uuid);
	if (!n)
		n = attach_run(&a);
	timings_mark(&l->timings, "attached");
	add_times(l, &a, started);
	if (n < 0)
		return n;
	if (n && o.remove)
		device_remove(dev, made->id);	/* so that it is gone when we are; the exit helper may have been faster */
	if (n)
		return attach_status(w, l->name);
	fprintf(stderr, "hyphactl: detached; to come back: hyphactl attach %s\n", l->name);
	return EXIT_SUCCESS;
}

static int print_uuid(const struct launch *l)
{
	char uuid[UUID_TEXT];

	uuid_format(l->uuid, uuid);
	printf("%s\n", uuid);
	return EXIT_SUCCESS;
}

static int launch(struct launch *l)
{
	auto_close int dev = device_open();
	auto_watch w = { .src = NULL };
	struct guest_made made;
	int err = dev < 0 ? dev : 0;

	if (!err && o.name)
		err = check_name_free(o.name);
	if (!err)
		err = launch_join(l, dev);
	if (!err)
		err = launch_prepare(l);
	if (!err && l->attached)
		err = watch_open(&w);
	if (!err)
		err = launch_create(l, dev, &made);
	if (!err)
		err = keep_books(l, dev, &made);
	if (err)
		return err;
	return l->attached ? attach_to(l, dev, &w, &made) : print_uuid(l);
}

static int run(int argc, char **argv)
{
	struct keys keys;
	struct launch l;
	int status;

	(void)argc;
	launch_init(&l);
	l.opt = &o;
	l.reference = argv[0];
	l.command = argv + 1;
	status = keys_parse(o.detach_keys ? o.detach_keys : settings.detach_keys, &keys);
	if (!status)
		status = launch_check(&l);
	if (!status)
		status = launch(&l);
	if (o.timings && status >= 0)
		timings_print(&l.timings, stderr);
	launch_clean(&l);
	return status;
}

const struct command cmd_launch = {
	.name = "launch", .alias = "run", .args = "[OPTIONS] IMAGE [COMMAND [ARGUMENT…]]",
	.summary = "Run an image's command as a new guest. Prints the guest's uuid, or with --attach the command's output.",
	.options = options, .min_args = 1, .max_args = -1, .stop_at_first = true, .run = run,
};
