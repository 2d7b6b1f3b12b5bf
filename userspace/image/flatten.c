// SPDX-License-Identifier: GPL-2.0-or-later
/* From layers to a squashfs: merge them bottom up into one tree, then pack it. */
#include "image/flatten.h"

#include "image/layer.h"
#include "image/layerfile.h"
#include "image/packed.h"
#include "image/seal.h"
#include "image/squashfs.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
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
	struct layer_budget budget;
	struct squashfs_layer *layers;
	struct store_temp *temps;	/* of layers that were read now */
	size_t nr_layers;
};

static void show_reading(void *arg)
{
	struct flatten *f = arg;
	char size[SIZE_TEXT];

	progress_status(f->progress, "unpacking layer %zu/%zu, %s", f->nr_layers + 1, f->image->manifest.nr_layers,
			progress_size(f->budget.limits->bytes - f->budget.bytes, size));
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

static int read_blob(struct flatten *f, const struct descriptor *blob, const struct digest *diff_id, struct squashfs_layer *layer)
{
	auto_free char *path = store_blob_path(f->store, &blob->digest);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct store_temp *temp = &f->temps[f->nr_layers];
	int err;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	err = store_temp_open(f->store, temp);
	if (err)
		return err;
	layer->fd = dup(temp->fd);
	if (layer->fd < 0)
		return err_sys(-errno, "%s", temp->path);
	err = layer_read(fd, diff_id, temp->fd, &f->budget, show_reading, f, &layer->list);
	return err ? blame(f->store, blob, err) : layerfile_save(temp->fd, &layer->list);
}

/* As an image before left it; what is damaged is not of use. */
static bool find_layer(const struct flatten *f, const struct digest *diff_id, struct squashfs_layer *layer)
{
	auto_free char *path = packed_layer_path(f->store, diff_id);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || seal_check(fd) == -EBADMSG || layerfile_load(fd, &layer->list))
		return false;
	layer->fd = take_fd(fd);
	return true;
}

static int apply(struct flatten *f, const struct descriptor *blob, const struct digest *diff_id)
{
	struct squashfs_layer *layer = &f->layers[f->nr_layers];
	int err;

	layer->fd = -1;
	if (find_layer(f, diff_id, layer))
		err = layer_charge(&f->budget, layer->list.unpacked, layer->list.nr, layer->list.text);
	else
		err = read_blob(f, blob, diff_id, layer);
	f->nr_layers++;
	return err ? err : layer_merge(&layer->list, &f->tree);
}

static int apply_all(struct flatten *f)
{
	const struct manifest *m = &f->image->manifest;

	while (f->nr_layers < m->nr_layers) {
		const struct descriptor *blob = &m->layers[f->nr_layers];
		int err = apply(f, blob, &f->image->config.diff_ids[f->nr_layers]);

		if (err)
			return err_in(err, "layer %s", blob->digest.text);
	}
	return 0;
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

	for (size_t i = 0; !err && i < f->nr_layers; i++) {
		auto_free char *path = packed_layer_path(f->store, &f->image->config.diff_ids[i]);

		if (f->temps[i].path)
			err = commit(f, &f->temps[i], path);
	}
	return err;
}

static int pack(struct flatten *f, const char *path)
{
	struct store_temp temp;
	int err = store_temp_open(f->store, &temp);

	if (err)
		return err;
	err = squashfs_write(&f->tree, f->layers, f->nr_layers, temp.path, show_packing, f);
	if (!err)
		err = keep_layers(f);
	if (!err)
		err = commit(f, &temp, path);
	store_temp_abort(&temp);
	return err ? err_in(err, "packing") : 0;
}

/* The usual ones, but for what the configuration says. */
static struct image_limits image_limits(void)
{
	struct image_limits own = IMAGE_LIMITS;

	own.bytes = limits.unpacked;
	own.entries = limits.entries;
	return own;
}

static void start(struct flatten *f)
{
	size_t nr = f->image->manifest.nr_layers;

	tree_init(&f->tree);
	f->tree.max_nodes = f->budget.limits->entries;
	f->layers = mem_alloc(nr * sizeof(*f->layers));
	f->temps = mem_alloc(nr * sizeof(*f->temps));
	for (size_t i = 0; i < nr; i++)
		f->temps[i].fd = -1;
}

static void finish(struct flatten *f)
{
	for (size_t i = 0; i < f->nr_layers; i++) {
		layer_clean(&f->layers[i].list);
		if (f->layers[i].fd >= 0)
			close(f->layers[i].fd);
		store_temp_abort(&f->temps[i]);
	}
	free(f->layers);
	free(f->temps);
	tree_clean(&f->tree);
}

int flatten_image(const struct store *store, const struct local_image *image, struct progress *progress)
{
	struct image_limits own = image_limits();
	struct flatten f = {
		.store = store, .image = image, .progress = progress, .budget = LAYER_BUDGET(&own),
	};
	auto_free char *path = packed_path(store, &image->config);
	int err;

	if (!access(path, F_OK))
		return 0;
	progress_line(progress, "packing %zu layer%s", image->manifest.nr_layers, image->manifest.nr_layers == 1 ? "" : "s");
	start(&f);
	err = apply_all(&f);
	if (!err)
		err = pack(&f, path);
	progress_end(progress);
	finish(&f);
	return err;
}
