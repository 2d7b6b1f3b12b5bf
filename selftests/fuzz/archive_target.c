// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an archive of images, loaded into a store of their own: it verifies afterwards, whatever came of it. */
// links: userspace/image/load.c userspace/image/docker.c userspace/image/stash.c userspace/image/archive.c userspace/image/input.c userspace/image/verify.c
// links: userspace/image/flatten.c userspace/image/reading.c userspace/image/packed.c userspace/image/seal.c userspace/image/layerfile.c userspace/image/layer.c userspace/image/tar.c userspace/image/merge.c
// links: userspace/image/tree.c userspace/image/inode.c userspace/image/stream.c userspace/image/inflate.c userspace/image/spool.c
// links: userspace/image/squashfs.c userspace/image/owners.c
// links: userspace/oci/blobs.c userspace/oci/index.c userspace/oci/local.c userspace/oci/manifest.c userspace/oci/imgconfig.c userspace/oci/document.c userspace/oci/reference.c
// links: userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/strv.c userspace/util/map.c
// links: userspace/util/file.c userspace/util/progress.c userspace/util/limits.c userspace/util/base64.c userspace/oci/partial.c userspace/oci/policy.c
// libs: -larchive -lisal -lsquashfs -llz4 -lmd -lzstd -ljansson -pthread
#include "target.h"
#include "tarmutator.h"

#include "image/load.h"
#include "image/verify.h"
#include "util/file.h"
#include "util/strv.h"

#include <sys/mman.h>
#include <unistd.h>

static void check_store(const struct store *store, struct progress *progress)
{
	json_t *findings;

	must(!verify_store(store, false, progress, &findings));
	must(!json_array_size(findings));
	json_decref(findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char root[] = "archive.XXXXXX";
	struct progress progress;
	auto_strv names = NULL;
	struct store store;
	int fd = memfd_create("archive", MFD_CLOEXEC), err;

	must(mkdtemp(root) && !file_write_all(fd, data, len) && !lseek(fd, 0, SEEK_SET));
	progress_init(&progress, PROGRESS_NONE);
	must(!store_open(root, &store));
	err = load_archive(&store, fd, &progress, &names);
	must(err ? *err_text() : *names != NULL);
	check_store(&store, &progress);
	store_close(&store);
	must(!file_remove_tree(root));
	close(fd);
	return 0;
}
