// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing a squashfs: superblock, lz4's options, data, then tables of inodes, directories, owners and extended attributes. */
#include "image/squashfs.h"

#include "image/owners.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <sqfs/compressor.h>
#include <sqfs/dir_writer.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>
#include <sqfs/xattr_writer.h>
#include <string.h>
#include <sys/stat.h>

#define COPY (1 << 20)
#define PAD 4096		/* a disk is whole sectors, and page cache is whole pages */
#define NONE 0xffffffffU	/* no fragment, no extended attributes */

struct writer {
	struct tree *tree;
	int fd;			/* of the file, for data */
	uint64_t end;		/* of the data */
	char *piece;		/* COPY bytes on their way */
	sqfs_file_t *file;	/* the same, for tables */
	sqfs_compressor_t plain;
	sqfs_meta_writer_t *inodes, *entries;
	sqfs_dir_writer_t *dirs;
	sqfs_xattr_writer_t *xattrs;
	sqfs_frag_table_t *fragments;
	struct owners owners;
	sqfs_super_t super;
	uint32_t nr_inodes;
	void (*tick)(void *arg);
	void *arg;
};

static int failed(int err, const char *what)
{
	if (err == SQFS_ERROR_IO && errno)
		return err_sys(-errno, "writing the squashfs");
	if (err == SQFS_ERROR_ALLOC)
		return err_set(-ENOMEM, "out of memory for %s", what);
	return err_set(-E2BIG, "%s: more than a squashfs can hold (libsquashfs: %d)", what, err);
}

/* Tables stay uncompressed: they are small, and each look at a file reads them. */
static sqfs_s32 do_not_compress(sqfs_compressor_t *c, const sqfs_u8 *in, sqfs_u32 size, sqfs_u8 *out, sqfs_u32 outsize)
{
	(void)c, (void)in, (void)size, (void)out, (void)outsize;
	return 0;
}

/* --- what is in it --- */

static int number_node(void *arg, struct node *node)
{
	struct inode *inode = node->inode;
	struct writer *w = arg;

	if (S_ISDIR(inode->mode)) {
		inode->links = 2;
		if (node->parent)
			node->parent->inode->links++;
	} else {
		inode->links++;
	}
	if (!inode->number)
		inode->number = ++w->nr_inodes;
	return tree_each(node, number_node, w);
}

/* --- data --- */

static int copy_run(struct writer *w, int from, uint64_t at, uint64_t len)
{
	while (len) {
		ssize_t n = pread(from, w->piece, len < COPY ? len : COPY, at);
		ssize_t done = n > 0 ? pwrite(w->fd, w->piece, n, w->end) : 0;

		if ((n < 0 || done < 0) && errno == EINTR)
			continue;
		if (n <= 0 || done <= 0)
			return err_sys(n < 0 || done < 0 ? -errno : -EIO, "copying packed data");
		at += done;
		w->end += done;
		len -= done;
		if (w->tick)
			w->tick(w->arg);
	}
	return 0;
}

static uint64_t data_len(const struct inode *inode)
{
	uint64_t len = 0;

	for (size_t i = 0; i < inode->nr_blocks; i++)
		len += inode->blocks[i] & ~SPOOL_PLAIN;
	return len;
}

/* Of a spool, to be copied as soon as what follows it there is not wanted. */
struct run {
	int fd;
	uint64_t from, to;
};

/* One piece more, at @at there. @where: its place in the squashfs. */
static int add_piece(struct writer *w, struct run *run, uint64_t at, uint64_t len, uint64_t *where)
{
	int err = 0;

	if (at != run->to) {
		err = copy_run(w, run->fd, run->from, run->to - run->from);
		run->from = run->to = at;
	}
	*where = w->end + (run->to - run->from);
	run->to += len;
	return err;
}

static int add_blocks(struct writer *w, struct run *run, const struct layer *list)
{
	int err = 0;

	for (size_t i = 0; !err && i < list->nr; i++) {
		struct inode *inode = list->list[i].inode;

		if (inode && inode->number && inode->nr_blocks)
			err = add_piece(w, run, inode->data, data_len(inode), &inode->data);
	}
	return err;
}

/* Entries of a layer's list whose small files are in one fragment, where they are in the list's order. */
struct sharers {
	const struct layer *list;
	size_t from, to;
	uint32_t fragment;
	size_t nr, nr_wanted;
};

static struct inode *small_at(const struct layer *list, size_t i)
{
	struct inode *inode = list->list[i].inode;

	return inode && spool_is_small(inode) ? inode : NULL;
}

/* From @s->to on; false: there are no more. */
static bool next_sharers(struct sharers *s)
{
	*s = (struct sharers){ .list = s->list, .from = s->to, .to = s->to };
	for (; s->to < s->list->nr; s->to++) {
		const struct inode *inode = small_at(s->list, s->to);

		if (!inode)
			continue;
		if (s->nr && inode->fragment != s->fragment)
			break;
		s->fragment = inode->fragment;
		s->nr++;
		s->nr_wanted += inode->number != 0;
	}
	return s->nr;
}

/* Without the files that are not wanted, in whose place are zeros. */
static int mend_fragment(struct writer *w, int fd, const struct fragment *f, const struct sharers *s, uint32_t *size)
{
	auto_free char *all = mem_alloc(SPOOL_BLOCK), *kept = mem_alloc(SPOOL_BLOCK);
	size_t len = f->size & ~SPOOL_PLAIN, end = 0;
	char *in = f->size & SPOOL_PLAIN ? all : w->piece;
	int n;

	if (pread(fd, in, len, f->at) != (ssize_t)len ||
	    (in != all && LZ4_decompress_safe(in, all, (int)len, SPOOL_BLOCK) < 0))
		return err_set(-EIO, "copying packed data");
	for (size_t i = s->from; i < s->to; i++) {
		const struct inode *inode = small_at(s->list, i);

		if (!inode || !inode->number)
			continue;
		memcpy(kept + inode->fragment_at, all + inode->fragment_at, inode->size);
		if (end < inode->fragment_at + inode->size)
			end = inode->fragment_at + inode->size;
	}
	n = LZ4_compress_default(kept, w->piece, (int)end, (int)end - 1);
	*size = n > 0 ? (uint32_t)n : end | SPOOL_PLAIN;
	len = n > 0 ? (size_t)n : end;
	if (pwrite(w->fd, n > 0 ? w->piece : kept, len, w->end) != (ssize_t)len)
		return err_sys(-errno, "copying packed data");
	w->end += len;
	return 0;
}

static int add_fragment(struct writer *w, struct run *run, const struct sharers *s, uint32_t *number)
{
	const struct fragment *f = &s->list->fragments[s->fragment];
	uint32_t size = f->size;
	uint64_t where;
	int err;

	if (s->nr_wanted == s->nr) {
		err = add_piece(w, run, f->at, size & ~SPOOL_PLAIN, &where);
	} else {
		err = copy_run(w, run->fd, run->from, run->to - run->from);
		run->from = run->to;
		where = w->end;
		if (!err)
			err = mend_fragment(w, run->fd, f, s, &size);
	}
	if (err)
		return err;
	err = sqfs_frag_table_append(w->fragments, where, size, number);
	return err ? failed(err, "fragments") : 0;
}

static int add_fragments(struct writer *w, struct run *run, const struct layer *list)
{
	struct sharers s = { .list = list };

	while (next_sharers(&s)) {
		uint32_t number = 0;
		int err = s.nr_wanted ? add_fragment(w, run, &s, &number) : 0;

		if (err)
			return err;
		for (size_t i = s.from; i < s.to; i++) {
			struct inode *inode = small_at(list, i);

			if (inode && inode->number)
				inode->fragment = number;
		}
	}
	return 0;
}

/* What is not in the tree any more is left out; the rest keeps its order, and goes in runs as long as may be. */
static int copy_layer(struct writer *w, const struct squashfs_layer *layer)
{
	struct run run = { .fd = layer->fd };
	int err = add_blocks(w, &run, &layer->list);

	if (!err)
		err = add_fragments(w, &run, &layer->list);
	return err ? err : copy_run(w, run.fd, run.from, run.to - run.from);
}

/* The superblock's place, and behind it what lz4 needs to know: its format's version, and no flags. */
static int write_head(struct writer *w)
{
	static const char options[] = { 8, (char)0x80, 1, 0, 0, 0, 0, 0, 0, 0 };

	w->end = sizeof(w->super) + sizeof(options);
	if (pwrite(w->fd, options, sizeof(options), sizeof(w->super)) != sizeof(options))
		return err_sys(-errno, "writing the squashfs");
	return 0;
}

/* --- tables --- */

static int put_xattrs(struct writer *w, const struct inode *inode, uint32_t *index)
{
	int err;

	*index = NONE;
	if (!inode->nr_xattrs)
		return 0;
	err = sqfs_xattr_writer_begin(w->xattrs, 0);
	for (size_t i = 0; !err && i < inode->nr_xattrs; i++)
		err = sqfs_xattr_writer_add(w->xattrs, inode->xattrs[i].name, inode->xattrs[i].value, inode->xattrs[i].len);
	if (!err)
		err = sqfs_xattr_writer_end(w->xattrs, index);
	return err ? failed(err, "extended attributes") : 0;
}

static void fill_file(sqfs_inode_generic_t *n, const struct inode *inode, uint32_t xattrs)
{
	uint64_t sparse = 0;

	n->payload_bytes_used = inode->nr_blocks * sizeof(*inode->blocks);
	memcpy(n->extra, inode->blocks, n->payload_bytes_used);
	for (size_t i = 0; i < inode->nr_blocks; i++)
		if (!inode->blocks[i])
			sparse += i + 1 < inode->nr_blocks ? SPOOL_BLOCK : inode->size - (uint64_t)i * SPOOL_BLOCK;
	n->base.type = SQFS_INODE_EXT_FILE;
	n->data.file_ext = (sqfs_inode_file_ext_t){
		.blocks_start = inode->data, .file_size = inode->size, .sparse = sparse, .nlink = inode->links,
		.fragment_idx = spool_is_small(inode) ? inode->fragment : NONE, .fragment_offset = inode->fragment_at,
		.xattr_idx = xattrs,
	};
}

static void fill_symlink(sqfs_inode_generic_t *n, const struct inode *inode, uint32_t xattrs)
{
	n->payload_bytes_used = strlen(inode->target);
	memcpy(n->extra, inode->target, n->payload_bytes_used);
	n->base.type = SQFS_INODE_EXT_SLINK;
	n->data.slink_ext = (sqfs_inode_slink_ext_t){
		.nlink = inode->links, .target_size = n->payload_bytes_used, .xattr_idx = xattrs,
	};
}

static void fill_special(sqfs_inode_generic_t *n, const struct inode *inode, uint32_t xattrs)
{
	uint32_t devno = (inode->minor & 0xff) | inode->major << 8 | (inode->minor & ~0xffU) << 12;

	if (S_ISFIFO(inode->mode)) {
		n->base.type = SQFS_INODE_EXT_FIFO;
		n->data.ipc_ext = (sqfs_inode_ipc_ext_t){ .nlink = inode->links, .xattr_idx = xattrs };
		return;
	}
	n->base.type = S_ISCHR(inode->mode) ? SQFS_INODE_EXT_CDEV : SQFS_INODE_EXT_BDEV;
	n->data.dev_ext = (sqfs_inode_dev_ext_t){ .nlink = inode->links, .devno = devno, .xattr_idx = xattrs };
}

/* With @n as it is but for what all kinds have; its place becomes the inode's. */
static int put_inode(struct writer *w, struct inode *inode, sqfs_inode_generic_t *n)
{
	uint64_t block;
	uint32_t offset;
	int err = owners_index(&w->owners, inode->uid, &n->base.uid_idx);

	if (!err)
		err = owners_index(&w->owners, inode->gid, &n->base.gid_idx);
	if (err)
		return err;
	n->base.mode = inode->mode & 07777;
	n->base.mod_time = inode->mtime;
	n->base.inode_number = inode->number;
	sqfs_meta_writer_get_position(w->inodes, &block, &offset);
	inode->where = block << 16 | offset;
	err = sqfs_meta_writer_write_inode(w->inodes, n);
	return err ? failed(err, "inodes") : 0;
}

static int put_file(struct writer *w, struct inode *inode)
{
	size_t room = inode->nr_blocks * sizeof(*inode->blocks) + (S_ISLNK(inode->mode) ? strlen(inode->target) + 1 : 0);
	auto_free sqfs_inode_generic_t *n = mem_alloc(sizeof(*n) + room);
	uint32_t xattrs;
	int err = put_xattrs(w, inode, &xattrs);

	if (err)
		return err;
	n->payload_bytes_available = room;
	if (S_ISREG(inode->mode))
		fill_file(n, inode, xattrs);
	else if (S_ISLNK(inode->mode))
		fill_symlink(n, inode, xattrs);
	else
		fill_special(n, inode, xattrs);
	sqfs_inode_make_basic(n);	/* if that loses nothing */
	inode->written = true;
	return put_inode(w, inode, n);
}

static int add_entry(void *arg, struct node *node)
{
	const struct inode *inode = node->inode;
	struct writer *w = arg;
	int err = sqfs_dir_writer_add_entry(w->dirs, node->name, inode->number, inode->where, inode->mode);

	return err ? failed(err, "directories") : 0;
}

/* A directory, when all in it are written. */
static int put_dir(struct writer *w, struct node *node)
{
	struct inode *inode = node->inode;
	auto_free sqfs_inode_generic_t *n = NULL;
	uint32_t xattrs, parent = node->parent ? node->parent->inode->number : w->nr_inodes + 1;
	int err = put_xattrs(w, inode, &xattrs);

	if (err)
		return err;
	err = sqfs_dir_writer_begin(w->dirs, 0);
	if (err)
		return failed(err, "directories");
	err = tree_each(node, add_entry, w);
	if (err)
		return err;
	err = sqfs_dir_writer_end(w->dirs);
	if (!err)
		n = sqfs_dir_writer_create_inode(w->dirs, 0, xattrs, parent);
	if (!n)
		return failed(err ? err : SQFS_ERROR_ALLOC, "directories");
	if (n->base.type == SQFS_INODE_DIR)	/* libsquashfs counts all entries, not the directories among them */
		n->data.dir.nlink = inode->links;
	else
		n->data.dir_ext.nlink = inode->links;
	return put_inode(w, inode, n);
}

static int put_node(void *arg, struct node *node)
{
	struct writer *w = arg;
	int err;

	if (w->tick)
		w->tick(w->arg);
	if (!S_ISDIR(node->inode->mode))
		return node->inode->written ? 0 : put_file(w, node->inode);
	err = tree_each(node, put_node, w);
	return err ? err : put_dir(w, node);
}

static int write_tables(struct writer *w)
{
	int err;

	w->super.inode_table_start = w->end;
	err = put_node(w, w->tree->root);
	if (err)
		return err;
	err = sqfs_meta_writer_flush(w->inodes);
	w->super.directory_table_start = w->file->get_size(w->file);
	if (!err)
		err = sqfs_meta_writer_flush(w->entries);
	if (!err)
		err = sqfs_meta_write_write_to_file(w->entries);
	if (!err)
		err = sqfs_frag_table_write(w->fragments, w->file, &w->super, &w->plain);
	if (!err)
		err = sqfs_id_table_write(w->owners.table, w->file, &w->super, &w->plain);
	if (!err)
		err = sqfs_xattr_writer_flush(w->xattrs, w->file, &w->super, &w->plain);
	return err ? failed(err, "tables") : 0;
}

static int write_super(struct writer *w)
{
	int err;

	w->super.bytes_used = w->file->get_size(w->file);
	w->super.inode_count = w->nr_inodes;
	w->super.root_inode_ref = w->tree->root->inode->where;
	w->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS | SQFS_FLAG_UNCOMPRESSED_INODES | SQFS_FLAG_UNCOMPRESSED_IDS |
			  SQFS_FLAG_UNCOMPRESSED_XATTRS;
	err = sqfs_super_write(&w->super, w->file);
	if (!err)
		err = w->file->truncate(w->file, (w->super.bytes_used + PAD - 1) / PAD * PAD);
	return err ? failed(err, "superblock") : 0;
}

static int write_data(struct writer *w, const struct squashfs_layer *layers, size_t nr)
{
	int err = write_head(w);

	for (size_t i = 0; !err && i < nr; i++)
		err = copy_layer(w, &layers[i]);
	if (!err && w->file->truncate(w->file, w->end))		/* so it knows how far we got */
		err = failed(SQFS_ERROR_IO, "data");
	return err;
}

static int open_writer(struct writer *w, const char *path)
{
	w->plain.do_block = do_not_compress;
	w->file = sqfs_open_file(path, SQFS_FILE_OPEN_OVERWRITE);
	w->fd = w->file ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (w->fd < 0)
		return err_sys(-errno, "%s", path);
	w->inodes = sqfs_meta_writer_create(w->file, &w->plain, 0);
	w->entries = sqfs_meta_writer_create(w->file, &w->plain, SQFS_META_WRITER_KEEP_IN_MEMORY);
	w->dirs = w->entries ? sqfs_dir_writer_create(w->entries, 0) : NULL;
	w->xattrs = sqfs_xattr_writer_create(0);
	w->fragments = sqfs_frag_table_create(0);
	if (!w->inodes || !w->dirs || !w->xattrs || !w->fragments || owners_init(&w->owners))
		return failed(SQFS_ERROR_ALLOC, "tables");
	w->piece = mem_alloc(COPY);
	return sqfs_super_init(&w->super, SPOOL_BLOCK, 0, SQFS_COMP_LZ4) ? failed(SQFS_ERROR_UNSUPPORTED, "superblock") : 0;
}

static void close_writer(struct writer *w)
{
	owners_clean(&w->owners);
	sqfs_destroy(w->fragments);
	sqfs_destroy(w->xattrs);
	sqfs_destroy(w->dirs);
	sqfs_destroy(w->entries);
	sqfs_destroy(w->inodes);
	sqfs_destroy(w->file);
	if (w->fd >= 0)
		close(w->fd);
	free(w->piece);
}

int squashfs_write(struct tree *tree, const struct squashfs_layer *layers, size_t nr, const char *path, void (*tick)(void *arg),
		   void *arg)
{
	struct writer w = { .tree = tree, .fd = -1, .tick = tick, .arg = arg };
	int err = open_writer(&w, path);

	if (!err)
		err = number_node(&w, tree->root);
	if (!err)
		err = write_data(&w, layers, nr);
	if (!err)
		err = write_tables(&w);
	if (!err)
		err = write_super(&w);
	close_writer(&w);
	return err;
}
