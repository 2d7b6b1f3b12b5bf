// SPDX-License-Identifier: GPL-2.0-or-later
/* Layers to a tree to a squashfs: each case is a stack of small layers and the listing they must flatten to. */
// links: userspace/image/layer.c userspace/image/tar.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/spool.c userspace/image/stream.c userspace/image/inflate.c userspace/image/squashfs.c userspace/image/owners.c userspace/image/layerfile.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lmd -lisal -lsquashfs -llz4 -lzstd -lz -pthread
#include "test.h"

#include "image/layerfile.h"

#include "layertar.h"
#include "squashread.h"

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

static int flatten(const char *const layers[LAYERS], struct stack *s)
{
	int err = 0;

	stack_init(s);
	for (int i = 0; !err && i < LAYERS && layers[i]; i++) {
		struct buf tar = BUF_INIT;

		put_lines(&tar, layers[i]);
		err = stack_add(s, &tar, &usual);
		buf_clean(&tar);
	}
	return err;
}

static void check_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct listing l = { BUF_INIT, -1 };
		struct buf seen = BUF_INIT;
		struct stack s;

		if (flatten(cases[i].layers, &s) || stack_pack(&s, "t.squashfs"))
			note("%s", err_text());
		l.fd = s.fd;
		tree_each(s.tree.root, list_node, &l);
		ok_str(buf_str(&l.out), cases[i].want, "%s", cases[i].name);
		read_squashfs("t.squashfs", &seen);
		ok_str(buf_str(&seen), cases[i].want, "%s: in the squashfs", cases[i].name);
		buf_clean(&l.out);
		buf_clean(&seen);
		stack_clean(&s);
		ok_num(s.tree.nr_nodes, 0, "%s: nothing left", cases[i].name);
	}
}

static void check_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct stack s;
		int err = flatten(refusals[i].layers, &s);

		ok_num(err, refusals[i].err, "refuses %s", refusals[i].name);
		if (!ok(strstr(err_text(), refusals[i].text), "says why: %s", refusals[i].name))
			note("%s", err_text());
		stack_clean(&s);
	}
}

static void check_root_attributes(void)
{
	const char *const layers[LAYERS] = { "d:711:3:4 ./\n" };
	struct stack s;

	flatten(layers, &s);
	ok(s.tree.root->inode->mode == (S_IFDIR | 0711) && s.tree.root->inode->uid == 3 && s.tree.root->inode->gid == 4,
	   "the root entry's attributes are the root's");
	stack_clean(&s);
}

/* The same from layers kept in a file as from layers read just now, and twice the same. */
static void check_same_bytes(void)
{
	const char *const layers[LAYERS] = { "f z/a 1\nh b z/a\nl c b\nh d c\nc n 1,3\n", "f:644:3000000:1 z/y/x 2\nf .wh.n\n" };
	struct buf first = BUF_INIT, second = BUF_INIT, third = BUF_INIT;
	struct stack s, again;

	if (flatten(layers, &s) || stack_pack(&s, "1.squashfs"))
		note("%s", err_text());
	stack_clean(&s);
	flatten(layers, &s);
	stack_init(&again);
	for (again.nr = 0; again.nr < s.nr; again.nr++) {
		struct squashfs_layer *l = &again.layers[again.nr];

		l->fd = dup(s.layers[again.nr].fd);
		ok(!layerfile_save(s.layers[again.nr].fd, &s.layers[again.nr].list), "keeps a layer");
		ok(!layerfile_load(l->fd, &l->list), "and finds it");
		ok(l->list.unpacked == s.layers[again.nr].list.unpacked && l->list.text == s.layers[again.nr].list.text, "and what it cost");
		layer_merge(&l->list, &again.tree);
	}
	stack_pack(&s, "2.squashfs");
	stack_pack(&again, "3.squashfs");
	file_read("1.squashfs", 1 << 20, &first);
	file_read("2.squashfs", 1 << 20, &second);
	file_read("3.squashfs", 1 << 20, &third);
	ok(first.len && first.len == second.len && !memcmp(first.data, second.data, first.len), "twice the same bytes");
	ok(first.len == third.len && !memcmp(first.data, third.data, first.len), "and of kept layers too");
	buf_clean(&first);
	buf_clean(&second);
	buf_clean(&third);
	stack_clean(&again);
	stack_clean(&s);
}

/* What an upper layer removed or replaced is not in the squashfs, not even where no name leads. */
static void check_nothing_dead(void)
{
	const char *const layers[LAYERS] = { "f a removed\nf b replaced\nf c kept\n", "f .wh.a\nf b new\n" };
	struct buf out = BUF_INIT;
	struct stack s;

	flatten(layers, &s);
	stack_pack(&s, "t.squashfs");
	file_read("t.squashfs", 1 << 20, &out);
	ok(memmem(out.data, out.len, "kept", 4) && memmem(out.data, out.len, "new", 3), "what is there is there");
	ok(!memmem(out.data, out.len, "removed", 7) && !memmem(out.data, out.len, "replaced", 8), "what is gone is gone");
	buf_clean(&out);
	stack_clean(&s);
}

/* A kept layer with any byte of its list changed, or cut short, is as none. */
static void check_damaged_layer(void)
{
	const char *const layers[LAYERS] = { "f a 1\nl b a\nh c a\nd d\n" };
	struct layer layer;
	struct buf whole = BUF_INIT;
	struct stack s;
	size_t taken = 0;
	int fd = scratch_fd();

	flatten(layers, &s);
	layerfile_save(s.layers[0].fd, &s.layers[0].list);
	whole.len = lseek(s.layers[0].fd, 0, SEEK_END);
	whole.data = calloc(1, whole.len);
	pread(s.layers[0].fd, whole.data, whole.len, 0);
	for (size_t i = s.layers[0].list.data_len; i < whole.len; i++) {
		whole.data[i] ^= 1;
		pwrite(fd, whole.data, whole.len, 0);
		taken += !layerfile_load(fd, &layer);
		whole.data[i] ^= 1;
	}
	for (size_t i = whole.len; i-- > 0; ) {
		ftruncate(fd, i);
		taken += !layerfile_load(fd, &layer);
	}
	ok_num(taken, 0, "a damaged layer is not taken");
	buf_clean(&whole);
	close(fd);
	stack_clean(&s);
}

int main(void)
{
	check_cases();
	check_refusals();
	check_root_attributes();
	check_same_bytes();
	check_nothing_dead();
	check_damaged_layer();
	return done();
}
