// SPDX-License-Identifier: GPL-2.0-or-later
/* The images a machine has: listing, naming and forgetting them. */
#include "image/image.h"

#include "image/garbage.h"
#include "image/pick.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void fill_entry(const struct index_entry *from, const struct local_image *local, struct image_entry *to)
{
	bool named = index_is_named(from);
	struct reference ref;

	to->reference = mem_strdup(from->reference);
	if (named && !reference_parse(from->reference, &ref)) {
		to->repository = mem_strdup(ref.name);
		to->tag = mem_strdup(ref.tag ? ref.tag : "");
		reference_clean(&ref);
	} else {
		to->repository = mem_strdup(named ? from->reference : "");
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
		free(entries[i].reference);
		free(entries[i].repository);
		free(entries[i].tag);
		free(entries[i].digest);
		free(entries[i].image_id);
	}
	free(entries);
}

/* The guest that would lose its image if @entry went: one of its manifest, which has no other name. */
static const struct image_use *user_of(const struct image_options *opt, const struct index_list *index,
				       const struct index_entry *entry, bool all_names)
{
	for (size_t i = 0; !all_names && i < index->nr; i++)
		if (&index->list[i] != entry && digest_equal(&index->list[i].manifest.digest, &entry->manifest.digest))
			return NULL;
	for (size_t i = 0; i < opt->nr_uses; i++)
		if (!strcmp(opt->uses[i].digest, entry->manifest.digest.text))
			return &opt->uses[i];
	return NULL;
}

static int remove_entry(const struct image_options *opt, const struct store *store, const struct index_list *index,
			const struct index_entry *entry, bool all_names)
{
	const struct image_use *use = user_of(opt, index, entry, all_names);
	int err = 0;

	if (use && !opt->force)
		return err_set(-ETXTBSY, "image %s: guest %s runs from it; -f removes it nevertheless", entry->reference, use->guest);
	if (!all_names)
		return index_remove(store, entry->reference);
	for (size_t i = 0; !err && i < index->nr; i++)
		if (digest_equal(&entry->manifest.digest, &index->list[i].manifest.digest))
			err = index_remove(store, index->list[i].reference);
	return err;
}

static int remove_picked(const struct image_options *opt, const struct store *store, const char *text, bool *by_id)
{
	const struct index_entry *entry;
	auto_free char *name = NULL;
	struct index_list index;
	int err = index_load(store, &index);

	if (!err)
		err = pick(store, &index, text, PICK_DIGITS, &entry, &name);
	if (!err)
		err = remove_entry(opt, store, &index, entry, !name);
	*by_id = !name;
	index_clean(&index);
	return err;
}

/* An id may be that of several manifests. */
static int remove_all(const struct image_options *opt, const struct store *store, const char *text)
{
	bool by_id, again = false;
	int err;

	do
		err = remove_picked(opt, store, text, &by_id);
	while (!err && by_id && (again = true));
	return err == -ENOENT && again ? 0 : err;
}

int image_remove(const struct image_options *opt, const char *text)
{
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	err = remove_all(opt, &store, text);
	if (!err)
		err = garbage_collect(&store, opt);
	store_close(&store);
	return err == -EBUSY ? 0 : err;		/* the garbage waits for the next removal */
}

static int tag(const struct store *store, const struct index_list *index, const char *text, const char *reference)
{
	const struct index_entry *entry;
	auto_free char *name = NULL;
	struct index_entry new;
	int err = pick(store, index, text, PICK_DIGITS, &entry, &name);

	if (err)
		return err;
	new = *entry;
	new.reference = (char *)reference;
	err = index_set(store, &new);
	return err || index_is_named(entry) ? err : index_remove(store, entry->reference);
}

int image_tag(const struct image_options *opt, const char *text, const char *reference)
{
	struct index_list index;
	struct reference ref;
	struct store store;
	int err = reference_parse(reference, &ref);

	if (!err && ref.digest)
		err = err_set(-EINVAL, "\"%s\": a digest cannot be given as a name", reference);
	if (!err)
		err = store_open(opt->root, &store);
	if (!err) {
		err = index_load(&store, &index);
		if (!err)
			err = tag(&store, &index, text, ref.text);
		index_clean(&index);
		store_close(&store);
	}
	reference_clean(&ref);
	return err;
}

static int prune(const struct image_options *opt, const struct store *store, bool all, char ***removed)
{
	struct index_list index;
	int err = index_load(store, &index);

	for (size_t i = 0; !err && i < index.nr; i++) {
		if ((!all && index_is_named(&index.list[i])) || user_of(opt, &index, &index.list[i], true))
			continue;
		err = index_remove(store, index.list[i].reference);
		if (err == -ENOENT)
			err = 0;	/* somebody was faster */
		else if (!err)
			strv_add(removed, index.list[i].reference);
	}
	index_clean(&index);
	return err;
}

int image_prune(const struct image_options *opt, bool all, char ***removed, uint64_t *freed)
{
	struct garbage_sum sums[GARBAGE_SUMS] = { 0 };
	struct store store;
	int err = store_open(opt->root, &store);

	*removed = strv_copy(NULL);
	*freed = 0;
	if (err)
		return err;
	err = prune(opt, &store, all, removed);
	if (!err) {
		err = garbage_collect_all(&store, opt, sums);
		if (err == -EBUSY)
			err_set(err, "image store: an image is being prepared, whose blobs nobody else knows; prune again when it is there");
	}
	for (size_t i = 0; i < GARBAGE_SUMS; i++)
		*freed += sums[i].free_bytes;
	store_close(&store);
	return err;
}
