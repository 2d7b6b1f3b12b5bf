// SPDX-License-Identifier: GPL-2.0-or-later
/* Bringing an image into the local store, packed. */
#include "image/fetch.h"

#include "image/flatten.h"
#include "image/garbage.h"
#include "image/load.h"
#include "image/pick.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>

/* What has come is read while the rest still comes. */
struct fetch {
	const struct store *store;
	struct reading *reading;
};

static int begin(void *arg, const struct manifest *manifest)
{
	struct fetch *f = arg;

	reading_free(f->reading);
	f->reading = reading_new(f->store, manifest);
	return f->reading ? 0 : -EAGAIN;
}

static void grows(void *arg, const struct digest *blob, uint64_t bytes)
{
	struct fetch *f = arg;

	reading_grows(f->reading, blob, bytes);
}

static void came(void *arg, const struct digest *blob)
{
	struct fetch *f = arg;

	reading_came(f->reading, blob);
}

static int check(void *arg)
{
	struct fetch *f = arg;

	return f->reading ? reading_check(f->reading) : 0;
}

/* From the registry; named only once it could be packed, so that nothing unusable is ever visible. */
static int fetch(const struct store *store, const struct reference *ref, struct progress *progress,
		 struct local_image *image)
{
	struct fetch f = { .store = store };
	const struct pull_listener listener = { .begin = begin, .grows = grows, .came = came, .check = check, .arg = &f };
	int err = pull_image(store, ref, progress, &listener, image);

	if (!err)
		err = flatten_reading(store, image, f.reading, progress);
	reading_free(f.reading);
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
	return opt->pull == IMAGE_PULL_MISSING ? fetch(store, ref, progress, image) : err;
}

static int fetch_reference(const struct image_options *opt, const struct store *store, const char *text, struct progress *progress,
			   struct buf *made)
{
	struct local_image image = { 0 };
	struct reference ref;
	int err = reference_parse(text, &ref);

	if (err)
		return err;
	err = obtain(opt, store, &ref, progress, &image);
	buf_adds(made, ref.text);
	if (err)
		err = err_in(err, "image %s", ref.text);
	local_image_clean(&image);
	reference_clean(&ref);
	return err;
}

/* One that has no name and is here, but for its squashfs. */
static int pack_nameless(const struct store *store, const char *text, struct progress *progress, struct buf *made)
{
	struct local_image image = { 0 };
	const struct index_entry *entry;
	struct index_list index;
	int err = index_load(store, &index);

	entry = err ? NULL : index_find(&index, text);
	if (!err)
		err = entry ? local_image_load(store, &entry->manifest, &image) : err_set(-ENOENT, "not in the image store");
	if (!err)
		err = flatten_image(store, &image, progress);
	buf_adds(made, text);
	local_image_clean(&image);
	index_clean(&index);
	return err ? err_in(err, "image %s", text) : 0;
}

static int load(const struct store *store, const struct input *in, const char *text, struct progress *progress, struct buf *made)
{
	auto_free char *name = NULL;
	int err = load_input(store, in, progress, &name);

	buf_adds(made, name);
	return err ? err_in(err, "%s", text) : 0;
}

/* Of a file's images some were not wanted, or not good; what a failed pull brought shortens the next. */
static void clean_up(struct store *store)
{
	auto_free char *text = mem_strdup(err_text());

	garbage_collect_blobs(store);
	err_set(0, "%s", text);
}

int image_fetch(const struct image_options *opt, const char *text, const struct input *in, struct buf *made)
{
	struct progress progress;
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	progress_init(&progress, opt->progress);
	if (in->kind != INPUT_REFERENCE)
		err = load(&store, in, text, &progress, made);
	else if (pick_is_id(text))
		err = pack_nameless(&store, text, &progress, made);
	else
		err = fetch_reference(opt, &store, text, &progress, made);
	if (in->kind != INPUT_REFERENCE)
		clean_up(&store);
	store_close(&store);
	return err;
}

int image_load(const struct image_options *opt, int fd, struct buf *made)
{
	struct progress progress;
	auto_strv names = NULL;
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	progress_init(&progress, opt->progress);
	err = load_archive(&store, fd, &progress, &names);
	for (char **name = names; *name; name++)
		buf_addf(made, "%s\n", *name);
	clean_up(&store);
	store_close(&store);
	return err;
}
