// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of files between unpacking and packing. */
#include "image/spool.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ZERO_RUN 4096		/* bytes; only whole runs of zeros are left out */

void spool_init(struct spool *spool, int fd)
{
	*spool = (struct spool){ .fd = fd };
}

void spool_clean(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
}

static bool is_zero(const char *p, size_t len)
{
	return !*p && !memcmp(p, p + 1, len - 1);
}

static void note_extent(struct inode *inode, uint64_t offset, uint64_t spool, size_t len)
{
	size_t n = inode->nr_extents;
	struct extent *last = n ? &inode->extents[n - 1] : NULL;

	if (last && last->offset + last->len == offset && last->spool + last->len == spool) {
		last->len += len;
		return;
	}
	if (!(n & (n - 1)))		/* room for the next power of two */
		inode->extents = mem_realloc(inode->extents, (n ? 2 * n : 1) * sizeof(*inode->extents));
	inode->extents[inode->nr_extents++] = (struct extent){ offset, spool, len };
}

static int write_run(struct spool *spool, struct inode *inode, uint64_t offset, const char *data, size_t len)
{
	uint64_t start = spool->end;

	while (spool->end < start + len) {
		size_t done = spool->end - start;
		ssize_t n = pwrite(spool->fd, data + done, len - done, spool->end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(-errno, "writing unpacked data");
		spool->end += n;
	}
	note_extent(inode, offset, start, len);
	return 0;
}

int spool_add(struct spool *spool, struct inode *inode, uint64_t offset, const void *data, size_t len)
{
	const char *p = data;
	size_t at = 0, run = 0;		/* [run, at) is to be written */
	int err;

	while (at < len) {
		size_t piece = len - at < ZERO_RUN ? len - at : ZERO_RUN;

		if (!is_zero(p + at, piece)) {
			at += piece;
			continue;
		}
		err = run < at ? write_run(spool, inode, offset + run, p + run, at - run) : 0;
		if (err)
			return err;
		at += piece;
		run = at;
	}
	return run < at ? write_run(spool, inode, offset + run, p + run, at - run) : 0;
}

static int read_run(const struct spool *spool, uint64_t at, char *data, size_t len)
{
	while (len) {
		ssize_t n = pread(spool->fd, data, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(n ? -errno : -EIO, "reading unpacked data");
		data += n;
		at += n;
		len -= n;
	}
	return 0;
}

int spool_read(const struct spool *spool, const struct inode *inode, uint64_t offset, void *data, size_t len, size_t *hint)
{
	uint64_t end = offset + len;
	char *p = data;

	memset(p, 0, len);
	for (; *hint < inode->nr_extents; ++*hint) {
		const struct extent *e = &inode->extents[*hint];
		uint64_t from = e->offset > offset ? e->offset : offset;
		uint64_t to = e->offset + e->len < end ? e->offset + e->len : end;
		int err;

		if (e->offset >= end)
			return 0;
		if (from < to) {
			err = read_run(spool, e->spool + (from - e->offset), p + (from - offset), to - from);
			if (err)
				return err;
		}
		if (e->offset + e->len > end)
			return 0;	/* there is more in this one */
	}
	return 0;
}
