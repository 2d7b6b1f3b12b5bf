// SPDX-License-Identifier: GPL-2.0-or-later
/* How the guest's init carries bytes between pipe and console, and copies what the image has below a mount. */
// links: initramfs/pump.c initramfs/copyup.c
#include "../../initramfs/copyup.h"
#include "../../initramfs/pump.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int in[2], out[2];

static void pipes(struct pump *p)
{
	if (pipe2(in, O_NONBLOCK) || pipe2(out, O_NONBLOCK))
		abort();
	*p = (struct pump){ .from = in[0], .to = out[1] };
}

/* As init's loop: wait for what the pump asks for, step, until it waits longer. */
static void run(struct pump *p)
{
	for (;;) {
		struct pollfd f = pump_poll(p);

		if (f.fd < 0 || poll(&f, 1, 0) <= 0)
			return;
		pump_step(p);
	}
}

static size_t fill(int fd, size_t len)
{
	size_t n = 0;
	unsigned char c;

	for (; n < len; n++) {
		c = n * 7 >> 3;
		if (write(fd, &c, 1) != 1)
			break;
	}
	return n;
}

/* Bytes waiting in @fd that are what fill() wrote, from its @from-th on; -1 if one is wrong. */
static long drain(int fd, size_t from)
{
	unsigned char c;
	long n = 0;

	for (; read(fd, &c, 1) == 1; n++)
		if (c != (unsigned char)((from + n) * 7 >> 3))
			return -1;
	return n;
}

static void slow_reader(void)
{
	struct pump p;
	size_t done = 0;

	pipes(&p);
	fcntl(out[1], F_SETPIPE_SZ, 4096);
	ok_num(fill(in[1], 20000), 20000, "20000 bytes fit in");
	close(in[1]);
	run(&p);
	ok(pump_poll(&p).fd == out[1] && pump_poll(&p).events == POLLOUT, "with the way out full it waits to write");
	while (p.from >= 0) {
		long n = drain(out[0], done);

		if (n < 0)
			break;
		done += n;
		run(&p);
	}
	done += drain(out[0], done);
	ok_num(done, 20000, "every byte arrives, in order");
	ok(p.from < 0 && p.to < 0 && !read(out[0], &(char){ 0 }, 1), "then the end");
	close(out[0]);
}

static void gone_reader(void)
{
	struct pump p;

	pipes(&p);
	close(out[0]);
	fill(in[1], 100);
	run(&p);
	ok(p.from < 0, "when nobody reads any more it ends");
	ok(write(in[1], "x", 1) < 0 && errno == EPIPE, "and the writer learns");
	close(in[1]);
}

static void idle(void)
{
	struct pump p, unused = { .from = -1, .to = -1 };

	pipes(&p);
	pump_step(&p);
	ok(p.from >= 0 && pump_poll(&p).events == POLLIN, "nothing to read is no end");
	pump_step(&unused);
	ok(pump_poll(&unused).fd < 0, "an unused pump waits for nothing");
	close(in[1]);
	pump_finish(&p);
	ok(p.from < 0, "it finishes at the end of input");
	close(out[0]);
}

static void put(const char *path, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || fill(fd, len) != len)
		abort();
	close(fd);
	chmod(path, mode);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_mode;
}

static void copies(void)
{
	int from, fd;

	mkdir("run", 0755), mkdir("run/lock", 0755), mkdir("run/lock/deep", 0755), mkdir("to", 0755);
	chmod("run/lock", 01777);
	put("run/lock/deep/file", 5000, 0640);
	put("run/large", 2 << 20, 0644);
	put("secret", 10, 0600);
	mkfifo("run/fifo", 0644);
	if (symlink("../secret", "run/link") || symlink("/", "run/root"))
		abort();
	if (!geteuid() && chown("run/lock/deep/file", 33, 34))
		abort();
	from = copyup_open("run");
	copyup_tree(from, "to");
	ok_num(mode_of("to/lock"), S_IFDIR | 01777, "a directory with its mode");
	ok_num(mode_of("to/lock/deep/file"), S_IFREG | 0640, "a file with its mode");
	fd = open("to/lock/deep/file", O_RDONLY);
	ok_num(drain(fd, 0), 5000, "and its bytes");
	close(fd);
	ok(S_ISLNK(mode_of("to/link")) && S_ISLNK(mode_of("to/root")), "a link stays a link, whatever it points to");
	ok(!mode_of("to/fifo") && !mode_of("to/large"), "what is special or large is left out");
	if (!geteuid()) {
		struct stat st;

		ok(!stat("to/lock/deep/file", &st) && st.st_uid == 33 && st.st_gid == 34, "owners are kept");
	}
	copyup_tree(-1, "to");
	ok(!mode_of("to/run"), "nothing to copy is nothing copied");
	close(from);
}

static void too_deep(void)
{
	char path[200] = "deep", copy[200] = "flat";
	int from;

	mkdir(path, 0755), mkdir(copy, 0755);
	for (int i = 0; i < 40; i++) {
		strcat(path, "/d");
		mkdir(path, 0755);
	}
	from = copyup_open("deep");
	copyup_tree(from, "flat");
	for (int i = 0; i < 16; i++)
		strcat(copy, "/d");
	ok(S_ISDIR(mode_of(copy)), "16 levels are copied");
	strcat(copy, "/d");
	ok(!mode_of(copy), "the 17th is not");
	close(from);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	slow_reader();
	gone_reader();
	idle();
	copies();
	too_deep();
	return done();
}
