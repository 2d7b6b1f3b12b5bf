// SPDX-License-Identifier: GPL-2.0-or-later
/* Pulling: resolve to a manifest, fetch configuration and layers; it gets its name only when all is well. */
#include "oci/pull.h"

#include "oci/registries.h"
#include "oci/registry.h"
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
	free(r->manifest.type);
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
	struct descriptor want = { .type = mem_strdup("") };
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
			err = err_set(-EFBIG, "manifest %s: larger than %llu bytes (manifest)", want.digest.text,
				      (unsigned long long)limits.manifest);
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

/* One blob on its way from the registry to the store. */
struct job {
	struct pull *pull;
	const struct descriptor *want;
	const char *what;
	struct blob_writer writer;
};

struct pull {
	const struct store *store;
	const struct reference *ref;
	struct progress *progress;
	struct job *jobs;
	size_t nr_jobs, nr_done;
	uint64_t total;
};

static int job_begin(void *arg)
{
	struct job *job = arg;

	blob_abort(&job->writer);
	return blob_begin(&job->writer, job->pull->store, job->want);
}

static int job_data(void *arg, const void *data, size_t len)
{
	struct job *job = arg;

	return blob_write(&job->writer, data, len);
}

static int job_end(void *arg)
{
	struct job *job = arg;
	char size[SIZE_TEXT];
	int err = blob_commit(&job->writer);

	if (err)
		return err;
	job->pull->nr_done++;
	progress_line(job->pull->progress, "%s %.19s: %s", job->what, job->want->digest.text,
		      progress_size(job->want->size, size));
	return 0;
}

static void show_status(void *arg)
{
	struct pull *p = arg;
	char got[SIZE_TEXT], total[SIZE_TEXT];
	uint64_t received = 0;

	for (size_t i = 0; i < p->nr_jobs; i++)
		received += p->jobs[i].writer.received;
	progress_status(p->progress, "pulling %s: %zu/%zu blobs, %s of %s", p->ref->text, p->nr_done, p->nr_jobs,
			progress_size(received, got), progress_size(p->total, total));
}

static void add_job(struct pull *p, const struct descriptor *want, const char *what)
{
	for (size_t i = 0; i < p->nr_jobs; i++)
		if (digest_equal(&p->jobs[i].want->digest, &want->digest))
			return;		/* the same layer twice */
	if (store_has(p->store, &want->digest, want->size))
		return;
	p->jobs[p->nr_jobs++] = (struct job){ .pull = p, .want = want, .what = what, .writer.temp.fd = -1 };
	p->total += want->size;
}

static int run_jobs(struct registry *reg, struct pull *p)
{
	auto_free struct blob_request *requests = mem_alloc((p->nr_jobs + 1) * sizeof(*requests));
	int err;

	for (size_t i = 0; i < p->nr_jobs; i++)
		requests[i] = (struct blob_request){
			.want = p->jobs[i].want, .begin = job_begin, .data = job_data, .end = job_end, .arg = &p->jobs[i],
		};
	err = registry_blobs(reg, requests, p->nr_jobs, show_status, p);
	progress_end(p->progress);
	for (size_t i = 0; i < p->nr_jobs; i++)
		blob_abort(&p->jobs[i].writer);
	return err;
}

static int fetch_blobs(struct registry *reg, struct pull *p, const struct manifest *m)
{
	auto_free struct job *jobs = mem_alloc((m->nr_layers + 1) * sizeof(*jobs));

	if (m->config.size > limits.config)
		return err_set(-EFBIG, "configuration %s: larger than %llu bytes (config)", m->config.digest.text,
			       (unsigned long long)limits.config);
	p->jobs = jobs;
	add_job(p, &m->config, "config");
	for (size_t i = 0; i < m->nr_layers; i++)
		add_job(p, &m->layers[i], "layer");
	return p->nr_jobs ? run_jobs(reg, p) : 0;
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

static int pull(struct registry *reg, struct pull *p, struct resolved *r, struct local_image *image)
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

static int pull_from(const struct endpoint *at, struct pull *p, struct local_image *image)
{
	struct resolved r = { .text = BUF_INIT };
	struct registry *reg = NULL;
	int err = registry_open(at, &reg);

	if (err)
		return err;
	p->nr_jobs = p->nr_done = p->total = 0;
	err = pull(reg, p, &r, image);
	resolved_clean(&r);
	registry_close(reg);
	return err;
}

/* Ask one after the other; the last, which is the registry itself, has the say. */
static int pull_from_any(const struct endpoint *list, size_t nr, struct pull *p, struct local_image *image)
{
	auto_buf failed = BUF_INIT;
	int err = 0;

	for (size_t i = 0; i < nr; i++) {
		err = pull_from(&list[i], p, image);
		if (!err || err == -ENOSPC || err == -EDQUOT || err == -EROFS)	/* ours, not a registry's */
			break;
		if (!list[i].mirror)
			continue;
		progress_line(p->progress, "mirror %s/%s: %s", list[i].domain, list[i].path, err_text());
		buf_addf(&failed, "; mirror %s/%s: %.300s", list[i].domain, list[i].path, err_text());
	}
	return err ? err_set(err, "%s%s", err_text(), buf_str(&failed)) : 0;
}

int pull_image(const struct store *store, const struct reference *ref, struct progress *progress,
	       struct local_image *image)
{
	struct pull p = { .store = store, .ref = ref, .progress = progress };
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
