/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of layers: tars made byte by byte, read into a tree and packed, and the tree as text. */
#ifndef HOST_LAYERTAR_H
#define HOST_LAYERTAR_H

#include "image/squashfs.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GiB (1ULL << 30)
#define HELPER __attribute__((unused)) static

/* --- making tars: one line an entry, "TYPE[:MODE[:UID:GID]] PATH [CONTENT or TARGET or MAJOR,MINOR]" --- */

HELPER void put(struct buf *tar, const char *name, char type, unsigned int mode, unsigned int uid, unsigned int gid,
		size_t size, const char *link, const char *device)
{
	unsigned int sum = 0, major_nr = 0, minor_nr = 0;
	char h[512] = { 0 };

	sscanf(device, "%u,%u", &major_nr, &minor_nr);
	strncpy(h, name, 100);
	sprintf(h + 100, "%07o", mode);
	sprintf(h + 108, "%07o", uid);
	sprintf(h + 116, "%07o", gid);
	sprintf(h + 124, "%011zo", size);
	sprintf(h + 136, "%011o", 1000);
	memset(h + 148, ' ', 8);
	h[156] = type;
	strncpy(h + 157, link, 100);
	memcpy(h + 257, "ustar\00000", 8);
	strcpy(h + 265, "root");			/* names of owners must not matter */
	strcpy(h + 297, "daemon");
	sprintf(h + 329, "%07o", major_nr);
	sprintf(h + 337, "%07o", minor_nr);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	sprintf(h + 148, "%06o", sum);
	buf_add(tar, h, 512);
}

HELPER void put_data(struct buf *tar, const char *data, size_t len)
{
	static const char zeros[512];

	buf_add(tar, data, len);
	buf_add(tar, zeros, -len & 511);
}

HELPER void add_record(struct buf *records, const char *key, const char *value, size_t len)
{
	size_t rest = 3 + strlen(key) + len, total = rest + 1;
	char digits[16];

	while (total != rest + sprintf(digits, "%zu", total))
		total = rest + strlen(digits);
	buf_addf(records, "%s %s=", digits, key);
	buf_add(records, value, len);
	buf_addc(records, '\n');
}

HELPER void put_records(struct buf *tar, struct buf *records)
{
	put(tar, "pax", 'x', 0644, 0, 0, records->len, "", "");
	put_data(tar, records->data, records->len);
	buf_clean(records);
}

HELPER void put_pax(struct buf *tar, const char *key, const char *value, size_t len)
{
	struct buf records = BUF_INIT;

	add_record(&records, key, value, len);
	put_records(tar, &records);
}

HELPER void put_end(struct buf *tar)
{
	static const char zeros[1024];

	buf_add(tar, zeros, 1024);
}

HELPER void put_line(struct buf *tar, const char *line)
{
	static const char kinds[] = "fdlhcbp", types[] = "0521346";
	char kind[64], path[512], arg[512] = "";
	unsigned int mode, uid = 0, gid = 0;
	char type;

	sscanf(line, "%63s %511s %511[^\n]", kind, path, arg);
	mode = kind[0] == 'd' ? 0755 : 0644;
	sscanf(kind, "%*c:%o:%u:%u", &mode, &uid, &gid);
	type = types[strchr(kinds, kind[0]) - kinds];
	put(tar, path, type, mode, uid, gid, type == '0' ? strlen(arg) : 0, type == '1' || type == '2' ? arg : "", arg);
	if (type == '0')
		put_data(tar, arg, strlen(arg));
}

HELPER void put_lines(struct buf *tar, const char *lines)
{
	char *copy = strdup(lines), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			put_line(tar, line);
	put_end(tar);
	free(copy);
}

/* --- reading and packing them --- */

static const struct image_limits usual = IMAGE_LIMITS;

struct stack {
	struct tree tree;
	struct squashfs_layer layers[8];
	size_t nr;
	int fd;			/* of the squashfs, -1 before stack_pack() */
};

HELPER int scratch_fd(void)
{
	return open(".", O_TMPFILE | O_RDWR, 0600);
}

HELPER void stack_init(struct stack *s)
{
	*s = (struct stack){ .fd = -1 };
	tree_init(&s->tree);
}

HELPER void stack_clean(struct stack *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		layer_clean(&s->layers[i].list);
		close(s->layers[i].fd);
	}
	if (s->fd >= 0)
		close(s->fd);
	tree_clean(&s->tree);
}

HELPER int read_blob(const void *blob, size_t len, const struct digest *diff_id, struct layer_budget *budget,
		     struct squashfs_layer *layer)
{
	int fd = scratch_fd(), err;

	file_write_all(fd, blob, len);
	lseek(fd, 0, SEEK_SET);
	layer->fd = scratch_fd();
	err = layer_read(fd, NULL, diff_id, layer->fd, budget, NULL, NULL, &layer->list);
	close(fd);
	return err;
}

HELPER int stack_add(struct stack *s, const struct buf *tar, const struct image_limits *limits)
{
	struct layer_budget budget = LAYER_BUDGET(limits);
	struct squashfs_layer *layer = &s->layers[s->nr++];
	struct digest diff_id;
	int err;

	digest_of(tar->data, tar->len, &diff_id);
	err = read_blob(tar->data, tar->len, &diff_id, &budget, layer);
	return err ? err : layer_merge(&layer->list, &s->tree);
}

HELPER int stack_pack(struct stack *s, const char *path)
{
	int err = squashfs_write(&s->tree, s->layers, s->nr, path, NULL, NULL);

	s->fd = err ? -1 : open(path, O_RDONLY);
	return err;
}

/* --- and telling what came of it --- */

/* A fragment of the squashfs @fd, as its table says where. */
HELPER void read_fragment(int fd, uint32_t index, char out[SPOOL_BLOCK])
{
	struct { uint64_t at; uint32_t size, unused; } entry = { 0 };
	static char in[SPOOL_BLOCK];
	uint64_t table = 0, block = 0;

	pread(fd, &table, sizeof(table), 80);				/* of the superblock: fragment_table_start */
	pread(fd, &block, sizeof(block), table + index / 512 * 8);
	pread(fd, &entry, sizeof(entry), block + 2 + index % 512 * 16);
	if (entry.size & SPOOL_PLAIN)
		pread(fd, out, entry.size & ~SPOOL_PLAIN, entry.at);
	else if (pread(fd, in, entry.size, entry.at) == entry.size)
		LZ4_decompress_safe(in, out, entry.size, SPOOL_BLOCK);
}

/* A block of a file, whose blocks are in @fd. */
HELPER void read_block(int fd, const struct inode *inode, size_t index, char out[SPOOL_BLOCK])
{
	uint64_t at = inode->data;
	uint32_t size = inode->blocks[index] & ~SPOOL_PLAIN;
	static char in[SPOOL_BLOCK];

	for (size_t i = 0; i < index; i++)
		at += inode->blocks[i] & ~SPOOL_PLAIN;
	memset(out, 0, SPOOL_BLOCK);
	if (inode->blocks[index] & SPOOL_PLAIN)
		pread(fd, out, size, at);
	else if (size && pread(fd, in, size, at) == (ssize_t)size)
		LZ4_decompress_safe(in, out, size, SPOOL_BLOCK);
}

struct listing {
	struct buf out;
	int fd;			/* where inodes' blocks are */
};

HELPER int list_node(void *arg, struct node *node)
{
	const struct inode *i = node->inode;
	struct listing *l = arg;
	char *path = malloc(node->path_len + 1);	/* the stack is for depth */
	static char data[SPOOL_BLOCK];

	node_path(node, path);
	buf_addf(&l->out, "%c:%o:%u:%u ", S_ISDIR(i->mode) ? 'd' : S_ISLNK(i->mode) ? 'l' : S_ISCHR(i->mode) ? 'c' :
		 S_ISBLK(i->mode) ? 'b' : S_ISFIFO(i->mode) ? 'p' : 'f', i->mode & 07777, i->uid, i->gid);
	buf_adds(&l->out, path);
	free(path);
	if (S_ISREG(i->mode) && i->size) {
		if (spool_is_small(i))
			read_fragment(l->fd, i->fragment, data);
		else
			read_block(l->fd, i, 0, data);
		buf_addf(&l->out, " %.*s", (int)(i->size < 63 ? i->size : 63), data + (spool_is_small(i) ? i->fragment_at : 0));
	}
	if (i->target)
		buf_addf(&l->out, " %s", i->target);
	if (S_ISCHR(i->mode) || S_ISBLK(i->mode))
		buf_addf(&l->out, " %u,%u", i->major, i->minor);
	if (!S_ISDIR(i->mode) && i->links > 1)
		buf_addf(&l->out, " x%u", i->links);
	for (size_t x = 0; x < i->nr_xattrs; x++)
		buf_addf(&l->out, " %s=%.*s", i->xattrs[x].name, (int)i->xattrs[x].len, (char *)i->xattrs[x].value);
	buf_addc(&l->out, '\n');
	return tree_each(node, list_node, l);
}

#endif
