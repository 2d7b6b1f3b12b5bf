/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: a squashfs as text, in layertar.h's manner, by libsquashfs' readers. */
#ifndef HOST_SQUASHREAD_H
#define HOST_SQUASHREAD_H

#include "util/buf.h"

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir_reader.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct squashread {
	sqfs_data_reader_t *data;
	sqfs_xattr_reader_t *xattrs;
	struct buf *out;
	char path[8192];
};

static void spell_xattrs(struct squashread *r, const sqfs_inode_generic_t *n)
{
	sqfs_xattr_id_t desc;
	sqfs_u32 index;

	if (sqfs_inode_get_xattr_index(n, &index) || index == 0xffffffff || sqfs_xattr_reader_get_desc(r->xattrs, index, &desc) ||
	    sqfs_xattr_reader_seek_kv(r->xattrs, &desc))
		return;
	for (sqfs_u32 i = 0; i < desc.count; i++) {
		sqfs_xattr_entry_t *key = NULL;
		sqfs_xattr_value_t *value = NULL;

		if (sqfs_xattr_reader_read_key(r->xattrs, &key) || sqfs_xattr_reader_read_value(r->xattrs, key, &value))
			abort();
		buf_addf(r->out, " %s=%.*s", key->key, (int)value->size, (char *)value->value);
		sqfs_free(key);
		sqfs_free(value);
	}
}

static void spell_kind(struct squashread *r, const sqfs_inode_generic_t *n)
{
	unsigned int links = 0, devno = 0;
	sqfs_u64 size = 0;
	char data[64] = "";

	switch (n->base.type) {
	case SQFS_INODE_FILE:
	case SQFS_INODE_EXT_FILE:
		links = n->base.type == SQFS_INODE_EXT_FILE ? n->data.file_ext.nlink : 1;
		sqfs_inode_get_file_size(n, &size);
		if (size && sqfs_data_reader_read(r->data, n, 0, data, size < 63 ? size : 63) < 0)
			abort();
		if (size)
			buf_addf(r->out, " %s", data);
		break;
	case SQFS_INODE_SLINK:
	case SQFS_INODE_EXT_SLINK:
		links = n->data.slink.nlink;
		buf_addf(r->out, " %.*s", (int)n->data.slink.target_size, (char *)n->extra);
		break;
	case SQFS_INODE_BDEV:
	case SQFS_INODE_CDEV:
	case SQFS_INODE_EXT_BDEV:
	case SQFS_INODE_EXT_CDEV:
		links = n->data.dev.nlink;
		devno = n->data.dev.devno;
		buf_addf(r->out, " %u,%u", devno >> 8 & 0xfff, (devno & 0xff) | (devno >> 12 & ~0xffU));
		break;
	case SQFS_INODE_FIFO:
	case SQFS_INODE_EXT_FIFO:
		links = n->data.ipc.nlink;
	}
	if (links > 1)
		buf_addf(r->out, " x%u", links);
}

/* What stat(2) says of a directory. */
static void check_links(const sqfs_tree_node_t *dir)
{
	sqfs_u32 links = 2;

	for (const sqfs_tree_node_t *node = dir->children; node; node = node->next)
		links += node->inode->base.type == SQFS_INODE_DIR || node->inode->base.type == SQFS_INODE_EXT_DIR;
	if (links != (dir->inode->base.type == SQFS_INODE_DIR ? dir->inode->data.dir.nlink : dir->inode->data.dir_ext.nlink))
		abort();
}

static void spell_tree(struct squashread *r, const sqfs_tree_node_t *dir, size_t len)
{
	if (dir->inode->base.type == SQFS_INODE_DIR || dir->inode->base.type == SQFS_INODE_EXT_DIR)
		check_links(dir);
	for (const sqfs_tree_node_t *node = dir->children; node; node = node->next) {
		const sqfs_inode_generic_t *n = node->inode;
		unsigned int type = n->base.type > SQFS_INODE_SOCKET ? n->base.type - SQFS_INODE_SOCKET : n->base.type;
		static const char by_type[] = "?dflbcps";
		size_t more = snprintf(r->path + len, sizeof(r->path) - len, "%s%s", len ? "/" : "", (char *)node->name);

		buf_addf(r->out, "%c:%o:%u:%u %s", by_type[type], n->base.mode & 07777, node->uid, node->gid, r->path);
		spell_kind(r, n);
		spell_xattrs(r, n);
		buf_addc(r->out, '\n');
		spell_tree(r, node, len + more);
		r->path[len] = '\0';
	}
}

/* Aborts if it cannot be read. */
static void read_squashfs(const char *path, struct buf *out)
{
	sqfs_file_t *file = sqfs_open_file(path, SQFS_FILE_OPEN_READ_ONLY);
	struct squashread r = { .out = out };
	sqfs_compressor_config_t config;
	sqfs_compressor_t *lz4;
	sqfs_id_table_t *ids = sqfs_id_table_create(0);
	sqfs_dir_reader_t *dirs;
	sqfs_tree_node_t *root;
	sqfs_super_t super;

	if (!file || sqfs_super_read(&super, file) ||
	    sqfs_compressor_config_init(&config, super.compression_id, super.block_size, SQFS_COMP_FLAG_UNCOMPRESS) ||
	    sqfs_compressor_create(&config, &lz4) || sqfs_id_table_read(ids, file, &super, lz4))
		abort();
	dirs = sqfs_dir_reader_create(&super, lz4, file, 0);
	r.data = sqfs_data_reader_create(file, super.block_size, lz4, 0);
	r.xattrs = sqfs_xattr_reader_create(0);
	if (!dirs || !r.data || !r.xattrs || sqfs_data_reader_load_fragment_table(r.data, &super) ||
	    sqfs_xattr_reader_load(r.xattrs, &super, file, lz4) ||
	    sqfs_dir_reader_get_full_hierarchy(dirs, ids, "/", 0, &root))
		abort();
	spell_tree(&r, root, 0);
	sqfs_dir_tree_destroy(root);
	sqfs_destroy(r.xattrs);
	sqfs_destroy(r.data);
	sqfs_destroy(dirs);
	sqfs_destroy(ids);
	sqfs_destroy(lz4);
	sqfs_destroy(file);
}

#endif
