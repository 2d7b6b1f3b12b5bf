// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole files and directories. */
#include "util/file.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_PIECE 4000	/* most files are small: no memory is touched for nothing */
#define PIECE 65536

int file_read(const char *path, size_t max, struct buf *out)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t start = out->len, piece = FIRST_PIECE;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	for (;;) {
		ssize_t n = read(fd, buf_reserve(out, piece), piece);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(-errno, "%s", path);
		out->len += n;
		out->data[out->len] = '\0';
		if (out->len - start > max)
			return err_set(-EFBIG, "%s: larger than %zu bytes", path, max);
		if (!n)
			return 0;
		piece = (size_t)n < piece ? FIRST_PIECE : PIECE;
	}
}

int file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

int file_sync_dir(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return err_sys(-errno, "%s", path);
	return 0;
}

#define BLOCK 4096	/* what file systems can leave out */

static int is_zero(const char *block)
{
	return !block[0] && !memcmp(block, block + 1, BLOCK - 1);
}

/* Blocks of zeros become holes: nobody has to read them to know (a kernel is 40 % zeros, and the module asks for holes). */
static int write_sparse(int fd, const char *data, size_t len)
{
	size_t at = 0, end;
	int err;

	while (at < len) {
		for (end = at; len - end >= BLOCK && !is_zero(data + end); end += BLOCK)
			;
		if (len - end < BLOCK)
			end = len;
		err = file_write_all(fd, data + at, end - at);
		if (err)
			return err;
		for (at = end; len - at >= BLOCK && is_zero(data + at); at += BLOCK)
			;
		if (lseek(fd, at, SEEK_SET) < 0)
			return -errno;
	}
	return ftruncate(fd, len) ? -errno : 0;
}

static int write_and_sync(int fd, const void *data, size_t len, mode_t mode)
{
	int err = write_sparse(fd, data, len);

	if (err)
		return err;
	return fchmod(fd, mode) || fsync(fd) ? -errno : 0;
}

int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode)
{
	auto_free char *tmp = mem_printf("%s.XXXXXX", path);
	auto_free char *copy = mem_strdup(path);
	auto_close int fd = mkostemp(tmp, O_CLOEXEC);
	int err;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	err = write_and_sync(fd, data, len, mode);
	if (!err && rename(tmp, path))
		err = -errno;
	if (err) {
		unlink(tmp);
		return err_sys(err, "%s", path);
	}
	return file_sync_dir(dirname(copy));
}

int file_mkdirs(const char *path, mode_t mode)
{
	auto_free char *copy = mem_strdup(path);

	for (char *p = copy + (*copy == '/'); ; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (*copy && mkdir(copy, mode) && errno != EEXIST)
			return err_sys(-errno, "mkdir %s", copy);
		*p = c;
		if (!c)
			return 0;
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path) && errno != ENOENT ? -errno : 0;
}

int file_remove_tree(const char *path)
{
	int err = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	if (err == -1)
		err = -errno;
	return err && err != -ENOENT ? err_sys(err, "%s", path) : 0;
}
