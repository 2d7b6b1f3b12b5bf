// SPDX-License-Identifier: GPL-2.0-or-later
/* Packing with squashfs-tools. */
#include "image/pack.h"

#include "image/tarball.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MKSQUASHFS "mksquashfs"
#define NOT_STARTED 127
#define PIPE_SIZE (1 << 20)

/* One walk over the tree; directories or everything else. */
struct emit {
	struct tarball tar;
	const struct spool *spool;
	bool dirs;
	void (*tick)(void *arg);
	void *arg;
};

static int emit_dir(struct emit *e, struct node *node, const char *path)
{
	auto_free char *with_slash = mem_printf("%s/", path);

	return tarball_add(&e->tar, with_slash, node->inode, e->spool);
}

static int emit_file(struct emit *e, struct node *node, const char *path)
{
	struct inode *inode = node->inode;

	if (inode->packed)
		return tarball_add_link(&e->tar, path, inode, inode->packed);
	if (inode->refs > 1)
		inode->packed = mem_strdup(path);
	return tarball_add(&e->tar, path, inode, e->spool);
}

static int emit_node(void *arg, struct node *node)
{
	struct emit *e = arg;
	auto_free char *path = mem_alloc(node->path_len + 1);
	bool dir = S_ISDIR(node->inode->mode);
	int err = 0;

	if (e->tick)
		e->tick(e->arg);
	node_path(node, path);
	if (dir && e->dirs)
		err = emit_dir(e, node, path);
	else if (!dir && !e->dirs)
		err = emit_file(e, node, path);
	if (!err && dir)
		err = tree_each(node, emit_node, e);
	return err;
}

static int forget_packed(void *arg, struct node *node)
{
	free(node->inode->packed);
	node->inode->packed = NULL;
	return tree_each(node, forget_packed, arg);
}

int pack_tar(struct tree *tree, const struct spool *spool, int fd, void (*tick)(void *arg), void *arg)
{
	struct emit e = { .spool = spool, .dirs = true, .tick = tick, .arg = arg };
	int err;

	tree_each(tree->root, forget_packed, NULL);
	tarball_init(&e.tar, fd);
	err = tree_each(tree->root, emit_node, &e);
	e.dirs = false;
	if (!err)
		err = tree_each(tree->root, emit_node, &e);
	if (!err)
		err = tarball_end(&e.tar);
	tarball_clean(&e.tar);
	return err;
}

/*
 * mksquashfs ignores a tar's root entry. Of its options 4.5 minds only -root-mode when it reads a tar; owner and time
 * would be its own user's and now. So it runs with the root's owner as its real user, and the time is put in afterwards,
 * for which the table of inodes stays uncompressed.
 */
static void become_owner(const struct inode *root)
{
	if (geteuid())
		return;
	if (setresgid(root->gid, 0, 0) || setresuid(root->uid, 0, 0))
		_exit(NOT_STARTED);
}

static void exec_mksquashfs(int in, int messages, const char *path, const struct inode *root)
{
	char mode[16];
	char *const argv[] = {
		MKSQUASHFS, "-", (char *)path, "-tar", "-noappend", "-no-progress", "-quiet", "-exit-on-error",
		"-comp", "lz4", "-b", "128K", "-noI", "-mem", "64M", "-mkfs-time", "0", "-root-mode", mode, NULL,
	};
	char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };

	snprintf(mode, sizeof(mode), "%o", root->mode & 07777);
	become_owner(root);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(messages, 1) < 0 || dup2(messages, 2) < 0)
		_exit(NOT_STARTED);
	execvpe(MKSQUASHFS, argv, env);
	_exit(NOT_STARTED);
}

/* The last line worth reading of what it said. */
static char *last_message(int messages)
{
	char text[4096], *line, *best = NULL;
	off_t end = lseek(messages, 0, SEEK_END), from = end > (off_t)sizeof(text) - 1 ? end - sizeof(text) + 1 : 0;
	ssize_t n = pread(messages, text, sizeof(text) - 1, from);

	text[n < 0 ? 0 : n] = '\0';
	for (char *rest = text; (line = strsep(&rest, "\n")); )
		if (*line)
			best = line;
	return mem_strdup(best ? best : "no reason given");
}

static int judge(int status, int messages)
{
	auto_free char *text = last_message(messages);

	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED)
		return err_set(-ENOENT, MKSQUASHFS " cannot be started; install squashfs-tools");
	if (WIFSIGNALED(status))
		return err_set(-EIO, MKSQUASHFS " died of signal %d: %s", WTERMSIG(status), text);
	return err_set(-EIO, MKSQUASHFS " failed: %s", text);
}

static int feed(struct tree *tree, const struct spool *spool, int fd, void (*tick)(void *arg), void *arg)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	int err;

	sigaction(SIGPIPE, &ignore, &old);	/* its early death is its exit status's to explain */
	err = pack_tar(tree, spool, fd, tick, arg);
	close(fd);
	sigaction(SIGPIPE, &old, NULL);
	return err;
}

/* The parts of squashfs' on-disk format that lead to the root inode (kernel: fs/squashfs/squashfs_fs.h). */
struct superblock {
	uint32_t magic, inodes, mkfs_time, block_size, fragments;
	uint16_t compression, block_log, flags, no_ids, major, minor;
	uint64_t root_inode, bytes_used, id_table, xattr_table, inode_table;
};

struct root_inode {
	uint16_t type, mode, uid, gid;
	uint32_t mtime;
};

#define SQUASHFS_MAGIC 0x73717368
#define METADATA_PLAIN 0x8000		/* in the 16 bits in front of a metadata block: it is not compressed */

static int put_root_time(int fd, const struct inode *root)
{
	struct superblock sb;
	struct root_inode inode;
	uint64_t block, at;
	uint16_t head;

	if (pread(fd, &sb, sizeof(sb), 0) != sizeof(sb) || sb.magic != SQUASHFS_MAGIC)
		return err_set(-EIO, MKSQUASHFS " did not write a squashfs");
	block = sb.inode_table + (sb.root_inode >> 16);
	at = block + sizeof(head) + (sb.root_inode & 0xffff);
	if (pread(fd, &head, sizeof(head), block) != sizeof(head) || !(head & METADATA_PLAIN) ||
	    pread(fd, &inode, sizeof(inode), at) != sizeof(inode) || inode.mode != (root->mode & 07777))
		return err_set(-EIO, "the squashfs has no root directory where it should be");
	inode.mtime = root->mtime;
	return pwrite(fd, &inode, sizeof(inode), at) == sizeof(inode) ? 0 : err_sys(-errno, "the squashfs' root directory");
}

static int finish_squashfs(const char *path, const struct inode *root)
{
	auto_close int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? err_sys(-errno, "%s", path) : put_root_time(fd, root);
}

int pack_squashfs(struct tree *tree, const struct spool *spool, const char *path, void (*tick)(void *arg), void *arg)
{
	auto_close int messages = memfd_create("mksquashfs", MFD_CLOEXEC);
	struct inode *root = tree->root->inode;
	int pipes[2], status, err;
	pid_t pid;

	if (messages < 0 || pipe2(pipes, O_CLOEXEC))
		return err_sys(-errno, "starting " MKSQUASHFS);
	fcntl(pipes[1], F_SETPIPE_SZ, PIPE_SIZE);	/* only faster */
	pid = fork();
	if (!pid)
		exec_mksquashfs(pipes[0], messages, path, root);
	close(pipes[0]);
	if (pid < 0) {
		close(pipes[1]);
		return err_sys(-errno, "starting " MKSQUASHFS);
	}
	err = feed(tree, spool, pipes[1], tick, arg);
	if (err && err != -EPIPE)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!err || err == -EPIPE)
		err = judge(status, messages);
	return err ? err : finish_squashfs(path, root);
}
