// SPDX-License-Identifier: GPL-2.0-or-later
/* Images that are in the store already. */
#include "oci/pull.h"

#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int load_manifest(const struct store *store, const struct descriptor *d, struct manifest *manifest)
{
	struct manifest_document doc;
	auto_buf text = BUF_INIT;
	int err = store_read(store, &d->digest, limits.manifest, &text);

	if (!err)
		err = manifest_parse(buf_str(&text), text.len, d->type, &doc);
	if (err)
		return err;
	if (doc.is_index) {
		manifest_document_clean(&doc);
		return err_set(-EBADMSG, "an index where a manifest should be");
	}
	*manifest = doc.manifest;
	return 0;
}

int local_config_read(const struct store *store, const struct digest *blob, size_t nr_layers, struct imgconfig *config)
{
	auto_buf text = BUF_INIT;
	int err = store_read(store, blob, limits.config, &text);

	if (!err)
		err = imgconfig_parse(buf_str(&text), text.len, config);
	if (err)
		return err;
	if (config->nr_diff_ids == nr_layers)
		return 0;
	err = err_set(-EBADMSG, "%zu layers, but the configuration speaks of %zu", nr_layers, config->nr_diff_ids);
	imgconfig_clean(config);
	return err;
}

static int check_layers(const struct store *store, const struct manifest *m)
{
	for (size_t i = 0; i < m->nr_layers; i++)
		if (!store_has(store, &m->layers[i].digest, m->layers[i].size))
			return err_set(-ENOENT, "layer %s is missing", m->layers[i].digest.text);
	return 0;
}

int local_image_read(const struct store *store, const struct descriptor *manifest, struct local_image *image)
{
	int err;

	memset(image, 0, sizeof(*image));
	image->digest = manifest->digest;
	image->size = manifest->size;
	image->source = manifest->digest;
	err = load_manifest(store, manifest, &image->manifest);
	if (!err)
		err = local_config_read(store, &image->manifest.config.digest, image->manifest.nr_layers, &image->config);
	if (err)
		local_image_clean(image);
	return err;
}

int local_image_load(const struct store *store, const struct descriptor *manifest, struct local_image *image)
{
	int err = local_image_read(store, manifest, image);

	if (!err)
		err = check_layers(store, &image->manifest);
	if (err)
		local_image_clean(image);
	return err;
}

void local_image_clean(struct local_image *image)
{
	manifest_clean(&image->manifest);
	imgconfig_clean(&image->config);
	memset(image, 0, sizeof(*image));
}

const struct index_entry *local_find(const struct index_list *index, const struct reference *ref)
{
	const struct index_entry *exact = index_find(index, ref->text);
	size_t len = strlen(ref->name);

	if (exact || !ref->digest)
		return exact;
	for (size_t i = 0; i < index->nr; i++) {
		const struct index_entry *e = &index->list[i];

		if (strncmp(e->reference, ref->name, len) || !strchr(":@", e->reference[len]) || !e->reference[len])
			continue;
		if (!strcmp(e->manifest.digest.text, ref->digest) || !strcmp(e->source, ref->digest))
			return e;
	}
	return NULL;
}

int local_image_find(const struct store *store, const struct reference *ref, struct local_image *image)
{
	const struct index_entry *entry;
	struct index_list index;
	int err = index_load(store, &index);

	if (err)
		return err;
	entry = local_find(&index, ref);
	err = entry ? local_image_load(store, &entry->manifest, image) : err_set(-ENOENT, "not in the image store");
	index_clean(&index);
	return err;
}
