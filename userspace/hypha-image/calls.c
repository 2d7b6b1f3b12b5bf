// SPDX-License-Identifier: GPL-2.0-or-later
/* The system calls a job may make, by seccomp. Tables; measured by strace of all suites of images, and what glibc does besides. */
#include "hypha-image/sandbox.h"

#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const int always[] = {
#define CALL(name) SCMP_SYS(name)
	/* files that are open */
	CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64), CALL(lseek), CALL(close), CALL(fstat),
	CALL(ftruncate), CALL(fsync), CALL(fdatasync), CALL(flock), CALL(fchmod), CALL(fgetxattr), CALL(fsetxattr), CALL(getdents64),
	CALL(poll), CALL(ppoll),
	/* and by name, where Landlock and the view allow it */
	CALL(openat), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(newfstatat), CALL(statx), CALL(readlink), CALL(readlinkat),
	CALL(getcwd), CALL(mkdir), CALL(mkdirat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(unlink), CALL(unlinkat),
	CALL(rmdir),
	/* memory, threads, signals */
	CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL(futex), CALL(set_robust_list), CALL(rseq), CALL(sched_yield),
	CALL(sched_getaffinity), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(exit), CALL(exit_group), CALL(restart_syscall),
	/* who, where, when, how much */
	CALL(getpid), CALL(gettid), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid), CALL(uname), CALL(sysinfo),
	CALL(getrandom), CALL(clock_gettime), CALL(clock_nanosleep), CALL(nanosleep), CALL(gettimeofday), CALL(time),
};

static const int network[] = {
	CALL(connect), CALL(bind), CALL(shutdown), CALL(getsockname), CALL(getpeername), CALL(getsockopt), CALL(setsockopt),
	CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(recvfrom), CALL(recvmsg), CALL(pipe), CALL(pipe2), CALL(eventfd2),
};

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define ALLOW SCMP_ACT_ALLOW
#define MASK SCMP_CMP_MASKED_EQ
#define EQ SCMP_CMP_EQ
#define IS(arg, value) SCMP_CMP(arg, EQ, value, 0)

/* By an argument. */
static const struct rule {
	int call;
	uint32_t action;
	bool network;
	struct scmp_arg_cmp is;
} rules[] = {
	/* no code but what was there at the start; a library that would be loaded is not there */
	{ CALL(mmap), ALLOW, false, { 2, MASK, PROT_EXEC, 0 } },
	{ CALL(mmap), SCMP_ACT_ERRNO(EACCES), false, { 2, MASK, PROT_EXEC, PROT_EXEC } },
	{ CALL(mprotect), ALLOW, false, { 2, MASK, PROT_EXEC, 0 } },
	{ CALL(mprotect), SCMP_ACT_ERRNO(EACCES), false, { 2, MASK, PROT_EXEC, PROT_EXEC } },
	/* threads, no processes; the arguments of clone3 cannot be seen: glibc then takes clone */
	{ CALL(clone), ALLOW, false, { 0, MASK, CLONE_THREAD | NAMESPACES, CLONE_THREAD } },
	{ CALL(fcntl), ALLOW, false, { 1, EQ, F_GETFL, 0 } },
	{ CALL(fcntl), ALLOW, false, { 1, EQ, F_SETFL, 0 } },
	{ CALL(fcntl), ALLOW, false, { 1, EQ, F_GETFD, 0 } },
	{ CALL(fcntl), ALLOW, false, { 1, EQ, F_SETFD, 0 } },
	{ CALL(fcntl), ALLOW, false, { 1, EQ, F_DUPFD_CLOEXEC, 0 } },
	{ CALL(ioctl), ALLOW, false, { 1, EQ, TCGETS, 0 } },		/* is it a terminal, */
	{ CALL(ioctl), ALLOW, false, { 1, EQ, TIOCGWINSZ, 0 } },	/* how wide; what could be typed for its user is not here */
	{ CALL(ioctl), ALLOW, true, { 1, EQ, FIONREAD, 0 } },
	{ CALL(ioctl), ALLOW, true, { 1, EQ, FIONBIO, 0 } },
	{ CALL(prlimit64), ALLOW, false, { 2, EQ, 0, 0 } },		/* to look */
	{ CALL(prctl), ALLOW, false, { 0, EQ, PR_SET_NAME, 0 } },
	{ CALL(rt_sigaction), ALLOW, false, { 0, SCMP_CMP_NE, SIGSYS, 0 } },
	/* a root daemon's abstract socket would take our word for root: nscd and its like are passed over */
	{ CALL(socket), SCMP_ACT_ERRNO(EAFNOSUPPORT), true, { 0, EQ, AF_UNIX, 0 } },
};

/* Without SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define SOCK_TYPE 0xf

/* TCP and UDP. */
static const struct {
	int type, protocol;
} transports[] = {
	{ SOCK_STREAM, 0 }, { SOCK_STREAM, IPPROTO_TCP }, { SOCK_DGRAM, 0 }, { SOCK_DGRAM, IPPROTO_UDP },
};

/* A handler for SIGSYS that cannot be replaced tells what it was, and lets the signal have its way. */
static void stopped(int sig, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	(void)context;
	dprintf(STDOUT_FILENO, "system call %d (%s)", info->si_syscall, name ? name : "unknown");
	raise(sig);
}

static int handle_stop(void)
{
	struct sigaction sa = { .sa_sigaction = stopped, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESETHAND };

	return sigaction(SIGSYS, &sa, NULL) ? -errno : 0;
}

static int allow_all(scmp_filter_ctx ctx, const int *calls, size_t nr)
{
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++)
		err = seccomp_rule_add(ctx, ALLOW, calls[i], 0);
	return err;
}

static int add_rules(scmp_filter_ctx ctx, bool with_network)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(rules) / sizeof(rules[0]); i++)
		if (with_network || !rules[i].network)
			err = seccomp_rule_add_array(ctx, rules[i].action, rules[i].call, 1, &rules[i].is);
	return err;
}

static int allow_family(scmp_filter_ctx ctx, int family)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(transports) / sizeof(transports[0]); i++)
		err = seccomp_rule_add(ctx, ALLOW, SCMP_SYS(socket), 3, IS(0, family),
				       SCMP_A1(MASK, SOCK_TYPE, transports[i].type), IS(2, transports[i].protocol));
	return err;
}

static int add_sockets(scmp_filter_ctx ctx)
{
	int err = allow_family(ctx, AF_INET);

	if (!err)
		err = allow_family(ctx, AF_INET6);
	if (!err)	/* which addresses this machine has */
		err = seccomp_rule_add(ctx, ALLOW, SCMP_SYS(socket), 2, IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE));
	if (!err)	/* of datagrams, one could be sent to a third: to a daemon's abstract name */
		err = seccomp_rule_add(ctx, ALLOW, SCMP_SYS(socketpair), 2, IS(0, AF_UNIX),
				       SCMP_A1(MASK, SOCK_TYPE, SOCK_STREAM));
	return err;
}

/* What the tables cannot say. */
static int add_others(scmp_filter_ctx ctx)
{
	int err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (!err)	/* raise() and abort() */
		err = seccomp_rule_add(ctx, ALLOW, SCMP_SYS(tgkill), 1, IS(0, getpid()));
	return err;
}

static int fill(scmp_filter_ctx ctx, bool with_network)
{
	int err = allow_all(ctx, always, sizeof(always) / sizeof(always[0]));

	if (!err && with_network)
		err = allow_all(ctx, network, sizeof(network) / sizeof(network[0]));
	if (!err)
		err = add_rules(ctx, with_network);
	if (!err)
		err = add_others(ctx);
	if (!err && with_network)
		err = add_sockets(ctx);
	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!err)
		seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);	/* a tree; libseccomp 2.5 */
	return err;
}

int calls_enter(const struct sandbox *box)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
	int err = ctx ? fill(ctx, box->network) : -ENOMEM;

	if (!err)
		err = handle_stop();
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}
