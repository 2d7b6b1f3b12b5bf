// SPDX-License-Identifier: GPL-2.0-or-later
/* Bringing an image into the local store, packed. */
#include "image/fetch.h"

#include "image/flatten.h"
#include "oci/pull.h"
#include "util/error.h"

#include <errno.h>

/* From the registry; named only once it could be packed, so that nothing unusable is ever visible. */
static int fetch(const struct store *store, const struct reference *ref, struct progress *progress,
		 struct local_image *image)
{
	int err = pull_image(store, ref, progress, image);

	if (!err)
		err = flatten_image(store, image, NULL, progress);
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
		return flatten_image(store, image, NULL, progress);
	return opt->pull == IMAGE_PULL_MISSING ? fetch(store, ref, progress, image) : err;
}

static int with_store(const struct image_options *opt, const struct reference *ref)
{
	struct local_image image = { 0 };
	struct progress progress;
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	progress_init(&progress, opt->quiet);
	err = obtain(opt, &store, ref, &progress, &image);
	local_image_clean(&image);
	store_close(&store);
	return err;
}

int image_fetch(const struct image_options *opt, const char *reference)
{
	struct reference ref;
	int err = reference_parse(reference, &ref);

	if (err)
		return err;
	err = with_store(opt, &ref);
	if (err)
		err = err_in(err, "image %s", ref.text);
	reference_clean(&ref);
	return err;
}
