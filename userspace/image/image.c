// SPDX-License-Identifier: GPL-2.0-or-later
/* Preparing an image for a launch. */
#include "image/image.h"

#include "image/helper.h"
#include "image/packed.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int fill_image(const struct store *store, const struct reference *ref, struct local_image *local,
		      struct image *img)
{
	auto_free char *path = packed_path(store, &local->config);

	img->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (img->fd < 0)
		return err_sys(errno == ENOENT ? -EAGAIN : -errno, "%s", path);
	img->reference = mem_strdup(ref->text);
	img->manifest_digest = mem_strdup(local->digest.text);
	img->image_id = mem_strdup(local->manifest.config.digest.text);
	img->squashfs = take_ptr(path);
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

/* As it is in the local store, which is only read. -EAGAIN: all is there but the squashfs. */
static int look_up(const char *root, const struct reference *ref, struct image *img)
{
	struct local_image local = { 0 };
	struct store store;
	int err;

	store_peek(root, &store);
	err = local_image_find(&store, ref, &local);
	if (!err)
		err = fill_image(&store, ref, &local, img);
	local_image_clean(&local);
	store_close(&store);
	return err;
}

static int prepare(const struct image_options *opt, const char *reference, const struct reference *ref, struct image *img)
{
	int err = opt->pull == IMAGE_PULL_ALWAYS ? -EAGAIN : look_up(opt->root, ref, img);

	if (!err)
		return 0;
	if (opt->pull == IMAGE_PULL_NEVER && err == -ENOENT)
		err_in(err, "not pulled before, and --pull never forbids it now");
	if (opt->pull == IMAGE_PULL_NEVER && err != -EAGAIN)
		return err_in(err, "image %s", ref->text);
	err = helper_image(opt, reference);
	if (err)
		return err;		/* it says which image */
	err = look_up(opt->root, ref, img);
	return err ? err_in(err, "image %s", ref->text) : 0;
}

int image_prepare(const struct image_options *opt, const char *reference, struct image *img)
{
	struct reference ref;
	int err;

	*img = (struct image){ .fd = -1 };
	err = reference_parse(reference, &ref);
	if (err)
		return err;
	err = prepare(opt, reference, &ref, img);
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
	if (img->fd >= 0)
		close(img->fd);
	*img = (struct image){ .fd = -1 };
}
