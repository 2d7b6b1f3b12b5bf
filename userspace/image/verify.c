// SPDX-License-Identifier: GPL-2.0-or-later
/* Verifying the store: first every file by itself, then what each image is made of. */
#include "image/verify.h"

#include "image/packed.h"
#include "image/seal.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/map.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verify {
	const struct store *store;
	struct progress *progress;
	bool repair;
	json_t *findings;
	struct map damaged;	/* digest or packed file's name → what is wrong, until an image claims it */
	struct map claimed;	/* those an image was named for */
};

static void note_damage(struct verify *v, const char *key, const char *path, char *text)
{
	if (v->repair)
		unlink(path);
	if (!map_add(&v->damaged, key, text))
		free(text);
}

/* To look at, whatever it is. -1: errno says why. */
static int open_file(const char *path)
{
	return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* @name is blobs/ALGORITHM's. A file whose name is no digest is no blob and nobody's business. */
static void check_blob(struct verify *v, const char *algorithm, const char *name)
{
	auto_free char *text = mem_printf("%s:%s", algorithm, name), *path = NULL;
	struct digest want, got;
	auto_close int fd = -1;
	int err;

	if (digest_parse(text, &want))
		return;
	progress_status(v->progress, "verifying %s", text);
	path = store_blob_path(v->store, &want);
	fd = open_file(path);
	err = fd < 0 ? -errno : digest_of_file(fd, &want, &got);
	if (err == -ENOENT)
		return;		/* removed meanwhile */
	if (err)
		note_damage(v, want.text, path, mem_printf("cannot be read: %s", strerror(-err)));
	else if (!digest_equal(&want, &got))
		note_damage(v, want.text, path, mem_printf("damaged: its bytes have %s", got.text));
}

/* @directory's files are sealed. */
static void check_sealed(struct verify *v, const char *directory, const char *name)
{
	auto_free char *path = mem_printf("%s/%s/%s", v->store->dir, directory, name);
	auto_close int fd = open_file(path);
	int err;

	if (fd < 0 && errno == ENOENT)
		return;
	progress_status(v->progress, "verifying %s", name);
	err = fd < 0 ? err_sys(-errno, "opening") : seal_check(fd);
	if (err && err != -ENODATA)
		note_damage(v, name, path, mem_printf("damaged: %s", err_text()));
}

static int each_file(struct verify *v, const char *place, void (*check)(struct verify *v, const char *directory, const char *name))
{
	auto_free char *path = store_path(v->store, place);
	auto_dir DIR *dir = opendir(path);
	const char *slash = strrchr(place, '/');
	struct dirent *entry;

	if (!dir)
		return err_sys(-errno, "%s", path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			check(v, slash ? slash + 1 : place, entry->d_name);
	return 0;
}

static void find_damage(struct verify *v, const char *image, const char *part, const char *key, const char *damage)
{
	json_array_append_new(v->findings, json_pack("{s:s?, s:s, s:s, s:s}", "image", image, "part", part, "digest", key,
						     "damage", damage));
	map_add(&v->claimed, key, NULL);
}

/* Return: is it well? */
static bool check_part(struct verify *v, const char *image, const char *part, const struct descriptor *d)
{
	const char *damage = map_get(&v->damaged, d->digest.text);

	if (!damage && !store_has(v->store, &d->digest, d->size))
		damage = store_has(v->store, &d->digest, DESCRIPTOR_ANY_SIZE) ? "of another size than the manifest says" : "missing";
	if (damage)
		find_damage(v, image, part, d->digest.text, damage);
	return !damage;
}

static void check_made(struct verify *v, const char *image, const char *part, const char *path)
{
	const char *file = strrchr(path, '/') + 1, *damage = map_get(&v->damaged, file);

	if (damage)
		find_damage(v, image, part, file, damage);
}

/* What was made of its parts; what is not there can be made again. */
static void check_all_made(struct verify *v, const struct index_entry *e)
{
	auto_free char *packed = NULL;
	struct local_image image;

	if (local_image_read(v->store, &e->manifest, &image)) {
		find_damage(v, e->reference, "configuration", e->manifest.digest.text, err_text());
		return;
	}
	packed = packed_path(v->store, &image.config);
	check_made(v, e->reference, "packed", packed);
	for (size_t i = 0; i < image.config.nr_diff_ids; i++) {
		auto_free char *path = packed_layer_path(v->store, &image.config.diff_ids[i]);
		auto_free char *part = mem_printf("packed layer %zu", i + 1);

		check_made(v, e->reference, part, path);
	}
	local_image_clean(&image);
}

static void check_parts(struct verify *v, const struct index_entry *e, const struct manifest *m)
{
	bool config = check_part(v, e->reference, "configuration", &m->config);

	for (size_t i = 0; i < m->nr_layers; i++) {
		auto_free char *part = mem_printf("layer %zu", i + 1);

		check_part(v, e->reference, part, &m->layers[i]);
	}
	if (config)
		check_all_made(v, e);
}

static void check_image(struct verify *v, const struct index_entry *e)
{
	struct manifest_document doc;
	auto_buf text = BUF_INIT;

	if (!check_part(v, e->reference, "manifest", &e->manifest))
		return;
	if (store_read(v->store, &e->manifest.digest, limits.manifest, &text) ||
	    manifest_parse(buf_str(&text), text.len, e->manifest.type, &doc)) {
		find_damage(v, e->reference, "manifest", e->manifest.digest.text, err_text());
		return;
	}
	check_parts(v, e, &doc.manifest);
	manifest_document_clean(&doc);
}

static void find_unclaimed(void *arg, const char *key, void *value)
{
	struct verify *v = arg;

	if (!map_has(&v->claimed, key))
		find_damage(v, NULL, "unused", key, value);
}

static int check_all(struct verify *v)
{
	struct index_list index;
	int err = each_file(v, "blobs/sha256", check_blob);

	if (!err)
		err = each_file(v, "blobs/sha512", check_blob);
	if (!err)
		err = each_file(v, "packed", check_sealed);
	if (!err)
		err = each_file(v, "layers", check_sealed);
	progress_end(v->progress);
	if (err)
		return err;
	err = index_load(v->store, &index);
	for (size_t i = 0; i < index.nr; i++)
		check_image(v, &index.list[i]);
	index_clean(&index);
	if (!err)
		map_each(&v->damaged, find_unclaimed, v);
	return err;
}

int verify_store(const struct store *store, bool repair, struct progress *progress, json_t **findings)
{
	struct verify v = {
		.store = store, .progress = progress, .repair = repair, .findings = json_array(), .damaged.free = free,
	};
	int err = check_all(&v);

	map_clean(&v.damaged);
	map_clean(&v.claimed);
	*findings = v.findings;
	return err;
}
