// SPDX-License-Identifier: GPL-2.0-or-later
/* The manifest.json of docker's archives (Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format"). */
#include "image/docker.h"

#include "image/archive.h"
#include "oci/document.h"
#include "oci/manifest.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"

/* A plain tar as docker writes it; other programs compress. What is inside is checked against the configuration when unpacking. */
static const char *layer_type(const struct stash *s, const struct digest *digest)
{
	auto_free char *path = store_blob_path(s->store, digest);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char magic[4] = { 0 };

	if (fd < 0 || read(fd, magic, sizeof(magic)) < 2)
		return LAYER_TYPE;
	if (magic[0] == 0x1f && magic[1] == 0x8b)
		return LAYER_TYPE "+gzip";
	return !memcmp(magic, "\x28\xb5\x2f\xfd", 4) ? LAYER_TYPE "+zstd" : LAYER_TYPE;
}

static int find(const struct stash *s, const char *name, const struct stashed **found)
{
	*found = stash_find(s, name);
	return *found ? 0 : err_set(-EBADMSG, "manifest.json names \"%.200s\", which is not in the archive", name);
}

static json_t *describe(const char *type, const struct stashed *blob)
{
	return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", blob->digest.text, "size", (json_int_t)blob->size);
}

static int add_layers(const struct stash *s, char **names, json_t *manifest)
{
	json_t *layers = json_array();
	const struct stashed *blob;
	int err = 0;

	json_object_set_new(manifest, "layers", layers);
	if (strv_len(names) > limits.layers)
		return err_set(-E2BIG, "%zu layers, the limit is %llu (layers)", strv_len(names), (unsigned long long)limits.layers);
	for (; !err && *names; names++) {
		err = find(s, *names, &blob);
		if (!err)
			json_array_append_new(layers, describe(layer_type(s, &blob->digest), blob));
	}
	return err;
}

static int make_manifest(struct stash *s, const json_t *image, struct descriptor *d)
{
	const char *config = document_string(image, "Config");
	const struct stashed *blob;
	auto_json json_t *manifest = NULL;
	auto_free char *text = NULL;
	auto_strv layers = NULL;
	int err;

	if (!config || !*config)
		return err_set(-EBADMSG, "manifest.json: an image without \"Config\"");
	err = document_strings(image, "Layers", &layers);
	if (!err)
		err = find(s, config, &blob);
	if (err)
		return err;
	manifest = json_pack("{s:i, s:s, s:o}", "schemaVersion", 2, "mediaType", MANIFEST_TYPE, "config", describe(CONFIG_TYPE, blob));
	err = add_layers(s, layers, manifest);
	if (err)
		return err;
	text = json_dumps(manifest, JSON_COMPACT);
	d->size = strlen(text);
	return stash_text(s, text, &d->digest);
}

static void add_entry(struct index_list *index, const struct descriptor *d, const char *name)
{
	index->list = mem_realloc(index->list, (index->nr + 1) * sizeof(*index->list));
	index->list[index->nr++] = (struct index_entry){
		.reference = mem_strdup(name), .image_name = mem_strdup(name), .source = mem_strdup(""),
		.manifest = { .type = mem_strdup(MANIFEST_TYPE), .digest = d->digest, .size = d->size },
	};
}

static int add_image(struct stash *s, const json_t *image, struct index_list *index)
{
	auto_strv tags = NULL;
	struct descriptor d;
	int err = make_manifest(s, image, &d);

	if (!err)
		err = document_strings(image, "RepoTags", &tags);
	if (err)
		return err;
	for (char **tag = tags; *tag && index->nr <= ARCHIVE_IMAGES_MAX; tag++)
		add_entry(index, &d, *tag);
	if (!*tags)
		add_entry(index, &d, "");
	return index->nr > ARCHIVE_IMAGES_MAX ? err_set(-E2BIG, "more than %d names in all, the limit", ARCHIVE_IMAGES_MAX) : 0;
}

int docker_manifests(struct stash *s, struct index_list *index)
{
	auto_json json_t *root = NULL;
	json_error_t error;
	json_t *image;
	int err = 0;
	size_t i;

	*index = (struct index_list){ 0 };
	root = json_loadb(buf_str(&s->manifest), s->manifest.len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return err_set(-EBADMSG, "manifest.json: not valid JSON: line %d: %s", error.line, error.text);
	if (!json_is_array(root))
		return err_set(-EBADMSG, "manifest.json: not a list");
	json_array_foreach(root, i, image) {
		err = add_image(s, image, index);
		if (err)
			return err_in(err, "image %zu", i + 1);
	}
	return 0;
}
