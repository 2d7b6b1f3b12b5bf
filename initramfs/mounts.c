// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Process 1 stays in the initramfs, where the kernel runs its helpers (/sbin/poweroff, /sbin/modprobe), and can neither be
 * confused by what the image has there nor by what the command mounts.
 */
#include "mounts.h"

#include "console.h"
#include "copyup.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct mount {
	const char *type, *target;
	unsigned long flags;
	const char *data;
	bool optional;		/* a kernel may lack it */
};

static const struct mount early[] = {
	{ "devtmpfs", "/dev",  MS_NOSUID, "mode=0755", false },
	{ "proc",     "/proc", SAFE, NULL, false },
	{ "sysfs",    "/sys",  SAFE, NULL, false },
};

/* Sizes are fractions of memory, so that no file system alone can use it up. /run follows: see mount_run(). */
static const struct mount container[] = {
	{ "proc",     "/proc",          SAFE, NULL, false },
	{ "sysfs",    "/sys",           SAFE, NULL, false },
	{ "cgroup2",  "/sys/fs/cgroup", SAFE, "nsdelegate", true },
	{ "devtmpfs", "/dev",           MS_NOSUID, "mode=0755", false },
	{ "devpts",   "/dev/pts",       MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5", true },
	{ "tmpfs",    "/dev/shm",       SAFE, "mode=1777,size=50%", true },
	{ "mqueue",   "/dev/mqueue",    SAFE, NULL, true },
};

static const struct {
	const char *target, *link;
} links[] = {
	{ "/proc/self/fd",   "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int mounts_mkdirs(const char *path)
{
	char copy[4096];

	if ((size_t)snprintf(copy, sizeof(copy), "%s", path) >= sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *p = copy + 1; ; p++) {
		char c = *p;
		struct stat st;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) && (errno != EEXIST || (!c && (stat(copy, &st) || (errno = ENOTDIR, !S_ISDIR(st.st_mode))))))
			return -1;
		*p = c;
		if (!c)
			return 0;
	}
}

static int mount_one(const struct mount *m)
{
	mounts_mkdirs(m->target);
	if (!mount(m->type, m->target, m->type, m->flags, m->data) || m->optional)
		return 0;
	say("mount %s on %s: %s", m->type, m->target, strerror(errno));
	return -1;
}

void mounts_early(void)
{
	for (size_t i = 0; i < COUNT(early); i++)
		mount_one(&early[i]);
}

/* The merged root directory takes owner and mode from the upper one. */
static int make_upper(void)
{
	struct stat st;

	if (mkdir("/upper/root", 0755) || mkdir("/upper/work", 0755) || stat("/lower", &st))
		return -1;
	return chown("/upper/root", st.st_uid, st.st_gid) || chmod("/upper/root", st.st_mode & 07777) ? -1 : 0;
}

int mounts_root(const char *disk)
{
	mkdir("/lower", 0700);
	mkdir("/upper", 0700);
	mkdir("/newroot", 0700);
	if (mount(disk, "/lower", "squashfs", MS_RDONLY, NULL)) {
		say("mount the image on %s: %s", disk, strerror(errno));
		return -1;
	}
	if (mount("tmpfs", "/upper", "tmpfs", 0, "mode=0700,size=50%") || make_upper()) {
		say("tmpfs for the root file system: %s", strerror(errno));
		return -1;
	}
	if (mount("overlay", "/newroot", "overlay", 0, "lowerdir=/lower,upperdir=/upper/root,workdir=/upper/work")) {
		say("overlay over the image: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* A move, not pivot_root: the root of all mounts is the initramfs, which cannot be pivoted. */
static int switch_root(void)
{
	if (chdir("/newroot") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/")) {
		say("switch to the image's root: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* A tmpfs with what the image has there: packages prepare their directories in /run. */
static void mount_run(void)
{
	int below;

	mounts_mkdirs("/run");
	below = copyup_open("/run");
	if (!mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=25%"))
		copyup_tree(below, "/run");
	if (below >= 0)
		close(below);
}

int mounts_enter(bool has_root)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("mount namespace: %s", strerror(errno));
		return -1;
	}
	if (has_root && switch_root())
		return -1;
	for (size_t i = 0; i < COUNT(container); i++)
		if (mount_one(&container[i]))
			return -1;
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlink(links[i].target, links[i].link) && errno != EEXIST)
			say("%s: %s", links[i].link, strerror(errno));
	mount_run();
	return 0;
}
