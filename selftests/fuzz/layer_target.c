// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a layer's blob, on a tree that has something of everything; what comes of it is packed and reads back the same. */
// links: userspace/image/layer.c userspace/image/tar.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/stream.c userspace/image/inflate.c
// links: userspace/image/spool.c userspace/image/squashfs.c userspace/image/owners.c
// links: userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lisal -lsquashfs -llz4 -lmd -lzstd -pthread
#include "target.h"
#include "tarmutator.h"

#include "../host/layertar.h"
#include "../host/squashread.h"

static const struct image_limits tight = {
	.bytes = 16 << 20, .entries = 10000, .text = 1 << 20, .ratio = 200, .ratio_from = 1 << 20, .header = 1 << 20,
	.xattrs = 64 << 10,
};

static void add_lower(struct stack *s)
{
	struct buf tar = BUF_INIT;

	put_lines(&tar, "f usr/lib/file lower\nl lib usr/lib\nh again usr/lib/file\n");
	must(!stack_add(s, &tar, &tight));
	buf_clean(&tar);
}

/* The squashfs reads back as the tree it was made of. */
static void check_pack(struct stack *s)
{
	static const char path[] = "layer.squashfs";
	struct listing before = { .fd = -1 };
	struct buf after = BUF_INIT;

	if (stack_pack(s, path)) {
		must(*err_text());
	} else {
		before.fd = s->fd;
		tree_each(s->tree.root, list_node, &before);
		read_squashfs(path, &after);
		must(before.out.len == after.len && !memcmp(buf_str(&before.out), buf_str(&after), after.len));
	}
	unlink(path);
	buf_clean(&before.out);
	buf_clean(&after);
}

static int add_blob(struct stack *s, const uint8_t *data, size_t len)
{
	struct layer_budget budget = LAYER_BUDGET(&tight);
	struct squashfs_layer *layer = &s->layers[s->nr++];
	struct digest diff_id;
	int err;

	digest_of(data, len, &diff_id);		/* right if it is a plain tar */
	err = read_blob(data, len, &diff_id, &budget, layer);
	return err ? err : layer_merge(&layer->list, &s->tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stack s;
	int err;

	stack_init(&s);
	add_lower(&s);
	err = add_blob(&s, data, len);
	must(!err || *err_text());
	if (!err)
		check_pack(&s);
	stack_clean(&s);
	return 0;
}
