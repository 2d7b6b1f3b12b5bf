// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread waits for blobs and reads layers, others tell it what has come and look how far it is. What is read of a blob that
 * is not all there has not been verified; the layer is, by its diff_id. If that reading fails, the blob may have been at fault:
 * it is waited for, and read again if it had to begin anew.
 */
#include "image/reading.h"

#include "image/layerfile.h"
#include "image/packed.h"
#include "image/seal.h"
#include "oci/partial.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STACK (8 << 20)		/* libarchive recurses over headers */
#define TICK_NS 100000000

struct blob {
	struct digest digest;
	bool here;			/* this and what follows: under the lock */
	uint64_t bytes;			/* in partial/ */
	unsigned int begun;		/* how often, that is: anew */
};

struct reading {
	const struct store *store;
	struct digest config_blob;
	struct blob *blobs;			/* layers, as the manifest has them */
	struct imgconfig config;		/* the thread's, as all that follows */
	struct image_limits limits;
	struct layer_budget budget;
	struct reading_layers layers;
	pthread_t thread;
	pthread_mutex_t lock;			/* what follows */
	pthread_cond_t moved;
	bool has_config, stop, over;
	struct reading_state state;
	int err;
	char *error;
};

/* The usual ones, but for what the configuration says. */
static struct image_limits image_limits(void)
{
	struct image_limits own = IMAGE_LIMITS;

	own.bytes = limits.unpacked;
	own.entries = limits.entries;
	return own;
}

static bool is_over(struct reading *r)
{
	bool over;

	pthread_mutex_lock(&r->lock);
	over = r->over;
	pthread_mutex_unlock(&r->lock);
	return over;
}

/* Until it is there; with @bytes: until there is something of it. -ECANCELED: it need not come any more. */
static int wait_blob(struct reading *r, const bool *here, const uint64_t *bytes)
{
	int err;

	pthread_mutex_lock(&r->lock);
	while (!r->stop && !*here && !(bytes && *bytes))
		pthread_cond_wait(&r->moved, &r->lock);
	err = r->stop ? err_set(-ECANCELED, "not wanted any more") : 0;
	pthread_mutex_unlock(&r->lock);
	return err;
}

static int count(void *arg)
{
	struct reading *r = arg;
	int err;

	pthread_mutex_lock(&r->lock);
	r->state.unpacked = r->limits.bytes - r->budget.bytes;
	err = r->stop ? -ECANCELED : 0;
	pthread_mutex_unlock(&r->lock);
	return err;
}

/* A layer could not be read: is it the image that is wrong, or our copy of the blob? */
static int blame(const struct store *store, const struct digest *blob, int err)
{
	auto_free char *text = mem_strdup(err_text());

	if (err == -EBADMSG && store_verify(store, blob))
		return err;
	return err_set(err, "%s", text);
}

/* One reading of a blob, begun before it was all there. */
struct attempt {
	struct reading *r;
	struct blob *blob;
	unsigned int begun;
};

static ssize_t wait_bytes(void *arg, uint64_t at)
{
	const struct attempt *a = arg;
	const struct blob *b = a->blob;
	ssize_t n;

	pthread_mutex_lock(&a->r->lock);
	while (!a->r->stop && !b->here && b->begun == a->begun && b->bytes <= at)
		pthread_cond_wait(&a->r->moved, &a->r->lock);
	if (a->r->stop || b->begun != a->begun)
		n = err_set(-ECANCELED, "the blob begins anew");
	else
		n = b->here ? 0 : b->bytes - at;
	pthread_mutex_unlock(&a->r->lock);
	return n;
}

/* @a: NULL if it is all there. */
static int read_file(struct reading *r, const char *path, struct attempt *a, size_t nr, struct squashfs_layer *layer)
{
	const struct growing growing = { .wait = wait_bytes, .arg = a };
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct store_temp *temp = &r->layers.temps[nr];
	int err;

	if (fd < 0)
		return err_sys(-errno, "%s", path);
	err = store_temp_open(r->store, temp);
	if (err)
		return err;
	layer->fd = fcntl(temp->fd, F_DUPFD_CLOEXEC, 0);	/* credential helpers are started meanwhile */
	if (layer->fd < 0)
		return err_sys(-errno, "%s", temp->path);
	err = layer_read(fd, a ? &growing : NULL, &r->config.diff_ids[nr], temp->fd, &r->budget, count, r, &layer->list);
	return err ? err : layerfile_save(temp->fd, &layer->list);
}

static void drop(struct reading *r, size_t nr)
{
	struct squashfs_layer *layer = &r->layers.list[nr];

	layer_clean(&layer->list);
	if (layer->fd >= 0)
		close(layer->fd);
	layer->fd = -1;
	store_temp_abort(&r->layers.temps[nr]);
}

/* Return: 0, or -errno; -EAGAIN without err_text(): it was not the blob that was read, but is here now. */
static int read_growing(struct reading *r, size_t nr, struct squashfs_layer *layer)
{
	auto_free char *path = partial_path(r->store, &r->blobs[nr].digest), *text = NULL;
	struct attempt a = { r, &r->blobs[nr], 0 };
	bool same;
	int err, gone;

	pthread_mutex_lock(&r->lock);
	a.begun = a.blob->begun;
	pthread_mutex_unlock(&r->lock);
	err = read_file(r, path, &a, nr, layer);
	if (!err)
		return 0;
	text = mem_strdup(err_text());
	gone = wait_blob(r, &a.blob->here, NULL);
	pthread_mutex_lock(&r->lock);
	same = a.blob->begun == a.begun;
	pthread_mutex_unlock(&r->lock);
	if (gone)
		return gone;
	return err == -ENOENT || !same ? -EAGAIN : err_set(err, "%s", text);
}

static bool is_here(struct reading *r, const struct blob *b)
{
	bool here;

	pthread_mutex_lock(&r->lock);
	here = b->here;
	pthread_mutex_unlock(&r->lock);
	return here;
}

static int read_blob(struct reading *r, size_t nr, struct squashfs_layer *layer)
{
	auto_free char *path = store_blob_path(r->store, &r->blobs[nr].digest);
	struct layer_budget before = r->budget;
	int err = is_here(r, &r->blobs[nr]) ? -EAGAIN : read_growing(r, nr, layer);

	if (err == -EAGAIN) {
		drop(r, nr);
		r->budget = before;
		err = read_file(r, path, NULL, nr, layer);
	}
	return err ? blame(r->store, &r->blobs[nr].digest, err) : 0;
}

/* As an image before left it; what is damaged is not of use. */
static bool find_layer(const struct reading *r, const struct digest *diff_id, struct squashfs_layer *layer)
{
	auto_free char *path = packed_layer_path(r->store, diff_id);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : seal_check(fd);

	if ((err && err != -ENODATA) || layerfile_load(fd, &layer->list))
		return false;
	layer->fd = take_fd(fd);
	return true;
}

static int read_layer(struct reading *r, size_t nr)
{
	struct squashfs_layer *layer = &r->layers.list[nr];

	if (find_layer(r, &r->config.diff_ids[nr], layer))
		return layer_charge(&r->budget, layer->list.unpacked, layer->list.nr, layer->list.text);
	return read_blob(r, nr, layer);
}

static bool is_packed(const struct reading *r)
{
	auto_free char *path = packed_path(r->store, &r->config);

	return !access(path, F_OK);
}

static int read_all(struct reading *r)
{
	int err = wait_blob(r, &r->has_config, NULL);

	if (!err)
		err = local_config_read(r->store, &r->config_blob, r->state.nr, &r->config);
	if (err || is_packed(r))
		return err;
	while (r->layers.nr < r->state.nr) {
		size_t nr = r->layers.nr;

		err = wait_blob(r, &r->blobs[nr].here, &r->blobs[nr].bytes);
		if (err)
			return err;
		r->layers.nr++;
		err = read_layer(r, nr);
		if (err)
			return err_in(err, "layer %s", r->blobs[nr].digest.text);
		pthread_mutex_lock(&r->lock);
		r->state.nr_read++;
		pthread_mutex_unlock(&r->lock);
	}
	return 0;
}

static void *run(void *arg)
{
	struct reading *r = arg;
	int err = read_all(r);

	pthread_mutex_lock(&r->lock);
	r->err = err;
	r->error = mem_strdup(err_text());
	r->over = true;
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void init(struct reading *r, const struct store *store, const struct manifest *manifest)
{
	pthread_condattr_t attr;

	r->store = store;
	r->limits = image_limits();
	r->budget = (struct layer_budget)LAYER_BUDGET(&r->limits);
	r->config_blob = manifest->config.digest;
	r->state.nr = manifest->nr_layers;
	r->blobs = mem_alloc(r->state.nr * sizeof(*r->blobs));
	r->layers.list = mem_alloc(r->state.nr * sizeof(*r->layers.list));
	r->layers.temps = mem_alloc(r->state.nr * sizeof(*r->layers.temps));
	for (size_t i = 0; i < r->state.nr; i++) {
		r->blobs[i].digest = manifest->layers[i].digest;
		r->layers.list[i].fd = r->layers.temps[i].fd = -1;
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->moved, &attr);
	pthread_condattr_destroy(&attr);
}

static void clean(struct reading *r)
{
	for (size_t i = 0; i < r->state.nr; i++)
		drop(r, i);
	pthread_cond_destroy(&r->moved);
	pthread_mutex_destroy(&r->lock);
	imgconfig_clean(&r->config);
	free(r->layers.list);
	free(r->layers.temps);
	free(r->blobs);
	free(r->error);
	free(r);
}

struct reading *reading_new(const struct store *store, const struct manifest *manifest)
{
	struct reading *r = mem_alloc(sizeof(*r));
	pthread_attr_t attr;
	int err;

	init(r, store, manifest);
	pthread_attr_init(&attr);
	err = -pthread_attr_setstacksize(&attr, STACK);
	if (!err)
		err = -pthread_create(&r->thread, &attr, run, r);
	pthread_attr_destroy(&attr);
	if (!err)
		return r;
	clean(r);
	err_sys(err, "starting a thread");
	return NULL;
}

void reading_came(struct reading *r, const struct digest *blob)
{
	pthread_mutex_lock(&r->lock);
	r->has_config |= !blob || digest_equal(blob, &r->config_blob);
	for (size_t i = 0; i < r->state.nr; i++)
		r->blobs[i].here |= !blob || digest_equal(blob, &r->blobs[i].digest);
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
}

void reading_grows(struct reading *r, const struct digest *blob, uint64_t bytes)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->state.nr; i++) {
		struct blob *b = &r->blobs[i];

		if (!digest_equal(blob, &b->digest))
			continue;
		b->begun += bytes < b->bytes;
		b->bytes = bytes;
	}
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
}

int reading_check(struct reading *r)
{
	return is_over(r) && r->err ? err_set(r->err, "%s", r->error) : 0;
}

/* Return: is it over? */
static bool wait_tick(struct reading *r, struct reading_state *state)
{
	struct timespec until;
	bool over;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&r->lock);
	while (!r->over && !pthread_cond_timedwait(&r->moved, &r->lock, &until))
		;
	*state = r->state;
	over = r->over;
	pthread_mutex_unlock(&r->lock);
	return over;
}

int reading_wait(struct reading *r, void (*tick)(void *arg, const struct reading_state *state), void *arg,
		 struct reading_layers *layers)
{
	struct reading_state state;

	while (!wait_tick(r, &state))
		tick(arg, &state);
	*layers = r->layers;
	return reading_check(r);
}

void reading_free(struct reading *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	clean(r);
}
