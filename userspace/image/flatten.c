// SPDX-License-Identifier: GPL-2.0-or-later
/* From layers to a squashfs: merge them bottom up into one tree, then pack it. */
#include "image/flatten.h"

#include "image/packed.h"
#include "image/seal.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct flatten {
	const struct store *store;
	const struct local_image *image;
	struct progress *progress;
	struct tree tree;
	struct reading_layers layers;
};

static void show_reading(void *arg, const struct reading_state *state)
{
	struct flatten *f = arg;
	char size[SIZE_TEXT];

	progress_status(f->progress, "unpacking layer %zu/%zu, %s", state->nr_read + 1, state->nr,
			progress_size(state->unpacked, size));
}

static void show_packing(void *arg)
{
	struct flatten *f = arg;

	progress_status(f->progress, "packing %zu files", f->tree.nr_nodes);
}

static int merge_all(struct flatten *f)
{
	int err = 0;

	for (size_t i = 0; !err && i < f->layers.nr; i++) {
		err = layer_merge(&f->layers.list[i].list, &f->tree);
		if (err)
			err_in(err, "layer %s", f->image->manifest.layers[i].digest.text);
	}
	return err;
}

static int commit(const struct flatten *f, struct store_temp *temp, const char *path)
{
	seal(temp->fd);
	return store_temp_commit(f->store, temp, path);
}

/* Layers read now become of use for other images. */
static int keep_layers(struct flatten *f)
{
	int err = 0;

	for (size_t i = 0; !err && i < f->layers.nr; i++) {
		auto_free char *path = packed_layer_path(f->store, &f->image->config.diff_ids[i]);

		if (f->layers.temps[i].path)
			err = commit(f, &f->layers.temps[i], path);
	}
	return err;
}

static int pack(struct flatten *f, const char *path)
{
	struct store_temp temp;
	int err = store_temp_open(f->store, &temp);

	if (err)
		return err;
	err = squashfs_write(&f->tree, f->layers.list, f->layers.nr, temp.path, show_packing, f);
	if (!err)
		err = keep_layers(f);
	if (!err)
		err = commit(f, &temp, path);
	store_temp_abort(&temp);
	return err ? err_in(err, "packing") : 0;
}

static int flatten(struct flatten *f, struct reading *reading, const char *path)
{
	int err = reading_wait(reading, show_reading, f, &f->layers);

	if (!err && f->layers.nr != f->image->manifest.nr_layers)	/* somebody else has just packed it */
		return access(path, F_OK) ? err_set(-EAGAIN, "its squashfs has just been removed") : 0;
	if (!err)
		err = merge_all(f);
	return err ? err : pack(f, path);
}

int flatten_reading(const struct store *store, const struct local_image *image, struct reading *reading,
		    struct progress *progress)
{
	struct flatten f = { .store = store, .image = image, .progress = progress };
	auto_free char *path = packed_path(store, &image->config);
	size_t nr = image->manifest.nr_layers;
	int err;

	if (!access(path, F_OK))
		return 0;
	progress_line(progress, "packing %zu layer%s", nr, nr == 1 ? "" : "s");
	tree_init(&f.tree);
	f.tree.max_nodes = limits.entries;
	err = flatten(&f, reading, path);
	progress_end(progress);
	tree_clean(&f.tree);
	return err;
}

int flatten_image(const struct store *store, const struct local_image *image, struct progress *progress)
{
	struct reading *reading = reading_new(store, &image->manifest);
	int err;

	if (!reading)
		return -EAGAIN;
	reading_came(reading, NULL);
	err = flatten_reading(store, image, reading, progress);
	reading_free(reading);
	return err;
}
