// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * killstep N COMMAND… - runs COMMAND and kills it, with all it has started, at its N-th stop: each system call of each of its
 * threads and processes stops twice, before the kernel begins with it and when it is done. N of 0 never comes.
 *
 * Says on stderr where it killed, or how many stops there were. Exit status: 137 killed, 125 killstep failed, else COMMAND's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		 PTRACE_O_TRACECLONE)
#define SYSCALL_STOP (SIGTRAP | 0x80)	/* TRACESYSGOOD */
#define TASKS_MAX 256

enum { EXIT_KILLED = 137, EXIT_US = 125 };

static const char *const names[] = {
#include "syscalls.h"
};

static pid_t tasks[TASKS_MAX];	/* all that live */
static size_t nr_tasks;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_US);	/* EXITKILL: whoever is left goes with us */
}

static size_t find_task(pid_t task)
{
	size_t i = 0;

	while (i < nr_tasks && tasks[i] != task)
		i++;
	return i;
}

static void add_task(pid_t task)
{
	if (find_task(task) < nr_tasks)
		return;
	if (nr_tasks == TASKS_MAX) {
		errno = ENFILE;
		die("killstep");
	}
	tasks[nr_tasks++] = task;
}

static void del_task(pid_t task)
{
	size_t i = find_task(task);

	if (i < nr_tasks)
		tasks[i] = tasks[--nr_tasks];
}

/* Stopped before its first instruction. */
static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			die("PTRACE_TRACEME");
		execvp(*argv, argv);
		die(*argv);
	}
	if (waitpid(pid, &(int){ 0 }, 0) != pid || ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS))
		die("PTRACE_SETOPTIONS");
	add_task(pid);
	return pid;
}

/* A system call that never returns has one stop only. */
static void tell(pid_t task, long stop)
{
	struct __ptrace_syscall_info info = { 0 };
	struct user_regs_struct regs = { 0 };
	const char *name;

	ptrace(PTRACE_GET_SYSCALL_INFO, task, sizeof(info), &info);
	ptrace(PTRACE_GETREGS, task, NULL, &regs);
	name = regs.orig_rax < sizeof(names) / sizeof(*names) ? names[regs.orig_rax] : NULL;
	fprintf(stderr, "killstep: killed at %ld, %s %s (%llu), one of %zu\n", stop,
		info.op == PTRACE_SYSCALL_INFO_ENTRY ? "before" : "after", name ? name : "?", regs.orig_rax, nr_tasks);
}

/* Who is born meanwhile is a tracee too, and reports once. */
static void kill_all(void)
{
	pid_t task;
	int status;

	for (size_t i = 0; i < nr_tasks; i++)
		kill(tasks[i], SIGKILL);
	while ((task = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)
		if (task > 0 && WIFSTOPPED(status))
			kill(task, SIGKILL);
}

/* The signal it goes on with: none of ours. A new task begins with a SIGSTOP; nobody here stops anybody else. */
static int signal_of(int status)
{
	int sig = WSTOPSIG(status);

	return sig == SYSCALL_STOP || sig == SIGSTOP || status >> 16 ? 0 : sig;
}

/* Return: the number of stops, or -1 when the @last has come. */
static long step(pid_t first, long last, int *result)
{
	long stops = 0;
	int status;
	pid_t task;

	while ((task = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (task < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			del_task(task);
			if (task == first)
				*result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			continue;
		}
		add_task(task);
		if (WSTOPSIG(status) == SYSCALL_STOP && ++stops == last) {
			tell(task, stops);
			return -1;
		}
		ptrace(PTRACE_SYSCALL, task, NULL, signal_of(status));
	}
	return stops;
}

int main(int argc, char **argv)
{
	int result = EXIT_US;
	pid_t first;
	long stops;

	if (argc < 3) {
		fprintf(stderr, "usage: killstep N COMMAND [ARGUMENT…]\n");
		return EXIT_US;
	}
	first = start(argv + 2);
	ptrace(PTRACE_SYSCALL, first, NULL, 0);
	stops = step(first, atol(argv[1]), &result);
	if (stops < 0) {
		kill_all();
		return EXIT_KILLED;
	}
	fprintf(stderr, "killstep: %ld stops\n", stops);
	return result;
}
