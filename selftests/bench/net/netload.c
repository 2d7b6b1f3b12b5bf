// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netload - traffic and its measure, static, for a guest and for the outside host:
 *
 *	netload serve PORT			a TCP peer's first byte says what to do
 *	netload agent PORT			runs each TCP peer's line with /bin/sh
 *	netload send|receive HOST PORT SECONDS	TCP; prints bytes, and Mbit/s as the receiver saw it
 *	netload connect HOST PORT SECONDS	TCP connections a second
 *
 * It is to cost little beside what is measured: bytes are sent from the page cache and received without being copied.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SINK = 'S', SOURCE = 'R' };

#define CHUNK (1 << 20)

static char buf[1 << 17];

struct count {
	uint64_t nr, first, last;	/* ns */
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };

	if (!inet_aton(host, &a.sin_addr))
		die(host);
	return a;
}

static int open_socket(const char *host, const char *port, bool listening)
{
	struct sockaddr_in a = address(host, port);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (s < 0)
		die("socket");
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listening ? bind(s, (void *)&a, sizeof(a)) : connect(s, (void *)&a, sizeof(a)))
		die(host);
	if (listening && listen(s, 1024))
		die("listen");
	return s;
}

/* ---- both sides ---- */

static int chunk(void)
{
	int fd = memfd_create("chunk", MFD_CLOEXEC);

	if (fd < 0)
		die("memfd");
	for (size_t n = 0; n < CHUNK; n += sizeof(buf))
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			die("memfd");
	return fd;
}

static ssize_t send_chunk(int s, int fd)
{
	off_t at = 0;

	return sendfile(s, fd, &at, CHUNK);
}

static ssize_t receive(int s, struct count *c)
{
	ssize_t n = recv(s, buf, sizeof(buf), MSG_TRUNC);	/* TCP: counted and thrown away */

	if (n > 0) {
		c->last = now();
		c->first = c->nr ? c->first : c->last;
		c->nr += n;
	}
	return n;
}

/* ---- the serving side: one process, so that nobody waits for a fork but long transfers ---- */

static void sink(int s)
{
	struct count c = { 0 };
	int low = CHUNK / 4;

	setsockopt(s, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low));	/* woken rarely */
	while (receive(s, &c) > 0)
		;
	if (write(s, &c, sizeof(c)) < 0)
		perror("answer");
}

static void source(int s)
{
	int fd = chunk();

	while (send_chunk(s, fd) > 0)
		;
}

static void serve_peer(int s)
{
	char what = 0;

	if (recv(s, &what, 1, 0) == 1 && !fork()) {
		what == SINK ? sink(s) : source(s);
		_exit(0);
	}
	close(s);
}

static int serve(char **argv)
{
	int tcp = open_socket("0.0.0.0", argv[2], true), s;

	while ((s = accept(tcp, NULL, NULL)) >= 0)
		serve_peer(s);
	return 1;
}

static int agent(char **argv)
{
	int s = open_socket("0.0.0.0", argv[2], true), c;
	char line[1024];
	ssize_t n;

	/* cppcheck-suppress nullPointer ; accept4() takes none */
	while ((c = accept4(s, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (!fork()) {
			n = read(c, line, sizeof(line) - 1);
			line[n > 0 ? n : 0] = 0;
			dup2(c, 1);
			dup2(c, 2);
			execl("/bin/sh", "sh", "-c", line, NULL);
			_exit(127);
		}
		close(c);
	}
	return 1;
}

/* ---- the asking side ---- */

static void print_rate(const struct count *c, double scale)
{
	printf("%.1f\n", c->last > c->first ? c->nr * scale * 1e9 / (c->last - c->first) : 0);
}

static int transfer(char **argv)
{
	uint64_t end = now() + atoi(argv[4]) * 1000000000ULL;
	int s = open_socket(argv[2], argv[3], false), fd = chunk();
	bool sending = !strcmp(argv[1], "send");
	char what = sending ? SINK : SOURCE;
	struct count c = { 0 };
	ssize_t n = write(s, &what, 1);

	while (n > 0 && now() < end)
		n = sending ? send_chunk(s, fd) : receive(s, &c);
	if (sending) {
		shutdown(s, SHUT_WR);
		if (recv(s, &c, sizeof(c), MSG_WAITALL) != sizeof(c))
			die("no answer");
	}
	printf("%llu ", (unsigned long long)c.nr);
	print_rate(&c, 8e-6);
	return n <= 0;
}

static int connects(char **argv)
{
	struct count c = { .first = now() };
	struct linger reset = { 1, 0 };

	do {
		int s = open_socket(argv[2], argv[3], false);

		setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(s);
		c.nr++;
		c.last = now();
	} while (c.last - c.first < atoi(argv[4]) * 1000000000ULL);
	print_rate(&c, 1);
	return 0;
}

static const struct {
	const char *name;
	int argc;
	int (*run)(char **argv);
} verbs[] = {
	{ "serve", 3, serve }, { "agent", 3, agent }, { "send", 5, transfer }, { "receive", 5, transfer },
	{ "connect", 5, connects },
};

int main(int argc, char **argv)
{
	size_t i;

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (argc == verbs[i].argc && !strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argv);
	fprintf(stderr, "netload: see its first lines\n");
	return 2;
}
