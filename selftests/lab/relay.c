// SPDX-License-Identifier: GPL-2.0-or-later
/* relay.c - the host end of the lab's wire: owns the QEMU process, its time limit and its end. */
#define _GNU_SOURCE
#include "frame.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#define WIRE_FD 3	/* where QEMU finds its end: -chardev socket,fd=3 */
#define GONE -1		/* QEMU ended before the command's status came */

struct relay {
	int wire, in, signals, timer;
	pid_t qemu;
	bool ready;
	const char *command;
	struct lab_frame from;
	uint8_t to[sizeof(struct lab_header) + LAB_CHUNK];
	size_t to_len, to_done;
};

static void die(const char *what)
{
	fprintf(stderr, "lab: %s: %s\n", what, strerror(errno));
	exit(125);
}

static pid_t start_qemu(int wire, const char *log, char **argv)
{
	pid_t parent = getpid(), pid = fork();
	sigset_t none;
	int fd;

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	setpgid(0, 0);		/* ^C is for us to judge */
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, 0);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	dup2(fd, 1);
	dup2(fd, 2);
	if (wire != WIRE_FD)
		dup2(wire, WIRE_FD);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTTIN, SIG_DFL);
	execvp(argv[0], argv);
	_exit(125);
}

static void take_input(struct relay *r)
{
	uint8_t *body = r->to + sizeof(struct lab_header);
	ssize_t n = read(r->in, body, LAB_CHUNK);
	struct lab_header head = { .channel = LAB_STDIN };

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		n = 0;
		r->in = -1;
	}
	head.len = n;
	memcpy(r->to, &head, sizeof(head));
	r->to_len = sizeof(head) + n;
	r->to_done = 0;
}

static void send_input(struct relay *r)
{
	ssize_t n = send(r->wire, r->to + r->to_done, r->to_len - r->to_done, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return;
	r->to_done += n;
	if (r->to_done == r->to_len)
		r->to_done = r->to_len = 0;
}

static void send_command(struct relay *r)
{
	size_t left = strlen(r->command);

	for (const char *at = r->command; left;) {
		size_t n = left < LAB_CHUNK ? left : LAB_CHUNK;

		if (lab_frame_write(r->wire, LAB_COMMAND, at, n))
			die("the wire to dom0");
		at += n;
		left -= n;
	}
	if (lab_frame_write(r->wire, LAB_COMMAND, NULL, 0))
		die("the wire to dom0");
	r->ready = true;
}

/* Returns the command's status, or GONE when there is none yet. */
static int take_frame(struct relay *r)
{
	int got = lab_frame_read(r->wire, &r->from);

	if (got < 0) {
		r->wire = -1;
		return GONE;
	}
	if (!got)
		return GONE;
	r->from.got = 0;
	switch (r->from.head.channel) {
	case LAB_STDOUT:
	case LAB_STDERR:
		if (lab_write_all(r->from.head.channel, r->from.body, r->from.head.len))
			return 128 + SIGPIPE;
		return GONE;
	case LAB_READY:
		send_command(r);
		return GONE;
	case LAB_EXIT:
		return r->from.body[0];
	}
	return GONE;
}

/* Returns the status to leave with, or GONE. */
static int carry(struct relay *r)
{
	enum { WIRE, IN, SIG, TIMER, NR };
	struct signalfd_siginfo info;
	int status = GONE;

	for (;;) {
		struct pollfd p[NR] = {
			[WIRE] = { .fd = r->wire, .events = POLLIN | (r->to_len ? POLLOUT : 0) },
			[IN] = { .fd = r->ready && !r->to_len ? r->in : -1, .events = POLLIN },
			[SIG] = { .fd = r->signals, .events = POLLIN },
			[TIMER] = { .fd = r->timer, .events = POLLIN },
		};

		if (poll(p, NR, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[WIRE].revents & (POLLIN | POLLHUP | POLLERR))
			status = take_frame(r);
		if (status != GONE)
			return status;
		if (p[WIRE].revents & POLLOUT)
			send_input(r);
		if (p[IN].revents)
			take_input(r);
		if (p[TIMER].revents)
			return 124;
		if (!p[SIG].revents || read(r->signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			return 128 + info.ssi_signo;
		if (waitpid(r->qemu, NULL, WNOHANG) == r->qemu) {
			r->qemu = 0;
			while (r->wire >= 0 && status == GONE)
				status = take_frame(r);
			return status;
		}
	}
}

static void show_end_of(const char *log)
{
	char buf[3000];
	int fd = open(log, O_RDONLY);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n;

	if (fd < 0)
		return;
	lseek(fd, size > (off_t)sizeof(buf) ? size - (off_t)sizeof(buf) : 0, SEEK_SET);
	n = read(fd, buf, sizeof(buf));
	if (n > 0)
		(void)!write(2, buf, n);
	close(fd);
}

static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);	/* started with &: input is at its end */
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* relay SECONDS LOG COMMAND QEMU ARGS…: LOG is the file QEMU writes the serial console to. */
int main(int argc, char **argv)
{
	static struct relay r;
	struct itimerspec limit = { 0 };
	int pair[2], status;

	if (argc < 5)
		return 2;
	limit.it_value.tv_sec = atol(argv[1]);
	r.command = argv[3];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	r.wire = fcntl(pair[0], F_DUPFD_CLOEXEC, 10);
	close(pair[0]);
	r.signals = watch_signals();
	r.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	timerfd_settime(r.timer, 0, &limit, NULL);
	r.qemu = start_qemu(pair[1], argv[2], argv + 4);
	close(pair[1]);

	status = carry(&r);
	if (r.qemu) {
		kill(r.qemu, SIGKILL);
		waitpid(r.qemu, NULL, 0);
	}
	if (status == GONE) {
		show_end_of(argv[2]);
		fprintf(stderr, "\nlab: dom0 ended before the command did; the whole log: %s\n", argv[2]);
		return 125;
	}
	if (status == 124)
		fprintf(stderr, "lab: time limit of %s s reached %s; log: %s\n", argv[1],
			r.ready ? "while the command ran" : "before dom0 was up", argv[2]);
	return status;
}
