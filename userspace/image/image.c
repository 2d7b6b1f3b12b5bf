// SPDX-License-Identifier: GPL-2.0-or-later
/* Preparing an image for a launch. */
#include "image/image.h"

#include "image/flatten.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* From the registry; named only once it could be packed, so that nothing unusable is ever visible. */
static int fetch(const struct store *store, const struct reference *ref, struct progress *progress,
		 struct local_image *image)
{
	int err = pull_image(store, ref, progress, image);

	if (!err)
		err = flatten_image(store, image, progress);
	return err ? err : pull_name(store, ref, image);
}

/* Local if that will do, else from the registry. */
static int obtain(const struct image_options *opt, const struct store *store, const struct reference *ref,
		  struct progress *progress, struct local_image *image)
{
	int err;

	if (opt->pull == IMAGE_PULL_ALWAYS)
		return fetch(store, ref, progress, image);
	err = local_image_find(store, ref, image);
	if (!err)
		return flatten_image(store, image, progress);
	if (opt->pull == IMAGE_PULL_MISSING)
		return fetch(store, ref, progress, image);
	return err == -ENOENT ? err_in(err, "not pulled before, and --pull never forbids it now") : err;
}

static int fill_image(const struct store *store, const struct reference *ref, struct local_image *local,
		      struct image *img)
{
	auto_free char *path = packed_path(store, &local->config);
	struct stat st;

	if (stat(path, &st))
		return err_sys(-errno, "%s", path);
	img->reference = mem_strdup(ref->text);
	img->manifest_digest = mem_strdup(local->digest.text);
	img->image_id = mem_strdup(local->manifest.config.digest.text);
	img->squashfs = take_ptr(path);
	img->squashfs_size = st.st_size;
	img->created = local->config.created;
	img->entrypoint = take_ptr(local->config.entrypoint);
	img->cmd = take_ptr(local->config.cmd);
	img->env = take_ptr(local->config.env);
	img->labels = take_ptr(local->config.labels);
	img->user = take_ptr(local->config.user);
	img->workdir = take_ptr(local->config.workdir);
	img->stop_signal = take_ptr(local->config.stop_signal);
	return 0;
}

static int prepare(const struct image_options *opt, const struct reference *ref, struct image *img)
{
	struct local_image local = { 0 };
	struct progress progress;
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	progress_init(&progress, opt->quiet);
	err = obtain(opt, &store, ref, &progress, &local);
	if (!err)
		err = fill_image(&store, ref, &local, img);
	local_image_clean(&local);
	store_close(&store);
	return err;
}

int image_prepare(const struct image_options *opt, const char *reference, struct image *img)
{
	struct reference ref;
	int err;

	memset(img, 0, sizeof(*img));
	err = reference_parse(reference, &ref);
	if (err)
		return err;
	err = prepare(opt, &ref, img);
	if (err)
		err = err_in(err, "image %s", ref.text);
	reference_clean(&ref);
	return err;
}

void image_clean(struct image *img)
{
	free(img->reference);
	free(img->manifest_digest);
	free(img->image_id);
	free(img->squashfs);
	strv_free(img->entrypoint);
	strv_free(img->cmd);
	strv_free(img->env);
	strv_free(img->labels);
	free(img->user);
	free(img->workdir);
	free(img->stop_signal);
	memset(img, 0, sizeof(*img));
}
