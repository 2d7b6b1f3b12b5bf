// SPDX-License-Identifier: GPL-2.0-or-later
/* Partial blobs. Nothing is believed of them: their bytes are hashed anew, and a blob that then does not fit is fetched whole. */
#include "oci/partial.h"

#include "oci/policy.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define PIECE (256 << 10)

char *partial_path(const struct store *store, const struct digest *digest)
{
	char algorithm[8];

	digest_algorithm(digest, algorithm);
	return mem_printf("%s/partial/%s-%s", store->dir, algorithm, digest_hex(digest));
}

/* Who held the lock before us may have given the file another name, or none. */
static bool is_still(int fd, const char *path)
{
	struct stat ours, named;

	return !fstat(fd, &ours) && !lstat(path, &named) && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

static int lock_partial(struct store_temp *temp)
{
	for (;;) {
		temp->fd = open(temp->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (temp->fd < 0)
			return err_sys(-errno, "%s", temp->path);
		if (flock(temp->fd, LOCK_EX | LOCK_NB))
			return errno == EWOULDBLOCK ? -EBUSY : err_sys(-errno, "%s", temp->path);
		if (is_still(temp->fd, temp->path))
			return 0;
		close(temp->fd);
	}
}

static void forget(struct blob_writer *w)
{
	hasher_free(take_ptr(w->hasher));
	if (w->temp.fd >= 0)
		close(w->temp.fd);
	free(w->temp.path);
	w->temp = (struct store_temp){ .fd = -1 };
	w->store = NULL;
}

int partial_restart(struct blob_writer *w)
{
	hasher_free(w->hasher);
	w->hasher = hasher_new(&w->want->digest);
	w->received = 0;
	if (ftruncate(w->temp.fd, 0) || lseek(w->temp.fd, 0, SEEK_SET))
		return err_sys(-errno, "%s", w->temp.path);
	return 0;
}

/* What is there of it, up to the end, where writing goes on. */
static int hash_left(struct blob_writer *w)
{
	auto_free char *piece = mem_alloc(PIECE);
	ssize_t n;

	while ((n = read(w->temp.fd, piece, PIECE)) > 0) {
		hasher_add(w->hasher, piece, n);
		w->received += n;
	}
	if (n < 0)
		return err_sys(-errno, "%s", w->temp.path);
	return w->received > w->want->size ? partial_restart(w) : 0;
}

int partial_begin(struct blob_writer *w, const struct store *store, const struct descriptor *want)
{
	int err;

	*w = (struct blob_writer){ .store = store, .want = want, .temp = { -1, partial_path(store, &want->digest) } };
	if (store_has(store, &want->digest, want->size)) {
		forget(w);
		return -EEXIST;
	}
	err = lock_partial(&w->temp);
	if (!err && store_has(store, &want->digest, want->size)) {	/* come between the question and the lock */
		unlink(w->temp.path);
		err = -EEXIST;
	}
	if (!err) {
		w->hasher = hasher_new(&want->digest);
		err = hash_left(w);
	}
	if (err)
		forget(w);
	return err;
}

void partial_leave(struct blob_writer *w)
{
	if (!w->store)
		return;
	if (!w->received && w->temp.fd >= 0)
		unlink(w->temp.path);
	forget(w);
}

struct left {
	char *name;
	uint64_t size;
	time_t touched;
};

static int newest_first(const void *a, const void *b)
{
	const struct left *one = a, *other = b;

	return (other->touched > one->touched) - (other->touched < one->touched);
}

static void remove_unless_locked(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		unlinkat(dir, name, 0);
}

static size_t list_left(DIR *dir, struct left **list)
{
	struct dirent *entry;
	struct stat st;
	size_t nr = 0;

	*list = NULL;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		*list = mem_realloc(*list, (nr + 1) * sizeof(**list));
		(*list)[nr++] = (struct left){ mem_strdup(entry->d_name), st.st_size, st.st_mtime };
	}
	return nr;
}

void partial_collect(const struct store *store)
{
	auto_free char *path = store_path(store, "partial");
	auto_dir DIR *dir = opendir(path);
	time_t oldest = time(NULL) - policy.partials_days * 86400L;
	auto_free struct left *list = NULL;
	uint64_t kept = 0;
	size_t nr = dir ? list_left(dir, &list) : 0;

	if (nr)
		qsort(list, nr, sizeof(*list), newest_first);
	for (size_t i = 0; i < nr; i++) {
		kept += list[i].size;
		if (list[i].touched < oldest || kept > limits.partials)
			remove_unless_locked(dirfd(dir), list[i].name);
		free(list[i].name);
	}
}
