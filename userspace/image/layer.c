// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a layer: decompress, hash, and take the tar inside apart. */
#include "image/layer.h"

#include "image/stream.h"
#include "image/tar.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define MAJOR_MAX 0xfff		/* what squashfs can hold */
#define MINOR_MAX 0xfffff
#define XATTRS_MAX 256		/* of one entry; sorting and writing them is quadratic */

struct reader {
	struct stream *in;
	struct spool *spool;
	struct layer_budget *budget;
	struct layer *layer;
	int (*tick)(void *arg);
	void *tick_arg;
	uint64_t unpacked, holes;	/* bytes so far */
	struct tar tar;
};

static int over_bytes(const struct layer_budget *budget)
{
	return err_set(-EFBIG, "the image unpacks to more than %llu MiB, the limit (unpacked)",
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
		return err_set(-E2BIG, "more than %llu entries in the image's layers, the limit (entries)",
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
static ssize_t next_piece(void *arg, const void **data)
{
	struct reader *r = arg;
	const struct image_limits *limits = r->budget->limits;
	ssize_t n = stream_read(r->in, data);
	int err;

	if (n <= 0)
		return n;
	err = r->tick ? r->tick(r->tick_arg) : 0;
	if (err)
		return err_set(err, "not wanted any more");
	r->unpacked += n;
	err = charge_bytes(r->budget, n);
	if (err)
		return err;
	if (is_bomb(r))
		return err_set(-EFBIG, "unpacks to more than %llu times its size, the limit", (unsigned long long)limits->ratio);
	return n;
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
		if (inode->nr_xattrs == XATTRS_MAX)
			return err_set(-E2BIG, "more than %d extended attributes, the limit", XATTRS_MAX);
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

static int read_blocks(struct reader *r, struct inode *inode, uint64_t *dense)
{
	uint64_t next = 0;
	const void *data;
	int64_t offset;
	size_t len;
	int ret, err;

	while ((ret = archive_read_data_block(r->tar.archive, &data, &len, &offset)) == ARCHIVE_OK) {
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
	return ret == ARCHIVE_EOF ? 0 : tar_failed(&r->tar);
}

static int read_data(struct reader *r, struct inode *inode)
{
	uint64_t dense = 0;
	int err, end;

	spool_begin(r->spool, inode);
	err = read_blocks(r, inode, &dense);
	end = spool_end(r->spool);
	if (!err)
		err = end;
	r->holes += inode->size - dense;
	return err ? err : charge_bytes(r->budget, inode->size - dense);	/* no input, but the guest may read them */
}

static int read_entry(struct reader *r, struct archive_entry *e, const char *path)
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
		err = read_data(r, inode);
	if (err) {
		inode_put(inode);
		return err;
	}
	return layer_add(r->layer, path, NULL, inode);
}

static int take_entry(struct reader *r, struct archive_entry *e)
{
	const char *path = archive_entry_pathname(e);
	int err;

	if (!path)
		return err_set(-EBADMSG, "damaged tar: an entry without a name");
	err = charge_text(r, 1, strlen(path));
	if (!err)
		err = read_entry(r, e, path);
	if (err)
		return err_in(err, "entry \"%.200s\"", path);
	return tar_skip(&r->tar);	/* a hard link's data, say */
}

static int read_archive(struct reader *r)
{
	struct archive_entry *e;
	int ret = tar_open(&r->tar);

	while (!ret && (ret = tar_next(&r->tar, &e)) > 0)
		ret = take_entry(r, e);
	tar_close(&r->tar);
	return ret;
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
	struct digest got;

	stream_digest(r->in, &got);
	if (digest_equal(&got, diff_id))
		return 0;
	return err_set(-EBADMSG, "unpacks to %s, but the configuration says %s", got.text, diff_id->text);
}

static int read_all(struct reader *r, int fd, const struct growing *growing, const struct digest *diff_id)
{
	int err;

	r->in = stream_new(fd, growing, diff_id);
	if (!r->in)
		return -EAGAIN;
	err = read_archive(r);
	if (!err)
		err = drain(r);
	return err ? err : check_diff_id(r, diff_id);
}

int layer_read(int fd, const struct growing *growing, const struct digest *diff_id, int spool_fd, struct layer_budget *budget,
	       int (*tick)(void *arg), void *arg, struct layer *layer)
{
	struct reader r = {
		.spool = spool_new(spool_fd), .budget = budget, .layer = layer, .tick = tick, .tick_arg = arg,
		.tar = { .read = next_piece, .arg = &r, .header_max = budget->limits->header },
	};
	int err = -EAGAIN;

	*layer = (struct layer){ 0 };
	if (r.spool)
		err = read_all(&r, fd, growing, diff_id);
	if (!err)
		err = spool_flush(r.spool, &layer->data_len, &layer->fragments, &layer->nr_fragments);
	layer->unpacked = r.unpacked + r.holes;
	spool_free(r.spool);
	stream_free(r.in);
	if (err)
		layer_clean(layer);
	return err;
}
