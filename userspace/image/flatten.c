// SPDX-License-Identifier: GPL-2.0-or-later
/* From layers to a squashfs: merge them bottom up into one tree, then pack it. */
#include "image/flatten.h"

#include "image/layer.h"
#include "image/pack.h"
#include "image/packed.h"
#include "image/seal.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct flatten {
	const struct store *store;
	const struct local_image *image;
	struct progress *progress;
	struct tree tree;
	struct spool spool;
	struct layer_budget budget;
	size_t nr_read;
};

static void show_reading(void *arg)
{
	struct flatten *f = arg;
	char size[SIZE_TEXT];

	progress_status(f->progress, "unpacking layer %zu/%zu, %s", f->nr_read + 1, f->image->manifest.nr_layers,
			progress_size(f->budget.bytes_limit - f->budget.bytes, size));
}

static void show_packing(void *arg)
{
	struct flatten *f = arg;

	progress_status(f->progress, "packing %zu files", f->tree.nr_nodes);
}

/* A layer could not be read: is it the image that is wrong, or our copy of the blob? */
static int blame(const struct store *store, const struct descriptor *blob, int err)
{
	auto_free char *text = mem_strdup(err_text());

	if (err == -EBADMSG && store_verify(store, &blob->digest))
		return err;
	return err_set(err, "%s", text);
}

static int apply(struct flatten *f, const struct descriptor *blob, const struct digest *diff_id)
{
	auto_free char *path = store_blob_path(f->store, &blob->digest);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct layer layer;
	int err;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	err = layer_read(fd, diff_id, &f->spool, &f->budget, show_reading, f, &layer);
	if (err)
		return blame(f->store, blob, err);
	err = layer_merge(&layer, &f->tree);
	layer_clean(&layer);
	return err;
}

static int apply_all(struct flatten *f)
{
	const struct manifest *m = &f->image->manifest;

	for (f->nr_read = 0; f->nr_read < m->nr_layers; f->nr_read++) {
		const struct descriptor *blob = &m->layers[f->nr_read];
		int err = apply(f, blob, &f->image->config.diff_ids[f->nr_read]);

		if (err)
			return err_in(err, "layer %s", blob->digest.text);
	}
	return 0;
}

static int open_spool(struct flatten *f)
{
	struct store_temp temp;
	int err = store_temp_open(f->store, &temp);

	if (err)
		return err;
	unlink(temp.path);
	free(temp.path);
	spool_init(&f->spool, temp.fd);
	return 0;
}

static int pack(struct flatten *f, const char *path)
{
	struct store_temp temp;
	int err = store_temp_open(f->store, &temp);

	if (err)
		return err;
	err = pack_squashfs(&f->tree, &f->spool, temp.path, show_packing, f);
	if (!err) {
		seal(temp.fd);
		err = store_temp_commit(f->store, &temp, path);
	}
	store_temp_abort(&temp);
	return err ? err_in(err, "packing") : 0;
}

int flatten_image(const struct store *store, const struct local_image *image, struct progress *progress)
{
	struct flatten f = {
		.store = store, .image = image, .progress = progress, .spool.fd = -1,
		.budget = { FLATTEN_BYTES_MAX, FLATTEN_BYTES_MAX },
	};
	auto_free char *path = packed_path(store, &image->config);
	int err;

	if (!access(path, F_OK))
		return 0;
	progress_line(progress, "packing %zu layer%s", image->manifest.nr_layers, image->manifest.nr_layers == 1 ? "" : "s");
	tree_init(&f.tree);
	err = open_spool(&f);
	if (!err)
		err = apply_all(&f);
	if (!err)
		err = pack(&f, path);
	progress_end(progress);
	spool_clean(&f.spool);
	tree_clean(&f.tree);
	return err;
}
