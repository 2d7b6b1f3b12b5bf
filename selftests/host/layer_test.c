// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading one layer: names, attributes, compression, limits, and what is damaged or hostile. */
// links: userspace/image/layer.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/spool.c userspace/image/inflate.c userspace/image/tarball.c userspace/image/pack.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/limits.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lcrypto -lmd -lz -lzstd
#include "test.h"

#include "layertar.h"

#include <zlib.h>
#include <zstd.h>

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

int main(void)
{
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
	return done();
}
