// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mount view: a tmpfs for a root, in it the places where they have always been, and no way back. Mounts are not asked for by
 * name once the new root is in the way, but cloned before:
 *
 *	/                     tmpfs, read-only
 *	├─ var/lib/hypha/images  the store, writable
 *	├─ etc/hosts …           single files and directories, read-only
 *	└─ home/user             the working directory, empty, for names that begin there
 */
#include "hypha-image/sandbox.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static int write_file(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : file_write_all(fd, text, strlen(text));
}

/* In a user namespace we stay who we were, and there is nobody else. */
static int map_ids(uid_t uid, gid_t gid)
{
	auto_free char *uids = mem_printf("%u %u 1", uid, uid), *gids = mem_printf("%u %u 1", gid, gid);
	int err = write_file("/proc/self/setgroups", "deny");

	if (!err)
		err = write_file("/proc/self/uid_map", uids);
	return err ? err : write_file("/proc/self/gid_map", gids);
}

static int leave_namespaces(bool network)
{
	int flags = CLONE_NEWNS | (network ? 0 : CLONE_NEWNET);
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!unshare(flags))
		return 0;
	if (errno != EPERM || unshare(flags | CLONE_NEWUSER))
		return -errno;
	return map_ids(uid, gid);
}

static int clone_place(const struct place *place)
{
	struct mount_attr attr = { .attr_set = HARMLESS | (place->write ? 0 : MOUNT_ATTR_RDONLY) };
	auto_close int tree = open_tree(AT_FDCWD, place->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)))
		return -errno;
	return take_fd(tree);
}

static int clone_places(const struct places *p, int *trees)
{
	for (size_t i = 0; i < p->nr; i++) {
		trees[i] = clone_place(&p->list[i]);
		if (trees[i] < 0)
			return trees[i];
	}
	return 0;
}

/* The old root is below the new one for a moment, then nowhere. */
static int change_root(void)
{
	auto_close int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	auto_close int root = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	root = fsmount(fs, FSMOUNT_CLOEXEC, HARMLESS);
	if (root < 0 || move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) || fchdir(root))
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return -errno;
	return 0;
}

static void make_way(const char *path)
{
	auto_free char *copy = mem_strdup(path);

	file_mkdirs(dirname(copy), 0755);
}

static int place_tree(int tree, const char *path)
{
	struct stat st;

	make_way(path);
	if (fstat(tree, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		mkdir(path, 0755);
	else
		close(open(path, O_CREAT | O_CLOEXEC, 0644));
	return move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) ? -errno : 0;
}

/* What cannot be made is there already, in a directory that was placed whole. */
static int furnish(const struct places *p, const int *trees, const char *cwd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int err = 0;

	for (size_t i = 0; !err && i < p->nr; i++)
		err = place_tree(trees[i], p->list[i].path);
	for (char **link = p->links; link && *link; link += 2) {
		make_way(link[0]);
		if (symlink(link[1], link[0]) && errno != EEXIST)
			err = -errno;
	}
	for (char **way = p->ways; way && *way; way++)
		make_way(*way);
	file_mkdirs(cwd, 0755);
	if (!err && (chdir(cwd) || mount_setattr(AT_FDCWD, "/", 0, &attr, sizeof(attr))))
		err = -errno;
	return err;
}

static int build(const struct places *p, const int *trees)
{
	auto_free char *cwd = getcwd(NULL, 0);
	mode_t mask = umask(022);
	int err = change_root();

	if (!err)
		err = furnish(p, trees, cwd ? cwd : "/");
	umask(mask);
	return err;
}

int view_enter(const struct sandbox *box)
{
	const struct places *p = &box->places;
	auto_free int *trees = mem_alloc((p->nr + 1) * sizeof(*trees));
	int err = leave_namespaces(box->network);

	if (err)
		return err;
	memset(trees, -1, p->nr * sizeof(*trees));
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	err = clone_places(p, trees);
	if (!err)
		err = build(p, trees);
	for (size_t i = 0; i < p->nr; i++)
		cleanup_close(&trees[i]);
	return err;
}
