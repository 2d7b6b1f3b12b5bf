/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a launch: what is refused, how they join with the image, and the labels that come of it. */
// links: userspace/hyphactl/launch_check.c userspace/util/progress.c userspace/hyphactl/launch_process.c userspace/hyphactl/network.c userspace/hyphactl/network_check.c userspace/hyphactl/publish.c userspace/hyphactl/resolv.c userspace/util/address.c userspace/hyphactl/names.c userspace/hyphactl/settings.c userspace/util/conf.c userspace/util/limits.c userspace/hyphactl/quantity.c userspace/util/strv.c userspace/util/buf.c userspace/util/file.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
// libs: -ljansson
#include "hyphactl/launch.h"
#include "hyphactl/settings.h"

#include "test.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static char *no_command[] = { NULL };
static char *list(const char *s)
{
	return (char *)s;
}

static void clean(struct launch *l)
{
	for (size_t i = 0; i < l->nr_disks; i++) {
		close(l->disks[i].fd);
		free(l->disk_files[i]);
	}
	strv_free(l->args);
	strv_free(l->env);
	network_clean(&l->network);
	free(l->name);
	free(l->cmdline);
	free(l->labels);
}

/* Return: as launch_check(); the message has to hold @want. */
static void refused(const struct launch_options *o, int err, const char *want, const char *what)
{
	struct launch l = { .opt = o, .reference = "busybox", .command = no_command };
	int got = launch_check(&l);

	ok(got == err && strstr(err_text(), want), "refused: %s", what);
	if (got != err || !strstr(err_text(), want))
		note("got %d: %s", got, err_text());
	clean(&l);
}

static void sized_file(const char *path, off_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (ftruncate(fd, size))
		note("%s: cannot be made", path);
	close(fd);
}

static void check_refused(void)
{
	static char long_cmdline[1024];
	char *disks[GUEST_DISKS_MAX + 1];

	memset(long_cmdline, 'x', 1000);
	sized_file("small", 100);
	sized_file("disk", 4096);
#define REFUSED(err, want, ...) refused(&(struct launch_options) { __VA_ARGS__ }, err, want, #__VA_ARGS__)
	REFUSED(-ERANGE, "--cpus: 0", .vcpus = "0");
	REFUSED(-ERANGE, "--cpus: 33 is out of range; 1 to 32", .vcpus = "33");
	REFUSED(-EINVAL, "two", .vcpus = "two");
	REFUSED(-EINVAL, "lots", .memory = "lots");
	REFUSED(-EINVAL, "without memory", .memory = "0");
	REFUSED(-EINVAL, "128M is less than --memory 1G", .memory = "1G", .max_memory = "128M");
	REFUSED(-E2BIG, "at most 1023", .cmdline = long_cmdline);
	REFUSED(-EINVAL, "bad name", .name = "bad name");
	REFUSED(-EINVAL, "sometimes", .pull = "sometimes");
	REFUSED(-EINVAL, "--progress", .progress = "xml");
	REFUSED(-ERANGE, "--stop-timeout: 86401", .stop_timeout = "86401");
	REFUSED(-EEXIST, "disk exists", .cidfile = "disk");
	REFUSED(-EINVAL, "exclude", .attach = true, .detach = true);
	REFUSED(-EINVAL, "not an absolute", .workdir = "a/b");
	REFUSED(-EINVAL, "hostname", .hostname = "a b");
	REFUSED(-ENOENT, "--kernel nothere", .kernel = "nothere");
	REFUSED(-ENOENT, "--initrd nothere", .initrd = "nothere");
	REFUSED(-EINVAL, "\"=v\"", .labels = (char *[]) { list("=v"), NULL });
	REFUSED(-EINVAL, "\"=v\"", .env = (char *[]) { list("=v"), NULL });
	REFUSED(-ENOENT, "nothere", .env_files = (char *[]) { list("nothere"), NULL });
	REFUSED(-ENOENT, "nothere for writing", .disks = (char *[]) { list("nothere"), NULL });
	REFUSED(-EINVAL, "100 bytes", .disks = (char *[]) { list("small"), NULL });
	REFUSED(-EISDIR, ". for writing", .disks = (char *[]) { list("."), NULL });
	REFUSED(-EINVAL, "neither a file nor", .disks = (char *[]) { list("/dev/null:ro"), NULL });
	for (int i = 0; i < GUEST_DISKS_MAX; i++)
		disks[i] = list("disk:ro");
	disks[GUEST_DISKS_MAX] = NULL;
	REFUSED(-EINVAL, "at most 15", .disks = disks);
	REFUSED(-EINVAL, "--no-network and --publish exclude", .network = { .none = true, .publish = (char *[]) { list("1:1"), NULL } });
#undef REFUSED
}

static void check_accepted(void)
{
	struct launch_options o = {
		.memory = "100.001", .vcpus = "32", .disks = (char *[]) { list("disk"), list("disk:ro"), NULL }, .cmdline = "a=b",
		.interactive = true,
	};
	struct launch l = { .opt = &o, .reference = "localhost:5000/busybox:1", .command = no_command };

	if (!ok(!launch_check(&l), "accepted"))
		note("%s", err_text());
	ok(l.memory % 4096 == 0 && l.memory >= 100 << 20, "memory is whole pages");
	ok(l.vcpus == 32 && l.nr_disks == 2 && !l.disks[0].readonly && l.disks[1].readonly, "CPUs and disks");
	ok(!strncmp(l.name, "busybox-", 8) && !strcmp(l.hostname, l.name), "a name, also as hostname");
	ok(strstr(l.cmdline, "console=hvc0") == l.cmdline && strstr(l.cmdline, " a=b"), "the command line is added to");
	ok(l.attached && l.input && !l.terminal, "-i attaches, without terminal");
	ok_num(l.log_size, 4 << 20, "who is attached gets a log that holds a burst");
	clean(&l);
}

static const struct {
	const char *what, *entrypoint;
	char *image_entrypoint[2], *image_cmd[2], *command[3];
	const char *args;	/* joined by blanks; NULL refused */
} processes[] = {
	{ "Cmd", NULL, { NULL }, { "c" }, { NULL }, "c" },
	{ "Entrypoint and Cmd", NULL, { "e" }, { "c" }, { NULL }, "e c" },
	{ "a command replaces Cmd", NULL, { "e" }, { "c" }, { "x", "y" }, "e x y" },
	{ "--entrypoint drops Cmd", "p", { "e" }, { "c" }, { NULL }, "p" },
	{ "--entrypoint with a command", "p", { "e" }, { "c" }, { "x" }, "p x" },
	{ "--entrypoint \"\" with a command", "", { "e" }, { "c" }, { "x" }, "x" },
	{ "--entrypoint \"\" alone", "", { "e" }, { "c" }, { NULL }, NULL },
	{ "nothing", NULL, { NULL }, { NULL }, { NULL }, NULL },
};

static void check_process(size_t i)
{
	struct launch_options o = { .entrypoint = processes[i].entrypoint };
	struct launch l = { .opt = &o, .hostname = "h", .command = processes[i].command };
	char joined[64] = "";
	int err;

	l.image = (struct image) {
		.reference = list("x"), .entrypoint = (char **)processes[i].image_entrypoint,
		.cmd = (char **)processes[i].image_cmd, .env = no_command, .user = list(""), .workdir = list(""),
	};
	err = launch_merge_process(&l);
	for (char **s = l.args; *s; s++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", *joined ? " " : "", *s);
	ok(err == (processes[i].args ? 0 : -EINVAL), "process: %s", processes[i].what);
	if (!err)
		ok_str(joined, processes[i].args, "process: %s: arguments", processes[i].what);
	clean(&l);
}

static void check_env(void)
{
	char *image_env[] = { list("PATH=/x"), list("A=image"), list("B=image"), NULL };
	char *cmd[] = { list("c"), NULL };
	struct launch_options o = { .user = "1:2" };
	struct launch l = { .opt = &o, .hostname = "h", .command = no_command, .terminal = true };

	l.image = (struct image) {
		.reference = list("x"), .entrypoint = no_command, .cmd = cmd, .env = image_env, .user = list("root"),
		.workdir = list("/w"),
	};
	strv_add(&l.env, "B=user");
	strv_add(&l.env, "C=user");
	launch_merge_process(&l);
	ok_str(strv_get_env(l.env, "PATH"), "/x", "env: the image's PATH");
	ok_str(strv_get_env(l.env, "A"), "image", "env: the image's");
	ok_str(strv_get_env(l.env, "B"), "user", "env: the user's wins");
	ok_str(strv_get_env(l.env, "C"), "user", "env: and adds");
	ok_str(strv_get_env(l.env, "HOSTNAME"), "h", "env: HOSTNAME");
	ok_str(strv_get_env(l.env, "TERM"), "xterm", "env: TERM with a terminal");
	ok(!strcmp(l.user, "1:2") && !strcmp(l.workdir, "/w"), "user given, working directory the image's");
	clean(&l);
}

static void check_labels(size_t env_bytes, size_t label_bytes, int want, bool shortened)
{
	char *big = mem_alloc(env_bytes + label_bytes + 10), *args[] = { list("a"), list("b\377"), NULL };
	struct launch_options o = { .labels = (char *[]) { big, NULL } };
	struct launch l = { .opt = &o, .hostname = "h", .command = no_command };
	json_t *back;

	l.image = (struct image) { .reference = list("x") };
	l.args = strv_copy(args);
	memset(big, 'x', env_bytes);
	strv_add(&l.env, big);
	memset(big, 'y', env_bytes + label_bytes);
	memcpy(big, "k=", 2);
	big[label_bytes + 2] = '\0';
	ok_num(launch_describe(&l), want, "labels: %zu bytes of environment, %zu of labels", env_bytes, label_bytes);
	back = want ? NULL : json_loads(l.labels, 0, NULL);
	if (!want) {
		ok(strlen(l.labels) <= GUEST_LABELS_MAX, "labels: they fit");
		ok(json_is_true(json_object_get(json_object_get(back, "process"), "shortened")) == shortened, "labels: whole or not");
		ok_num(json_string_length(json_object_get(json_object_get(back, "labels"), "k")), label_bytes, "labels: are kept");
	}
	json_decref(back);
	free(big);
	clean(&l);
}

int main(void)
{
	check_refused();
	check_accepted();
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		check_process(i);
	check_env();
	check_labels(10, 10, 0, false);
	check_labels(100000, 10, 0, true);
	check_labels(10, 100000, -E2BIG, false);
	return done();
}
