// SPDX-License-Identifier: GPL-2.0-or-later
/* The blob store. */
#include "oci/blobs.h"

#include "oci/partial.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}\n";

char *store_path(const struct store *store, const char *name)
{
	return mem_printf("%s/%s", store->dir, name);
}

char *store_blob_path(const struct store *store, const struct digest *digest)
{
	char algorithm[8];

	digest_algorithm(digest, algorithm);
	return mem_printf("%s/blobs/%s/%s", store->dir, algorithm, digest_hex(digest));
}

/* A temporary file nobody has locked belongs to a run that is no more. */
static void remove_if_left(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		unlinkat(dir, name, 0);
}

static int clean_temps(const struct store *store)
{
	auto_free char *path = store_path(store, "tmp");
	auto_dir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return err_sys(-errno, "%s", path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			remove_if_left(dirfd(dir), entry->d_name);
	return 0;
}

static int take_lease(struct store *store)
{
	auto_free char *path = store_path(store, "lease");

	store->lease = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lease < 0)
		return err_sys(-errno, "%s", path);
	while (flock(store->lease, LOCK_SH))
		if (errno != EINTR)
			return err_sys(-errno, "%s", path);
	return 0;
}

static int make_layout(const struct store *store)
{
	auto_free char *path = store_path(store, "oci-layout"), *blobs = store_path(store, "blobs");
	struct store_temp temp;
	int err;

	if (!access(path, F_OK))
		return 0;
	err = file_sync_dir(blobs);	/* a new store's directories must last as what will be in them */
	if (!err)
		err = store_temp_open(store, &temp);
	if (err)
		return err;
	err = file_write_all(temp.fd, layout, sizeof(layout) - 1);
	if (err) {
		store_temp_abort(&temp);
		return err_sys(err, "%s", path);
	}
	return store_temp_commit(store, &temp, path);
}

static int make_dirs(const struct store *store)
{
	static const char *const names[] = { "blobs/sha256", "blobs/sha512", "packed", "layers", "partial", "tmp" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_free char *path = store_path(store, names[i]);
		int err = file_mkdirs(path, 0700);

		if (err)
			return err;
	}
	return 0;
}

void store_peek(const char *root, struct store *store)
{
	store->dir = mem_printf("%s/images", root);
	store->lease = -1;
}

int store_make(const char *root)
{
	auto_free char *dir = mem_printf("%s/images", root);
	int err;

	if (!access(dir, F_OK))
		return 0;
	err = file_mkdirs(dir, 0700);
	if (!err)
		err = file_sync_dir(root);
	return err ? err_in(err, "image store") : 0;
}

int store_open(const char *root, struct store *store)
{
	int err = store_make(root);

	if (err)
		return err;
	store_peek(root, store);
	err = make_dirs(store);
	if (!err)
		err = take_lease(store);
	if (!err)
		err = clean_temps(store);
	if (!err)
		err = make_layout(store);
	if (!err)
		partial_collect(store);
	else
		store_close(store);
	return err ? err_in(err, "image store") : 0;
}

void store_close(struct store *store)
{
	if (store->lease >= 0)
		close(store->lease);
	store->lease = -1;
	free(store->dir);
	store->dir = NULL;
}

int store_lease_alone(struct store *store)
{
	return flock(store->lease, LOCK_EX | LOCK_NB) ? -EBUSY : 0;
}

/* One try at a file that a cleaner has not taken between its making and its locking. */
static int try_temp(const struct store *store, struct store_temp *temp)
{
	struct stat st;

	temp->path = mem_printf("%s/tmp/XXXXXX", store->dir);
	temp->fd = mkostemp(temp->path, O_CLOEXEC);
	if (temp->fd < 0 || flock(temp->fd, LOCK_EX) || fstat(temp->fd, &st)) {
		int err = err_sys(-errno, "%s/tmp", store->dir);

		store_temp_abort(temp);
		return err;
	}
	if (st.st_nlink)
		return 0;
	store_temp_abort(temp);
	return -EAGAIN;
}

int store_temp_open(const struct store *store, struct store_temp *temp)
{
	int err;

	do
		err = try_temp(store, temp);
	while (err == -EAGAIN);
	return err;
}

int store_temp_commit(const struct store *store, struct store_temp *temp, const char *path)
{
	auto_free char *copy = mem_strdup(path);
	int err = 0;

	(void)store;
	if (fsync(temp->fd) || rename(temp->path, path))
		err = err_sys(-errno, "%s", path);
	if (err) {
		store_temp_abort(temp);
		return err;
	}
	close(temp->fd);
	free(temp->path);
	*temp = (struct store_temp){ .fd = -1 };
	return file_sync_dir(dirname(copy));
}

void store_temp_abort(struct store_temp *temp)
{
	if (temp->fd >= 0) {
		unlink(temp->path);
		close(temp->fd);
	}
	free(temp->path);
	*temp = (struct store_temp){ .fd = -1 };
}

bool store_has(const struct store *store, const struct digest *digest, uint64_t size)
{
	auto_free char *path = store_blob_path(store, digest);
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode) && (size == DESCRIPTOR_ANY_SIZE || (uint64_t)st.st_size == size);
}

/* A name is a promise: what breaks it goes, and the next pull brings it again. */
static int check_digest(const char *path, const struct digest *got, const struct digest *want)
{
	if (digest_equal(got, want))
		return 0;
	unlink(path);
	return err_set(-EBADMSG, "%s: was damaged, its bytes had %s; pull again", path, got->text);
}

int store_verify(const struct store *store, const struct digest *digest)
{
	auto_free char *path = store_blob_path(store, digest);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct digest got;
	int err = fd < 0 ? -errno : digest_of_file(fd, digest, &got);

	return err ? err_sys(err, "%s", path) : check_digest(path, &got, digest);
}

int store_read(const struct store *store, const struct digest *digest, size_t max, struct buf *out)
{
	auto_free char *path = store_blob_path(store, digest);
	struct hasher *hasher;
	struct digest got;
	int err;

	buf_reset(out);
	err = file_read(path, max, out);
	if (err)
		return err;
	hasher = hasher_new(digest);
	hasher_add(hasher, buf_str(out), out->len);
	hasher_end(hasher, &got);
	return check_digest(path, &got, digest);
}

int blob_begin(struct blob_writer *w, const struct store *store, const struct descriptor *want)
{
	*w = (struct blob_writer){ .store = store, .want = want, .temp = { .fd = -1 } };
	w->hasher = hasher_new(&want->digest);
	return store_temp_open(store, &w->temp);
}

int blob_write(struct blob_writer *w, const void *data, size_t len)
{
	int err;

	if (len > w->want->size - w->received)
		return err_set(-EBADMSG, "more than the announced %llu bytes", (unsigned long long)w->want->size);
	hasher_add(w->hasher, data, len);
	w->received += len;
	err = file_write_all(w->temp.fd, data, len);
	return err ? err_sys(err, "writing %s", w->temp.path) : 0;
}

int blob_commit(struct blob_writer *w)
{
	auto_free char *path = store_blob_path(w->store, &w->want->digest);
	struct digest got;

	if (w->received != w->want->size)
		return err_set(-EBADMSG, "truncated: %llu of %llu bytes", (unsigned long long)w->received,
			       (unsigned long long)w->want->size);
	hasher_end(w->hasher, &got);
	w->hasher = NULL;
	if (!digest_equal(&got, &w->want->digest))
		return err_set(-EBADMSG, "digest mismatch: the bytes received have %s", got.text);
	return store_temp_commit(w->store, &w->temp, path);
}

void blob_abort(struct blob_writer *w)
{
	if (!w->store)
		return;
	hasher_free(w->hasher);
	w->hasher = NULL;
	store_temp_abort(&w->temp);
}
