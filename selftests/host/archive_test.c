// SPDX-License-Identifier: GPL-2.0-or-later
/* Archives of images: names that stay inside, links that are resolved in the mind only, and any cut or flipped byte survived. */
// links: userspace/image/archive.c userspace/image/tar.c userspace/image/inflate.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lisal -lzstd
#include "test.h"

#include "layertar.h"

#include "image/archive.h"

static const struct {
	const char *belief, *name;
	char type;
	const char *link, *seen;	/* "NAME" or "NAME -> LINK"; "" passed over; NULL: refused */
} members[] = {
	{ "a file", "blobs/sha256/x", '0', "", "blobs/sha256/x" },
	{ "dots and slashes go", ".//a/.//b", '0', "", "a/b" },
	{ "a name from the root is none from the host's", "/etc/passwd", '0', "", "etc/passwd" },
	{ "no name leads out", "../x", '0', "", NULL },
	{ "not even in the middle", "a/../../x", '0', "", NULL },
	{ "not even if it came back", "a/../b", '0', "", NULL },
	{ "dots may begin a name", "..a", '0', "", "..a" },
	{ "directories do not matter", "a/", '5', "", "" },
	{ "wherever they claim to be", "../..", '5', "", "" },
	{ "nor devices", "dev", '3', "", "" },
	{ "nor fifos", "pipe", '6', "", "" },
	{ "a link beside", "b/layer.tar", '2', "../a/layer.tar", "b/layer.tar -> a/layer.tar" },
	{ "a link below", "b", '2', "a/c", "b -> a/c" },
	{ "a link in its own directory", "a/b", '2', "c", "a/b -> a/c" },
	{ "a link of a link's depth", "a/b/c", '2', "../../d", "a/b/c -> d" },
	{ "no link leads out", "a/b", '2', "../../c", NULL },
	{ "nor from the root", "a/b", '2', "/etc/passwd", NULL },
	{ "nor later", "a/b", '2', "c/../../../d", NULL },
	{ "a hard link is from the archive's root", "a/b", '1', "c/d", "a/b -> c/d" },
	{ "no hard link leads out", "a/b", '1', "../c", NULL },
};

struct seen {
	struct buf names;
	size_t nr, bytes;
};

static int see(void *arg, struct archive_stream *in, const struct archive_member *m)
{
	struct seen *s = arg;
	char data[100];
	ssize_t n = 0;

	buf_addf(&s->names, "%s%s%s", m->name, m->link ? " -> " : "", m->link ? m->link : "");
	s->nr++;
	while (!m->link && (n = archive_data(in, data, sizeof(data))) > 0)
		s->bytes += n;
	return n;
}

/* @piped: through a pipe, which cannot be sought in. */
static int read_all(const void *data, size_t len, bool piped, struct seen *s)
{
	int fd = scratch_fd(), pipes[2], err;

	*s = (struct seen){ .names = BUF_INIT };
	if (piped && !pipe(pipes)) {
		if (!fork()) {
			file_write_all(pipes[1], data, len);
			_exit(0);
		}
		close(pipes[1]);
		dup2(pipes[0], fd);
		close(pipes[0]);
	} else {
		file_write_all(fd, data, len);
		lseek(fd, 0, SEEK_SET);
	}
	err_set(0, "%s", "");
	err = archive_each(fd, see, s);
	close(fd);
	return err;
}

static void check_members(void)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct buf tar = BUF_INIT;
		struct seen s;
		int err;

		put(&tar, members[i].name, members[i].type, 0644, 0, 0, 0, members[i].link, "");
		put_end(&tar);
		err = read_all(tar.data, tar.len, false, &s);
		ok_num(err, members[i].seen ? 0 : -EBADMSG, "%s: verdict", members[i].belief);
		ok_str(buf_str(&s.names), members[i].seen ? members[i].seen : "", "%s: seen", members[i].belief);
		ok(!err || strstr(err_text(), members[i].name), "%s: the error names it", members[i].belief);
		buf_clean(&s.names);
		buf_clean(&tar);
	}
}

static int take_none(void *arg, struct archive_stream *in, const struct archive_member *m)
{
	*(size_t *)arg += m->size;
	return 0;
}

/* Where data is skipped by seeking, its absence must be noticed too. */
static bool skipped_ok(const struct buf *tar, size_t len)
{
	int fd = scratch_fd();
	size_t claimed = 0;
	bool good;

	file_write_all(fd, tar->data, len);
	lseek(fd, 0, SEEK_SET);
	good = archive_each(fd, take_none, &claimed) || claimed <= len;
	close(fd);
	return good;
}

static void check_cuts(void)
{
	struct buf tar = BUF_INIT;
	size_t bad = 0, skipped = 0, piped = 0, whole = 0;
	char data[1500];
	struct seen s;

	memset(data, 'd', sizeof(data));
	for (int i = 0; i < 3; i++) {
		put(&tar, i ? i > 1 ? "three" : "two" : "one", '0', 0644, 0, 0, sizeof(data), "", "");
		put_data(&tar, data, sizeof(data));
	}
	put_end(&tar);
	for (size_t len = 1; len < tar.len; len++) {
		int err = read_all(tar.data, len, false, &s);

		bad += err ? !*err_text() : s.bytes != s.nr * sizeof(data);
		whole += !err && s.nr == 3;
		buf_clean(&s.names);
		skipped += !skipped_ok(&tar, len);
		if (len % 97)
			continue;
		piped += !!read_all(tar.data, len, true, &s) != !!err;
		buf_clean(&s.names);
	}
	ok_num(bad, 0, "cut anywhere, a member is whole or the archive damaged");
	ok_num(skipped, 0, "also where nobody reads it");
	ok_num(piped, 0, "and the same by a pipe");
	ok(whole > 500 && whole < 1600, "only padding may be missing");
	for (size_t i = 0; i < tar.len; i += 3) {
		char old = tar.data[i];

		tar.data[i] ^= 1 << i % 8;
		if (read_all(tar.data, tar.len, false, &s))
			bad += !*err_text();
		buf_clean(&s.names);
		tar.data[i] = old;
	}
	ok_num(bad, 0, "any flipped bit is survived");
	buf_clean(&tar);
}

int main(void)
{
	check_members();
	check_cuts();
	return done();
}
