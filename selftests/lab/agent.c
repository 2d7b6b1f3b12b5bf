// SPDX-License-Identifier: GPL-2.0-or-later
/* agent.c - the dom0 end of the lab's wire: runs one command and carries its input, output and status. */
#define _GNU_SOURCE
#include "frame.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define COMMAND_MAX (1 << 20)
#define DRAIN_MS 200	/* what others still write after the command's end is waited for this long */

struct agent {
	int port;
	int child_in;			/* non-blocking; -1 when closed */
	int out[2];			/* the command's stdout and stderr; -1 at their end */
	int signals;
	pid_t child;
	bool exited;
	int status;
	struct lab_frame in;
	size_t in_done;			/* bytes of a whole STDIN frame given to the command */
	bool in_whole;
};

static void die(const char *what)
{
	perror(what);
	_exit(125);
}

static pid_t start(struct agent *a, const char *command)
{
	int in[2], out[2], err[2];
	sigset_t none;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		die("/bin/sh");
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	a->child_in = in[1];
	a->out[0] = out[0];
	a->out[1] = err[0];
	fcntl(a->child_in, F_SETFL, O_NONBLOCK);
	return pid;
}

static void close_input(struct agent *a)
{
	if (a->child_in >= 0)
		close(a->child_in);
	a->child_in = -1;
}

/* Gives the command what is left of the frame in hand; the next frame is read only when this one is done. */
static void feed(struct agent *a)
{
	size_t left = a->in.head.len - a->in_done;
	ssize_t n = 0;

	if (a->in.head.channel == LAB_STDIN && !left)
		close_input(a);
	if (a->child_in >= 0 && left)
		n = write(a->child_in, a->in.body + a->in_done, left);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		close_input(a);
	a->in_done += n > 0 ? n : 0;
	if (a->child_in >= 0 && a->in_done < a->in.head.len)
		return;
	a->in_whole = false;
	a->in.got = 0;
}

static void take_frame(struct agent *a)
{
	int got = lab_frame_read(a->port, &a->in);

	if (got < 0)
		die("lab: the wire from the host broke");
	if (!got)
		return;
	a->in_whole = true;
	a->in_done = 0;
	feed(a);
}

/* Returns whether there was anything. */
static bool pass_output(struct agent *a, int which)
{
	uint8_t buf[LAB_CHUNK];
	ssize_t n = read(a->out[which], buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0) {
		close(a->out[which]);
		a->out[which] = -1;
		return false;
	}
	if (lab_frame_write(a->port, which ? LAB_STDERR : LAB_STDOUT, buf, n))
		die("lab: the wire to the host broke");
	return true;
}

static void reap(struct agent *a)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(a->signals, &info, sizeof(info)) < 0)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != a->child)
			continue;
		a->exited = true;
		a->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static void carry(struct agent *a)
{
	enum { PORT, IN, OUT, ERR, SIG, NR };

	for (;;) {
		struct pollfd p[NR] = {
			[PORT] = { .fd = a->in_whole ? -1 : a->port, .events = POLLIN },
			[IN] = { .fd = a->in_whole ? a->child_in : -1, .events = POLLOUT },
			[OUT] = { .fd = a->out[0], .events = POLLIN },
			[ERR] = { .fd = a->out[1], .events = POLLIN },
			[SIG] = { .fd = a->exited ? -1 : a->signals, .events = POLLIN },
		};
		bool more = false;

		if (a->exited)
			p[PORT].fd = p[IN].fd = -1;
		if (poll(p, NR, a->exited ? DRAIN_MS : -1) < 0 && errno != EINTR)
			die("poll");
		if (p[OUT].revents)
			more |= pass_output(a, 0);
		if (p[ERR].revents)
			more |= pass_output(a, 1);
		if (p[IN].revents)
			feed(a);
		if (p[PORT].revents)
			take_frame(a);
		if (p[SIG].revents)
			reap(a);
		else if (a->exited && !more)
			return;
	}
}

/* Returns the command the host sends; it lives as long as the process. */
static const char *receive_command(struct agent *a)
{
	char *command = calloc(1, COMMAND_MAX + 1);
	size_t len = 0;

	if (!command)
		die("calloc");
	for (;;) {
		int got = lab_frame_read(a->port, &a->in);

		if (got < 0 || (got && a->in.head.channel != LAB_COMMAND) || len + LAB_CHUNK > COMMAND_MAX)
			die("lab: no command came from the host");
		if (!got)
			continue;
		a->in.got = 0;
		if (!a->in.head.len)
			return command;
		memcpy(command + len, a->in.body, a->in.head.len);
		len += a->in.head.len;
	}
}

/* agent PORT: exits when the host has the command's status. */
int main(int argc, char **argv)
{
	struct agent a = { .child_in = -1, .out = { -1, -1 } };
	sigset_t chld;
	uint8_t status;
	int share;

	if (argc != 2)
		return 2;
	a.port = open(argv[1], O_RDWR | O_CLOEXEC);
	if (a.port < 0)
		die(argv[1]);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	signal(SIGPIPE, SIG_IGN);
	a.signals = signalfd(-1, &chld, SFD_CLOEXEC);

	lab_frame_write(a.port, LAB_READY, NULL, 0);
	a.child = start(&a, receive_command(&a));
	carry(&a);

	share = open("/share", O_RDONLY | O_DIRECTORY);
	if (share >= 0)
		syncfs(share);
	status = a.status;
	return lab_frame_write(a.port, LAB_EXIT, &status, 1) ? 125 : 0;
}
