// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading archives of images with libarchive's tar reader (and no other of its formats). */
#include "image/archive.h"

#include "image/inflate.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct archive_stream {
	int fd;
	off_t end;		/* of a plain file that can be skipped in, else 0 */
	struct inflate *inflate;
	struct archive *archive;
	size_t nr_members;
	uint64_t header_left, bytes_left;
	bool in_header;
	int err;		/* ours, behind libarchive's back */
	char *text;
	char piece[INFLATE_PIECE];
};

static int archive_failed(struct archive_stream *in)
{
	const char *text = archive_error_string(in->archive);

	if (in->err)
		return err_set(in->err, "%s", in->text);
	return err_set(-EBADMSG, "damaged tar: %s", text ? text : "it ends too early");
}

static ssize_t next_piece(struct archive_stream *in, const void **data)
{
	ssize_t n = inflate_read(in->inflate, in->piece, sizeof(in->piece));

	*data = in->piece;
	if (n <= 0 || !in->in_header)
		return n;
	if ((uint64_t)n > in->header_left)
		return err_set(-EFBIG, "headers of one member longer than %d bytes, the limit", ARCHIVE_HEADER_MAX);
	in->header_left -= n;
	return n;
}

static ssize_t read_callback(struct archive *a, void *arg, const void **data)
{
	struct archive_stream *in = arg;
	ssize_t n = next_piece(in, data);

	if (n >= 0)
		return n;
	in->err = n;
	free(in->text);
	in->text = mem_strdup(err_text());
	archive_set_error(a, -n, "%s", in->text);
	return ARCHIVE_FATAL;
}

/* Plain data is read no further than libarchive was given it. Beyond the end nothing is skipped, but found missing. */
static la_int64_t skip_callback(struct archive *a, void *arg, la_int64_t len)
{
	struct archive_stream *in = arg;
	off_t at = in->end ? lseek(in->fd, 0, SEEK_CUR) : -1;

	(void)a;
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

	if (type == AE_IFREG || type == AE_IFLNK || archive_entry_hardlink(e))
		err = describe(in, e, &m);
	if (!err && m.name && *m.name)
		err = take(arg, in, &m);
	if (!err && archive_read_data_skip(in->archive) < ARCHIVE_WARN)
		err = archive_failed(in);
	free(m.name);
	free(m.link);
	return err ? err_in(err, "member \"%.200s\"", name ? name : "") : 0;
}

/* A warning is about a name that is not ASCII, which comes as the bytes it is. */
static int next_header(struct archive_stream *in, struct archive_entry **e, bool *end)
{
	int ret;

	in->in_header = true;
	in->header_left = ARCHIVE_HEADER_MAX;
	ret = archive_read_next_header(in->archive, e);
	in->in_header = false;
	*end = ret == ARCHIVE_EOF;
	if (*end)
		return 0;
	if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN)
		return archive_failed(in);
	return ++in->nr_members > ARCHIVE_MEMBERS_MAX ?
		err_set(-E2BIG, "more than %d members in the archive, the limit", ARCHIVE_MEMBERS_MAX) : 0;
}

static int each(struct archive_stream *in,
		int (*take)(void *arg, struct archive_stream *in, const struct archive_member *member), void *arg)
{
	struct archive_entry *e = NULL;
	bool end = false;
	int err = 0;

	archive_read_support_format_tar(in->archive);
	if (archive_read_open2(in->archive, in, NULL, read_callback, skip_callback, NULL) != ARCHIVE_OK)
		return archive_failed(in);
	while (!err && !end) {
		err = next_header(in, &e, &end);
		if (!err && !end)
			err = take_entry(in, e, take, arg);
	}
	return err;
}

ssize_t archive_data(struct archive_stream *in, void *buf, size_t len)
{
	ssize_t n = archive_read_data(in->archive, buf, len);

	return n < 0 ? archive_failed(in) : n;
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
		.fd = fd, .end = end_if_plain(fd), .inflate = inflate_new(fd), .archive = archive_read_new(), .bytes_left = ARCHIVE_BYTES_MAX,
	};
	locale_t c = newlocale(LC_CTYPE_MASK, "C", NULL), old = c ? uselocale(c) : NULL;	/* names are bytes */
	int err = c && in.archive ? each(&in, take, arg) : err_set(-ENOMEM, "libarchive failed");

	if (c) {
		uselocale(old);
		freelocale(c);
	}
	archive_read_free(in.archive);
	inflate_free(in.inflate);
	free(in.text);
	return err;
}
