// SPDX-License-Identifier: GPL-2.0-or-later
/* callers WORD=VALUE…: hostile callers of the module. They say what they find wrong, and exit with 1 then. */
#include "callers.h"

#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MS 20
#define WOKEN_AFTER 2			/* rounds that a call may wait */
#define DEEP 20000			/* calls after which each kind must have succeeded once */
#define THREADS_MAX 64

struct options options = {
	.seed = 1, .count = 100000, .threads = 4, .patience = 180, .kernel = "/share/build/guests/hostile", .dir = "/var/tmp",
};

static struct caller callers[THREADS_MAX];
static atomic_uint nr_running;

/* --- words --- */

static const char *value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) || word[len] != '=' ? NULL : word + len + 1;
}

static bool take_number(const char *word, const char *name, uint64_t *to)
{
	const char *value = value_of(word, name);

	if (value)
		*to = strtoull(value, NULL, 0);
	return value;
}

static bool take_text(const char *word, const char *name, const char **to)
{
	const char *value = value_of(word, name);

	if (value)
		*to = value;
	return value;
}

static void take_mode(const char *mode)
{
	bool all = !strcmp(mode, "all");

	options.ioctls = all || !strcmp(mode, "ioctl") || !strcmp(mode, "console");
	options.console = all || !strcmp(mode, "console");
	options.netlink = all || !strcmp(mode, "netlink");
	if (!options.ioctls && !options.netlink)
		errx(2, "mode=%s: there are ioctl, console, netlink, all", mode);
}

static void take_identity(const char *name)
{
	static const char *const names[] = {
		[ROOT] = "0", [NOBODY] = "nobody", [USERNS] = "userns", [NETADMIN] = "netadmin", [DROPPED] = "dropped",
	};

	for (unsigned int i = 0; i < COUNT(names); i++) {
		if (!strcmp(name, names[i])) {
			options.as = i;
			return;
		}
	}
	errx(2, "uid=%s: there are 0, nobody, userns, netadmin, dropped", name);
}

static void take_words(char **words)
{
	uint64_t threads = options.threads, compat = 0;
	const char *mode = "all", *as = "0";

	for (; *words; words++)
		if (!take_number(*words, "seed", &options.seed) && !take_number(*words, "count", &options.count) &&
		    !take_number(*words, "threads", &threads) && !take_number(*words, "compat", &compat) &&
		    !take_number(*words, "patience", &options.patience) &&
		    !take_text(*words, "mode", &mode) && !take_text(*words, "uid", &as) &&
		    !take_text(*words, "kernel", &options.kernel) && !take_text(*words, "dir", &options.dir))
			errx(2, "%s: usage: callers [seed=N] [count=N] [threads=N] [mode=ioctl|console|netlink|all] "
			     "[uid=0|nobody|userns|netadmin|dropped] [compat=0|1] [patience=SECONDS] [kernel=FILE] [dir=DIR]", *words);
	if (!threads || threads > THREADS_MAX)
		errx(2, "threads=%llu: 1 to %d", (unsigned long long)threads, THREADS_MAX);
	options.threads = threads;
	options.compat = compat;
	take_mode(mode);
	take_identity(as);
}

/* --- who they are --- */

/* What genetlink itself asks for, and nothing else. */
static void keep_net_admin(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2] = { { 1 << CAP_NET_ADMIN, 1 << CAP_NET_ADMIN, 0 } };

	if (syscall(SYS_capset, &header, sets))
		err(1, "keeping CAP_NET_ADMIN");
}

static void become(enum identity as)
{
	if (as == ROOT)
		return;
	prctl(PR_SET_KEEPCAPS, as == NETADMIN);
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		err(1, "becoming nobody");
	prctl(PR_SET_DUMPABLE, 1);	/* what is in /proc stays ours */
	if (as == NETADMIN)
		keep_net_admin();
	if (as == USERNS && unshare(CLONE_NEWUSER))
		err(1, "a user namespace");
}

static void open_device(struct caller *c)
{
	c->device = -1;
	if (!privileged())
		return;
	c->device = make_private(open("/dev/hypha", O_RDWR | O_CLOEXEC));
	if (c->device < 0)
		err(1, "/dev/hypha");
}

static void prepare(struct caller *c, unsigned int nr)
{
	c->nr = nr;
	c->random = options.seed * THREADS_MAX + nr;
	memory_init(c);
	open_device(c);
	for (unsigned int i = 0; i < NR_CONSOLES; i++)
		c->consoles[i] = -1;
	c->socket = make_private(socket_open());
}

/* --- what they do --- */

static void step(struct caller *c)
{
	static void (*const all[])(struct caller *c) = { try_ioctl, try_ioctl, try_netlink, try_netlink, try_console };
	void (*try)(struct caller *c) = pick(c, all);

	if (one_in(c, 8))
		arena_shuffle(c);
	if (one_in(c, 100))
		cut_files(c);
	if ((try == try_netlink && !options.netlink) || (try == try_console && !options.console) || (try == try_ioctl && !options.ioctls))
		return;
	if (try != try_console || privileged())
		try(c);
}

static void *run(void *arg)
{
	struct caller *c = arg;

	while (atomic_load(&c->calls) < options.count / options.threads && nr_findings() < 1000)
		step(c);
	for (unsigned int i = 0; i < NR_CONSOLES; i++)
		if (c->consoles[i] >= 0)
			close(c->consoles[i]);
	atomic_fetch_sub(&nr_running, 1);
	return NULL;
}

static void start(void)
{
	atomic_store(&nr_running, options.threads);
	for (unsigned int i = 0; i < options.threads; i++)
		if ((errno = pthread_create(&callers[i].thread, NULL, run, &callers[i])))
			err(1, "thread");
}

/* --- the watchdog: who waits is woken; who cannot be is stuck --- */

static void on_signal(int signal)
{
	(void)signal;
}

static void look_after(struct caller *c)
{
	static uint64_t seen[THREADS_MAX];
	uint64_t calls = atomic_load(&c->calls);
	const char *doing = atomic_load(&c->doing);

	c->waited = calls == seen[c->nr] ? c->waited + 1 : 0;
	seen[c->nr] = calls;
	if (!doing || c->waited < WOKEN_AFTER)
		return;
	pthread_kill(c->thread, SIGUSR1);
	if (c->waited < options.patience * 1000 / ROUND_MS)
		return;
	finding(c, "stuck in %s", doing);
	_exit(1);
}

static void watch(void)
{
	const struct timespec round = { 0, ROUND_MS * 1000000 };

	while (atomic_load(&nr_running)) {
		nanosleep(&round, NULL);
		for (unsigned int i = 0; i < options.threads; i++)
			look_after(&callers[i]);
	}
	for (unsigned int i = 0; i < options.threads; i++)
		pthread_join(callers[i].thread, NULL);
}

/* --- what came of it --- */

static void want_success(const char *what)
{
	if (!successes(what))
		finding(NULL, "no %s ever succeeded", what);
}

/* Whoever only ever hears no has tried nothing. */
static void judge_depth(void)
{
	if (!privileged() || options.count < DEEP)
		return;
	for (unsigned int i = 0; options.ioctls && i < nr_verbs; i++)
		want_success(verbs[i].name);
	for (unsigned int i = 0; options.ioctls && options.netlink && i < nr_commands; i++)
		if (commands[i].ways != BY_EVENT)
			want_success(commands[i].name);
	if (options.console) {
		want_success("read");
		want_success("write");
		want_success("poll");
	}
}

static void clean(void)
{
	unsigned int lost = lost_consoles();

	if (lost)
		finding(NULL, "%u descriptors of consoles were opened and never told", lost);
	if (!privileged())
		return;
	guests_remove_all(callers[0].device);
	settings_restore();
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void report(double took)
{
	uint64_t calls = 0;

	for (unsigned int i = 0; i < options.threads; i++)
		calls += atomic_load(&callers[i].calls);
	tally_show();
	printf("# %llu calls in %.1f s, %.0f a second; %u findings\n", (unsigned long long)calls, took, calls / took,
	       nr_findings());
}

static void begin(void)
{
	const struct sigaction woken = { .sa_handler = on_signal };	/* calls do not go on after it */

	sigaction(SIGUSR1, &woken, NULL);
	signal(SIGPIPE, SIG_IGN);
	family_find();
	files_init();
	if (options.as == DROPPED)
		for (unsigned int i = 0; i < options.threads; i++)
			prepare(&callers[i], i);
	become(options.as);
	if (options.as != DROPPED)
		for (unsigned int i = 0; i < options.threads; i++)
			prepare(&callers[i], i);
	for (unsigned int i = 0; i < options.threads; i++)
		callers[i].listener = make_private(listener_open());
	if (!privileged())
		return;
	guests_init(callers[0].device);
	settings_remember();
}

int main(int argc, char **argv)
{
	double from;

	(void)argc;
	take_words(argv + 1);
	begin();
	printf("# seeds %llu to %llu\n", (unsigned long long)options.seed * THREADS_MAX,
	       (unsigned long long)options.seed * THREADS_MAX + options.threads - 1);
	from = seconds();
	start();
	watch();
	from = seconds() - from;
	clean();
	judge_depth();
	report(from);
	return nr_findings() > 0;
}
