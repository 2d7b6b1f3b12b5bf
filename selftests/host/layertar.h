/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of layers: tars made byte by byte, read back into a tree, and the tree as text. */
#ifndef HOST_LAYERTAR_H
#define HOST_LAYERTAR_H

#include "image/layer.h"
#include "image/pack.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
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

HELPER void put_pax(struct buf *tar, const char *key, const char *value, size_t len)
{
	size_t rest = 3 + strlen(key) + len, total = rest + 1;
	struct buf record = BUF_INIT;
	char digits[16];

	while (total != rest + sprintf(digits, "%zu", total))
		total = rest + strlen(digits);
	buf_addf(&record, "%s %s=", digits, key);
	buf_add(&record, value, len);
	buf_addc(&record, '\n');
	put(tar, "pax", 'x', 0644, 0, 0, record.len, "", "");
	put_data(tar, record.data, record.len);
	buf_clean(&record);
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

/* --- reading them back --- */

HELPER int spool_fd(void)
{
	return open(".", O_TMPFILE | O_RDWR, 0600);
}

HELPER int read_blob(const void *blob, size_t len, const struct digest *diff_id, struct spool *spool,
		     struct layer_budget *budget, struct layer *layer)
{
	int fd = spool_fd(), err;

	file_write_all(fd, blob, len);
	lseek(fd, 0, SEEK_SET);
	err = layer_read(fd, diff_id, spool, budget, NULL, NULL, layer);
	close(fd);
	return err;
}

HELPER int apply_tar(struct tree *tree, struct spool *spool, const struct buf *tar)
{
	struct layer_budget budget = { GiB, GiB };
	struct digest diff_id;
	struct layer layer;
	int err;

	digest_of(tar->data, tar->len, &diff_id);
	err = read_blob(tar->data, tar->len, &diff_id, spool, &budget, &layer);
	if (err)
		return err;
	err = layer_merge(&layer, tree);
	layer_clean(&layer);
	return err;
}

struct listing {
	struct buf out;
	const struct spool *spool;
};

HELPER int list_node(void *arg, struct node *node)
{
	const struct inode *i = node->inode;
	struct listing *l = arg;
	char *path = malloc(node->path_len + 1), data[64] = "";	/* the stack is for depth */
	size_t hint = 0;

	node_path(node, path);
	buf_addf(&l->out, "%c:%o:%u:%u ", S_ISDIR(i->mode) ? 'd' : S_ISLNK(i->mode) ? 'l' : S_ISCHR(i->mode) ? 'c' :
		 S_ISBLK(i->mode) ? 'b' : S_ISFIFO(i->mode) ? 'p' : 'f', i->mode & 07777, i->uid, i->gid);
	buf_adds(&l->out, path);
	free(path);
	if (S_ISREG(i->mode)) {
		spool_read(l->spool, i, 0, data, i->size < 63 ? i->size : 63, &hint);
		buf_addf(&l->out, "%s%s", i->size ? " " : "", data);
	}
	if (i->target)
		buf_addf(&l->out, " %s", i->target);
	if (S_ISCHR(i->mode) || S_ISBLK(i->mode))
		buf_addf(&l->out, " %u,%u", i->major, i->minor);
	if (i->refs > 1)
		buf_addf(&l->out, " x%u", i->refs);
	for (size_t x = 0; x < i->nr_xattrs; x++)
		buf_addf(&l->out, " %s=%.*s", i->xattrs[x].name, (int)i->xattrs[x].len, (char *)i->xattrs[x].value);
	buf_addc(&l->out, '\n');
	return tree_each(node, list_node, l);
}

HELPER int pack_into(const char *path, struct tree *tree, struct spool *spool)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), err = pack_tar(tree, spool, fd, NULL, NULL);

	close(fd);
	return err;
}

#endif
