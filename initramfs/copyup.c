// SPDX-License-Identifier: GPL-2.0-or-later
/* Works on directory descriptors only, so no name in the image leads out of the two trees. */
#include "copyup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16
#define FILE_SIZE_MAX (1 << 20)

static void copy_dir(int from, int to, int depth);

static void copy_owner(int to, const char *name, const struct stat *st)
{
	(void)!fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);
	if (!S_ISLNK(st->st_mode))
		fchmodat(to, name, st->st_mode & 07777, 0);
}

static void copy_subdir(int from, int to, const char *name, int depth)
{
	int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out;

	mkdirat(to, name, 0700);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in >= 0 && out >= 0)
		copy_dir(in, out, depth + 1);
	else if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

static void copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return;
	target[n] = '\0';
	(void)!symlinkat(target, to, name);
}

static void copy_file(int from, int to, const char *name, off_t size)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	while (in >= 0 && out >= 0 && size > 0) {
		ssize_t n = sendfile(out, in, NULL, size);

		if (n <= 0)
			break;
		size -= n;
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

static void copy_entry(int from, int to, const char *name, int depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISDIR(st.st_mode))
		copy_subdir(from, to, name, depth);
	else if (S_ISLNK(st.st_mode))
		copy_link(from, to, name);
	else if (S_ISREG(st.st_mode) && st.st_size <= FILE_SIZE_MAX)
		copy_file(from, to, name, st.st_size);
	else
		return;
	copy_owner(to, name, &st);
}

/* Closes @from. */
static void copy_dir(int from, int to, int depth)
{
	DIR *dir = depth < DEPTH_MAX ? fdopendir(from) : NULL;
	struct dirent *e;

	if (!dir) {
		close(from);
		return;
	}
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			copy_entry(from, to, e->d_name, depth);
	closedir(dir);
}

int copyup_open(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void copyup_tree(int from, const char *to)
{
	int out = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int in = from < 0 ? -1 : fcntl(from, F_DUPFD_CLOEXEC, 0);

	if (in >= 0 && out >= 0)
		copy_dir(in, out, 0);
	else if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}
