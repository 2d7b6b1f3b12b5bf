// SPDX-License-Identifier: GPL-2.0-or-later
/* Preparing an image for a launch. */
#include "image/image.h"

#include "image/helper.h"
#include "image/input.h"
#include "image/packed.h"
#include "image/pick.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int fill_image(const struct store *store, const char *name, struct local_image *local, struct image *img)
{
	auto_free char *path = packed_path(store, &local->config);

	img->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (img->fd < 0)
		return err_sys(errno == ENOENT ? -EAGAIN : -errno, "%s", path);
	img->reference = mem_strdup(name);
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

/* @name: what it is called here, also with -EAGAIN. */
static int find(const struct store *store, const struct index_list *index, const char *text, char **name, struct image *img)
{
	const struct index_entry *entry = index_find(index, text);
	struct local_image local = { 0 };
	int err = entry ? 0 : pick(store, index, text, PICK_DIGITS_LAUNCH, &entry, name);

	if (err)
		return err == -ENOENT ? err_set(err, "not in the image store") : err;
	if (!*name)
		*name = mem_strdup(entry->reference);
	err = local_image_load(store, &entry->manifest, &local);
	if (!err)
		err = fill_image(store, *name, &local, img);
	local_image_clean(&local);
	return err;
}

/* As it is in the local store, which is only read. -EAGAIN: all is there but the squashfs. */
static int look_up(const char *root, const char *text, char **name, struct image *img)
{
	struct index_list index;
	struct store store;
	int err;

	store_peek(root, &store);
	err = index_load(&store, &index);
	if (!err)
		err = find(&store, &index, text, name, img);
	index_clean(&index);
	store_close(&store);
	return err;
}

/* The helper brings it, and says by what name it is here then. */
static int bring(const struct image_options *opt, const char *text, struct image *img)
{
	auto_free char *name = NULL;
	auto_buf answer = BUF_INIT;
	int err = helper_image(opt, text, &answer);

	if (err)
		return err;		/* it says which image */
	err = look_up(opt->root, buf_str(&answer), &name, img);
	return err ? err_in(err, "image %s", text) : 0;
}

/* Of the store if that will do. An id is no registry's. */
static int prepare(const struct image_options *opt, const char *text, const struct reference *ref, struct image *img)
{
	auto_free char *name = NULL;
	int err = ref && opt->pull == IMAGE_PULL_ALWAYS ? -EAGAIN : look_up(opt->root, text, &name, img);

	if (!err)
		return 0;
	if (ref && opt->pull == IMAGE_PULL_NEVER && err == -ENOENT)
		err_in(err, "not pulled before, and --pull never forbids it now");
	if (err != -EAGAIN && (!ref || opt->pull == IMAGE_PULL_NEVER))
		return err_in(err, "image %s", ref ? ref->text : text);
	return bring(opt, name ? name : text, img);
}

static int prepare_reference(const struct image_options *opt, const char *text, struct image *img)
{
	struct reference ref;
	int err = reference_parse(text, &ref);

	if (err)
		return err;
	err = prepare(opt, text, &ref, img);
	reference_clean(&ref);
	return err;
}

int image_prepare(const struct image_options *opt, const char *text, struct image *img)
{
	struct input in;
	int err = input_parse(text, &in);

	*img = (struct image){ .fd = -1 };
	if (err)
		return err;
	if (in.kind != INPUT_REFERENCE)
		err = bring(opt, text, img);	/* read anew each time: what of it is here already costs little */
	else if (pick_is_id(text))
		err = prepare(opt, text, NULL, img);
	else
		err = prepare_reference(opt, text, img);
	input_clean(&in);
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
