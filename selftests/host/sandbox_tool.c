// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inside the sandbox of hypha-image, or some layers of it, one try at something; for sandbox.sh.
 *	sandbox_tool [-n] [-l LAYER]... [-r PATH]... [-w PATH]... TRY [ARGUMENT]...
 * -n: with the network; -l: only these layers, none by the name none. Prints "ok", or the errno's name and exits with 1; a signal
 * is a signal. What the layers lack is told on stderr.
 */
#include "hypha-image/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

/* All tries: 0, or -1 with errno. */
static int try_nothing(char **arg)
{
	return 0;
}

/* A try's answer; what it got goes with the process. */
static int got(intptr_t what)
{
	return what < 0 ? -1 : 0;
}

static int try_read(char **arg)
{
	char byte;
	int fd = open(arg[0], O_RDONLY | O_NONBLOCK);

	return fd < 0 || read(fd, &byte, 1) < 0 ? -1 : 0;
}

static int try_list(char **arg)
{
	return got(open(arg[0], O_RDONLY | O_DIRECTORY));
}

static int try_stat(char **arg)
{
	struct stat st;

	return stat(arg[0], &st);
}

static int try_write(char **arg)
{
	return got(open(arg[0], O_WRONLY | O_CREAT | O_NONBLOCK, 0600));
}

static int try_rename(char **arg)
{
	return rename(arg[0], arg[1]);
}

static int try_chmod(char **arg)
{
	int fd = open(arg[0], O_RDONLY);

	return fd < 0 || fchmod(fd, 0600) ? -1 : 0;
}

static int try_fifo(char **arg)
{
	return mkfifo(arg[0], 0600);
}

static int try_symlink(char **arg)
{
	return symlink("x", arg[0]);
}

static int try_exec(char **arg)
{
	return execv(arg[0], arg);
}

static int try_fork(char **arg)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static void *nothing(void *arg)
{
	return arg;
}

static int try_thread(char **arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, nothing, NULL);
	return errno || pthread_join(thread, NULL) ? -1 : 0;
}

static int try_mount(char **arg)
{
	return mount("none", arg[0], "tmpfs", 0, NULL);
}

static int try_unshare(char **arg)
{
	return unshare(CLONE_NEWUSER);
}

/* FAMILY TYPE PROTOCOL */
static int try_socket(char **arg)
{
	return got(socket(atoi(arg[0]), atoi(arg[1]), atoi(arg[2])));
}

/* TYPE */
static int try_pair(char **arg)
{
	int ends[2];

	return socketpair(AF_UNIX, atoi(arg[0]), 0, ends);
}

/* NAME: is it in the environment */
static int try_env(char **arg)
{
	errno = ENOENT;
	return getenv(arg[0]) ? 0 : -1;
}

/* HOST PORT; no such name is ENODATA */
static int try_connect(char **arg)
{
	struct addrinfo *info, hints = { .ai_socktype = SOCK_STREAM };
	int fd;

	if (getaddrinfo(arg[0], arg[1], &hints, &info)) {
		errno = ENODATA;
		return -1;
	}
	fd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
	return fd < 0 ? -1 : connect(fd, info->ai_addr, info->ai_addrlen);
}

static int try_loopback(char **arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(arg[0])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* PATH, or @NAME of an abstract one */
static int try_unix(char **arg)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(to.sun_path, arg[0], sizeof(to.sun_path) - 1);
	if (*arg[0] == '@')
		to.sun_path[0] = '\0';
	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, offsetof(struct sockaddr_un, sun_path) + strlen(arg[0]));
}

static int try_ptrace(char **arg)
{
	return ptrace(PTRACE_ATTACH, atoi(arg[0]), NULL, NULL);
}

static int try_kill(char **arg)
{
	return kill(atoi(arg[0]), 0);
}

static int try_abort(char **arg)
{
	abort();
}

static int try_code(char **arg)
{
	return got((intptr_t)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int try_code_later(char **arg)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) ? -1 : 0;
}

static int try_type(char **arg)
{
	return ioctl(STDERR_FILENO, TIOCSTI, "x");
}

static int try_terminal(char **arg)
{
	struct winsize ws;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && errno != ENOTTY ? -1 : 0;
}

/* Who is not below its root may go up to where all begins. */
static int try_escape(char **arg)
{
	struct stat st;

	if (mkdir(arg[0], 0700) || chroot(arg[0]))
		return -1;
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			return -1;
	return stat("etc/passwd", &st);
}

static int try_setuid(char **arg)
{
	return setuid(1);
}

static int try_chown(char **arg)
{
	return chown(arg[0], 1, 1);
}

static int try_handle(char **arg)
{
	return signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0;
}

/* As on i386, where the numbers are others: 20 is getpid. */
static int try_other_arch(char **arg)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret) : "a" (20) : "memory");
	return ret < 0 ? -1 : 0;
}

/* NUMBER: any other, with arguments that are 0 */
static int try_call(char **arg)
{
	return syscall(atoi(arg[0]), 0, 0, 0, 0, 0, 0) < 0 ? -1 : 0;
}

/* The lines of /proc/self/status that begin so; opened before the sandbox forbids it. */
static int status_fd;

static int try_status(char **arg)
{
	char text[8192], *line, *rest;
	ssize_t n = pread(status_fd, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!strncmp(line, arg[0], strlen(arg[0])))
			printf("%s\n", line);
	return n < 0 ? -1 : 0;
}

/* A core, or more files than were set as the soft limit: either is ok. */
static int try_excess(char **arg)
{
	struct rlimit core, files;

	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &files);
	errno = ERANGE;
	return core.rlim_max || prctl(PR_GET_DUMPABLE) || files.rlim_max > files.rlim_cur ? 0 : -1;
}

static const struct {
	const char *name;
	int nr_args;
	int (*try)(char **arg);
} tries[] = {
	{ "nothing", 0, try_nothing }, { "read", 1, try_read }, { "list", 1, try_list }, { "stat", 1, try_stat },
	{ "write", 1, try_write }, { "rename", 2, try_rename }, { "chmod", 1, try_chmod }, { "fifo", 1, try_fifo },
	{ "symlink", 1, try_symlink }, { "exec", 1, try_exec }, { "fork", 0, try_fork }, { "thread", 0, try_thread },
	{ "mount", 1, try_mount }, { "unshare", 0, try_unshare }, { "socket", 3, try_socket },
	{ "connect", 2, try_connect }, { "loopback", 1, try_loopback }, { "unix", 1, try_unix }, { "ptrace", 1, try_ptrace },
	{ "kill", 1, try_kill }, { "abort", 0, try_abort }, { "code", 0, try_code }, { "code-later", 0, try_code_later },
	{ "type", 0, try_type }, { "terminal", 0, try_terminal }, { "setuid", 0, try_setuid }, { "escape", 1, try_escape },
	{ "chown", 1, try_chown }, { "pair", 1, try_pair }, { "env", 1, try_env },
	{ "handle-sigsys", 0, try_handle }, { "other-arch", 0, try_other_arch }, { "call", 1, try_call },
	{ "status", 1, try_status }, { "excess", 0, try_excess },
};

static int attempt(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (strcmp(tries[i].name, argv[0]) || argc - 1 < tries[i].nr_args)
			continue;
		if (tries[i].try(argv + 1)) {
			printf("%s\n", strerrorname_np(errno));
			return 1;
		}
		printf("ok\n");
		return 0;
	}
	fprintf(stderr, "sandbox_tool: no such try: %s\n", argv[0]);
	return 2;
}

static void enter_some(const struct sandbox *box, char **names, struct buf *lacks)
{
	for (const struct sandbox_layer *layer = sandbox_layers; layer->name; layer++)
		for (char **name = names; *name; name++)
			if (!strcmp(*name, layer->name) && layer->enter(box))
				buf_addf(lacks, "%s ", layer->name);
}

int main(int argc, char **argv)
{
	struct sandbox box = { .network = false };
	char *layers[16] = { NULL };
	struct buf lacks = BUF_INIT;
	size_t nr = 0;
	int c;

	while ((c = getopt(argc, argv, "+nl:r:w:")) != -1) {
		if (c == 'n')
			box.network = true;
		else if (c == 'l')
			layers[nr++] = optarg;
		else
			places_add(&box.places, optarg, c == 'w');
	}
	if (optind == argc)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	status_fd = open("/proc/self/status", O_RDONLY);
	if (nr)
		enter_some(&box, layers, &lacks);
	else
		sandbox_enter(&box, &lacks);
	if (lacks.len)
		fprintf(stderr, "lacks %s\n", lacks.data);
	return attempt(argc - optind, argv + optind);
}
