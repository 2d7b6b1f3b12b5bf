// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of a launch become values, or an error that names them; nothing is fetched or made yet. */
#include "hyphactl/launch.h"

#include "hyphactl/names.h"
#include "hyphactl/quantity.h"
#include "hyphactl/settings.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define GRACE_MAX 86400
#define DISK_MAX (1ull << 50)	/* more sectors than blkif clients are known to cope with */
#define LOG_MIN 4096
#define LOG_MAX (16 << 20)
#define LOG_ATTACHED (4 << 20)	/* at least, so that a burst of output outlives a slow reader; used as it fills */

static const char *or(const char *given, const char *otherwise)
{
	return given ? given : otherwise;
}

/* -a: output, and on a terminal also input; -i or -t alone mean it too, unless -d says otherwise. */
static int check_console(struct launch *l)
{
	const struct launch_options *o = l->opt;
	bool ttys = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

	if (o->attach && o->detach)
		return err_set(-EINVAL, "--attach and --detach exclude each other");
	l->attached = !o->detach && (o->attach || o->interactive || o->tty);
	l->terminal = o->tty || (o->attach && !o->interactive && ttys);
	l->input = o->interactive || (o->attach && !o->tty && ttys) || (o->tty && l->attached && ttys);
	return 0;
}

static int check_name(struct launch *l)
{
	int err = uuid_random(l->uuid);

	if (err)
		return err;
	l->name = l->opt->name ? mem_strdup(l->opt->name) : name_generate(l->reference, l->uuid);
	err = name_check(l->name);
	if (err)
		return err;
	l->hostname = or(l->opt->hostname, l->name);
	return l->opt->hostname ? hostname_check(l->hostname) : 0;
}

static int check_resources(struct launch *l)
{
	const char *memory = or(l->opt->memory, settings.memory);
	int err = quantity_size("--memory", memory, &l->memory);

	if (!err && l->opt->max_memory)
		err = quantity_size("--max-memory", l->opt->max_memory, &l->max_memory);
	if (!err)
		err = quantity_count("--cpus", or(l->opt->vcpus, settings.vcpus), 1, GUEST_VCPUS_MAX, &l->vcpus);
	if (!err)
		err = quantity_count("--stop-timeout", or(l->opt->stop_timeout, settings.stop_timeout), 0, GRACE_MAX, &l->grace);
	if (!err)
		err = quantity_size("log_size", settings.log_size, &l->log_size);
	if (err)
		return err;
	if (!l->memory)
		return err_set(-EINVAL, "--memory: a guest cannot run without memory");
	l->memory = (l->memory + PAGE - 1) / PAGE * PAGE;
	l->max_memory = (l->max_memory + PAGE - 1) / PAGE * PAGE;
	if (l->max_memory && l->max_memory < l->memory)
		return err_set(-EINVAL, "--max-memory %s is less than --memory %s", l->opt->max_memory, memory);
	if (l->log_size < LOG_MIN || l->log_size > LOG_MAX)
		return err_set(-ERANGE, "log_size: %s is out of range; 4k to 16M are possible", settings.log_size);
	if (l->attached && l->log_size < LOG_ATTACHED)
		l->log_size = LOG_ATTACHED;
	return 0;
}

static int check_cmdline(struct launch *l)
{
	bool both = l->opt->cmdline && *l->opt->cmdline;

	l->cmdline = mem_printf("%s%s%s", settings.cmdline, both ? " " : "", both ? l->opt->cmdline : "");
	if (strlen(l->cmdline) > GUEST_CMDLINE_MAX)
		return err_set(-E2BIG, "--cmdline: the kernel command line would have %zu bytes; at most %d are possible "
			       "(%zu of them are the default)", strlen(l->cmdline), GUEST_CMDLINE_MAX, strlen(settings.cmdline));
	return 0;
}

static int check_pull(struct launch *l)
{
	static const char *const words[] = {
		[IMAGE_PULL_MISSING] = "missing", [IMAGE_PULL_ALWAYS] = "always", [IMAGE_PULL_NEVER] = "never",
	};
	const char *word = or(l->opt->pull, settings.pull);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(word, words[i])) {
			l->pull = i;
			return 0;
		}
	}
	return err_set(-EINVAL, "--pull: \"%s\" is unknown; there are always, missing and never", word);
}

static int check_progress(struct launch *l)
{
	int err = progress_parse(or(l->opt->progress, "auto"), &l->progress);

	return err ? err_in(err, "--progress") : 0;
}

static int check_labels(struct launch *l)
{
	for (char **s = l->opt->labels; s && *s; s++)
		if (!**s || **s == '=')
			return err_set(-EINVAL, "--label: \"%s\" has no key; write KEY=VALUE", *s);
	return 0;
}

static int check_workdir(struct launch *l)
{
	const char *dir = l->opt->workdir;

	return dir && *dir && *dir != '/' ? err_set(-EINVAL, "--workdir: \"%s\" is not an absolute path", dir) : 0;
}

static int check_cidfile(struct launch *l)
{
	if (l->opt->cidfile && !access(l->opt->cidfile, F_OK))
		return err_set(-EEXIST, "--cidfile: %s exists already; remove it or choose another", l->opt->cidfile);
	return 0;
}

/* FILE, FILE:ro or FILE:rw. */
static char *split_disk(const char *text, bool *readonly)
{
	size_t len = strlen(text);
	bool mode = len > 3 && (!strcmp(text + len - 3, ":ro") || !strcmp(text + len - 3, ":rw"));

	*readonly = mode && text[len - 1] == 'o';
	return mem_strndup(text, mode ? len - 3 : len);
}

/* A block device's size is at its end, like a file's. */
static int check_disk_size(const char *path, int fd)
{
	struct stat st;
	off_t size;

	if (fstat(fd, &st))
		return err_sys(-errno, "--disk: %s", path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(-EINVAL, "--disk: %s is neither a file nor a block device", path);
	size = lseek(fd, 0, SEEK_END);
	if (size < 512)
		return err_set(-EINVAL, "--disk: %s has %lld bytes; a disk needs at least a sector of 512", path, (long long)size);
	if ((uint64_t)size > DISK_MAX)
		return err_set(-EFBIG, "--disk: %s has %lld bytes; at most %llu (1 PiB) are possible", path, (long long)size, DISK_MAX);
	return 0;
}

static int open_disk(struct launch *l, const char *text)
{
	bool readonly;
	auto_free char *path = split_disk(text, &readonly);
	auto_close int fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	int err;

	if (fd < 0)
		return err_sys(-errno, "--disk: cannot open %s for %s", path, readonly ? "reading" : "writing");
	err = check_disk_size(path, fd);
	if (err)
		return err;
	l->disk_files[l->nr_disks] = realpath(path, NULL);
	l->disks[l->nr_disks++] = (struct disk_spec) { take_fd(fd), readonly };
	return 0;
}

static int check_disks(struct launch *l)
{
	size_t nr = strv_len(l->opt->disks);

	if (nr > GUEST_DISKS_MAX - 1)
		return err_set(-EINVAL, "--disk: %zu disks beside the image's; at most %d are possible", nr, GUEST_DISKS_MAX - 1);
	for (char **d = l->opt->disks; d && *d; d++) {
		int err = open_disk(l, *d);

		if (err)
			return err;
	}
	return 0;
}

/* Read now, merged after the image's own when that is known. */
static int check_env(struct launch *l)
{
	for (char **s = l->opt->env_files; s && *s; s++) {
		int err = env_add_file(&l->env, *s);

		if (err)
			return err;
	}
	for (char **s = l->opt->env; s && *s; s++) {
		int err = env_add(&l->env, *s);

		if (err)
			return err_in(err, "--env");
	}
	return 0;
}

static int check_kernel(struct launch *l)
{
	const char *named[] = { l->opt->kernel, l->opt->initrd };

	for (size_t i = 0; i < 2; i++)
		if (named[i] && access(named[i], R_OK))
			return err_sys(-errno, "%s %s", i ? "--initrd" : "--kernel", named[i]);
	return 0;
}

static int check_network(struct launch *l)
{
	return network_check(&l->network, &l->opt->network);
}

int launch_check(struct launch *l)
{
	static int (*const checks[])(struct launch *) = {
		check_console, check_name, check_resources, check_cmdline, check_pull, check_progress, check_labels, check_workdir,
		check_cidfile,
		check_env, check_kernel, check_network, check_disks,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int err = checks[i](l);

		if (err)
			return err;
	}
	return 0;
}
