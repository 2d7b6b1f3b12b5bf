// SPDX-License-Identifier: GPL-2.0-or-later
/* One poll loop: dead children, stop requests, the console's bytes, new devices. */
#include "reap.h"

#include "console.h"
#include "exec.h"
#include "pump.h"
#include "report.h"
#include "uevent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LAST_WAIT_S 5	/* for processes that even SIGKILL does not end */

static const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2 };
static struct pump output = { .from = -1, .to = -1 }, input = { .from = -1, .to = -1 };
static int action = RB_POWER_OFF;

/* The command, while there is one. */
struct command {
	const struct config *config;
	pid_t pid;
	int status;		/* as of wait(); valid when ended */
	bool ended, stopping, killed;
	long deadline;		/* seconds, for SIGKILL */
};

void reap_block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	reboot(RB_DISABLE_CAD);		/* ctrl-alt-del becomes SIGINT to process 1 */
}

static void default_signals(void)
{
	sigset_t none;

	for (int s = 1; s < 65; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static long now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The ends the command gets, or -1 to leave the console. */
struct stdio {
	int in, out;
};

/* A pipe whose one end, for the command, blocks; the other is the pump's. Return: the command's end. */
static int pump_pipe(struct pump *p, bool outward)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	fcntl(fds[outward ? 0 : 1], F_SETFL, O_NONBLOCK);
	*(outward ? &p->from : &p->to) = fds[outward ? 0 : 1];
	*(outward ? &p->to : &p->from) = console_reopen((outward ? O_WRONLY : O_RDONLY) | O_NONBLOCK);
	return fds[outward ? 1 : 0];
}

static struct stdio open_stdio(const struct config *c)
{
	struct stdio s = { -1, -1 };

	if (c->terminal) {
		console_control();
		return s;
	}
	console_raw(c->open_stdin);
	s.out = pump_pipe(&output, true);
	s.in = c->open_stdin ? pump_pipe(&input, false) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	return s;
}

/* The command leads a process group of its own: on a terminal the foreground one, else in a session of its own too. */
static void enter_stdio(const struct stdio *s)
{
	if (s->out < 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		return;
	}
	setsid();
	dup2(s->in, 0);
	dup2(s->out, 1);
	dup2(s->out, 2);
}

/* Return: 0 once the command runs; else the exit code of its start, which has said why. */
static int await_start(int fd)
{
	unsigned char code = 0;

	while (read(fd, &code, 1) < 0 && errno == EINTR)
		;
	close(fd);
	return code;
}

static void become_command(const struct config *c, const struct stdio *s, int report)
{
	unsigned char code;

	enter_stdio(s);
	default_signals();
	code = exec_command(c);
	(void)!write(report, &code, 1);
	_exit(code);
}

/* Return: 0, or the exit code if it did not start. */
static int start(struct command *cmd)
{
	struct stdio s = open_stdio(cmd->config);
	int report[2], code;

	if (pipe2(report, O_CLOEXEC))
		return EXIT_HYPHA;
	cmd->pid = fork();
	if (!cmd->pid)
		become_command(cmd->config, &s, report[1]);
	close(report[1]);
	if (s.out >= 0) {
		close(s.in);
		close(s.out);
	}
	if (cmd->pid < 0) {
		say("fork: %s", strerror(errno));
		close(report[0]);
		return EXIT_HYPHA;
	}
	code = await_start(report[0]);
	if (!code)
		report_ready();
	return code;
}

static void stop(struct command *cmd)
{
	if (cmd->stopping || cmd->ended)
		return;
	cmd->stopping = true;
	cmd->deadline = now_s() + cmd->config->grace;
	kill(cmd->pid, cmd->config->stop_signal);
}

static void kill_if_late(struct command *cmd)
{
	if (!cmd->stopping || cmd->killed || now_s() < cmd->deadline)
		return;
	cmd->killed = true;
	kill(cmd->pid, SIGKILL);
}

static void reap(struct command *cmd)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != cmd->pid)
			continue;
		cmd->ended = true;
		cmd->status = status;
	}
}

/* Stop requests use the signals busybox's poweroff, halt and reboot send. */
static void take_signals(int fd, struct command *cmd)
{
	struct signalfd_siginfo s;

	while (read(fd, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGCHLD) {
			reap(cmd);
			continue;
		}
		if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT)
			action = RB_AUTOBOOT;
		stop(cmd);
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&set, handled[i]);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int reap_run(const struct config *c, int uevents)
{
	struct command cmd = { .config = c };
	int signals = open_signals(), code = start(&cmd);

	if (code)
		return code;
	while (!cmd.ended) {
		struct pollfd p[] = {
			{ .fd = signals, .events = POLLIN }, { .fd = uevents, .events = POLLIN }, pump_poll(&output), pump_poll(&input),
		};

		poll(p, 4, cmd.stopping && !cmd.killed ? 250 : -1);
		if (p[1].revents)
			uevent_handle(uevents);
		if (p[2].revents)
			pump_step(&output);
		if (p[3].revents)
			pump_step(&input);
		take_signals(signals, &cmd);
		kill_if_late(&cmd);
	}
	return exit_code(cmd.status);
}

static void end_processes(void)
{
	long deadline = now_s() + LAST_WAIT_S;
	sigset_t child;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	kill(-1, SIGKILL);
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0 && now_s() < deadline)
		if (!pid)
			sigtimedwait(&child, NULL, &(struct timespec){ .tv_nsec = 100000000 });
}

/* First everything written by the command, then its exit code, then the end of the machine. */
void reap_power_off(int code)
{
	end_processes();
	pump_finish(&output);
	sync();
	console_drain();
	report_exit(code);
	console_silence();
	reboot(action);
	for (;;)
		pause();
}
