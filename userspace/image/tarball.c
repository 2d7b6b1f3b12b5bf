// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing tar (POSIX.1-2001 pax interchange format; extended attributes as SCHILY.xattr.NAME). */
#include "image/tarball.h"

#include "util/error.h"
#include "util/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK 512
#define FLUSH_AT (1 << 20)
#define PIECE (256 << 10)

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

void tarball_init(struct tarball *tar, int fd)
{
	*tar = (struct tarball){ .fd = fd };
}

void tarball_clean(struct tarball *tar)
{
	buf_clean(&tar->out);
}

static int flush(struct tarball *tar, size_t at_least)
{
	int err;

	if (tar->out.len < at_least)
		return 0;
	err = file_write_all(tar->fd, tar->out.data, tar->out.len);
	tar->out.len = 0;
	return err ? err_sys(err, "writing to mksquashfs") : 0;
}

static void pad(struct tarball *tar, uint64_t len)
{
	size_t n = -len & (BLOCK - 1);

	memset(buf_reserve(&tar->out, n), 0, n);
	tar->out.len += n;
}

/* @width - 1 octal digits; false if they are not enough. */
static bool put_octal(char *field, size_t width, uint64_t value)
{
	if (value >> (3 * (width - 1)))
		return false;
	for (size_t i = width - 1; i-- > 0; value >>= 3)
		field[i] = '0' + (value & 7);
	field[width - 1] = '\0';
	return true;
}

/* At most @width bytes, not terminated if they fill it. */
static bool put_text(char *field, size_t width, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < width ? len : width);
	return len <= width;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
static void add_record(struct buf *pax, const char *prefix, const char *key, const void *value, size_t len)
{
	size_t rest = 1 + strlen(prefix) + strlen(key) + 1 + len + 1, total = rest + 1;
	char digits[24];

	while (total != rest + snprintf(digits, sizeof(digits), "%zu", total))
		total = rest + strlen(digits);
	buf_addf(pax, "%s %s%s=", digits, prefix, key);
	buf_add(pax, value, len);
	buf_addc(pax, '\n');
}

static void add_number(struct buf *pax, const char *key, uint64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

	add_record(pax, "", key, text, len);
}

static void emit_header(struct tarball *tar, struct header *h)
{
	unsigned int sum = 0;

	memcpy(h->magic, "ustar", 6);
	memcpy(h->version, "00", 2);
	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < BLOCK; i++)
		sum += ((unsigned char *)h)[i];
	put_octal(h->checksum, 7, sum);
	buf_add(&tar->out, h, BLOCK);
}

static void emit_pax(struct tarball *tar, const struct buf *pax)
{
	struct header h = { .name = "pax", .type = 'x' };

	put_octal(h.mode, sizeof(h.mode), 0644);
	put_octal(h.uid, sizeof(h.uid), 0);
	put_octal(h.gid, sizeof(h.gid), 0);
	put_octal(h.size, sizeof(h.size), pax->len);
	put_octal(h.mtime, sizeof(h.mtime), 0);
	emit_header(tar, &h);
	buf_add(&tar->out, pax->data, pax->len);
	pad(tar, pax->len);
}

static char type_of(const struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFDIR:
		return '5';
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFIFO:
		return '6';
	default:
		return '0';
	}
}

static void emit_entry(struct tarball *tar, const char *path, const struct inode *inode, char type, const char *link)
{
	struct header h = { .type = type };
	uint64_t size = type == '0' ? inode->size : 0;
	struct buf pax = BUF_INIT;

	put_octal(h.mode, sizeof(h.mode), inode->mode & 07777);
	put_octal(h.mtime, sizeof(h.mtime), inode->mtime);
	put_octal(h.major, sizeof(h.major), inode->major);
	put_octal(h.minor, sizeof(h.minor), inode->minor);
	if (!put_text(h.name, sizeof(h.name), path))
		add_record(&pax, "", "path", path, strlen(path));
	if (!put_text(h.link, sizeof(h.link), link))
		add_record(&pax, "", "linkpath", link, strlen(link));
	if (!put_octal(h.uid, sizeof(h.uid), inode->uid))
		add_number(&pax, "uid", inode->uid);
	if (!put_octal(h.gid, sizeof(h.gid), inode->gid))
		add_number(&pax, "gid", inode->gid);
	if (!put_octal(h.size, sizeof(h.size), size))
		add_number(&pax, "size", size);
	for (size_t i = 0; type != '1' && i < inode->nr_xattrs; i++)
		add_record(&pax, "SCHILY.xattr.", inode->xattrs[i].name, inode->xattrs[i].value, inode->xattrs[i].len);
	if (pax.len)
		emit_pax(tar, &pax);
	buf_clean(&pax);
	emit_header(tar, &h);
}

static int emit_data(struct tarball *tar, const struct inode *inode, const struct spool *spool)
{
	size_t hint = 0;

	for (uint64_t at = 0; at < inode->size; ) {
		size_t piece = inode->size - at < PIECE ? inode->size - at : PIECE;
		int err = spool_read(spool, inode, at, buf_reserve(&tar->out, piece), piece, &hint);

		if (err)
			return err;
		tar->out.len += piece;
		at += piece;
		err = flush(tar, FLUSH_AT);
		if (err)
			return err;
	}
	pad(tar, inode->size);
	return 0;
}

int tarball_add(struct tarball *tar, const char *path, const struct inode *inode, const struct spool *spool)
{
	char type = type_of(inode);
	int err = 0;

	emit_entry(tar, path, inode, type, inode->target ? inode->target : "");
	if (type == '0')
		err = emit_data(tar, inode, spool);
	return err ? err : flush(tar, FLUSH_AT);
}

int tarball_add_link(struct tarball *tar, const char *path, const struct inode *inode, const char *target)
{
	emit_entry(tar, path, inode, '1', target);
	return flush(tar, FLUSH_AT);
}

int tarball_end(struct tarball *tar)
{
	memset(buf_reserve(&tar->out, 2 * BLOCK), 0, 2 * BLOCK);
	tar->out.len += 2 * BLOCK;
	return flush(tar, 0);
}
