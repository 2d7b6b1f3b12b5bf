// SPDX-License-Identifier: GPL-2.0-or-later
/* From archives and directories into the store. */
#include "image/stash.h"

#include "image/archive.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (256 << 10)
#define LINKS_MAX 8		/* a link to a link to … */

static void free_stashed(void *value)
{
	free(((struct stashed *)value)->link);
	free(value);
}

void stash_init(struct stash *s, const struct store *store, struct progress *progress)
{
	*s = (struct stash){
		.store = store, .progress = progress, .members.free = free_stashed, .index = BUF_INIT, .manifest = BUF_INIT,
	};
}

void stash_clean(struct stash *s)
{
	map_clean(&s->members);
	buf_clean(&s->index);
	buf_clean(&s->manifest);
}

typedef ssize_t read_fn(void *arg, void *buf, size_t len);

static int copy(struct stash *s, read_fn *read_some, void *arg, uint64_t max, struct hasher *hasher, int fd, const char *what)
{
	auto_free char *piece = mem_alloc(PIECE);
	char size[SIZE_TEXT];
	uint64_t done = 0;
	ssize_t n;
	int err;

	while ((n = read_some(arg, piece, PIECE)) > 0) {
		done += n;
		if (done > max)
			return err_set(-EBADMSG, "more than its %llu bytes", (unsigned long long)max);
		hasher_add(hasher, piece, n);
		err = file_write_all(fd, piece, n);
		if (err)
			return err_sys(err, "writing to the image store");
		progress_status(s->progress, "loading %.100s: %s", what, progress_size(done, size));
	}
	if (!n && done < max)
		return err_set(-EBADMSG, "truncated: %llu of %llu bytes", (unsigned long long)done, (unsigned long long)max);
	return n;
}

/* The temporary file becomes a blob, unless there is one. */
static int name_blob(struct stash *s, struct store_temp *temp, const struct digest *digest, uint64_t size)
{
	auto_free char *path = store_blob_path(s->store, digest);

	if (!store_has(s->store, digest, size))
		return store_temp_commit(s->store, temp, path);
	store_temp_abort(temp);
	return 0;
}

/* @want: what the @size bytes must hash to, NULL if nobody said. */
static int add_blob(struct stash *s, read_fn *read_some, void *arg, uint64_t size, const struct digest *want, const char *what,
		    struct digest *digest)
{
	struct hasher *hasher = hasher_new(want);
	struct store_temp temp;
	int err = store_temp_open(s->store, &temp);

	if (!err)
		err = copy(s, read_some, arg, size, hasher, temp.fd, what);
	hasher_end(hasher, digest);
	if (!err && want && !digest_equal(digest, want))
		err = err_set(-EBADMSG, "digest mismatch: its bytes have %s", digest->text);
	if (!err)
		err = name_blob(s, &temp, digest, size);
	store_temp_abort(&temp);
	return err;
}

/* --- an archive --- */

static ssize_t read_member(void *arg, void *buf, size_t len)
{
	return archive_data(arg, buf, len);
}

static int read_document(struct archive_stream *in, const struct archive_member *m, struct buf *out)
{
	ssize_t n = 1;

	if (m->size > limits.manifest)
		return err_set(-EFBIG, "document larger than %llu bytes, the limit (manifest)",
			       (unsigned long long)limits.manifest);
	while (n > 0 && out->len < m->size) {
		n = archive_data(in, buf_reserve(out, m->size - out->len), m->size - out->len);
		out->len += n > 0 ? n : 0;
	}
	buf_reserve(out, 0)[0] = '\0';
	return n < 0 ? (int)n : 0;
}

/* blobs/sha256/HEX of a layout; HEX.tar and HEX.json, as most programs name docker's layers and configurations. */
static bool read_digest(const char *name, struct digest *blob, struct digest *hint)
{
	auto_free char *text = mem_strdup(name);
	size_t len = strcspn(name, ".");

	hint->text[0] = '\0';
	if (!strncmp(name, "blobs/", 6)) {
		char *slash = strchr(text + 6, '/');

		if (slash)
			*slash = ':';
		return !digest_parse(text + 6, blob);
	}
	if (!strcmp(name + len, ".tar") || !strcmp(name + len, ".json")) {
		auto_free char *digest = mem_printf("sha256:%.*s", (int)len, name);

		digest_parse(digest, hint);
	}
	return false;
}

/* docker's files for docker before 1.10 */
static bool is_old(const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;

	return !strcmp(base, "VERSION") || !strcmp(base, "json") || !strcmp(name, "repositories") || !strcmp(name, "oci-layout");
}

/*
 * A blob that is here already is not read again. For names that only hint at a digest this trusts the store, not the archive:
 * what the name stands for is checked against the configuration's diff_ids.
 */
static int take_blob(struct stash *s, struct archive_stream *in, const struct archive_member *m, struct stashed *to)
{
	struct digest digest, hint;
	bool is_blob = read_digest(m->name, &digest, &hint);
	const struct digest *known = is_blob ? &digest : *hint.text ? &hint : NULL;

	to->size = m->size;
	if (!known || !m->size || !store_has(s->store, known, m->size))
		return add_blob(s, read_member, in, m->size, is_blob ? &digest : NULL, m->name, &to->digest);
	to->digest = *known;
	return 0;
}

static int take_member(void *arg, struct archive_stream *in, const struct archive_member *m)
{
	struct stash *s = arg;
	struct stashed *to = mem_alloc(sizeof(*to));

	if (!map_add(&s->members, m->name, to)) {
		free(to);
		return err_set(-EBADMSG, "it is in the archive twice");
	}
	if (m->link) {
		to->link = mem_strdup(m->link);
		return 0;
	}
	if (!strcmp(m->name, "index.json"))
		return read_document(in, m, &s->index);
	if (!strcmp(m->name, "manifest.json"))
		return read_document(in, m, &s->manifest);
	return is_old(m->name) ? 0 : take_blob(s, in, m, to);
}

int stash_archive(struct stash *s, int fd)
{
	int err = archive_each(fd, take_member, s);

	progress_end(s->progress);
	return err;
}

const struct stashed *stash_find(const struct stash *s, const char *name)
{
	const struct stashed *found = map_get(&s->members, name);

	for (int i = 0; found && found->link && i < LINKS_MAX; i++)
		found = map_get(&s->members, found->link);
	return found && !found->link && *found->digest.text ? found : NULL;
}

/* --- a directory, and our own --- */

static ssize_t read_fd(void *arg, void *buf, size_t len)
{
	ssize_t n;

	do
		n = read(*(int *)arg, buf, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(-errno, "reading") : n;
}

int stash_blob(struct stash *s, int dir, const struct descriptor *want)
{
	auto_free char *name = NULL;
	auto_close int fd = -1;
	struct digest got;
	char algorithm[8];
	struct stat st;
	int err;

	digest_algorithm(&want->digest, algorithm);
	name = mem_printf("blobs/%s/%s", algorithm, digest_hex(&want->digest));
	fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_sys(-errno, "%s", name);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != want->size)
		return err_set(-EBADMSG, "%s: not a file of %llu bytes", name, (unsigned long long)want->size);
	err = add_blob(s, read_fd, &fd, want->size, &want->digest, name, &got);
	progress_end(s->progress);
	return err ? err_in(err, "%s", name) : 0;
}

struct text {
	const char *at;
};

static ssize_t read_text(void *arg, void *buf, size_t len)
{
	struct text *text = arg;
	size_t n = strnlen(text->at, len);

	memcpy(buf, text->at, n);
	text->at += n;
	return n;
}

int stash_text(struct stash *s, const char *text, struct digest *digest)
{
	struct text t = { text };

	return add_blob(s, read_text, &t, strlen(text), NULL, "manifest", digest);
}
