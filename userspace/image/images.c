// SPDX-License-Identifier: GPL-2.0-or-later
/* The images a machine has: listing them, forgetting one and what only it used. */
#include "image/image.h"

#include "image/packed.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID_PREFIX_MIN 4

static void fill_entry(const struct index_entry *from, const struct local_image *local, struct image_entry *to)
{
	struct reference ref;

	if (!reference_parse(from->reference, &ref)) {
		to->repository = mem_strdup(ref.name);
		to->tag = mem_strdup(ref.tag ? ref.tag : "");
		reference_clean(&ref);
	} else {
		to->repository = mem_strdup(from->reference);
		to->tag = mem_strdup("");
	}
	to->digest = mem_strdup(from->manifest.digest.text);
	to->image_id = mem_strdup(local->manifest.config.digest.text);
	to->created = local->config.created;
	to->size = local->manifest.config.size;
	for (size_t i = 0; i < local->manifest.nr_layers; i++)
		to->size += local->manifest.layers[i].size;
}

int image_list(const struct image_options *opt, struct image_entry **entries, size_t *nr)
{
	struct index_list index = { 0 };
	struct local_image local;
	struct store store;
	int err = store_open(opt->root, &store);

	*entries = NULL;
	*nr = 0;
	if (err)
		return err;
	err = index_load(&store, &index);
	*entries = mem_alloc((index.nr + 1) * sizeof(**entries));
	for (size_t i = 0; !err && i < index.nr; i++) {
		if (local_image_load(&store, &index.list[i].manifest, &local))
			continue;	/* damaged or incomplete: the next pull mends it */
		fill_entry(&index.list[i], &local, &(*entries)[(*nr)++]);
		local_image_clean(&local);
	}
	index_clean(&index);
	store_close(&store);
	return err;
}

void image_list_free(struct image_entry *entries, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		free(entries[i].repository);
		free(entries[i].tag);
		free(entries[i].digest);
		free(entries[i].image_id);
	}
	free(entries);
}

/* File names in use, as a tsearch() set. */
struct names {
	void *root;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void names_add(struct names *names, const char *name)
{
	char *copy = mem_strdup(name);

	if (*(char **)tsearch(copy, &names->root, compare_names) != copy)
		free(copy);
}

static bool names_has(const struct names *names, const char *name)
{
	return tfind(name, &names->root, compare_names);
}

static void names_add_image(struct names *names, const struct store *store, const struct local_image *image)
{
	auto_free char *packed = packed_path(store, &image->config);

	names_add(names, strrchr(packed, '/') + 1);
	names_add(names, digest_hex(&image->digest));
	names_add(names, digest_hex(&image->manifest.config.digest));
	for (size_t i = 0; i < image->manifest.nr_layers; i++) {
		auto_free char *layer = packed_layer_path(store, &image->manifest.layers[i].digest);

		names_add(names, digest_hex(&image->manifest.layers[i].digest));
		names_add(names, strrchr(layer, '/') + 1);
	}
}

/* Everything the index still reaches. An image that cannot be read keeps at least its manifest. */
static int collect_names(const struct store *store, struct names *names)
{
	struct index_list index;
	struct local_image image;
	int err = index_load(store, &index);

	for (size_t i = 0; !err && i < index.nr; i++) {
		names_add(names, digest_hex(&index.list[i].manifest.digest));
		if (local_image_load(store, &index.list[i].manifest, &image))
			continue;
		names_add_image(names, store, &image);
		local_image_clean(&image);
	}
	index_clean(&index);
	return err;
}

static void sweep_dir(const struct store *store, const char *name, const struct names *keep)
{
	auto_free char *path = store_path(store, name);
	auto_dir DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !names_has(keep, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
}

/* Only while nobody prepares an image; else the next removal does it. */
static int collect_garbage(struct store *store)
{
	struct names keep = { 0 };
	int err;

	if (store_lease_alone(store))
		return 0;
	err = collect_names(store, &keep);
	if (!err) {
		sweep_dir(store, "packed", &keep);
		sweep_dir(store, "blobs/sha256", &keep);
		sweep_dir(store, "blobs/sha512", &keep);
	}
	tdestroy(keep.root, free);
	return err;
}

static bool is_id_prefix(const char *text)
{
	size_t len;

	if (!strncmp(text, "sha256:", 7))
		text += 7;
	len = strlen(text);
	return len >= ID_PREFIX_MIN && len <= 64 && strspn(text, "0123456789abcdef") == len;
}

static bool has_id(const struct store *store, const struct index_entry *entry, const char *prefix)
{
	struct local_image image;
	bool yes;

	if (!strncmp(prefix, "sha256:", 7))
		prefix += 7;
	if (local_image_load(store, &entry->manifest, &image))
		return false;
	yes = !strncmp(digest_hex(&image.manifest.config.digest), prefix, strlen(prefix));
	local_image_clean(&image);
	return yes;
}

/* The one image whose id begins so: all its references go. */
static int remove_by_id(const struct store *store, const struct index_list *index, const char *prefix)
{
	const struct index_entry *first = NULL;
	int err = 0;

	for (size_t i = 0; i < index->nr; i++) {
		if (!has_id(store, &index->list[i], prefix))
			continue;
		if (first && !digest_equal(&first->manifest.digest, &index->list[i].manifest.digest))
			return err_set(-ENOTUNIQ, "more than one image has an id beginning with %s", prefix);
		first = &index->list[i];
	}
	if (!first)
		return err_set(-ENOENT, "no such image: %s", prefix);
	for (size_t i = 0; !err && i < index->nr; i++)
		if (digest_equal(&first->manifest.digest, &index->list[i].manifest.digest))
			err = index_remove(store, index->list[i].reference);
	return err;
}

static int remove_names(const struct store *store, const char *reference)
{
	struct index_list index;
	struct reference ref;
	bool named;
	int err = index_load(store, &index);

	if (err)
		return err;
	named = !reference_parse(reference, &ref);
	if (named && index_find(&index, ref.text))
		err = index_remove(store, ref.text);
	else if (is_id_prefix(reference))
		err = remove_by_id(store, &index, reference);
	else
		err = err_set(-ENOENT, "no such image: %s", reference);
	if (named)
		reference_clean(&ref);
	index_clean(&index);
	return err;
}

int image_remove(const struct image_options *opt, const char *reference)
{
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	err = remove_names(&store, reference);
	if (!err)
		err = collect_garbage(&store);
	store_close(&store);
	return err;
}
