// SPDX-License-Identifier: GPL-2.0-or-later
/* Manifests and indexes (image-spec manifest.md, image-index.md; Docker's image manifest v2 schema 2). */
#include "oci/manifest.h"

#include "oci/document.h"
#include "util/base64.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <string.h>

enum kind { UNKNOWN, MANIFEST, INDEX, SCHEMA1, CONFIG, LAYER };

static const struct {
	const char *type;
	enum kind kind;
} types[] = {
	{ "application/vnd.oci.image.index.v1+json", INDEX },
	{ "application/vnd.oci.image.manifest.v1+json", MANIFEST },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", INDEX },
	{ "application/vnd.docker.distribution.manifest.v2+json", MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v1+json", SCHEMA1 },
	{ "application/vnd.docker.distribution.manifest.v1+prettyjws", SCHEMA1 },
	{ "application/vnd.oci.image.config.v1+json", CONFIG },
	{ "application/vnd.docker.container.image.v1+json", CONFIG },
	{ "application/vnd.oci.image.layer.v1.tar", LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar", LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", LAYER },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", LAYER },
};

static enum kind kind_of(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].type, type))
			return types[i].kind;
	return UNKNOWN;
}

const char *manifest_accept(void)
{
	return "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
	       "application/vnd.docker.distribution.manifest.list.v2+json, "
	       "application/vnd.docker.distribution.manifest.v2+json";
}

/* "data" must be what size and digest say: then it need not be fetched. */
static int parse_data(const json_t *object, struct descriptor *d)
{
	const char *text = document_string(object, "data");
	struct digest got;
	struct hasher *h;

	if (!text)
		return err_set(-EBADMSG, "\"data\" is not text");
	if (!json_object_get(object, "data"))
		return 0;
	d->data = base64_decode(text, &d->data_len);
	if (!d->data)
		return err_set(-EBADMSG, "\"data\" is not base64");
	h = hasher_new(&d->digest);
	hasher_add(h, d->data, d->data_len);
	hasher_end(h, &got);
	if (d->data_len == d->size && digest_equal(&got, &d->digest))
		return 0;
	return err_set(-EBADMSG, "\"data\" is %zu bytes with %s, should be %llu", d->data_len, got.text,
		       (unsigned long long)d->size);
}

static int parse_descriptor(const json_t *object, struct descriptor *d)
{
	const char *type = document_string(object, "mediaType"), *digest = document_string(object, "digest");
	int err;

	if (!json_is_object(object) || !type || !digest)
		return err_set(-EBADMSG, "not a descriptor");
	switch (digest_parse(digest, &d->digest)) {
	case -EINVAL:
		return err_set(-EBADMSG, "not a digest: \"%.80s\"", digest);
	case -ENOTSUP:
		return err_set(-ENOTSUP, "digest algorithm not supported: \"%.80s\"", digest);
	}
	if (document_size(object, "size", &d->size))
		return err_in(-EBADMSG, "%s", d->digest.text);
	d->type = mem_strdup(type);
	err = parse_data(object, d);
	if (!err && json_object_get(object, "urls"))
		err = document_strings(object, "urls", &d->urls);
	return err ? err_in(err, "%s", d->digest.text) : 0;
}

static int check_type(const struct descriptor *d, enum kind kind, const char *what)
{
	if (kind_of(d->type) == kind)
		return 0;
	return err_set(-ENOTSUP, "not a container image: %s of type \"%.100s\"", what, d->type);
}

static int parse_config(const json_t *root, struct manifest *m)
{
	int err = parse_descriptor(json_object_get(root, "config"), &m->config);

	return err ? err_in(err, "config") : check_type(&m->config, CONFIG, "a config");
}

static int parse_layers(const json_t *root, struct manifest *m)
{
	const json_t *array = json_object_get(root, "layers"), *value;
	size_t i;

	if (!json_is_array(array))
		return err_set(-EBADMSG, "\"layers\" is not a list");
	if (json_array_size(array) > limits.layers)
		return err_set(-E2BIG, "%zu layers, the limit is %llu (layers)", json_array_size(array),
			       (unsigned long long)limits.layers);
	m->layers = mem_alloc((json_array_size(array) + 1) * sizeof(*m->layers));
	json_array_foreach(array, i, value) {
		struct descriptor *d = &m->layers[m->nr_layers++];
		int err = parse_descriptor(value, d);

		if (!err)
			err = check_type(d, LAYER, "a layer");
		if (err)
			return err_in(err, "layer %zu", i + 1);
	}
	return 0;
}

static int parse_manifest(const json_t *root, struct manifest *m)
{
	int err = parse_config(root, m);

	return err ? err : parse_layers(root, m);
}

/* How well an index entry fits: 0 not at all, 1 it does not say, 2 it says linux/amd64. */
static int fit(const json_t *entry)
{
	const json_t *platform = json_object_get(entry, "platform");
	const char *type = document_string(entry, "mediaType");
	const char *os, *arch, *variant;

	if (!type || (kind_of(type) != MANIFEST && kind_of(type) != INDEX))
		return 0;
	if (!json_is_object(platform))
		return 1;
	os = document_string(platform, "os");
	arch = document_string(platform, "architecture");
	variant = document_string(platform, "variant");
	if (!os || !arch || !variant)
		return 0;
	if (strcmp(os, "linux") || strcmp(arch, "amd64"))
		return 0;
	return !*variant || !strcmp(variant, "v1") ? 2 : 0;
}

static void add_platform(struct buf *list, const json_t *entry)
{
	const json_t *platform = json_object_get(entry, "platform");
	const char *os = json_string_value(json_object_get(platform, "os"));
	const char *arch = json_string_value(json_object_get(platform, "architecture"));
	const char *variant = json_string_value(json_object_get(platform, "variant"));

	if (!os || !arch || !strcmp(os, "unknown") || list->len > 400)
		return;
	buf_addf(list, "%s%.20s/%.20s%s%.20s", list->len ? ", " : "", os, arch, variant ? "/" : "", variant ? variant : "");
}

static int no_fit(const json_t *entries)
{
	auto_buf list = BUF_INIT;
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		add_platform(&list, entry);
	return err_set(-ENOENT, "no linux/amd64 in it, only: %s", list.len ? buf_str(&list) : "nothing we know");
}

/* The first entry that says linux/amd64, else the first that says nothing (its configuration will tell). */
static int choose(const json_t *root, struct descriptor *chosen)
{
	const json_t *entries = json_object_get(root, "manifests"), *entry, *best = NULL;
	int best_fit = 0, err;
	size_t i;

	if (!json_is_array(entries))
		return err_set(-EBADMSG, "\"manifests\" is not a list");
	json_array_foreach(entries, i, entry)
		if (fit(entry) > best_fit) {
			best = entry;
			best_fit = fit(entry);
		}
	if (!best)
		return no_fit(entries);
	err = parse_descriptor(best, chosen);
	return err ? err_in(err, "entry for linux/amd64") : 0;
}

/*
 * What it is: by its own mediaType, which must agree with the declared one; by its members if it says nothing.
 * A document that could be read as both kinds is refused (CVE-2021-41190).
 */
static int decide(const json_t *root, const char *content_type, const char **type, enum kind *kind)
{
	bool manifests = json_object_get(root, "manifests");
	bool layers = json_object_get(root, "layers") || json_object_get(root, "config");
	const char *own = document_string(root, "mediaType");
	bool declared = kind_of(content_type) != UNKNOWN;

	if (!own)
		return err_set(-EBADMSG, "\"mediaType\" is not text");
	if (*own && declared && strcmp(own, content_type))
		return err_set(-EBADMSG, "declared as %s, but says it is %.100s", content_type, own);
	if (manifests && layers)
		return err_set(-EBADMSG, "both a manifest and an index");
	*type = *own ? own : declared ? content_type : manifests ? types[0].type : types[1].type;
	*kind = kind_of(*type);
	if (*kind == SCHEMA1 || json_object_get(root, "fsLayers") ||
	    json_integer_value(json_object_get(root, "schemaVersion")) == 1)
		return err_set(-ENOTSUP, "Docker's manifest schema 1 is not supported; push the image again with a current tool");
	if (*kind != MANIFEST && *kind != INDEX)
		return err_set(-ENOTSUP, "not a container image: a document of type \"%.100s\"", *type);
	if (json_integer_value(json_object_get(root, "schemaVersion")) != 2)
		return err_set(-EBADMSG, "\"schemaVersion\" is not 2");
	if (*kind == INDEX ? layers : manifests)
		return err_set(-EBADMSG, "its members do not fit its type %s", *type);
	return 0;
}

int manifest_parse(const char *text, size_t len, const char *content_type, struct manifest_document *doc)
{
	auto_json json_t *root = NULL;
	enum kind kind = UNKNOWN;
	const char *type = NULL;
	int err;

	memset(doc, 0, sizeof(*doc));
	err = document_parse(text, len, &root);
	if (!err)
		err = decide(root, content_type, &type, &kind);
	if (err)
		return err;
	doc->is_index = kind == INDEX;
	if (doc->is_index) {
		err = choose(root, &doc->chosen);
	} else {
		doc->manifest.type = mem_strdup(type);
		err = parse_manifest(root, &doc->manifest);
	}
	if (err)
		manifest_document_clean(doc);
	return err;
}

void manifest_clean(struct manifest *m)
{
	for (size_t i = 0; i < m->nr_layers; i++)
		descriptor_clean(&m->layers[i]);
	free(m->layers);
	descriptor_clean(&m->config);
	free(m->type);
	memset(m, 0, sizeof(*m));
}

void manifest_document_clean(struct manifest_document *doc)
{
	manifest_clean(&doc->manifest);
	descriptor_clean(&doc->chosen);
	memset(doc, 0, sizeof(*doc));
}
