// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a layer's blob, on a tree that has something of everything; what comes of it is packed. */
// links: userspace/image/layer.c userspace/image/merge.c userspace/image/tree.c userspace/image/inode.c userspace/image/spool.c userspace/image/inflate.c userspace/image/tarball.c userspace/image/pack.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -larchive -lcrypto -lmd -lz -lzstd
#include "target.h"

#include "../host/layertar.h"

static void add_lower(struct tree *tree, struct spool *spool)
{
	struct buf tar = BUF_INIT;

	put(&tar, "usr/lib/file", '0', 0644, 0, 0, 5, "", "");
	put_data(&tar, "lower", 5);
	put(&tar, "lib", '2', 0777, 0, 0, 0, "usr/lib", "");
	put(&tar, "again", '1', 0644, 0, 0, 0, "usr/lib/file", "");
	put_end(&tar);
	must(!apply_tar(tree, spool, &tar));
	buf_clean(&tar);
}

static void apply(struct tree *tree, struct spool *spool, const uint8_t *data, size_t len)
{
	struct layer_budget budget = { 16 << 20, 16 << 20 };
	struct digest diff_id;
	struct layer layer;
	int err;

	digest_of(data, len, &diff_id);	/* right if it is a plain tar */
	err = read_blob((const char *)data, len, &diff_id, spool, &budget, &layer);
	if (!err) {
		err = layer_merge(&layer, tree);
		layer_clean(&layer);
	}
	must(!err || *err_text());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = spool_fd();
	struct spool spool;
	struct tree tree;

	tree_init(&tree);
	spool_init(&spool, spool_fd());
	add_lower(&tree, &spool);
	apply(&tree, &spool, data, len);
	pack_tar(&tree, &spool, fd, NULL, NULL);
	close(fd);
	tree_clean(&tree);
	spool_clean(&spool);
	return 0;
}
