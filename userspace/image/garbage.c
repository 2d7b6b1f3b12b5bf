// SPDX-License-Identifier: GPL-2.0-or-later
/* Garbage of the store: whatever the index and the guests do not reach. */
#include "image/garbage.h"

#include "image/packed.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/map.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/*
 * The store's directories of files that are either reached by their names or in the way: what comes and goes with images first,
 * then what an interrupted run may want to go on with.
 */
static const struct {
	const char *dir, *what;
} places[] = {
	{ "blobs/sha256", "blobs" },
	{ "blobs/sha512", "blobs" },
	{ "packed", "packed" },
	{ "layers", "layers" },
	{ "partial", "partial" },
	{ "tmp", "partial" },
};

#define NR_PLACES (sizeof(places) / sizeof(places[0]))
#define NR_BLOBS 2
#define NR_WHOLE 4

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void reach_image(struct map *reached, const struct store *store, const struct local_image *image)
{
	auto_free char *packed = packed_path(store, &image->config);

	map_add(reached, base_name(packed), NULL);
	map_add(reached, digest_hex(&image->manifest.config.digest), NULL);
	for (size_t i = 0; i < image->manifest.nr_layers; i++) {
		auto_free char *layer = packed_layer_path(store, &image->config.diff_ids[i]);

		map_add(reached, digest_hex(&image->manifest.layers[i].digest), NULL);
		map_add(reached, base_name(layer), NULL);
	}
}

/* An image that cannot be read keeps at least its manifest; one that lacks a layer, the others: the next pull mends it. */
static int reach(const struct store *store, const struct image_options *opt, struct map *reached)
{
	struct index_list index;
	struct local_image image;
	int err = index_load(store, &index);

	for (size_t i = 0; !err && i < index.nr; i++) {
		map_add(reached, digest_hex(&index.list[i].manifest.digest), NULL);
		if (local_image_read(store, &index.list[i].manifest, &image))
			continue;
		reach_image(reached, store, &image);
		local_image_clean(&image);
	}
	for (size_t i = 0; i < opt->nr_uses; i++)
		map_add(reached, base_name(opt->uses[i].squashfs), NULL);
	index_clean(&index);
	return err;
}

/* A temporary file is its writer's as long as it is locked. */
static bool is_locked(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB);
}

static struct garbage_sum *sum_of(struct garbage_sum *sums, const char *what)
{
	while (sums->what && strcmp(sums->what, what))
		sums++;
	sums->what = what;
	return sums;
}

/* Of a sparse file what it takes. */
static void account(struct garbage_sum *sum, const struct stat *st, bool needed)
{
	uint64_t bytes = (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size ? st->st_blocks * 512 : st->st_size;

	sum->files++;
	sum->bytes += bytes;
	sum->free_files += !needed;
	sum->free_bytes += needed ? 0 : bytes;
}

static void walk(const struct store *store, const char *place, const struct map *reached, bool sweep, struct garbage_sum *sum)
{
	auto_free char *path = store_path(store, place);
	auto_dir DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		bool needed;

		if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || S_ISDIR(st.st_mode))
			continue;
		needed = map_has(reached, entry->d_name) || is_locked(dirfd(dir), entry->d_name);
		account(sum, &st, needed);
		if (sweep && !needed)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
}

static int walk_all(const struct store *store, const struct image_options *opt, size_t nr_places, bool sweep,
		    struct garbage_sum *sums)
{
	struct map reached = { 0 };
	int err = reach(store, opt, &reached);

	memset(sums, 0, GARBAGE_SUMS * sizeof(*sums));
	for (size_t i = 0; !err && i < nr_places; i++)
		walk(store, places[i].dir, &reached, sweep, sum_of(sums, places[i].what));
	map_clean(&reached);
	return err;
}

int garbage_count(const struct image_options *opt, struct garbage_sum sums[GARBAGE_SUMS])
{
	struct store store;
	int err = store_open(opt->root, &store);

	if (err)
		return err;
	err = walk_all(&store, opt, NR_PLACES, false, sums);
	store_close(&store);
	return err;
}

static int collect(struct store *store, const struct image_options *opt, size_t nr_places, struct garbage_sum *sums)
{
	return store_lease_alone(store) ? -EBUSY : walk_all(store, opt, nr_places, true, sums);
}

int garbage_collect(struct store *store, const struct image_options *opt)
{
	struct garbage_sum sums[GARBAGE_SUMS];

	return collect(store, opt, NR_WHOLE, sums);
}

int garbage_collect_all(struct store *store, const struct image_options *opt, struct garbage_sum sums[GARBAGE_SUMS])
{
	return collect(store, opt, NR_PLACES, sums);
}

void garbage_collect_blobs(struct store *store)
{
	struct garbage_sum sums[GARBAGE_SUMS];

	collect(store, &(struct image_options){ 0 }, NR_BLOBS, sums);
}
