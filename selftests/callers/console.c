// SPDX-License-Identifier: GPL-2.0-or-later
/* Consoles' descriptors: everything a file can be asked, what it may answer, and what it must not touch. */
#include "callers.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define LEN_MAX 8192

/* One operation's target. */
struct target {
	int fd;
	bool sure;		/* it is a console's */
};

static void judge(struct caller *c, const struct target *t, const char *what, long ret, const int *errors)
{
	if (ret < -4095 || (ret < 0 && -ret > 133))
		finding(c, "%s: %ld is no errno", what, ret);
	else if (t->sure && ret < 0 && !among(errors, -ret))
		finding(c, "%s: %s, which is not documented", what, error_name(-ret));
}

/* Mapped to its end, a part, or not at all. */
static uint8_t *buffer(struct caller *c, uint32_t len, bool *whole)
{
	uint8_t *end = c->memory.area + AREA_SIZE;

	*whole = true;
	switch (below(c, 8)) {
	case 0:
		*whole = false;
		return (void *)(uintptr_t)wild_address(c);
	case 1:
		*whole = false;
		return end - below(c, len + 1);
	case 2:
		return end - len;
	default:
		return c->memory.area + MARGIN + below(c, 64);
	}
}

static uint32_t length(struct caller *c)
{
	static const uint32_t lengths[] = { 0, 1, 2, 100, 255, 256, 257, 1024, 2047, 2048, 2049, 4096, LEN_MAX };

	return pick(c, lengths);
}

static void try_read(struct caller *c, const struct target *t)
{
	static const int errors[] = { EAGAIN, EINTR, EFAULT, EBADF, 0 };
	uint32_t len = length(c);
	bool whole;
	uint8_t *to = buffer(c, len, &whole);
	unsigned long asked = whole || !one_in(c, 4) ? len : odd_number(c);
	long ret, got;

	if (whole) {
		memset(to, PATTERN, len);
		surround(c, to, len);
	}
	ret = call(c, "read", CALL_READ, t->fd, (uintptr_t)to, asked);
	got = ret > 0 ? ret : 0;
	if (asked >> 31)	/* as long as no buffer may be */
		ret = ret == -EINVAL ? 0 : ret;
	judge(c, t, "read", ret, errors);
	if (!t->sure || !whole)
		return;
	if (ret > (long)len)
		finding(c, "read of %u bytes gave %ld", len, ret);
	else if (!untouched(to + got, len - got) || !surrounded(c, to, len))
		finding(c, "read of %u bytes gave %ld and wrote behind them", len, ret);
}

static void try_write(struct caller *c, const struct target *t)
{
	static const int errors[] = { EAGAIN, EINTR, EFAULT, EBADF, EPIPE, EIO, 0 };
	uint32_t len = length(c);
	bool whole;
	uint8_t *from = buffer(c, len, &whole);
	unsigned long asked = whole || !one_in(c, 4) ? len : odd_number(c);
	long ret = call(c, "write", CALL_WRITE, t->fd, (uintptr_t)from, asked);

	if (asked >> 31)
		ret = ret == -EINVAL ? 0 : ret;
	judge(c, t, "write", ret, errors);
	if (whole && ret > (long)len)
		finding(c, "write of %u bytes took %ld", len, ret);
}

static void try_poll(struct caller *c, const struct target *t)
{
	struct pollfd *poll = (void *)(c->memory.area + 64);
	static const int errors[] = { EINTR, 0 };
	long ret;

	*poll = (struct pollfd){ t->fd, any(c), 0 };
	ret = call(c, "poll", CALL_POLL, (uintptr_t)poll, 1, below(c, 3));
	judge(c, t, "poll", ret, errors);
	if (t->sure && ret > 0 && poll->revents & ~(poll->events | POLLHUP | POLLERR))
		finding(c, "poll for 0x%x gave 0x%x", poll->events, poll->revents);
}

static void try_lseek(struct caller *c, const struct target *t)
{
	static const int errors[] = { ESPIPE, EINVAL, 0 };
	long ret = call(c, "lseek", CALL_LSEEK, t->fd, odd_number(c), below(c, 6));

	if (options.compat && ret < -4095)
		ret = 1;	/* a position beyond 2 GiB, of something else: Linux cuts it off for a 32-bit program */
	judge(c, t, "lseek", ret, errors);
	if (t->sure && ret >= 0)
		finding(c, "lseek succeeded");
}

static void try_ioctls(struct caller *c, const struct target *t)
{
	static const unsigned int requests[] = { FIONREAD, FIOASYNC, FIONBIO, 0x5401 /* TCGETS */, HYPHA_INFO, 0 };
	static const int errors[] = { ENOTTY, EFAULT, EINVAL, 0 };

	judge(c, t, "other ioctl", call(c, "other ioctl", CALL_IOCTL, t->fd, pick(c, requests), wild_address(c)), errors);
}

/* --- what only the 64-bit entry is asked --- */

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

/* Not to block for ever: who waits is woken by the watchdog, but the others need not wait. */
static long do_fcntl(struct caller *c, int fd)
{
	return result(fcntl(fd, F_SETFL, one_in(c, 6) ? 0 : O_NONBLOCK));
}

static long do_stat(struct caller *c, int fd)
{
	struct stat st;

	(void)c;
	return result(fstat(fd, &st));
}

static long do_map(struct caller *c, int fd)
{
	void *at = mmap(NULL, 4096, PROT_READ, one_in(c, 2) ? MAP_SHARED : MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, 4096);
	return 0;
}

static long do_pread(struct caller *c, int fd)
{
	return result(one_in(c, 2) ? pread(fd, c->image, 100, below(c, 10)) : pwrite(fd, c->image, 100, below(c, 10)));
}

static long do_vector(struct caller *c, int fd)
{
	struct iovec parts[] = { { c->image, 1 + below(c, 10) }, { c->image + 100, below(c, 3000) }, { NULL, 0 } };

	return result(one_in(c, 2) ? readv(fd, parts, COUNT(parts)) : writev(fd, parts, COUNT(parts)));
}

static long do_splice(struct caller *c, int fd)
{
	return result(one_in(c, 2) ? splice(fd, NULL, file_of(PIPE), NULL, 100, SPLICE_F_NONBLOCK) :
		      sendfile(fd, file_of(SMALL), NULL, 10));
}

static long do_sync(struct caller *c, int fd)
{
	return result(one_in(c, 2) ? fsync(fd) : ftruncate(fd, below(c, 100)));
}

static long do_dup(struct caller *c, int fd)
{
	arena_add(c, fd);
	return 0;
}

static const struct {
	const char *name;
	long (*fn)(struct caller *c, int fd);
	int errors[10];
} others[] = {
	{ "fcntl", do_fcntl, { 0 } },
	{ "fstat", do_stat, { 0 } },
	{ "mmap", do_map, { ENODEV, EACCES } },
	{ "pread", do_pread, { ESPIPE, EBADF } },
	{ "readv", do_vector, { EAGAIN, EINTR, EFAULT, EBADF, EPIPE, EIO, EINVAL } },
	{ "splice", do_splice, { EINVAL, EBADF, EAGAIN, EPIPE, EIO, ESPIPE } },
	{ "fsync", do_sync, { EINVAL } },
	{ "dup", do_dup, { 0 } },
};

static void try_other(struct caller *c, const struct target *t)
{
	unsigned int i = below(c, COUNT(others));
	long ret;

	if (!t->sure && (others[i].fn == do_sync || others[i].fn == do_splice || others[i].fn == do_pread || others[i].fn == do_vector))
		return;		/* it may be a file of ours */
	atomic_fetch_add(&c->calls, 1);
	atomic_store(&c->doing, others[i].name);
	ret = others[i].fn(c, t->fd);
	atomic_store(&c->doing, NULL);
	tally(others[i].name, ret);
	judge(c, t, others[i].name, ret, others[i].errors);
}

/* --- */

static int access_mode(uint32_t flags)
{
	if (!(flags & HYPHA_CONSOLE_WRITE))
		return O_RDONLY;
	return flags & HYPHA_CONSOLE_READ ? O_RDWR : O_WRONLY;
}

/* Keep it in place of another, which goes to the arena. */
void console_opened(struct caller *c, uint32_t flags, int fd)
{
	int had = fcntl(fd, F_GETFL), *slot = &c->consoles[below(c, NR_CONSOLES)];

	if (had < 0 || !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		finding(c, "CONSOLE gave descriptor %d, which is not open or not close-on-exec", fd);
	else if ((had & O_ACCMODE) != access_mode(flags) || !(had & O_NONBLOCK) != !(flags & HYPHA_CONSOLE_NONBLOCK))
		finding(c, "CONSOLE with flags 0x%x gave descriptor flags 0x%x", flags, had);
	if (*slot >= 0) {
		arena_add(c, *slot);
		close(*slot);
	}
	*slot = make_private(fd);
}

void try_console(struct caller *c)
{
	static void (*const ways[])(struct caller *c, const struct target *t) = {
		try_read, try_read, try_read, try_write, try_write, try_poll, try_poll, try_lseek, try_ioctls, try_other, try_other,
	};
	struct target t = { c->consoles[below(c, NR_CONSOLES)], true };

	if (t.fd < 0 || one_in(c, 4))
		t = (struct target){ arena_pick(c), false };
	pick(c, ways)(c, &t);
}
