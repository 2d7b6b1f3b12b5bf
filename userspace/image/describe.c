// SPDX-License-Identifier: GPL-2.0-or-later
/* An image as JSON: its parts, and how it came about. */
#include "image/describe.h"

#include "image/packed.h"
#include "image/pick.h"
#include "oci/document.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <string.h>
#include <sys/stat.h>

/* The image asked for, and what its documents say beyond what we need to launch. */
struct subject {
	struct store store;
	struct index_list index;
	const struct index_entry *entry;
	struct local_image image;
	json_t *config;
};

static void close_subject(struct subject *s)
{
	json_decref(s->config);
	local_image_clean(&s->image);
	index_clean(&s->index);
	store_close(&s->store);
}

static int read_subject(struct subject *s, const char *text)
{
	auto_free char *name = NULL;
	auto_buf config = BUF_INIT;
	int err = index_load(&s->store, &s->index);

	if (!err)
		err = pick(&s->store, &s->index, text, PICK_DIGITS, &s->entry, &name);
	if (err)
		return err;
	err = local_image_load(&s->store, &s->entry->manifest, &s->image);
	if (!err)
		err = store_read(&s->store, &s->image.manifest.config.digest, limits.config, &config);
	if (!err)
		err = document_parse(buf_str(&config), config.len, &s->config);
	return err ? err_in(err, "image %s", text) : 0;
}

static int open_subject(struct subject *s, const struct image_options *opt, const char *text)
{
	int err;

	memset(s, 0, sizeof(*s));
	err = store_open(opt->root, &s->store);
	if (err)
		return err;
	err = read_subject(s, text);
	if (err)
		close_subject(s);
	return err;
}

static json_t *names_view(const struct subject *s)
{
	json_t *names = json_array();

	for (size_t i = 0; i < s->index.nr; i++)
		if (index_is_named(&s->index.list[i]) &&
		    digest_equal(&s->index.list[i].manifest.digest, &s->entry->manifest.digest))
			json_array_append_new(names, json_string(s->index.list[i].reference));
	return names;
}

static json_t *layers_view(const struct subject *s)
{
	json_t *layers = json_array();

	for (size_t i = 0; i < s->image.manifest.nr_layers; i++) {
		const struct descriptor *d = &s->image.manifest.layers[i];

		json_array_append_new(layers, json_pack("{s:s, s:s, s:I, s:s}", "mediaType", d->type, "digest", d->digest.text,
							"size", (json_int_t)d->size, "diffId", s->image.config.diff_ids[i].text));
	}
	return layers;
}

static json_t *packed_view(const struct subject *s)
{
	auto_free char *path = packed_path(&s->store, &s->image.config);
	struct stat st;

	return stat(path, &st) ? json_null() : json_pack("{s:s, s:I}", "file", path, "size", (json_int_t)st.st_size);
}

/* As image_list() counts: a layer that is in it twice counted twice. */
static json_int_t size_of(const struct subject *s)
{
	json_int_t size = s->image.manifest.config.size;

	for (size_t i = 0; i < s->image.manifest.nr_layers; i++)
		size += s->image.manifest.layers[i].size;
	return size;
}

int image_inspect(const struct image_options *opt, const char *text, json_t **view)
{
	struct subject s;
	int err = open_subject(&s, opt, text);

	if (err)
		return err;
	*view = json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:o, s:o, s:O}", "digest", s.entry->manifest.digest.text,
			  "id", s.image.manifest.config.digest.text, "mediaType", s.image.manifest.type, "names", names_view(&s),
			  "source", *s.entry->source ? s.entry->source : s.entry->manifest.digest.text, "size", size_of(&s),
			  "layers", layers_view(&s), "packed", packed_view(&s), "config", s.config);
	close_subject(&s);
	return 0;
}

/* Layers without a history are shown all the same: images of some builders have none. */
static json_t *history_row(const struct subject *s, const json_t *entry, size_t *layer)
{
	bool empty = json_is_true(json_object_get(entry, "empty_layer"));
	json_int_t size = 0;

	if (!empty && *layer < s->image.manifest.nr_layers)
		size = s->image.manifest.layers[(*layer)++].size;
	return json_pack("{s:s, s:O?, s:O?, s:I, s:O?, s:b}", "id", "<missing>", "created", json_object_get(entry, "created"),
			 "createdBy", json_object_get(entry, "created_by"), "size", size,
			 "comment", json_object_get(entry, "comment"), "empty", empty);
}

int image_history(const struct image_options *opt, const char *text, json_t **rows)
{
	const json_t *entry;
	struct subject s;
	size_t i, layer = 0;
	int err = open_subject(&s, opt, text);

	if (err)
		return err;
	*rows = json_array();
	json_array_foreach(json_object_get(s.config, "history"), i, entry)
		json_array_insert_new(*rows, 0, history_row(&s, entry, &layer));
	while (layer < s.image.manifest.nr_layers)
		json_array_insert_new(*rows, 0, history_row(&s, NULL, &layer));
	if (json_array_size(*rows))
		json_object_set_new(json_array_get(*rows, 0), "id", json_string(s.image.manifest.config.digest.text));
	close_subject(&s);
	return 0;
}
