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
	if (!err) {
		err = document_parse(buf_str(&text), text.len, root);
		err = err ? err_in(err, "%s", path) : 0;
	}
	if (!err && !json_is_array(json_object_get(*root, "manifests")))
		err = err_set(-EBADMSG, "%s: \"manifests\" is not a list", path);
	if (err) {
		json_decref(*root);
		*root = NULL;
	}
	return err;
}

static int save(const struct store *store, const json_t *root)
{
	auto_free char *path = store_path(store, "index.json");
	auto_free char *text = json_dumps(root, JSON_INDENT(2));
	struct store_temp temp;
	int err = store_temp_open(store, &temp);

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
	const char *type = document_string(object, "mediaType"), *digest = document_string(object, "digest");

	if (!name || !type || !digest || digest_parse(digest, &entry->manifest.digest) ||
	    document_size(object, "size", &entry->manifest.size))
		return false;
	entry->reference = mem_strdup(name);
	entry->manifest.type = mem_strdup(type);
	entry->source = mem_strdup(source ? source : "");
	return true;
}

int index_load(const struct store *store, struct index_list *index)
{
	auto_json json_t *root = NULL;
	const json_t *array, *object;
	int err = load(store, &root);
	size_t i;

	*index = (struct index_list){ 0 };
	if (err)
		return err;
	array = json_object_get(root, "manifests");
	index->list = mem_alloc((json_array_size(array) + 1) * sizeof(*index->list));
	json_array_foreach(array, i, object)
		if (read_entry(object, &index->list[index->nr]))
			index->nr++;
	return 0;
}

void index_clean(struct index_list *index)
{
	for (size_t i = 0; i < index->nr; i++) {
		free(index->list[i].reference);
		free(index->list[i].manifest.type);
		free(index->list[i].source);
	}
	free(index->list);
	*index = (struct index_list){ 0 };
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

static json_t *make_entry(const struct index_entry *entry)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:{s:s, s:s}, s:{s:s, s:s}}",
				   "mediaType", entry->manifest.type, "digest", entry->manifest.digest.text,
				   "size", (json_int_t)entry->manifest.size,
				   "platform", "architecture", "amd64", "os", "linux",
				   "annotations", REF_NAME, entry->reference, IMAGE_NAME, entry->reference);

	if (*entry->source)
		json_object_set_new(json_object_get(object, "annotations"), SOURCE, json_string(entry->source));
	return object;
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
		json_array_append_new(json_object_get(root, "manifests"), make_entry(entry));
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
