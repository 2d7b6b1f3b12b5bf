// SPDX-License-Identifier: GPL-2.0-or-later
/* An image's layers from tar bytes to the squashfs, against images that are wrong in every way. What comes out must be sound. */
#include "fuzz.h"

#include "layertar.h"
#include "squashread.h"

static u64 nr_layers, nr_merged, nr_packed, nr_entries;

/* A path of a few names that meet each other; sometimes it tries to leave, or is long. */
static void fill_path(char *path, size_t size)
{
	static const char *const names[] = { "a", "b", "c", "lib", "usr", "x y", "..", ".", "" };
	static const char *const marks[] = { ".wh.a", ".wh.b", ".wh.lib", ".wh..wh..opq", ".wh..wh.plnk", ".wh." };
	u32 parts = 1 + fuzz_below(4);

	*path = '\0';
	if (fuzz_below(8) == 0)
		strcat(path, "/");
	while (parts-- && strlen(path) + 16 < size) {
		strcat(path, names[fuzz_below(fuzz_below(10) ? 6 : sizeof(names) / sizeof(names[0]))]);
		if (parts)
			strcat(path, "/");
	}
	if (fuzz_below(8) == 0)
		sprintf(path + strlen(path), "/%s", marks[fuzz_below(fuzz_below(40) ? 5 : 6)]);
	if (fuzz_below(100) == 0)
		memset(path, 'L', 99), path[99] = '\0';
}

static void put_extra(struct buf *tar)
{
	static const char *const keys[] = { "path", "linkpath", "size", "uid", "mtime", "SCHILY.xattr.user.x", "SCHILY.xattr.security.capability",
					    "GNU.sparse.map", "GNU.sparse.realsize", "GNU.sparse.major", "hdrcharset", "" };
	char value[300];
	size_t len = fuzz_below(sizeof(value));

	memset(value, fuzz_below(2) ? '1' : fuzz_random(), sizeof(value));
	if (fuzz_below(2)) {
		fill_path(value, sizeof(value));
		len = strlen(value);
	}
	put_pax(tar, keys[fuzz_below(sizeof(keys) / sizeof(keys[0]))], value, len);
}

static void put_entry(struct buf *tar)
{
	static const char types[] = "000000000000555555522221346LKSg7";
	char path[128], link[128], device[32], data[3000];
	char type = types[fuzz_below(fuzz_below(10) ? 25 : sizeof(types) - 1)];
	size_t size = type == '0' ? fuzz_below(fuzz_below(4) ? 100 : sizeof(data)) : 0;

	nr_entries++;
	fill_path(path, sizeof(path));
	fill_path(link, sizeof(link));
	snprintf(device, sizeof(device), "%u,%u", (u32)fuzz_below(300), (u32)fuzz_below(300));
	memset(data, 'd', sizeof(data));
	put(tar, path, type, fuzz_random() & 07777, fuzz_below(3), fuzz_below(3), size, type == '0' ? "" : link, device);
	put_data(tar, data, size);
}

/* The checksum of the header at @at made right again, so that a change in it is believed. */
static void mend(u8 *h)
{
	u32 sum = 0, i;

	memset(h + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += h[i];
	sprintf((char *)h + 148, "%06o", sum);
}

static void damage(struct buf *tar)
{
	u32 n = fuzz_below(6);

	while (n--) {
		size_t at = fuzz_below(tar->len), header = at & ~511UL;

		tar->data[at] = fuzz_below(2) ? (u8)fuzz_random() : '0' + fuzz_below(10);
		if (fuzz_below(3) && header + 512 <= tar->len)
			mend((u8 *)tar->data + header);
	}
	if (fuzz_below(20) == 0)
		tar->len = fuzz_below(tar->len + 1);
}

static int check_node(void *arg, struct node *node)
{
	struct tree *seen = arg;

	fuzz_check(*node->name && !strchr(node->name, '/') && strcmp(node->name, ".") && strcmp(node->name, ".."));
	fuzz_check(strlen(node->name) <= TREE_NAME_MAX && node->path_len < TREE_PATH_MAX);
	fuzz_check(node->inode->refs > 0 && (!node->nr_children || S_ISDIR(node->inode->mode)));
	fuzz_check(!S_ISLNK(node->inode->mode) || node->inode->target);
	seen->nr_nodes++;
	return tree_each(node, check_node, seen);
}

static void check_tree(struct tree *tree)
{
	struct tree seen = { };

	tree_each(tree->root, check_node, &seen);
	fuzz_check(seen.nr_nodes == tree->nr_nodes || seen.nr_nodes + 1 == tree->nr_nodes);
}

/* What was packed reads back as the same tree, by libsquashfs' readers. */
static void check_pack(struct stack *s)
{
	struct listing before = { .fd = -1 };
	struct buf after = BUF_INIT;

	if (stack_pack(s, "fuzz.squashfs"))
		return;
	nr_packed++;
	before.fd = s->fd;
	tree_each(s->tree.root, list_node, &before);
	read_squashfs("fuzz.squashfs", &after);
	if (before.out.len != after.len || (after.len && memcmp(before.out.data, after.data, after.len))) {
		fprintf(stderr, "--- packed\n%.*s--- read back\n%.*s", (int)before.out.len, before.out.data, (int)after.len, after.data);
		fuzz_check(!"the squashfs is another tree");
	}
	buf_clean(&before.out);
	buf_clean(&after);
}

static int apply_random_layer(struct stack *s)
{
	static const struct image_limits limits = { .bytes = 64 << 20, .entries = 1000, .text = 1 << 20, .ratio = 200,
						    .ratio_from = 1 << 20, .header = 1 << 20, .xattrs = 64 << 10 };
	struct buf tar = BUF_INIT;
	u32 n = 1 + fuzz_below(30);
	int err;

	while (n--) {
		if (fuzz_below(60) == 0)
			put_extra(&tar);
		put_entry(&tar);
	}
	put_end(&tar);
	if (fuzz_below(4) == 0)
		damage(&tar);
	nr_layers++;
	err = stack_add(s, &tar, &limits);
	buf_clean(&tar);
	nr_merged += !err;
	check_tree(&s->tree);
	return err;
}

static void fuzz_one(void)
{
	u32 n = 1 + fuzz_below(3);
	struct stack s;
	int err = 0;

	err_set(0, "%s", "");
	stack_init(&s);
	while (n-- && !err)
		err = apply_random_layer(&s);
	if (err && getenv("FUZZ_VERBOSE"))
		fprintf(stderr, "%llu: %s\n", fuzz_seed, err_text());
	if (err)
		fuzz_check(*err_text());
	else
		check_pack(&s);
	stack_clean(&s);
}

static void fuzz_report(void)
{
	printf("%llu entries in %llu layers, %llu merged, %llu trees packed\n", nr_entries, nr_layers, nr_merged, nr_packed);
	fuzz_check(nr_packed > nr_layers / 10 && nr_merged < nr_layers);
}
