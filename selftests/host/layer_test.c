// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading one layer: names, attributes, compression, limits, and what is damaged or hostile. */
// links: userspace/image/layer.c userspace/image/tar.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/spool.c userspace/image/stream.c userspace/image/inflate.c userspace/image/squashfs.c userspace/image/owners.c userspace/image/layerfile.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lmd -lisal -lsquashfs -llz4 -lzstd -lz -pthread
#include "test.h"

#include "layertar.h"
#include "squashread.h"

#include <zlib.h>
#include <zstd.h>

/* One hand-made tar, and how it lists. */
static void check_tar(const char *name, struct buf *tar, int want_err, const char *want)
{
	struct listing l = { BUF_INIT, -1 };
	struct buf seen = BUF_INIT;
	struct stack s;
	int err;

	stack_init(&s);
	err = stack_add(&s, tar, &usual);
	ok_num(err, want_err, "verdict: %s", name);
	if (err != want_err)
		note("%s", err_text());
	if (!err)
		ok(!stack_pack(&s, "t.squashfs"), "packs: %s", name);
	l.fd = s.fd;
	if (!err)
		tree_each(s.tree.root, list_node, &l);
	if (want)
		ok_str(buf_str(&l.out), want, "%s", name);
	if (want && !err)
		read_squashfs("t.squashfs", &seen);
	if (want)
		ok_str(buf_str(&seen), want, "%s: in the squashfs", name);
	buf_clean(&seen);
	buf_clean(&l.out);
	buf_clean(tar);
	stack_clean(&s);
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

/* Both records in one header, and @data behind it. */
static void put_sparse(struct buf *tar, const char *map, const char *size, const char *data)
{
	struct buf records = BUF_INIT;

	add_record(&records, "GNU.sparse.map", map, strlen(map));
	add_record(&records, "GNU.sparse.size", size, strlen(size));
	put_records(tar, &records);
	put(tar, "s", '0', 0644, 0, 0, strlen(data), "", "");
	put_data(tar, data, strlen(data));
	put_end(tar);
}

static void check_sparse(void)
{
	static char got[SPOOL_BLOCK];
	struct buf tar = BUF_INIT;
	struct stack s;
	struct node *node;
	size_t at = 1000000 % SPOOL_BLOCK;

	put_sparse(&tar, "1000000,3,2000000,0", "2000000", "abc");
	stack_init(&s);
	ok(!stack_add(&s, &tar, &usual), "reads a sparse file");
	tree_lookup(&s.tree, "s", &node);
	if (ok(node && node->inode->size == 2000000, "of its whole size")) {
		read_block(s.layers[0].fd, node->inode, 1000000 / SPOOL_BLOCK, got);
		ok(!memcmp(got + at - 2, "\0\0abc\0\0", 7), "with its data in place");
		ok(s.layers[0].list.data_len < 2000, "and no room taken by holes");
	}
	buf_clean(&tar);
	stack_clean(&s);
	put_sparse(&tar, "10,3,5,3", "20", "abcdef");
	check_tar("a sparse map that goes backwards", &tar, -EBADMSG, NULL);
	put_sparse(&tar, "0,3,99999999999999,3", "99999999999999", "abcdef");
	check_tar("a sparse file beyond the limit", &tar, -EFBIG, NULL);
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

static size_t gzip_member(const void *data, size_t len, char *out, size_t room)
{
	z_stream z = { .next_in = (void *)data, .avail_in = len, .next_out = (void *)out, .avail_out = room };

	if (deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK || deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return room - z.avail_out;
}

/* Each limit, and its name in the error. */
static void check_limits(void)
{
	static const struct {
		const char *name, *text;
		struct image_limits limits;
		int err;
	} table[] = {
#define WITH(...) { .bytes = GiB, .entries = 1000, .text = 1000, .ratio = 200, .ratio_from = GiB, .header = 1 << 20, .xattrs = 1000, __VA_ARGS__ }
		{ "none", "", WITH(), 0 },
		{ "bytes", "more than 0 MiB, the limit", WITH(.bytes = 4096), -EFBIG },
		{ "entries", "more than 3 entries", WITH(.entries = 3), -E2BIG },
		{ "text", "names and attributes of more than 0 MiB", WITH(.text = 5), -E2BIG },
		{ "ratio", "more than 1 times its size", WITH(.ratio = 1, .ratio_from = 100), -EFBIG },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct layer_budget budget = LAYER_BUDGET(&table[i].limits);
		struct squashfs_layer layer;
		struct buf tar = BUF_INIT;
		struct digest diff_id;
		static char blob[65536];
		size_t len;

		put_lines(&tar, "f a 1\nf b 2\nl c aa\nf d 4\n");
		digest_of(tar.data, tar.len, &diff_id);
		len = gzip_member(tar.data, tar.len, blob, sizeof(blob));
		ok_num(read_blob(blob, len, &diff_id, &budget, &layer), table[i].err, "limit: %s", table[i].name);
		if (!ok(!table[i].err || strstr(err_text(), table[i].text), "it is named"))
			note("%s", err_text());
		if (!table[i].err)
			layer_clean(&layer.list);
		close(layer.fd);
		buf_clean(&tar);
	}
}

static void check_other_diff_id(void)
{
	struct layer_budget budget = LAYER_BUDGET(&usual);
	struct squashfs_layer layer;
	struct buf tar = BUF_INIT;
	struct digest diff_id;

	put_lines(&tar, "f a 1\n");
	digest_of(tar.data, tar.len, &diff_id);
	diff_id.text[10] ^= 1;
	ok_num(read_blob(tar.data, tar.len, &diff_id, &budget, &layer), -EBADMSG, "refuses another diff id");
	ok(strstr(err_text(), diff_id.text), "and names it");
	close(layer.fd);
	buf_clean(&tar);
}

/* Zeros take no room in the spool: a bomb cannot fill the disk. And contents come back whole whatever they are. */
static void check_contents(void)
{
	static char data[3 * SPOOL_BLOCK + 1000], got[SPOOL_BLOCK];
	struct buf tar = BUF_INIT;
	struct stack s;
	struct node *node;
	size_t wrong = 0;

	put(&tar, "z", '0', 0644, 0, 0, sizeof(data), "", "");
	put_data(&tar, data, sizeof(data));
	memset(data, 'x', SPOOL_BLOCK);					/* small, */
	srandom(1);
	for (size_t i = SPOOL_BLOCK; i < 2 * SPOOL_BLOCK; i++)		/* not compressible, none, small */
		data[i] = random();
	data[sizeof(data) - 1] = 'e';
	put(&tar, "f", '0', 0644, 0, 0, sizeof(data), "", "");
	put_data(&tar, data, sizeof(data));
	put_end(&tar);
	stack_init(&s);
	ok(!stack_add(&s, &tar, &usual) && !stack_pack(&s, "t.squashfs"), "reads and packs contents");
	tree_lookup(&s.tree, "f", &node);
	for (size_t i = 0; i < 4; i++) {
		read_block(s.fd, node->inode, i, got);
		wrong += memcmp(got, data + i * SPOOL_BLOCK, i < 3 ? SPOOL_BLOCK : 1000) != 0;
	}
	ok_num(wrong, 0, "they come back");
	ok(node->inode->blocks[1] == (SPOOL_BLOCK | SPOOL_PLAIN) && !node->inode->blocks[2], "compressed where that helps, zeros left out");
	tree_lookup(&s.tree, "z", &node);
	ok(!node->inode->blocks[0] && !node->inode->blocks[1] && !node->inode->blocks[3], "a file of zeros takes no room");
	buf_clean(&tar);
	stack_clean(&s);
}

static int try_blob(const void *blob, size_t len, const struct digest *diff_id)
{
	struct layer_budget budget = LAYER_BUDGET(&usual);
	struct squashfs_layer layer;
	int err = read_blob(blob, len, diff_id, &budget, &layer);

	if (!err)
		layer_clean(&layer.list);
	close(layer.fd);
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

int main(void)
{
	check_names();
	check_long_names();
	check_xattrs();
	check_nested();
	check_numbers();
	check_sparse();
	check_endless_headers();
	check_limits();
	check_other_diff_id();
	check_contents();
	check_compression();
	return done();
}
