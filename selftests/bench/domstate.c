// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * domstate unpaused CMD ARG… - runs a command with its output on stderr; prints the nanoseconds from before fork until Xen
 *	says of the domain the command made that it is no longer paused, whoever made it and how.
 * domstate shutdown DOMID - waits until Xen says that the domain has shut down; prints CLOCK_MONOTONIC's nanoseconds then.
 *
 * Asks Xen each millisecond through /dev/xen/privcmd (modprobe xen-privcmd).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* linux/include/uapi/xen/privcmd.h, which cannot be included by itself. */
struct privcmd_hypercall {
	uint64_t op, arg[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

#define HYPERCALL_DOMCTL 36
#define GETDOMAININFO 5
#define DYING 1U
#define SHUTDOWN 4U
#define PAUSED 8U

/* struct xen_domctl with the beginning of getdomaininfo's answer, which is of the first domain whose id is not below @asked. */
struct domctl {
	uint32_t cmd, version;
	uint16_t asked, pad[3];
	uint16_t domid, pad2;
	uint32_t flags;
	uint8_t rest[120];
};

static struct domctl *op;	/* locked: Xen does not fault pages in */
static int privcmd;
static uint32_t version;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int ask(unsigned int domid)
{
	struct privcmd_hypercall call = { .op = HYPERCALL_DOMCTL, .arg = { (uintptr_t)op } };

	*op = (struct domctl) { .cmd = GETDOMAININFO, .version = version, .asked = (uint16_t)domid };
	return ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &call) < 0 ? -errno : 0;
}

static void begin(void)
{
	privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	op = mmap(NULL, sizeof(*op), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	if (privcmd < 0 || op == MAP_FAILED) {
		perror("/dev/xen/privcmd");
		exit(125);
	}
	for (version = 0x18; version >= 0x12; version--)
		if (!ask(0))
			return;
	fprintf(stderr, "domstate: Xen does not answer\n");
	exit(125);
}

static void pause_a_bit(void)
{
	nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
}

/* Ids are given out in ascending order. */
static int newest(void)
{
	int id = 0;

	while (!ask((unsigned int)id + 1))
		id = op->domid;
	return id;
}

static int run(char **argv)
{
	pid_t pid = vfork();

	if (!pid) {
		dup2(2, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int unpaused(char **argv)
{
	int known = newest(), status, ended = 0;
	long long start = now(), seen = 0;
	pid_t pid = run(argv);

	while (!seen && !ended) {
		if (!ask((unsigned int)known + 1) && !(op->flags & PAUSED))
			seen = now();
		else
			pause_a_bit();
		ended = waitpid(pid, &status, WNOHANG) == pid;
	}
	if (!ended)
		waitpid(pid, &status, 0);
	if (!seen || !WIFEXITED(status) || WEXITSTATUS(status))
		return 1;
	printf("%lld\n", seen - start);
	return 0;
}

static int shut_down(unsigned int domid)
{
	while (!ask(domid) && op->domid == domid && !(op->flags & (SHUTDOWN | DYING)))
		pause_a_bit();
	printf("%lld\n", now());
	return 0;
}

int main(int argc, char **argv)
{
	begin();
	if (argc > 2 && !strcmp(argv[1], "unpaused"))
		return unpaused(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "shutdown"))
		return shut_down((unsigned int)atoi(argv[2]));
	fprintf(stderr, "usage: domstate unpaused CMD ARG… | domstate shutdown DOMID\n");
	return 125;
}
