// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a layer: decompress, hash, and take the tar inside apart with libarchive's tar reader (and no other of its formats). */
#include "image/layer.h"

#include "image/stream.h"
#include "util/error.h"
#include "util/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MAJOR_MAX 0xfff		/* what squashfs can hold */
#define MINOR_MAX 0xfffff
#define TAR_BLOCK 512

struct reader {
	struct stream *in;
	struct spool *spool;
	struct layer_budget *budget;
	struct layer *layer;
	void (*tick)(void *arg);
	void *tick_arg;
	uint64_t unpacked, holes;	/* bytes so far */
	uint64_t header_left;	/* what libarchive may read before it has the next entry */
	bool in_header, begun;
	char prologue[TAR_BLOCK];
	int err;		/* ours, behind libarchive's back */
	char *text;
};

static int over_bytes(const struct layer_budget *budget)
{
	return err_set(-EFBIG, "the image unpacks to more than %llu MiB, the limit",
		       (unsigned long long)(budget->limits->bytes >> 20));
}

static int charge_bytes(struct layer_budget *budget, uint64_t bytes)
{
	if (bytes > budget->bytes)
		return over_bytes(budget);
	budget->bytes -= bytes;
	return 0;
}

int layer_charge(struct layer_budget *budget, uint64_t bytes, uint64_t entries, uint64_t text)
{
	if (text > budget->text)
		return err_set(-E2BIG, "names and attributes of more than %llu MiB, the limit",
			       (unsigned long long)(budget->limits->text >> 20));
	budget->text -= text;
	if (entries > budget->entries)
		return err_set(-E2BIG, "more than %llu entries in the image's layers, the limit",
			       (unsigned long long)budget->limits->entries);
	budget->entries -= entries;
	return charge_bytes(budget, bytes);
}

/* One more entry, or more text of it; the layer remembers what it cost. */
static int charge_text(struct reader *r, uint64_t entries, uint64_t text)
{
	r->layer->text += text;
	return layer_charge(r->budget, 0, entries, text);
}

static bool is_bomb(const struct reader *r)
{
	const struct image_limits *limits = r->budget->limits;

	return limits->ratio && r->unpacked > limits->ratio_from && r->unpacked / limits->ratio > stream_taken(r->in);
}

/* A piece of the tar, counted. */
static ssize_t next_piece(struct reader *r, const void **data)
{
	const struct image_limits *limits = r->budget->limits;
	ssize_t n = stream_read(r->in, data);
	int err;

	if (n <= 0)
		return n;
	if (r->tick)
		r->tick(r->tick_arg);
	r->unpacked += n;
	err = charge_bytes(r->budget, n);
	if (err)
		return err;
	if (is_bomb(r))
		return err_set(-EFBIG, "unpacks to more than %llu times its size, the limit", (unsigned long long)limits->ratio);
	if (!r->in_header)
		return n;
	if ((uint64_t)n > r->header_left)
		return err_set(-EFBIG, "headers of one entry longer than %llu bytes, the limit", (unsigned long long)limits->header);
	r->header_left -= n;
	return n;
}

/*
 * An entry of our own comes first and is skipped. libarchive 3.6 loses a link's target that only a PAX record has
 * (Go writes such headers for targets that are not ASCII) unless some header before had one in its link field.
 */
static void make_prologue(char block[TAR_BLOCK])
{
	unsigned int sum = 0;

	memset(block, 0, TAR_BLOCK);
	strcpy(block, "prologue");			/* name */
	strcpy(block + 100, "0000777");			/* mode */
	strcpy(block + 124, "00000000000");		/* size */
	memset(block + 148, ' ', 8);			/* checksum */
	block[156] = '2';				/* a symbolic link */
	strcpy(block + 157, "target");
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
}

static ssize_t read_callback(struct archive *a, void *arg, const void **data)
{
	struct reader *r = arg;
	ssize_t n;

	if (!r->begun) {
		r->begun = true;
		*data = r->prologue;
		return TAR_BLOCK;
	}
	n = next_piece(r, data);
	if (n >= 0)
		return n;
	r->err = n;
	free(r->text);
	r->text = mem_strdup(err_text());
	archive_set_error(a, -n, "%s", r->text);
	return ARCHIVE_FATAL;
}

/* libarchive failed: was it us? */
static int archive_failed(struct reader *r, struct archive *a)
{
	const char *text = archive_error_string(a);

	if (r->err)
		return err_set(r->err, "%s", r->text);
	return err_set(-EBADMSG, "damaged tar: %s", text ? text : "it ends too early");
}

static bool keep_xattr(const char *name, mode_t mode)
{
	if (!strcmp(name, "security.capability"))
		return S_ISREG(mode);
	return !strncmp(name, "user.", 5) && name[5] && (S_ISREG(mode) || S_ISDIR(mode));
}

static int take_xattrs(struct reader *r, struct archive_entry *e, struct inode *inode)
{
	uint64_t limit = r->budget->limits->xattrs;
	const char *name;
	const void *value;
	size_t len, total = 0;

	archive_entry_xattr_reset(e);
	while (!archive_entry_xattr_next(e, &name, &value, &len)) {
		if (!name || !keep_xattr(name, inode->mode))
			continue;
		total += strlen(name) + len;
		if (total > limit || strlen(name) > TREE_NAME_MAX)
			return err_set(-E2BIG, "extended attributes larger than %llu bytes, the limit", (unsigned long long)limit);
		inode_add_xattr(inode, name, value, len);
	}
	return charge_text(r, 0, total);
}

static int take_id(int64_t id, const char *what, uint32_t *out)
{
	if (id < 0 || id >= UINT32_MAX)
		return err_set(-EBADMSG, "%s %lld does not fit 32 bits", what, (long long)id);
	*out = id;
	return 0;
}

static int take_device(struct archive_entry *e, struct inode *inode)
{
	uint64_t major_nr = archive_entry_rdevmajor(e), minor_nr = archive_entry_rdevminor(e);

	if (major_nr > MAJOR_MAX || minor_nr > MINOR_MAX)
		return err_set(-EBADMSG, "device %llu:%llu out of range", (unsigned long long)major_nr,
			       (unsigned long long)minor_nr);
	inode->major = major_nr;
	inode->minor = minor_nr;
	return 0;
}

static int take_link_target(struct reader *r, struct archive_entry *e, struct inode *inode)
{
	const char *target = archive_entry_symlink(e);

	if (!target || !*target)
		return err_set(-EBADMSG, "symbolic link to nothing");
	if (strlen(target) >= TREE_PATH_MAX)
		return err_set(-ENAMETOOLONG, "symbolic link longer than %d bytes", TREE_PATH_MAX - 1);
	inode->target = mem_strdup(target);
	inode->mode |= 0777;
	return charge_text(r, 0, strlen(target));
}

static int take_size(struct reader *r, struct archive_entry *e, struct inode *inode)
{
	int64_t size = archive_entry_size(e);

	if (size < 0)
		return err_set(-EBADMSG, "negative size");
	if ((uint64_t)size > r->budget->bytes)	/* sparse ones claim more than they bring */
		return over_bytes(r->budget);
	inode->size = size;
	return 0;
}

static int take_kind(struct reader *r, struct archive_entry *e, struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		return take_size(r, e, inode);
	case S_IFLNK:
		return take_link_target(r, e, inode);
	case S_IFCHR:
	case S_IFBLK:
		return take_device(e, inode);
	case S_IFDIR:
	case S_IFIFO:
		return 0;
	default:
		return err_set(-EBADMSG, "a file of unknown type");
	}
}

static int take_inode(struct reader *r, struct archive_entry *e, struct inode *inode)
{
	int64_t mtime = archive_entry_mtime(e);
	int err = take_id(archive_entry_uid(e), "uid", &inode->uid);

	if (!err)
		err = take_id(archive_entry_gid(e), "gid", &inode->gid);
	if (!err)
		err = take_kind(r, e, inode);
	if (!err)
		err = take_xattrs(r, e, inode);
	inode->mtime = mtime < 0 ? 0 : mtime > UINT32_MAX ? UINT32_MAX : mtime;
	return err;
}

static int read_blocks(struct reader *r, struct archive *a, struct inode *inode, uint64_t *dense)
{
	uint64_t next = 0;
	const void *data;
	int64_t offset;
	size_t len;
	int ret, err;

	while ((ret = archive_read_data_block(a, &data, &len, &offset)) == ARCHIVE_OK) {
		if (!len)
			continue;
		if (offset < 0 || (uint64_t)offset > inode->size || len > inode->size - offset)
			return err_set(-EBADMSG, "data beyond its size");
		if ((uint64_t)offset < next)
			return err_set(-EBADMSG, "a sparse map that goes backwards");
		next = offset + len;
		*dense += len;
		err = spool_add(r->spool, offset, data, len);
		if (err)
			return err;
	}
	return ret == ARCHIVE_EOF ? 0 : archive_failed(r, a);
}

static int read_data(struct reader *r, struct archive *a, struct inode *inode)
{
	uint64_t dense = 0;
	int err, end;

	spool_begin(r->spool, inode);
	err = read_blocks(r, a, inode, &dense);
	end = spool_end(r->spool);
	if (!err)
		err = end;
	r->holes += inode->size - dense;
	return err ? err : charge_bytes(r->budget, inode->size - dense);	/* no input, but the guest may read them */
}

static int read_entry(struct reader *r, struct archive *a, struct archive_entry *e, const char *path)
{
	const char *target = archive_entry_hardlink(e);
	struct inode *inode;
	int err = 0;

	if (target) {
		err = charge_text(r, 0, strlen(target));
		return err ? err : layer_add(r->layer, path, target, NULL);
	}
	inode = inode_new(archive_entry_mode(e) & (S_IFMT | 07777));
	err = take_inode(r, e, inode);
	if (!err && S_ISREG(inode->mode))
		err = read_data(r, a, inode);
	if (err) {
		inode_put(inode);
		return err;
	}
	return layer_add(r->layer, path, NULL, inode);
}

/*
 * Names that are not ASCII only warn, and come as the bytes they are; so do unreadable ACLs, which squashfs could not
 * hold anyway. All other warnings are damage.
 */
static bool is_harmless(struct archive *a)
{
	const char *text = archive_error_string(a);

	return text && (strstr(text, "can't be converted") || strstr(text, "Parse error"));
}

static int read_next(struct reader *r, struct archive *a, bool *end)
{
	struct archive_entry *e;
	const char *path;
	int ret, err;

	r->in_header = true;
	r->header_left = r->budget->limits->header;
	ret = archive_read_next_header(a, &e);
	r->in_header = false;
	*end = ret == ARCHIVE_EOF;
	if (*end)
		return 0;
	if (ret != ARCHIVE_OK && !(ret == ARCHIVE_WARN && is_harmless(a)))
		return archive_failed(r, a);
	path = archive_entry_pathname(e);
	if (!path)
		return err_set(-EBADMSG, "damaged tar: an entry without a name");
	err = charge_text(r, 1, strlen(path));
	if (!err)
		err = read_entry(r, a, e, path);
	if (err)
		return err_in(err, "entry \"%.200s\"", path);
	/* what is left of it (a hard link's data, say) is not the next header's */
	ret = archive_read_data_skip(a);
	return ret == ARCHIVE_OK || ret == ARCHIVE_EOF || ret == ARCHIVE_WARN ? 0 : archive_failed(r, a);
}

static int read_archive(struct reader *r)
{
	struct archive *a = archive_read_new();
	struct archive_entry *prologue;
	bool end = false;
	int err = 0;

	if (!a)
		return err_set(-ENOMEM, "libarchive failed");
	archive_read_support_format_tar(a);
	make_prologue(r->prologue);
	if (archive_read_open(a, r, NULL, read_callback, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(a, &prologue) != ARCHIVE_OK)
		err = archive_failed(r, a);
	while (!err && !end)
		err = read_next(r, a, &end);
	archive_read_free(a);
	return err;
}

/* What follows the tar's end is not read as tar, but is part of what was hashed. */
static int drain(struct reader *r)
{
	const void *data;
	ssize_t n;

	while ((n = next_piece(r, &data)) > 0)
		;
	return n;
}

static int check_diff_id(struct reader *r, const struct digest *diff_id)
{
	struct digest *got = &r->layer->diff_id;

	stream_digest(r->in, got);
	if (digest_equal(got, diff_id))
		return 0;
	return err_set(-EBADMSG, "unpacks to %s, but the configuration says %s", got->text, diff_id->text);
}

/* libarchive converts (and composes) names under a UTF-8 locale, whatever the program chose; under "C" it cannot. */
static int read_as_bytes(struct reader *r)
{
	locale_t c = newlocale(LC_CTYPE_MASK, "C", NULL), old;
	int err;

	if (!c)
		return err_sys(-errno, "locale");
	old = uselocale(c);
	err = read_archive(r);
	uselocale(old);
	freelocale(c);
	return err;
}

static int read_all(struct reader *r, int fd, const struct digest *diff_id)
{
	int err;

	r->in = stream_new(fd, diff_id);
	if (!r->in)
		return -EAGAIN;
	err = read_as_bytes(r);
	if (!err)
		err = drain(r);
	return err ? err : check_diff_id(r, diff_id);
}

int layer_read(int fd, const struct digest *diff_id, int spool_fd, struct layer_budget *budget,
	       void (*tick)(void *arg), void *arg, struct layer *layer)
{
	struct reader r = {
		.spool = spool_new(spool_fd), .budget = budget, .layer = layer, .tick = tick, .tick_arg = arg,
	};
	int err = -EAGAIN;

	*layer = (struct layer){ 0 };
	if (r.spool)
		err = read_all(&r, fd, diff_id);
	if (!err)
		err = spool_flush(r.spool, &layer->data_len);
	layer->unpacked = r.unpacked + r.holes;
	spool_free(r.spool);
	stream_free(r.in);
	free(r.text);
	if (err)
		layer_clean(layer);
	return err;
}
