// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading: choose among the images of an archive or layout, bring their blobs, pack them, and only then name them. */
#include "image/load.h"

#include "image/archive.h"
#include "image/docker.h"
#include "image/flatten.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/limits.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_DEPTH 3		/* indexes within indexes */

struct load {
	struct stash stash;
	const struct store *store;
	struct progress *progress;
	int dir;		/* of a layout; -1: an archive, all of which is in the store already */
	struct index_list index;
	char ***names;
};

static int bring(struct load *l, const struct descriptor *d, const char *what)
{
	if (store_has(l->store, &d->digest, d->size))
		return 0;
	if (l->dir < 0)
		return err_set(-ENOENT, "%s %s of %llu bytes is not in the archive", what, d->digest.text, (unsigned long long)d->size);
	return stash_blob(&l->stash, l->dir, d);
}

static int bring_document(struct load *l, const struct descriptor *d, struct manifest_document *doc)
{
	auto_buf text = BUF_INIT;
	int err;

	if (d->size > limits.manifest)
		return err_set(-EFBIG, "manifest %s: larger than %llu bytes, the limit (manifest)", d->digest.text,
			       (unsigned long long)limits.manifest);
	err = bring(l, d, "manifest");
	if (!err)
		err = store_read(l->store, &d->digest, limits.manifest, &text);
	if (err)
		return err;
	err = manifest_parse(buf_str(&text), text.len, d->type, doc);
	return err ? err_in(err, "manifest %s", d->digest.text) : 0;
}

/* From @entry's descriptor, which may be an index's, to the one for linux/amd64, which takes its place. */
static int resolve(struct load *l, struct index_entry *entry, struct manifest *manifest)
{
	struct descriptor *d = &entry->manifest;
	struct digest first = d->digest;
	struct manifest_document doc;
	int err = bring_document(l, d, &doc);

	for (int depth = 0; !err && doc.is_index; depth++) {
		descriptor_clean(d);
		*d = doc.chosen;
		doc.chosen = (struct descriptor){ 0 };
		manifest_document_clean(&doc);
		err = depth == INDEX_DEPTH ? err_set(-ELOOP, "indexes nested more than %d deep", INDEX_DEPTH) : bring_document(l, d, &doc);
	}
	if (err)
		return err;
	*manifest = doc.manifest;
	free(d->type);
	d->type = mem_strdup(manifest->type);
	free(entry->source);
	entry->source = mem_strdup(digest_equal(&first, &d->digest) ? "" : first.text);
	return 0;
}

static int bring_parts(struct load *l, const struct manifest *m)
{
	int err = m->config.size > limits.config ?
		err_set(-EFBIG, "configuration %s: larger than %llu bytes, the limit (config)", m->config.digest.text,
			(unsigned long long)limits.config) :
		bring(l, &m->config, "configuration");

	for (size_t i = 0; !err && i < m->nr_layers; i++)
		err = bring(l, &m->layers[i], "layer");
	return err;
}

static const struct index_entry *find_manifest(const struct index_list *index, const struct digest *digest)
{
	for (size_t i = 0; i < index->nr; i++)
		if (digest_equal(&index->list[i].manifest.digest, digest))
			return &index->list[i];
	return NULL;
}

/* By the name it brings, which makes one without a name needless; else by one it has here already; else by none, see index.h. */
static int name_image(struct load *l, struct index_entry *entry)
{
	char *name = input_name(entry->image_name, entry->reference);
	const char *nameless = entry->manifest.digest.text;
	const struct index_entry *same;
	struct index_list here;
	int err = index_load(l->store, &here);

	same = err ? NULL : find_manifest(&here, &entry->manifest.digest);
	free(entry->reference);
	entry->reference = name ? name : mem_strdup(same ? same->reference : nameless);
	if (!err)
		err = index_set(l->store, entry);
	if (!err && name && index_find(&here, nameless))
		index_remove(l->store, nameless);
	if (!err)
		strv_add(l->names, entry->reference);
	index_clean(&here);
	return err;
}

static int load_one(struct load *l, struct index_entry *entry)
{
	struct manifest manifest = { 0 };
	struct local_image image;
	int err = resolve(l, entry, &manifest);

	if (!err)
		err = bring_parts(l, &manifest);
	manifest_clean(&manifest);
	if (err)
		return err;
	err = local_image_load(l->store, &entry->manifest, &image);
	if (err)
		return err;
	err = flatten_image(l->store, &image, l->progress);
	local_image_clean(&image);
	return err ? err : name_image(l, entry);
}

static const char *shown_name(const struct index_entry *e)
{
	return *e->reference ? e->reference : *e->image_name ? e->image_name : e->manifest.digest.text;
}

static bool is_wanted(const struct index_entry *e, const char *ref)
{
	auto_free char *name = input_name(e->image_name, e->reference), *want = input_name(ref, ref);

	return !strcmp(e->reference, ref) || !strcmp(e->image_name, ref) || (name && want && !strcmp(name, want));
}

static int load_all(struct load *l)
{
	int err = 0;

	if (l->index.nr > ARCHIVE_IMAGES_MAX)
		return err_set(-E2BIG, "%zu images in it, the limit is %d", l->index.nr, ARCHIVE_IMAGES_MAX);
	for (size_t i = 0; !err && i < l->index.nr; i++) {
		auto_free char *shown = mem_strdup(shown_name(&l->index.list[i]));

		err = load_one(l, &l->index.list[i]);
		if (err)
			err_in(err, "image %s", shown);
	}
	return err;
}

static int wrong_choice(const struct load *l, const char *ref, size_t nr)
{
	auto_buf list = BUF_INIT;

	for (size_t i = 0; i < l->index.nr && list.len < 400; i++)
		buf_addf(&list, "%s%.200s", i ? ", " : "", shown_name(&l->index.list[i]));
	if (!l->index.nr)
		return err_set(-ENOENT, "no image in it");
	if (!ref)
		return err_set(-ENOTUNIQ, "more than one image in it: add one of these behind a colon: %s", buf_str(&list));
	return err_set(nr ? -ENOTUNIQ : -ENOENT, "%s image \"%s\" in it, but these: %s", nr ? "more than one" : "no", ref, buf_str(&list));
}

/* One name of one image: the one asked for, or whichever comes first of an only image's. */
static int load_chosen(struct load *l, const char *ref)
{
	struct index_entry *chosen = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < l->index.nr; i++) {
		struct index_entry *e = &l->index.list[i];

		if (ref && !is_wanted(e, ref))
			continue;
		if (nr && digest_equal(&e->manifest.digest, &chosen->manifest.digest))
			continue;
		if (!nr++)
			chosen = e;
	}
	return nr == 1 ? load_one(l, chosen) : wrong_choice(l, ref, nr);
}

/* docker >= 25 writes an OCI layout and, for older ones, a manifest.json beside it. */
static int open_archive(struct load *l, int fd)
{
	struct stat st;
	int err;

	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		return err_set(-EISDIR, "a directory, not an archive; pull or launch a layout as oci:DIR");
	err = stash_archive(&l->stash, fd);
	if (err)
		return err;
	if (l->stash.index.len) {
		err = index_parse(buf_str(&l->stash.index), l->stash.index.len, &l->index);
		return err ? err_in(err, "index.json") : 0;
	}
	if (l->stash.manifest.len)
		return docker_manifests(&l->stash, &l->index);
	return err_set(-EBADMSG, "neither index.json nor manifest.json in it: no archive of images (docker's have one since 1.10)");
}

static int open_layout(struct load *l, const char *path)
{
	auto_free char *file = mem_printf("%s/index.json", path);
	int err;

	l->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0)
		return err_sys(-errno, "%s", path);
	err = file_read(file, limits.manifest, &l->stash.index);
	if (err)
		return err;
	err = index_parse(buf_str(&l->stash.index), l->stash.index.len, &l->index);
	return err ? err_in(err, "%s", file) : 0;
}

static void load_init(struct load *l, const struct store *store, struct progress *progress, char ***names)
{
	*l = (struct load){ .store = store, .progress = progress, .dir = -1, .names = names };
	stash_init(&l->stash, store, progress);
	*names = strv_copy(NULL);
}

static void load_clean(struct load *l)
{
	progress_end(l->progress);
	stash_clean(&l->stash);
	index_clean(&l->index);
	if (l->dir >= 0)
		close(l->dir);
}

int load_input(const struct store *store, const struct input *in, struct progress *progress, char **name)
{
	auto_strv names = NULL;
	struct load l;
	int err;

	load_init(&l, store, progress, &names);
	err = in->kind == INPUT_LAYOUT ? open_layout(&l, in->path) : open_archive(&l, in->fd);
	if (!err)
		err = load_chosen(&l, in->ref);
	*name = mem_strdup(*names ? *names : "");
	load_clean(&l);
	return err;
}

int load_archive(const struct store *store, int fd, struct progress *progress, char ***names)
{
	struct load l;
	int err;

	load_init(&l, store, progress, names);
	err = open_archive(&l, fd);
	if (!err && !l.index.nr)
		err = wrong_choice(&l, NULL, 0);
	if (!err)
		err = load_all(&l);
	load_clean(&l);
	return err;
}
