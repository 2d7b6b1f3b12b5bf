// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading archives of images. */
#include "image/archive.h"

#include "image/inflate.h"
#include "image/limits.h"
#include "image/tar.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct archive_stream {
	int fd;
	off_t end;		/* of a plain file that can be skipped in, else 0 */
	struct inflate *inflate;
	struct tar tar;
	size_t nr_members;
	const char *block;	/* of the member's data, what has not been taken yet */
	size_t block_len;
	int64_t at;		/* where in the member it ends */
	uint64_t bytes_left, unpacked;
	char piece[INFLATE_PIECE];
};

static ssize_t next_piece(void *arg, const void **data)
{
	static const struct image_limits limit = IMAGE_LIMITS;
	struct archive_stream *in = arg;
	ssize_t n = inflate_read(in->inflate, in->piece, sizeof(in->piece));

	*data = in->piece;
	if (n <= 0)
		return n;
	in->unpacked += n;
	if (in->unpacked > limit.ratio_from && in->unpacked / limit.ratio > inflate_taken(in->inflate))
		return err_set(-EFBIG, "unpacks to more than %llu times its size, the limit", (unsigned long long)limit.ratio);
	return n;
}

/* Plain data is read no further than libarchive was given it. Beyond the end nothing is skipped, but found missing. */
static int64_t pass_over(void *arg, int64_t len)
{
	struct archive_stream *in = arg;
	off_t at = in->end ? lseek(in->fd, 0, SEEK_CUR) : -1;

	if (at < 0 || len > in->end - at || lseek(in->fd, len, SEEK_CUR) < 0)
		return 0;
	return len;
}

/* "./a//b" → "a/b". An archive that names something outside of itself is no honest one. */
static int clean_name(const char *text, char **out)
{
	struct buf name = BUF_INIT;
	size_t len;

	if (!text || strlen(text) > ARCHIVE_NAME_MAX)
		return err_set(-EBADMSG, text ? "a name longer than %d bytes, the limit" : "a member without a name", ARCHIVE_NAME_MAX);
	for (; *text; text += len) {
		text += strspn(text, "/");
		len = strcspn(text, "/");
		if (len == 2 && !memcmp(text, "..", 2)) {
			buf_clean(&name);
			return err_set(-EBADMSG, "a name that leads outside of the archive");
		}
		if (!len || (len == 1 && *text == '.'))
			continue;
		if (name.len)
			buf_addc(&name, '/');
		buf_add(&name, text, len);
	}
	*out = buf_take(&name);
	return 0;
}

/* A symbolic link is relative to where it stands; "../", as docker's layers have it, stays inside as far as it can be counted. */
static int clean_symlink(const char *name, const char *target, char **out)
{
	size_t len = strlen(name);
	char *text;
	int err;

	if (!target || *target == '/')
		return err_set(-EBADMSG, "a link that leads outside of the archive");
	for (;;) {
		while (len && name[len - 1] != '/')
			len--;
		if (strncmp(target, "../", 3))
			break;
		if (!len)
			return err_set(-EBADMSG, "a link that leads outside of the archive");
		len--;
		target += 3;
	}
	text = mem_printf("%.*s%s", (int)len, name, target);
	err = clean_name(text, out);
	free(text);
	return err;
}

static int describe(struct archive_stream *in, struct archive_entry *e, struct archive_member *m)
{
	const char *hardlink = archive_entry_hardlink(e);
	int err = clean_name(archive_entry_pathname(e), &m->name);

	if (err)
		return err;
	if (hardlink)
		return clean_name(hardlink, &m->link);
	if (archive_entry_filetype(e) == AE_IFLNK)
		return clean_symlink(m->name, archive_entry_symlink(e), &m->link);
	if (archive_entry_size(e) < 0 || (uint64_t)archive_entry_size(e) > in->bytes_left)
		return err_set(-EFBIG, "more than %llu MiB in the archive, the limit", ARCHIVE_BYTES_MAX >> 20);
	m->size = archive_entry_size(e);
	in->bytes_left -= m->size;
	return 0;
}

static int take_entry(struct archive_stream *in, struct archive_entry *e,
		      int (*take)(void *arg, struct archive_stream *in, const struct archive_member *member), void *arg)
{
	const char *name = archive_entry_pathname(e);
	struct archive_member m = { 0 };
	mode_t type = archive_entry_filetype(e);
	int err = 0;

	in->block_len = in->at = 0;
	if (type == AE_IFREG || type == AE_IFLNK || archive_entry_hardlink(e))
		err = describe(in, e, &m);
	if (!err && m.name && *m.name)
		err = take(arg, in, &m);
	if (!err)
		err = tar_skip(&in->tar);
	free(m.name);
	free(m.link);
	return err ? err_in(err, "member \"%.200s\"", name ? name : "") : 0;
}

static int each(struct archive_stream *in,
		int (*take)(void *arg, struct archive_stream *in, const struct archive_member *member), void *arg)
{
	struct archive_entry *e;
	int ret = tar_open(&in->tar);

	while (!ret && (ret = tar_next(&in->tar, &e)) > 0)
		ret = ++in->nr_members > ARCHIVE_MEMBERS_MAX ?
			err_set(-E2BIG, "more than %d members in the archive, the limit", ARCHIVE_MEMBERS_MAX) :
			take_entry(in, e, take, arg);
	return ret;
}

/* Holes are no data: nobody writes them, and they cost no more than a line for a terabyte. */
static int next_block(struct archive_stream *in)
{
	int64_t offset;
	const void *block;
	int ret = archive_read_data_block(in->tar.archive, &block, &in->block_len, &offset);

	if (ret != ARCHIVE_OK) {
		in->block_len = 0;
		return ret == ARCHIVE_EOF ? 0 : tar_failed(&in->tar);
	}
	if (in->block_len && offset != in->at)
		return err_set(-EBADMSG, "a sparse file");
	in->block = block;
	in->at += in->block_len;
	return 1;
}

ssize_t archive_data(struct archive_stream *in, void *buf, size_t len)
{
	int ret = 1;

	while (ret > 0 && !in->block_len)
		ret = next_block(in);
	if (ret <= 0)
		return ret;
	if (len > in->block_len)
		len = in->block_len;
	memcpy(buf, in->block, len);
	in->block += len;
	in->block_len -= len;
	return len;
}

/* Where a tar that is not compressed ends. */
static off_t end_if_plain(int fd)
{
	char magic[5];
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || pread(fd, magic, 5, lseek(fd, 0, SEEK_CUR) + 257) != 5)
		return 0;
	return memcmp(magic, "ustar", 5) ? 0 : st.st_size;
}

int archive_each(int fd, int (*take)(void *arg, struct archive_stream *in, const struct archive_member *member), void *arg)
{
	struct archive_stream in = {
		.fd = fd, .end = end_if_plain(fd), .inflate = inflate_new(fd, NULL), .bytes_left = ARCHIVE_BYTES_MAX,
		.tar = { .read = next_piece, .skip = pass_over, .arg = &in, .header_max = ARCHIVE_HEADER_MAX },
	};
	int err = each(&in, take, arg);

	tar_close(&in.tar);
	inflate_free(in.inflate);
	return err;
}
