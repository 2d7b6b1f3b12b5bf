// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netload - traffic and its measure, static, for a guest and for the outside host:
 *
 *	netload serve PORT			TCP: a byte says what to do; UDP: counted
 *	netload agent PORT			runs each TCP peer's line with /bin/sh
 *	netload send|receive HOST PORT SECONDS	TCP; prints Mbit/s as the receiver saw it
 *	netload datagrams HOST PORT SECONDS SIZE	UDP; prints how many a second arrived
 *	netload flows HOST PORT SECONDS		the same, each from a port of its own
 *	netload connect HOST PORT SECONDS	TCP connections a second
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SINK = 'S', SOURCE = 'R', QUERY = 'Q' };

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

static int open_socket(int type, const char *host, const char *port, bool listening)
{
	struct sockaddr_in a = address(host, port);
	int s = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;

	if (s < 0)
		die("socket");
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listening ? bind(s, (void *)&a, sizeof(a)) : connect(s, (void *)&a, sizeof(a)))
		die(host);
	if (listening && type == SOCK_STREAM && listen(s, 1024))
		die("listen");
	return s;
}

/* ---- the serving side: one process, so that nobody waits for a fork but long transfers ---- */

static void sink(int s)
{
	struct count c = { 0 };
	ssize_t n;

	while ((n = read(s, buf, sizeof(buf))) > 0) {
		c.last = now();
		if (!c.nr)
			c.first = c.last;
		c.nr += n;
	}
	n = write(s, &c, sizeof(c));
}

static void source(int s)
{
	while (write(s, buf, sizeof(buf)) > 0)
		;
}

static void serve_peer(int s, struct count *udp)
{
	char what = 0;

	if (recv(s, &what, 1, 0) == 1 && what == QUERY) {
		what = write(s, udp, sizeof(*udp)) > 0;
		*udp = (struct count){ 0 };
	} else if (what && !fork()) {
		what == SINK ? sink(s) : source(s);
		_exit(0);
	}
	close(s);
}

static void count_datagrams(int s, struct count *c)
{
	while (recv(s, buf, sizeof(buf), MSG_DONTWAIT) >= 0) {
		c->last = now();
		if (!c->nr++)
			c->first = c->last;
	}
}

static int serve(char **argv)
{
	int tcp = open_socket(SOCK_STREAM, "0.0.0.0", argv[2], true), udp = open_socket(SOCK_DGRAM, "0.0.0.0", argv[2], true);
	struct pollfd fds[] = { { .fd = tcp, .events = POLLIN }, { .fd = udp, .events = POLLIN } };
	int size = 4 << 20;
	struct count count = { 0 };

	setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	while (poll(fds, 2, -1) >= 0) {
		if (fds[1].revents)
			count_datagrams(udp, &count);
		if (fds[0].revents)
			serve_peer(accept(tcp, NULL, NULL), &count);
	}
	return 1;
}

static int agent(char **argv)
{
	int s = open_socket(SOCK_STREAM, "0.0.0.0", argv[2], true), c;
	char line[1024];
	ssize_t n;

	while ((c = accept(s, NULL, NULL)) >= 0) {
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

static void get_count(int s, struct count *c)
{
	if (recv(s, c, sizeof(*c), MSG_WAITALL) != sizeof(*c))
		die("no answer");
}

static void query(char **argv, struct count *c)
{
	int s = open_socket(SOCK_STREAM, argv[2], argv[3], false);
	char what = QUERY;

	if (write(s, &what, 1) != 1)
		die("write");
	get_count(s, c);
	close(s);
}

static void print_rate(const struct count *c, double scale)
{
	printf("%.1f\n", c->last > c->first ? c->nr * scale * 1e9 / (c->last - c->first) : 0);
}

static int transfer(char **argv)
{
	uint64_t end = now() + atoi(argv[4]) * 1000000000ULL;
	int s = open_socket(SOCK_STREAM, argv[2], argv[3], false);
	bool sending = !strcmp(argv[1], "send");
	char what = sending ? SINK : SOURCE;
	struct count c = { 0 };
	ssize_t n = write(s, &what, 1);

	while (n > 0 && now() < end) {
		n = sending ? write(s, buf, sizeof(buf)) : read(s, buf, sizeof(buf));
		if (sending || n <= 0)
			continue;
		c.last = now();
		c.first = c.nr ? c.first : c.last;
		c.nr += n;
	}
	if (sending) {
		shutdown(s, SHUT_WR);
		get_count(s, &c);
	}
	printf("%llu ", (unsigned long long)c.nr);
	print_rate(&c, 8e-6);
	return n <= 0;
}

static int datagrams(char **argv)
{
	uint64_t end = now() + atoi(argv[4]) * 1000000000ULL;
	int s = open_socket(SOCK_DGRAM, argv[2], argv[3], false), size = atoi(argv[5]), i;
	struct count c;

	query(argv, &c);
	while (now() < end)
		for (i = 0; i < 64; i++)
			if (send(s, buf, size, 0) < 0 && errno != ENOBUFS && errno != ECONNREFUSED)
				die("send");
	usleep(300000);
	query(argv, &c);
	print_rate(&c, 1);
	return 0;
}

static int flows(char **argv)
{
	uint64_t end = now() + atoi(argv[4]) * 1000000000ULL;
	struct count c;

	query(argv, &c);
	while (now() < end) {
		int s = open_socket(SOCK_DGRAM, argv[2], argv[3], false);

		if (send(s, buf, 18, 0) < 0 && errno != ENOBUFS)
			die("send");
		close(s);
	}
	usleep(300000);
	query(argv, &c);
	print_rate(&c, 1);
	return 0;
}

static int connects(char **argv)
{
	struct count c = { .first = now() };
	struct linger reset = { 1, 0 };

	do {
		int s = open_socket(SOCK_STREAM, argv[2], argv[3], false);

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
	{ "datagrams", 6, datagrams }, { "flows", 5, flows }, { "connect", 5, connects },
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
