// SPDX-License-Identifier: GPL-2.0-or-later
/* Pulling: resolve to a manifest, fetch configuration and layers; it gets its name only when all is well. */
#include "oci/pull.h"

#include "oci/download.h"
#include "oci/registries.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_DEPTH 3		/* indexes within indexes */

/* What resolving yields. */
struct resolved {
	struct buf text;		/* the manifest as received */
	struct descriptor manifest;
	struct digest source;		/* of the first document: an index's, or the manifest's own */
	struct manifest parsed;
};

static void resolved_clean(struct resolved *r)
{
	buf_clean(&r->text);
	descriptor_clean(&r->manifest);
	manifest_clean(&r->parsed);
}

/* One document: @want is NULL for the first, which the reference itself names. */
static int get_document(struct registry *reg, const char *object, const struct descriptor *want,
			struct resolved *r, struct manifest_document *doc)
{
	auto_free char *type = NULL;
	int err = registry_manifest(reg, object, want, &r->text, &type, &r->manifest.digest);

	if (err)
		return err;
	/* an entry's mediaType binds as much as the header */
	err = manifest_parse(buf_str(&r->text), r->text.len, want && *want->type ? want->type : type, doc);
	return err ? err_in(err, "manifest %s", r->manifest.digest.text) : 0;
}

static int resolve(struct registry *reg, const struct reference *ref, struct resolved *r)
{
	struct descriptor want = { .type = mem_strdup(""), .size = DESCRIPTOR_ANY_SIZE };
	struct manifest_document doc = { 0 };
	int err;

	if (ref->digest)
		digest_parse(ref->digest, &want.digest);
	err = get_document(reg, reference_object(ref), ref->digest ? &want : NULL, r, &doc);
	r->source = r->manifest.digest;
	for (int depth = 0; !err && doc.is_index; depth++) {
		descriptor_clean(&want);
		want = doc.chosen;
		doc.chosen = (struct descriptor){ 0 };
		manifest_document_clean(&doc);
		if (depth == INDEX_DEPTH)
			err = err_set(-ELOOP, "indexes nested more than %d deep", INDEX_DEPTH);
		else if (want.size > limits.manifest)
			err = err_set(-EFBIG, "manifest %s: %llu bytes, the limit is %llu (manifest)", want.digest.text,
				      (unsigned long long)want.size, (unsigned long long)limits.manifest);
		else
			err = get_document(reg, want.digest.text, &want, r, &doc);
	}
	descriptor_clean(&want);
	if (err)
		return err;
	r->manifest.size = r->text.len;
	r->manifest.type = mem_strdup(doc.manifest.type);
	r->parsed = doc.manifest;
	return 0;
}

struct pull {
	const struct store *store;
	const struct reference *ref;
	struct progress *progress;
	const struct pull_listener *listener;
};

/* All of it must be something we are ready to take, before the first byte is. */
static int check_sizes(const struct manifest *m)
{
	uint64_t total = m->config.size;
	size_t i;

	if (m->config.size > limits.config)
		return err_set(-EFBIG, "configuration %s: %llu bytes, the limit is %llu (config)", m->config.digest.text,
			       (unsigned long long)m->config.size, (unsigned long long)limits.config);
	for (i = 0; i < m->nr_layers && total <= limits.downloaded; i++)
		total = m->layers[i].size > limits.downloaded ? UINT64_MAX : total + m->layers[i].size;
	if (total > limits.downloaded)
		return err_set(-EFBIG, "its layers are more than %llu bytes, the limit (downloaded)",
			       (unsigned long long)limits.downloaded);
	return 0;
}

static void add_download(struct download *list, size_t *nr, const struct descriptor *want, const char *kind)
{
	for (size_t i = 0; i < *nr; i++)
		if (digest_equal(&list[i].want->digest, &want->digest))
			return;		/* the same layer twice */
	list[(*nr)++] = (struct download){ .want = want, .kind = kind };
}

static int fetch_blobs(struct registry *reg, const struct pull *p, const struct manifest *m)
{
	auto_free struct download *list = mem_alloc((m->nr_layers + 1) * sizeof(*list));
	size_t nr = 0;
	int err = check_sizes(m);

	if (!err)
		err = p->listener->begin(p->listener->arg, m);
	if (err)
		return err;
	add_download(list, &nr, &m->config, "config");
	for (size_t i = 0; i < m->nr_layers; i++)
		add_download(list, &nr, &m->layers[i], "layer");
	return download_blobs(reg, p->store, list, nr, p->progress, p->listener);
}

static int store_manifest(const struct store *store, const struct resolved *r)
{
	struct blob_writer w;
	int err;

	if (store_has(store, &r->manifest.digest, r->manifest.size))
		return 0;
	err = blob_begin(&w, store, &r->manifest);
	if (!err)
		err = blob_write(&w, r->text.data, r->text.len);
	if (!err)
		err = blob_commit(&w);
	blob_abort(&w);
	return err;
}

static int pull(struct registry *reg, const struct pull *p, struct resolved *r, struct local_image *image)
{
	int err = resolve(reg, p->ref, r);

	if (!err)
		err = fetch_blobs(reg, p, &r->parsed);
	if (!err)
		err = store_manifest(p->store, r);
	if (!err)
		err = local_image_load(p->store, &r->manifest, image);
	if (!err)
		image->source = r->source;
	return err;
}

static void tell(void *arg, const char *text)
{
	progress_line(arg, "%s", text);
}

/* @unserved: another one may do better. All else is wrong, or ours, and not to be passed over. */
static int pull_from(const struct endpoint *at, const struct pull *p, struct local_image *image, bool *unserved)
{
	struct resolved r = { .text = BUF_INIT };
	struct registry *reg = NULL;
	int err = registry_open(at, &reg);

	*unserved = false;
	if (err)
		return err;
	http_listen(registry_http(reg), tell, p->progress);
	err = pull(reg, p, &r, image);
	if (err)
		progress_end(p->progress);
	*unserved = http_is_unserved(registry_http(reg));
	resolved_clean(&r);
	registry_close(reg);
	return err;
}

/* Ask one after the other; the last, which is the registry itself, has the say. */
static int pull_from_any(const struct endpoint *list, size_t nr, const struct pull *p, struct local_image *image)
{
	auto_buf failed = BUF_INIT;
	bool unserved;
	int err = 0;

	for (size_t i = 0; i < nr; i++) {
		err = pull_from(&list[i], p, image, &unserved);
		if (!err || !list[i].mirror)
			break;
		err_in(err, "mirror %s/%s", list[i].domain, list[i].path);
		if (!unserved || p->listener->check(p->listener->arg))
			return err;
		progress_line(p->progress, "%s", err_text());
		buf_addf(&failed, "; %.400s", err_text());
	}
	return err ? err_set(err, "%s%s", err_text(), buf_str(&failed)) : 0;
}

int pull_image(const struct store *store, const struct reference *ref, struct progress *progress,
	       const struct pull_listener *listener, struct local_image *image)
{
	struct pull p = { .store = store, .ref = ref, .progress = progress, .listener = listener };
	struct endpoint *list;
	size_t nr;
	int err = registries_endpoints(ref, &list, &nr);

	if (err)
		return err;
	progress_line(progress, "pulling %s", ref->text);
	err = pull_from_any(list, nr, &p, image);
	endpoints_free(list, nr);
	return err;
}

static bool is_named(const struct store *store, const struct index_entry *want)
{
	const struct index_entry *have;
	struct index_list index;
	bool same;

	if (index_load(store, &index))
		return false;
	have = index_find(&index, want->reference);
	same = have && digest_equal(&have->manifest.digest, &want->manifest.digest) && !strcmp(have->source, want->source);
	index_clean(&index);
	return same;
}

int pull_name(const struct store *store, const struct reference *ref, const struct local_image *image)
{
	bool same = digest_equal(&image->source, &image->digest);
	struct index_entry entry = {
		.reference = ref->text, .source = same ? "" : (char *)image->source.text,
		.manifest = { .type = image->manifest.type, .digest = image->digest, .size = image->size },
	};

	return is_named(store, &entry) ? 0 : index_set(store, &entry);
}
