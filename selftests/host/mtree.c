// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mtree DIR [NAME…]: one line for DIR and each file below it, with everything a container could notice about it, sorted; sizes of
 * directories aside. With NAMEs DIR itself and what is below DIR/NAME are left out: a running guest's are not its image's.
 * Small enough to run in a guest: built statically, it needs nothing there.
 * A directory's time after TIME_NOW is that of unpacking, and 0 here: no layer said anything of it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TIME_NOW 1750000000
#define LIST_MAX 65536

static struct first {
	dev_t dev;
	ino_t ino;
	char *name;
	struct first *next;
} *firsts;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put_text(const char *text)
{
	for (; *text; text++)
		if (*text > ' ' && *text < 127 && *text != '\\')
			putchar(*text);
		else
			printf("\\%03o", (unsigned char)*text);
}

static uint64_t hash(uint64_t h, const unsigned char *p, size_t len)
{
	while (len--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

static void put_contents(int dir, const char *name, const char *path)
{
	unsigned char piece[65536];
	uint64_t h = 0xcbf29ce484222325;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		die(path);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		h = hash(h, piece, n);
	if (n < 0)
		die(path);
	close(fd);
	printf(" %016llx", (unsigned long long)h);
}

static void put_target(int dir, const char *name, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		die(path);
	target[n] = '\0';
	printf(" -> ");
	put_text(target);
}

static void put_first(const struct stat *st, const char *path)
{
	struct first *f = firsts;

	while (f && (f->dev != st->st_dev || f->ino != st->st_ino))
		f = f->next;
	if (!f) {
		f = malloc(sizeof(*f));
		*f = (struct first){ st->st_dev, st->st_ino, strdup(path), firsts };
		firsts = f;
	}
	printf(" same as ");
	put_text(f->name);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put_xattr(const char *at, const char *key)
{
	static unsigned char value[LIST_MAX];
	ssize_t n = lgetxattr(at, key, value, sizeof(value));

	if (n < 0)
		die(at);
	printf(" %s=", key);
	for (ssize_t i = 0; i < n; i++)
		printf("%02x", value[i]);
}

/* By its name in the current directory: a path may be longer than the kernel takes. */
static void put_xattrs(const char *name)
{
	static char list[LIST_MAX];
	char *keys[256] = { NULL };
	ssize_t n = llistxattr(name, list, sizeof(list));
	size_t nr = 0;

	for (ssize_t at = 0; at < n && nr < 256; at += strlen(list + at) + 1)
		if (!strncmp(list + at, "user.", 5) || !strcmp(list + at, "security.capability"))
			keys[nr++] = list + at;
	qsort(keys, nr, sizeof(*keys), by_text);
	for (size_t i = 0; i < nr; i++)
		put_xattr(name, keys[i]);
}

static char kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	case S_IFIFO: return 'p';
	}
	return '?';
}

static void describe(int dir, const char *name, const char *path, const struct stat *st)
{
	put_text(path);
	printf(" %c %04o %u:%u %lld", kind(st->st_mode), st->st_mode & 07777, st->st_uid, st->st_gid,
	       S_ISDIR(st->st_mode) && st->st_mtime > TIME_NOW ? 0LL : (long long)st->st_mtime);
	if (S_ISREG(st->st_mode)) {
		printf(" %lld", (long long)st->st_size);
		put_contents(dir, name, path);
	}
	if (S_ISLNK(st->st_mode))
		put_target(dir, name, path);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		printf(" %u,%u", major(st->st_rdev), minor(st->st_rdev));
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
		put_first(st, path);
	put_xattrs(name);
	putchar('\n');
}

/* The current directory. */
static void walk(const char *path, char **skip)
{
	static char *none[] = { NULL };
	struct dirent **list;
	/* cppcheck-suppress nullPointer ; scandir() takes none */
	int nr = scandir(".", &list, NULL, NULL), dir = open(".", O_RDONLY | O_DIRECTORY);
	char **names = calloc(LIST_MAX, sizeof(*names));

	if (nr < 0 || nr > LIST_MAX || dir < 0)
		die(path);
	for (int i = 0; i < nr; i++)
		names[i] = list[i]->d_name;
	qsort(names, nr, sizeof(*names), by_text);
	for (int i = 0; i < nr; i++) {
		char **s = skip, *child;
		struct stat st;

		while (*s && strcmp(*s, names[i]))
			s++;
		if (*s || !strcmp(names[i], ".") || !strcmp(names[i], ".."))
			continue;
		if (fstatat(dir, names[i], &st, AT_SYMLINK_NOFOLLOW) || asprintf(&child, "%s%s%s", path, *path ? "/" : "", names[i]) < 0)
			die(names[i]);
		describe(dir, names[i], child, &st);
		if (S_ISDIR(st.st_mode)) {
			if (chdir(names[i]))
				die(child);
			walk(child, none);
			if (fchdir(dir))
				die(path);
		}
		free(child);
	}
	close(dir);
	for (int i = 0; i < nr; i++)
		free(list[i]);
	free(list);
	free(names);
}

int main(int argc, char **argv)
{
	struct stat st;

	if (argc < 2 || chdir(argv[1]) || stat(".", &st))
		die(argc < 2 ? "usage: mtree DIR [NAME…]" : argv[1]);
	if (argc == 2)
		describe(AT_FDCWD, ".", ".", &st);
	walk("", argv + 2);
	return fflush(stdout) ? 1 : 0;
}
