// SPDX-License-Identifier: GPL-2.0-or-later
/* Layers to a tree to a tar: each case is a stack of small layers and the listing they must flatten to. */
// links: userspace/image/layer.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/spool.c userspace/image/inflate.c userspace/image/tarball.c userspace/image/pack.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/limits.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lcrypto -lmd -lz -lzstd
#include "test.h"

#include "layertar.h"

#include <archive.h>
#include <archive_entry.h>

#define LAYERS 4

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
	check_canonical();
	return done();
}
