// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the first bytes of every disk there is, and again whenever the kernel announces a device. */
#include "disks.h"

#include "console.h"
#include "uevent.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 30000
#define LOOK_AGAIN_MS 500	/* in case an announcement was lost */

static bool begins_with(const char *path, const uint8_t superblock[SUPERBLOCK_LEN])
{
	uint8_t head[SUPERBLOCK_LEN];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool same = fd >= 0 && pread(fd, head, sizeof(head), 0) == sizeof(head) && !memcmp(head, superblock, sizeof(head));

	if (fd >= 0)
		close(fd);
	return same;
}

/* Several may match, if the image's own file is given as a further disk: the first by name, shorter names first. */
static bool comes_first(const char *name, const char *best)
{
	size_t n = strlen(name), b = strlen(best);

	return !*best || n < b || (n == b && strcmp(name, best) < 0);
}

static bool scan(const uint8_t superblock[SUPERBLOCK_LEN], char path[DISK_PATH_MAX])
{
	char best[256] = "";
	DIR *dir = opendir("/sys/block");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		snprintf(path, DISK_PATH_MAX, "/dev/%s", e->d_name);
		if (e->d_name[0] != '.' && comes_first(e->d_name, best) && begins_with(path, superblock))
			snprintf(best, sizeof(best), "%s", e->d_name);
	}
	if (dir)
		closedir(dir);
	snprintf(path, DISK_PATH_MAX, "/dev/%s", best);
	return *best;
}

static void say_missing(void)
{
	char names[512] = "";
	DIR *dir = opendir("/sys/block");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && strlen(names) + strlen(e->d_name) + 2 < sizeof(names))
			strcat(strcat(names, " "), e->d_name);
	if (dir)
		closedir(dir);
	say("no disk with the image's superblock appeared within %d s; disks seen:%s", WAIT_MS / 1000, *names ? names : " none");
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int disks_find_root(const uint8_t superblock[SUPERBLOCK_LEN], int uevents, char path[DISK_PATH_MAX])
{
	long deadline = now_ms() + WAIT_MS;

	while (!scan(superblock, path)) {
		struct pollfd p = { .fd = uevents, .events = POLLIN };

		if (now_ms() >= deadline) {
			say_missing();
			return -1;
		}
		if (poll(&p, 1, LOOK_AGAIN_MS) > 0)
			uevent_handle(uevents);
	}
	return 0;
}
