// SPDX-License-Identifier: GPL-2.0-or-later
/* Layers to a tree: each case is a stack of small tars, made here byte by byte, and the listing they must flatten to. */
// links: userspace/image/layer.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/spool.c userspace/image/inflate.c userspace/image/tarball.c userspace/image/pack.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lcrypto -lmd -lz -lzstd
#include "test.h"

#include "image/layer.h"
#include "image/pack.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define LAYERS 4
#define GiB (1ULL << 30)

/* --- making tars: one line an entry, "TYPE[:MODE[:UID:GID]] PATH [CONTENT or TARGET or MAJOR,MINOR]" --- */

static void put(struct buf *tar, const char *name, char type, unsigned int mode, unsigned int uid, unsigned int gid,
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

static void put_data(struct buf *tar, const char *data, size_t len)
{
	static const char zeros[512];

	buf_add(tar, data, len);
	buf_add(tar, zeros, -len & 511);
}

static void put_pax(struct buf *tar, const char *key, const char *value, size_t len)
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

static void put_end(struct buf *tar)
{
	static const char zeros[1024];

	buf_add(tar, zeros, 1024);
}

static void put_line(struct buf *tar, const char *line)
{
	static const char kinds[] = "fdlhcbp", types[] = "0521346";
	char kind[64], path[512], arg[512] = "";
	unsigned int mode, uid = 0, gid = 0;
	char type;

	sscanf(line, "%63s %511s %511[^\n]", kind, path, arg);
	mode = kind[0] == 'd' ? 0755 : 0644;
	sscanf(kind, "%*c:%o:%u:%u", &mode, &uid, &gid);
	type = kinds[0] ? types[strchr(kinds, kind[0]) - kinds] : 0;
	type = kind[0] == 'l' ? '2' : kind[0] == 'h' ? '1' : kind[0] == 'd' ? '5' : type;
	put(tar, path, type, mode, uid, gid, type == '0' ? strlen(arg) : 0, type == '1' || type == '2' ? arg : "", arg);
	if (type == '0')
		put_data(tar, arg, strlen(arg));
}

static void put_lines(struct buf *tar, const char *lines)
{
	char *copy = strdup(lines), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			put_line(tar, line);
	put_end(tar);
	free(copy);
}

/* --- reading them back --- */

static int spool_fd(void)
{
	return open(".", O_TMPFILE | O_RDWR, 0600);
}

static int read_blob(const void *blob, size_t len, const struct digest *diff_id, struct spool *spool,
		     struct layer_budget *budget, struct layer *layer)
{
	int fd = spool_fd(), err;

	file_write_all(fd, blob, len);
	lseek(fd, 0, SEEK_SET);
	err = layer_read(fd, diff_id, spool, budget, NULL, NULL, layer);
	close(fd);
	return err;
}

static int apply_tar(struct tree *tree, struct spool *spool, const struct buf *tar)
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

static int list_node(void *arg, struct node *node)
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

/* --- the cases --- */

static const struct {
	const char *name, *layers[LAYERS], *want;
} cases[] = {
	{ "types and attributes",
	  { "d:1777:1:2 tmp\nf:4755:3:4 tmp/su x\nl tmp/l ../y\nc:600:0:5 null 1,3\nb disk 8,1\np:622 fifo\n" },
	  "b:644:0:0 disk 8,1\np:622:0:0 fifo\nc:600:0:5 null 1,3\nd:1777:1:2 tmp\nl:777:0:0 tmp/l ../y\nf:4755:3:4 tmp/su x\n" },
	{ "whiteout of a file", { "f a 1\nf b 2\n", "f .wh.a\n" }, "f:644:0:0 b 2\n" },
	{ "whiteout of a directory takes what is below", { "d a\nf a/b/c 1\nf z 1\n", "f .wh.a\n" }, "f:644:0:0 z 1\n" },
	{ "whiteout of something absent is nothing", { "f a 1\n", "f .wh.b\nf x/.wh.y\n" }, "f:644:0:0 a 1\n" },
	{ "whiteout before its own layer's entry", { "f a 1\n", "f .wh.a\nf a 2\n" }, "f:644:0:0 a 2\n" },
	{ "whiteout after its own layer's entry", { "f a 1\n", "f a 2\nf .wh.a\n" }, "f:644:0:0 a 2\n" },
	{ "whiteout after a new directory hides only the old", { "f a/old 1\n", "f a/new 2\nf .wh.a\n" }, "d:755:0:0 a\nf:644:0:0 a/new 2\n" },
	{ "whiteout does not reach upper layers", { "f .wh.a\n", "f a 1\n" }, "f:644:0:0 a 1\n" },
	{ "whiteout as a directory entry", { "f a 1\n", "d .wh.a/\n" }, "" },
	{ "opaque first", { "f d/a 1\n", "f d/.wh..wh..opq\nf d/b 2\n" }, "d:755:0:0 d\nf:644:0:0 d/b 2\n" },
	{ "opaque last", { "f d/a 1\n", "f d/b 2\nf d/.wh..wh..opq\n" }, "d:755:0:0 d\nf:644:0:0 d/b 2\n" },
	{ "opaque keeps the directory itself", { "d:700:7:8 d\nf d/a 1\n", "f d/.wh..wh..opq\n" }, "d:700:7:8 d\n" },
	{ "opaque hides nested ones", { "f d/a/b/c 1\n", "f d/a/x 2\nf d/.wh..wh..opq\n" }, "d:755:0:0 d\nd:755:0:0 d/a\nf:644:0:0 d/a/x 2\n" },
	{ "opaque root", { "f a 1\nf b/c 2\n", "f .wh..wh..opq\nf n 3\n" }, "f:644:0:0 n 3\n" },
	{ "opaque through a lower symlink", { "d t\nf t/a 1\nl s t\n", "f s/.wh..wh..opq\nf s/b 2\n" }, "l:777:0:0 s t\nd:755:0:0 t\nf:644:0:0 t/b 2\n" },
	{ "opaque of a directory that replaces a symlink", { "d t\nf t/a 1\nl s t\n", "d s\nf s/.wh..wh..opq\nf s/b 2\n" },
	  "d:755:0:0 s\nf:644:0:0 s/b 2\nd:755:0:0 t\nf:644:0:0 t/a 1\n" },
	{ "whiteout in a directory that replaces a symlink", { "d t\nf t/a 1\nl s t\n", "f s/.wh.a\nd s\n" }, "d:755:0:0 s\nd:755:0:0 t\nf:644:0:0 t/a 1\n" },
	{ "aufs bookkeeping is ignored", { "f a 1\nf .wh..wh.plnk/1.2 x\nf .wh..wh.aufs\nd .wh..wh.orph\n" }, "f:644:0:0 a 1\n" },
	{ "file becomes directory", { "f a 1\n", "d a\nf a/b 2\n" }, "d:755:0:0 a\nf:644:0:0 a/b 2\n" },
	{ "directory becomes file", { "f a/b 1\n", "f a 2\n" }, "f:644:0:0 a 2\n" },
	{ "directory becomes symlink", { "f a/b 1\nd c\n", "l a c\n" }, "l:777:0:0 a c\nd:755:0:0 c\n" },
	{ "symlink becomes directory, not its target", { "d t\nl a t\n", "d:700 a\nf a/x 1\n" }, "d:700:0:0 a\nf:644:0:0 a/x 1\nd:755:0:0 t\n" },
	{ "directory over directory takes attributes, keeps children", { "d:700:1:1 a\nf a/b 1\n", "d:750:2:2 a\n" }, "d:750:2:2 a\nf:644:0:0 a/b 1\n" },
	{ "missing parents appear", { "f a/b/c 1\n" }, "d:755:0:0 a\nd:755:0:0 a/b\nf:644:0:0 a/b/c 1\n" },
	{ "late parents still count", { "f a/b 1\nd:700:1:1 a\n" }, "d:700:1:1 a\nf:644:0:0 a/b 1\n" },
	{ "parent that is a file gives way", { "f a 1\n", "f a/b 2\n" }, "d:755:0:0 a\nf:644:0:0 a/b 2\n" },
	{ "symlinked parent", { "d usr\nd usr/lib\nl lib usr/lib\n", "f lib/x 1\n" }, "l:777:0:0 lib usr/lib\nd:755:0:0 usr\nd:755:0:0 usr/lib\nf:644:0:0 usr/lib/x 1\n" },
	{ "absolute symlinked parent stays inside", { "d e\nl a /e\nf a/x 1\n" }, "l:777:0:0 a /e\nd:755:0:0 e\nf:644:0:0 e/x 1\n" },
	{ "symlinked parent climbing out is clamped", { "d d\nl d/a ../../../..\nf d/a/x 1\n" }, "d:755:0:0 d\nl:777:0:0 d/a ../../../..\nf:644:0:0 x 1\n" },
	{ "dangling symlinked parent is made", { "l a b/c\nf a/x 1\n" }, "l:777:0:0 a b/c\nd:755:0:0 b\nd:755:0:0 b/c\nf:644:0:0 b/c/x 1\n" },
	{ "chain of symlinks", { "d d\nl a b\nl b c\nl c d\nf a/x 1\n" }, "l:777:0:0 a b\nl:777:0:0 b c\nl:777:0:0 c d\nd:755:0:0 d\nf:644:0:0 d/x 1\n" },
	{ "writing over a symlink replaces it", { "f t 1\nl a t\n", "f a 2\n" }, "f:644:0:0 a 2\nf:644:0:0 t 1\n" },
	{ "dots and slashes", { "f ./a 1\nf /b 2\nf c//d 3\nf ../../e 4\nf g/../h 5\nf ./i/./j 6\n" },
	  "f:644:0:0 a 1\nf:644:0:0 b 2\nd:755:0:0 c\nf:644:0:0 c/d 3\nf:644:0:0 e 4\nf:644:0:0 h 5\nd:755:0:0 i\nf:644:0:0 i/j 6\n" },
	{ "the last duplicate wins", { "f a 1\nf a 2\n" }, "f:644:0:0 a 2\n" },
	{ "hard link", { "f:4711:1:2 a 1\nh b a\n" }, "f:4711:1:2 a 1 x2\nf:4711:1:2 b 1 x2\n" },
	{ "hard link across layers", { "f a 1\n", "h d/b /a\n" }, "f:644:0:0 a 1 x2\nd:755:0:0 d\nf:644:0:0 d/b 1 x2\n" },
	{ "hard link outlives its target", { "f a 1\nh b a\n", "f .wh.a\n" }, "f:644:0:0 b 1\n" },
	{ "hard link is no copy of what replaces its target", { "f a 1\nh b a\n", "f a 2\n" }, "f:644:0:0 a 2\nf:644:0:0 b 1\n" },
	{ "hard link to a symlink is that symlink", { "f t 1\nl s t\nh b s\n" }, "l:777:0:0 b t x2\nl:777:0:0 s t x2\nf:644:0:0 t 1\n" },
	{ "hard link to itself", { "f a 1\nh a a\n" }, "f:644:0:0 a 1\n" },
	{ "hard link over its own directory", { "f a/b 1\nh a a/b\n" }, "f:644:0:0 a 1\n" },
	{ "hard link through a symlinked parent", { "f d/a 1\nl s d\nh b s/a\n" }, "f:644:0:0 b 1 x2\nd:755:0:0 d\nf:644:0:0 d/a 1 x2\nl:777:0:0 s d\n" },
	{ "four layers", { "f a 1\nf b 1\n", "f .wh.a\nf c 2\n", "f a 3\n", "f .wh.b\nf c 4\n" }, "f:644:0:0 a 3\nf:644:0:0 c 4\n" },
	{ "empty layer", { "", "f a 1\n" }, "f:644:0:0 a 1\n" },
	{ "root as an entry", { "d:711:3:4 ./\nf a 1\n" }, "f:644:0:0 a 1\n" },
};

static const struct {
	const char *name, *layers[LAYERS];
	int err;
	const char *text;
} refusals[] = {
	{ "root as a symlink", { "l . /etc\n" }, -EINVAL, "root" },
	{ "root as a file", { "f . x\n" }, -EINVAL, "root" },
	{ "whiteout of nothing", { "f .wh.\n" }, -EBADMSG, "whiteout" },
	{ "whiteout of the parent", { "f a/.wh...\n" }, -EBADMSG, "whiteout" },
	{ "whiteout of the directory itself", { "f a/.wh..\n" }, -EBADMSG, "whiteout" },
	{ "whiteout as a parent", { "f .wh.a/b 1\n" }, -EBADMSG, "whiteout" },
	{ "hard link to nothing", { "h a b\n" }, -EBADMSG, "not there" },
	{ "hard link to a later entry", { "h a b\nf b 1\n" }, -EBADMSG, "not there" },
	{ "hard link to a directory", { "d d\nh a d\n" }, -EBADMSG, "directory" },
	{ "hard link to the root", { "h a /\n" }, -EBADMSG, "directory" },
	{ "hard link to what the layer itself removed", { "f a 1\n", "f .wh.a\nh b a\n" }, -EBADMSG, "not there" },
	{ "loop of symlinks", { "l a b\nl b a\nf a/x 1\n" }, -ELOOP, "symbolic links" },
	{ "symlink to itself", { "l a a\nf a/x 1\n" }, -ELOOP, "symbolic links" },
	{ "symlink to nothing", { "l a\n" }, -EBADMSG, "symbolic link" },
	{ "device out of range", { "c a 5000,0\n" }, -EBADMSG, "device" },
};

static int flatten(const char *const layers[LAYERS], struct tree *tree, struct spool *spool)
{
	int err = 0;

	tree_init(tree);
	spool_init(spool, spool_fd());
	for (int i = 0; !err && i < LAYERS && layers[i]; i++) {
		struct buf tar = BUF_INIT;

		put_lines(&tar, layers[i]);
		err = apply_tar(tree, spool, &tar);
		buf_clean(&tar);
	}
	return err;
}

static void check_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct listing l = { BUF_INIT, NULL };
		struct spool spool;
		struct tree tree;

		if (flatten(cases[i].layers, &tree, &spool))
			note("%s", err_text());
		l.spool = &spool;
		tree_each(tree.root, list_node, &l);
		ok_str(buf_str(&l.out), cases[i].want, "%s", cases[i].name);
		buf_clean(&l.out);
		spool_clean(&spool);
		tree_clean(&tree);
		ok_num(tree.nr_nodes, 0, "%s: nothing left", cases[i].name);
	}
}

static void check_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct spool spool;
		struct tree tree;
		int err = flatten(refusals[i].layers, &tree, &spool);

		ok_num(err, refusals[i].err, "refuses %s", refusals[i].name);
		if (!ok(strstr(err_text(), refusals[i].text), "says why: %s", refusals[i].name))
			note("%s", err_text());
		spool_clean(&spool);
		tree_clean(&tree);
	}
}

static void check_root_attributes(void)
{
	const char *const layers[LAYERS] = { "d:711:3:4 ./\n" };
	struct spool spool;
	struct tree tree;

	flatten(layers, &tree, &spool);
	ok(tree.root->inode->mode == (S_IFDIR | 0711) && tree.root->inode->uid == 3 && tree.root->inode->gid == 4,
	   "the root entry's attributes are the root's");
	spool_clean(&spool);
	tree_clean(&tree);
}

static int pack_into(const char *path, struct tree *tree, struct spool *spool)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), err = pack_tar(tree, spool, fd, NULL, NULL);

	close(fd);
	return err;
}

/* One hand-made tar, and how it lists. */
static void check_tar(const char *name, struct buf *tar, int want_err, const char *want)
{
	struct listing l = { BUF_INIT, NULL };
	struct spool spool;
	struct tree tree;
	int err;

	tree_init(&tree);
	spool_init(&spool, spool_fd());
	l.spool = &spool;
	err = apply_tar(&tree, &spool, tar);
	ok_num(err, want_err, "verdict: %s", name);
	if (err != want_err)
		note("%s", err_text());
	tree_each(tree.root, list_node, &l);
	if (!err)
		ok(!pack_into("/dev/null", &tree, &spool), "packs: %s", name);
	if (want)
		ok_str(buf_str(&l.out), want, "%s", name);
	buf_clean(&l.out);
	buf_clean(tar);
	spool_clean(&spool);
	tree_clean(&tree);
}

/* Names are bytes: none is lost, composed or replaced, wherever in the header it stands. */
static void check_names(void)
{
	struct buf tar = BUF_INIT;

	put_pax(&tar, "linkpath", "e\xcc\x81", 3);		/* decomposed; the header's own field is empty */
	put(&tar, "a", '2', 0777, 0, 0, 0, "", "");
	put_pax(&tar, "path", "e\xcc\x81", 3);
	put(&tar, "x", '0', 0644, 0, 0, 0, "", "");
	put_pax(&tar, "path", "p\xff\xfe", 3);
	put(&tar, "x", '0', 0644, 0, 0, 0, "", "");
	put(&tar, "u\xff", '0', 0644, 0, 0, 0, "", "");
	put_pax(&tar, "linkpath", "p\xff\xfe", 3);
	put(&tar, "h", '1', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("names are bytes", &tar, 0,
		  "l:777:0:0 a e\xcc\x81\nf:644:0:0 e\xcc\x81\nf:644:0:0 h x2\nf:644:0:0 p\xff\xfe x2\nf:644:0:0 u\xff\n");
}

static void check_long_names(void)
{
	char path[8192], name[400];
	struct buf tar = BUF_INIT;

	memset(name, 'n', sizeof(name));
	put_pax(&tar, "path", name, 256);
	put(&tar, "x", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("name of 256 bytes", &tar, -ENAMETOOLONG, NULL);
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 2 ? '/' : 'd';
	put_pax(&tar, "path", path, 4095);
	put(&tar, "x", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("2048 directories deep", &tar, 0, NULL);
	put_pax(&tar, "path", path, 4099);
	put(&tar, "x", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("path of 4099 bytes", &tar, -ENAMETOOLONG, NULL);
	put_pax(&tar, "path", path, 3999);
	put(&tar, "x", '5', 0755, 0, 0, 0, "", "");
	put_pax(&tar, "linkpath", path, 3999);
	put(&tar, "s", '2', 0755, 0, 0, 0, "", "");
	put_pax(&tar, "path", "s/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", 104);
	put(&tar, "x", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("path too long only through a symlink", &tar, -ENAMETOOLONG, NULL);
}

static void check_xattrs(void)
{
	static char big[70000];
	struct buf tar = BUF_INIT;

	put_pax(&tar, "SCHILY.xattr.user.k", "v", 1);
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_pax(&tar, "SCHILY.xattr.security.capability", "cap", 3);
	put(&tar, "b", '0', 0644, 0, 0, 0, "", "");
	put_pax(&tar, "SCHILY.xattr.security.selinux", "label", 5);
	put(&tar, "c", '0', 0644, 0, 0, 0, "", "");
	put_pax(&tar, "SCHILY.xattr.trusted.overlay.opaque", "y", 1);
	put(&tar, "d", '5', 0755, 0, 0, 0, "", "");
	put_pax(&tar, "LIBARCHIVE.xattr.user.l", "dg==", 4);
	put(&tar, "e", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("extended attributes: the image's are kept, a host's dropped", &tar, 0,
		  "f:644:0:0 a user.k=v\nf:644:0:0 b security.capability=cap\nf:644:0:0 c\nd:755:0:0 d\nf:644:0:0 e user.l=v\n");
	put_pax(&tar, "SCHILY.xattr.user.big", big, sizeof(big));
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("extended attribute of 70000 bytes", &tar, -E2BIG, NULL);
}

/* CVE-2025-62518: a PAX size over a header's zero hides the nested archive; it must be contents, not entries. */
static void check_nested(void)
{
	struct buf tar = BUF_INIT, inner = BUF_INIT;
	char size[16];

	put_lines(&inner, "f evil 1\n");
	sprintf(size, "%zu", inner.len);
	put_pax(&tar, "size", size, strlen(size));
	put(&tar, "a.tar", '0', 0644, 0, 0, 0, "", "");
	put_data(&tar, inner.data, inner.len);
	put_lines(&tar, "f z 2\n");
	check_tar("a nested archive is contents", &tar, 0, "f:644:0:0 a.tar evil\nf:644:0:0 z 2\n");
	buf_clean(&inner);
}

static void check_numbers(void)
{
	struct buf tar = BUF_INIT;

	put_pax(&tar, "uid", "4000000000", 10);
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_pax(&tar, "mtime", "-5.5", 4);
	put(&tar, "b", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("owner of 32 bits, time before 1970", &tar, 0, "f:644:4000000000:0 a\nf:644:0:0 b\n");
	put_pax(&tar, "uid", "4294967295", 10);
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("owner that means nobody", &tar, -EBADMSG, NULL);
	put_pax(&tar, "gid", "-1", 2);
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("negative group", &tar, -EBADMSG, NULL);
	put_pax(&tar, "size", "99999999999999", 14);
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("size beyond the limit", &tar, -EFBIG, NULL);
}

static void check_sparse(void)
{
	struct buf tar = BUF_INIT;
	struct spool spool;
	struct tree tree;
	struct node *node;
	char got[16];
	size_t hint = 0;

	put_pax(&tar, "GNU.sparse.map", "1000000,3,2000000,0", 19);
	put_pax(&tar, "GNU.sparse.size", "2000000", 7);
	tar.len = 0;
	/* both records in one header */
	{
		static const char records[] = "38 GNU.sparse.map=1000000,3,2000000,0\n27 GNU.sparse.size=2000000\n";

		put(&tar, "pax", 'x', 0644, 0, 0, strlen(records), "", "");
		put_data(&tar, records, strlen(records));
	}
	put(&tar, "s", '0', 0644, 0, 0, 3, "", "");
	put_data(&tar, "abc", 3);
	put_end(&tar);
	tree_init(&tree);
	spool_init(&spool, spool_fd());
	ok(!apply_tar(&tree, &spool, &tar), "reads a sparse file");
	tree_lookup(&tree, "s", &node);
	if (ok(node && node->inode->size == 2000000, "of its whole size")) {
		spool_read(&spool, node->inode, 999998, got, 7, &hint);
		ok(!memcmp(got, "\0\0abc\0\0", 7), "with its data in place");
		ok_num(spool.end, 3, "and no room taken by holes");
	}
	buf_clean(&tar);
	spool_clean(&spool);
	tree_clean(&tree);
}

/* Headers without an entry: each is small, together they must not go on for ever. */
static void check_endless_headers(void)
{
	static char comment[900 << 10];
	struct buf tar = BUF_INIT;

	memset(comment, 'c', sizeof(comment));
	put_pax(&tar, "comment", comment, sizeof(comment));
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("a header of 900 KiB", &tar, 0, "f:644:0:0 a\n");
	for (int i = 0; i < 6; i++)
		put_pax(&tar, "comment", comment, sizeof(comment));
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("six of them for one entry", &tar, -EFBIG, NULL);
	for (int i = 0; i < 20000; i++)
		put(&tar, "pax", 'g', 0644, 0, 0, 0, "", "");
	put(&tar, "a", '0', 0644, 0, 0, 0, "", "");
	put_end(&tar);
	check_tar("20000 empty ones", &tar, -EBADMSG, NULL);	/* libarchive has a limit on their number */
}

static void check_budget(void)
{
	struct buf tar = BUF_INIT;
	struct layer_budget budget = { 4096, 4096 };
	struct digest diff_id;
	struct spool spool;
	struct layer layer;

	put_lines(&tar, "f a 1\nf b 2\nf c 3\nf d 4\n");
	digest_of(tar.data, tar.len, &diff_id);
	spool_init(&spool, spool_fd());
	ok_num(read_blob(tar.data, tar.len, &diff_id, &spool, &budget, &layer), -EFBIG, "stops at the limit of unpacked bytes");
	ok(strstr(err_text(), "limit"), "and says so");
	diff_id.text[10] ^= 1;
	budget = (struct layer_budget){ GiB, GiB };
	ok_num(read_blob(tar.data, tar.len, &diff_id, &spool, &budget, &layer), -EBADMSG, "refuses another diff id");
	ok(strstr(err_text(), diff_id.text), "and names it");
	buf_clean(&tar);
	spool_clean(&spool);
}

/* A zero-filled megabyte takes no room in the spool: a bomb cannot fill the disk. */
static void check_zeros(void)
{
	static char zeros[1 << 20];
	struct buf tar = BUF_INIT;
	struct spool spool;
	struct tree tree;

	put(&tar, "z", '0', 0644, 0, 0, sizeof(zeros), "", "");
	put_data(&tar, zeros, sizeof(zeros));
	put_end(&tar);
	tree_init(&tree);
	spool_init(&spool, spool_fd());
	ok(!apply_tar(&tree, &spool, &tar), "reads a file of zeros");
	ok_num(spool.end, 0, "zeros take no room");
	buf_clean(&tar);
	spool_clean(&spool);
	tree_clean(&tree);
}

/* --- compression --- */

static size_t gzip_member(const void *data, size_t len, char *out, size_t room)
{
	z_stream z = { .next_in = (void *)data, .avail_in = len, .next_out = (void *)out, .avail_out = room };

	deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return room - z.avail_out;
}

static int try_blob(const void *blob, size_t len, const struct digest *diff_id)
{
	struct layer_budget budget = { GiB, GiB };
	struct spool spool;
	struct layer layer;
	int err;

	spool_init(&spool, spool_fd());
	err = read_blob(blob, len, diff_id, &spool, &budget, &layer);
	if (!err)
		layer_clean(&layer);
	spool_clean(&spool);
	return err;
}

static void check_cuts(const char *what, const char *blob, size_t len, size_t step, const struct digest *diff_id)
{
	size_t accepted = 0;

	for (size_t cut = 0; cut < len; cut += step)
		accepted += !try_blob(blob, cut, diff_id);
	ok_num(accepted, 0, "refuses %s cut short anywhere", what);
}

static void check_compression(void)
{
	static char out[65536], half[65536];
	struct buf tar = BUF_INIT;
	struct digest diff_id;
	size_t len, mid;

	put_lines(&tar, "d etc\nf etc/passwd root:x:0:0\nl etc/l passwd\nh etc/h etc/passwd\nc null 1,3\n");
	digest_of(tar.data, tar.len, &diff_id);
	mid = tar.len / 2;
	ok(!try_blob(tar.data, tar.len, &diff_id), "plain");
	check_cuts("a plain tar", tar.data, tar.len, 61, &diff_id);
	len = gzip_member(tar.data, tar.len, out, sizeof(out));
	ok(!try_blob(out, len, &diff_id), "gzip");
	check_cuts("gzip", out, len, 1, &diff_id);
	memcpy(half, out, len);
	memset(half + len, 0, 512);
	ok(!try_blob(half, len + 512, &diff_id), "gzip with zero padding");
	strcpy(half + len, "x");
	ok_num(try_blob(half, len + 1, &diff_id), -EBADMSG, "refuses garbage after gzip");
	half[len / 2] ^= 0x10;
	ok(try_blob(half, len, &diff_id) < 0, "refuses a flipped bit in gzip");
	len = gzip_member(tar.data, mid, out, sizeof(out));
	len += gzip_member(tar.data + mid, tar.len - mid, out + len, sizeof(out) - len);
	ok(!try_blob(out, len, &diff_id), "gzip of two members");
	len = ZSTD_compress(out, sizeof(out), tar.data, tar.len, 3);
	ok(!try_blob(out, len, &diff_id), "zstd");
	check_cuts("zstd", out, len, 1, &diff_id);
	len = ZSTD_compress(out, sizeof(out), tar.data, mid, 3);
	memcpy(out + len, "\x5a\x2a\x4d\x18\x04\0\0\0skip", 12);
	len += 12;
	len += ZSTD_compress(out + len, sizeof(out) - len, tar.data + mid, tar.len - mid, 3);
	ok(!try_blob(out, len, &diff_id), "zstd of two frames and a skippable one");
	buf_clean(&tar);
}

/* --- the canonical tar --- */

/* "path[ = target]" of each entry, in order, as libarchive sees them. */
static void spell_tar(const char *path, struct buf *out)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	archive_read_support_format_tar(a);
	archive_read_open_filename(a, path, 10240);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		const char *link = archive_entry_hardlink(e);

		buf_addf(out, "%s%s%s%s%s\n", archive_entry_pathname(e), link ? " = " : "", link ? link : "",
			 archive_entry_uname(e) && *archive_entry_uname(e) ? " has an owner's name" : "",
			 archive_entry_uid(e) == 3000000 && archive_entry_mtime(e) == 1000 ? " *" : "");
	}
	archive_read_free(a);
}

static void check_canonical(void)
{
	const char *const layers[LAYERS] = { "f z/a 1\nh b z/a\nl c b\nh d c\n", "f:644:3000000:1 z/y/x 2\n" };
	struct buf out = BUF_INIT, first = BUF_INIT, second = BUF_INIT;
	struct spool spool;
	struct tree tree;

	if (flatten(layers, &tree, &spool))
		note("%s", err_text());
	/* "uid" does not fit seven octal digits: a PAX record must carry it */
	ok(!pack_into("t.tar", &tree, &spool), "writes a tar");
	spell_tar("t.tar", &out);
	ok_str(buf_str(&out), "z/\nz/y/\nb\nc\nd = c\nz/a = b\nz/y/x *\n", "directories first, targets before links, no owners' names");
	pack_into("u.tar", &tree, &spool);
	file_read("t.tar", 1 << 20, &first);
	file_read("u.tar", 1 << 20, &second);
	ok(first.len == second.len && !memcmp(first.data, second.data, first.len), "twice the same bytes");
	buf_clean(&out);
	buf_clean(&first);
	buf_clean(&second);
	spool_clean(&spool);
	tree_clean(&tree);
}

int main(void)
{
	check_cases();
	check_refusals();
	check_root_attributes();
	check_names();
	check_long_names();
	check_xattrs();
	check_nested();
	check_numbers();
	check_sparse();
	check_endless_headers();
	check_budget();
	check_zeros();
	check_compression();
	check_canonical();
	return done();
}
