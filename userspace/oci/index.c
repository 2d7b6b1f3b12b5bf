// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's index.json (image-spec image-layout.md): read by anybody, replaced by rename under a lock. */
#include "oci/index.h"

#include "oci/document.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#define INDEX_MAX (64 << 20)
#define REF_NAME "org.opencontainers.image.ref.name"
#define IMAGE_NAME "io.containerd.image.name"
#define SOURCE "hypha.source.digest"

static const char *annotation(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(json_object_get(entry, "annotations"), key));
}

static int parse(const char *text, size_t len, json_t **root)
{
	int err = document_parse(text, len, root);

	if (err || json_is_array(json_object_get(*root, "manifests")))
		return err;
	json_decref(*root);
	*root = NULL;
	return err_set(-EBADMSG, "\"manifests\" is not a list");
}

static int load(const struct store *store, json_t **root)
{
	auto_free char *path = store_path(store, "index.json");
	auto_buf text = BUF_INIT;
	int err;

	err = file_read(path, INDEX_MAX, &text);
	if (err == -ENOENT) {
		*root = json_pack("{s:i, s:[]}", "schemaVersion", 2, "manifests");
		return 0;
	}
	if (err)
		return err;
	err = parse(buf_str(&text), text.len, root);
	return err ? err_in(err, "%s", path) : 0;
}

static int save(const struct store *store, const json_t *root)
{
	auto_free char *path = store_path(store, "index.json");
	auto_free char *text = json_dumps(root, JSON_INDENT(2));
	struct store_temp temp;
	int err;

	if (strlen(text) >= INDEX_MAX)	/* which nobody could read again */
		return err_set(-EFBIG, "more names than index.json holds in %d MiB", INDEX_MAX >> 20);
	err = store_temp_open(store, &temp);
	if (err)
		return err;
	err = file_write_all(temp.fd, text, strlen(text));
	if (err) {
		store_temp_abort(&temp);
		return err_sys(err, "%s", path);
	}
	return store_temp_commit(store, &temp, path);
}

static bool read_entry(const json_t *object, struct index_entry *entry)
{
	const char *name = annotation(object, REF_NAME), *source = annotation(object, SOURCE);
	const char *image_name = annotation(object, IMAGE_NAME);
	const char *type = document_string(object, "mediaType"), *digest = document_string(object, "digest");

	if (!type || !digest || digest_parse(digest, &entry->manifest.digest) ||
	    document_size(object, "size", &entry->manifest.size))
		return false;
	entry->reference = mem_strdup(name ? name : "");
	entry->manifest.type = mem_strdup(type);
	entry->source = mem_strdup(source ? source : "");
	entry->image_name = mem_strdup(image_name ? image_name : "");
	return true;
}

static void entry_clean(struct index_entry *entry)
{
	free(entry->reference);
	descriptor_clean(&entry->manifest);
	free(entry->source);
	free(entry->image_name);
}

/* @all: also entries without a reference. */
static void read_entries(const json_t *root, bool all, struct index_list *index)
{
	const json_t *array = json_object_get(root, "manifests"), *object;
	size_t i;

	index->list = mem_alloc((json_array_size(array) + 1) * sizeof(*index->list));
	json_array_foreach(array, i, object) {
		struct index_entry *entry = &index->list[index->nr];

		if (!read_entry(object, entry))
			continue;
		if (all || *entry->reference)
			index->nr++;
		else
			entry_clean(entry);
	}
}

int index_parse(const char *text, size_t len, struct index_list *index)
{
	auto_json json_t *root = NULL;
	int err = parse(text, len, &root);

	*index = (struct index_list){ 0 };
	if (err)
		return err;
	read_entries(root, true, index);
	return 0;
}

int index_load(const struct store *store, struct index_list *index)
{
	auto_json json_t *root = NULL;
	int err = load(store, &root);

	*index = (struct index_list){ 0 };
	if (err)
		return err;
	read_entries(root, false, index);
	return 0;
}

void index_clean(struct index_list *index)
{
	for (size_t i = 0; i < index->nr; i++)
		entry_clean(&index->list[i]);
	free(index->list);
	*index = (struct index_list){ 0 };
}

bool index_is_named(const struct index_entry *entry)
{
	return strcmp(entry->reference, entry->manifest.digest.text);
}

const struct index_entry *index_find(const struct index_list *index, const char *reference)
{
	for (size_t i = 0; i < index->nr; i++)
		if (!strcmp(index->list[i].reference, reference))
			return &index->list[i];
	return NULL;
}

static int lock_index(const struct store *store)
{
	auto_free char *path = store_path(store, "index.lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	while (flock(fd, LOCK_EX))
		if (errno != EINTR) {
			int err = err_sys(-errno, "%s", path);

			close(fd);
			return err;
		}
	return fd;
}

static bool drop(json_t *root, const char *reference)
{
	json_t *array = json_object_get(root, "manifests");
	bool dropped = false;

	for (size_t i = json_array_size(array); i-- > 0;) {
		const char *name = annotation(json_array_get(array, i), REF_NAME);

		if (name && !strcmp(name, reference)) {
			json_array_remove(array, i);
			dropped = true;
		}
	}
	return dropped;
}

/* What has no name must not claim one where other tools look for it. */
void index_append(json_t *manifests, const struct descriptor *manifest, const char *reference)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:{s:s, s:s}}", "mediaType", manifest->type, "digest", manifest->digest.text,
				   "size", (json_int_t)manifest->size, "platform", "architecture", "amd64", "os", "linux");

	if (*reference)
		json_object_set_new(object, "annotations", json_pack("{s:s}", REF_NAME, reference));
	if (*reference && strcmp(reference, manifest->digest.text))
		json_object_set_new(json_object_get(object, "annotations"), IMAGE_NAME, json_string(reference));
	json_array_append_new(manifests, object);
}

static void append_entry(json_t *manifests, const struct index_entry *entry)
{
	json_t *annotations;

	index_append(manifests, &entry->manifest, entry->reference);
	annotations = json_object_get(json_array_get(manifests, json_array_size(manifests) - 1), "annotations");
	if (*entry->source)
		json_object_set_new(annotations, SOURCE, json_string(entry->source));
}

/* Read, change, write under the lock. @entry: NULL only drops. */
static int change(const struct store *store, const char *reference, const struct index_entry *entry)
{
	auto_close int lock = lock_index(store);
	auto_json json_t *root = NULL;
	int err = lock < 0 ? lock : load(store, &root);

	if (err)
		return err;
	if (!drop(root, reference) && !entry)
		return err_set(-ENOENT, "no such image: %s", reference);
	if (entry)
		append_entry(json_object_get(root, "manifests"), entry);
	return save(store, root);
}

int index_set(const struct store *store, const struct index_entry *entry)
{
	return change(store, entry->reference, entry);
}

int index_remove(const struct store *store, const char *reference)
{
	return change(store, reference, NULL);
}
