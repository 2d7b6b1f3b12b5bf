// SPDX-License-Identifier: GPL-2.0-or-later
/* Files to build guests from, and the arena of descriptors that nobody can rely on. */
#include "callers.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK_SIZE (1 << 20)

static int files[NR_FILES];
static char *kernel;		/* its bytes, to make a cut one whole again */
static size_t kernel_size;

static void read_kernel(void)
{
	struct stat st;

	if (fstat(files[KERNEL], &st) || !(kernel = malloc(st.st_size)))
		err(1, "%s", options.kernel);
	kernel_size = st.st_size;
	if (pread(files[KERNEL], kernel, kernel_size, 0) != (ssize_t)kernel_size)
		err(1, "%s: read", options.kernel);
}

static void write_kernel(int fd)
{
	if (pwrite(fd, kernel, kernel_size, 0) != (ssize_t)kernel_size)
		warn("writing a copy of the kernel");
}

/* A file in our directory, without a name when all have it open. */
static int scratch(const char *name, off_t size, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", options.dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
	if (fd < 0 || ftruncate(fd, size))
		err(1, "%s", path);
	return fd;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static int reopened(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return opened(path, flags);
}

static int pipe_end(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		err(1, "pipe");
	return fds[0];
}

static void unlink_scratch(void)
{
	static const char *const names[] = { "kernel.cut", "disk", "disk.cut", "small" };
	char path[4096];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", options.dir, names[i]);
		unlink(path);
	}
}

void files_init(void)
{
	files[KERNEL] = opened(options.kernel, O_RDONLY);
	read_kernel();
	files[KERNEL_CUT] = scratch("kernel.cut", 0, 0);
	files[KERNEL_TMPFS] = memfd_create("kernel", MFD_CLOEXEC);
	write_kernel(files[KERNEL_CUT]);
	write_kernel(files[KERNEL_TMPFS]);
	files[KERNEL_TMPFS] = reopened(files[KERNEL_TMPFS], O_RDONLY);
	files[NO_KERNEL] = opened("/proc/self/exe", O_RDONLY);
	files[DISK] = scratch("disk", DISK_SIZE, 0);
	files[DISK_RO] = reopened(files[DISK], O_RDONLY);
	files[APPEND] = reopened(files[DISK], O_RDWR | O_APPEND);
	files[DISK_CUT] = scratch("disk.cut", DISK_SIZE, 0);
	files[SMALL] = scratch("small", 100, 0);
	files[PROC] = opened("/proc/version", O_RDONLY);
	files[DIRECTORY] = opened(options.dir, O_RDONLY | O_DIRECTORY);
	files[PATH] = opened(options.kernel, O_PATH);
	files[PIPE] = pipe_end();
	files[ZERO] = opened("/dev/zero", O_RDWR);
	for (unsigned int i = 0; i < NR_FILES; i++)
		files[i] = make_private(files[i]);
	unlink_scratch();
}

int file_of(enum file file)
{
	return files[file];
}

int make_private(int fd)
{
	int private = fcntl(fd, F_DUPFD_CLOEXEC, PRIVATE_FIRST);

	close(fd);
	return private;
}

/* --- the arena --- */

int arena_pick(struct caller *c)
{
	return ARENA_FIRST + below(c, ARENA_END - ARENA_FIRST);
}

void arena_add(struct caller *c, int fd)
{
	if (fd >= 0)
		dup3(fd, arena_pick(c), O_CLOEXEC);
}

void arena_shuffle(struct caller *c)
{
	switch (below(c, 6)) {
	case 0:
	case 1:
		close(arena_pick(c));
		break;
	case 2:
		arena_add(c, c->device);
		break;
	case 3:
		arena_add(c, c->consoles[below(c, NR_CONSOLES)]);
		break;
	case 4:
		arena_add(c, c->listener);
		break;
	case 5:
		arena_add(c, files[below(c, NR_FILES)]);
		break;
	}
}

/* Shorter, or whole again. */
void cut_files(struct caller *c)
{
	bool whole = one_in(c, 2);

	if (one_in(c, 2)) {
		if (ftruncate(files[DISK_CUT], whole ? DISK_SIZE : below(c, DISK_SIZE)))
			warn("truncating a disk");
	} else if (whole) {
		write_kernel(files[KERNEL_CUT]);
	} else if (ftruncate(files[KERNEL_CUT], below(c, kernel_size))) {
		warn("truncating a kernel");
	}
}

static bool is_console(const char *name)
{
	char path[300], target[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%s", name);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = 0;
	return strstr(target, "[hypha-console]");
}

unsigned int lost_consoles(void)
{
	unsigned int lost = 0;
	struct dirent *entry;
	DIR *dir;

	for (int fd = ARENA_FIRST; fd < ARENA_END; fd++)
		close(fd);
	dir = opendir("/proc/self/fd");
	while (dir && (entry = readdir(dir)))
		lost += is_console(entry->d_name);
	if (dir)
		closedir(dir);
	return lost;
}
