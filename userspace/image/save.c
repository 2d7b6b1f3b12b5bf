// SPDX-License-Identifier: GPL-2.0-or-later
/* Saving images: OCI layouts (image-spec image-layout.md) and docker's archives, as a tar by libarchive. */
#include "image/save.h"

#include "image/pick.h"
#include "image/stream.h"
#include "oci/document.h"
#include "oci/pull.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/map.h"
#include "util/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PIECE (256 << 10)

static const char oci_layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}\n";

struct save {
	const struct store *store;
	struct progress *progress;
	struct archive *archive;
	struct map members;	/* what is in it already */
	json_t *index;		/* index.json's list, or manifest.json's */
	bool docker;
};

/* --- members --- */

static int failed(struct save *s)
{
	int code = archive_errno(s->archive);

	return err_sys(code > 0 ? -code : -EIO, "writing the archive: %s", archive_error_string(s->archive));
}

static int begin_member(struct save *s, const char *name, uint64_t size)
{
	struct archive_entry *e = archive_entry_new();
	int ret;

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, size);
	archive_entry_set_mtime(e, 0, 0);
	ret = archive_write_header(s->archive, e);
	archive_entry_free(e);
	return ret < ARCHIVE_WARN ? failed(s) : 0;
}

static int write_data(struct save *s, const void *data, size_t len)
{
	return archive_write_data(s->archive, data, len) < 0 ? failed(s) : 0;
}

static int add_text(struct save *s, const char *name, const char *text)
{
	int err = begin_member(s, name, strlen(text));

	return err ? err : write_data(s, text, strlen(text));
}

static int add_json(struct save *s, const char *name, const json_t *value)
{
	auto_free char *text = json_dumps(value, JSON_COMPACT);

	return add_text(s, name, text);
}

/* --- blobs --- */

static int check(const char *path, const struct digest *got, const struct digest *want)
{
	if (digest_equal(got, want))
		return 0;
	return err_set(-EBADMSG, "%s: its bytes have %s; see hyphactl image verify", path, got->text);
}

static int copy_bytes(struct save *s, int fd, uint64_t size, struct hasher *hasher)
{
	auto_free char *piece = mem_alloc(PIECE);

	while (size) {
		ssize_t n = read(fd, piece, size < PIECE ? size : PIECE);
		int err;

		if (n <= 0)
			return err_sys(n ? -errno : -EIO, "reading the image store");
		hasher_add(hasher, piece, n);
		err = write_data(s, piece, n);
		if (err)
			return err;
		size -= n;
	}
	return 0;
}

/* As it is. */
static int add_blob(struct save *s, const char *name, const struct descriptor *d)
{
	auto_free char *path = store_blob_path(s->store, &d->digest);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct hasher *hasher;
	struct digest got;
	int err;

	if (!map_add(&s->members, name, NULL))
		return 0;
	if (fd < 0)
		return err_sys(-errno, "%s", path);
	progress_status(s->progress, "saving %s", d->digest.text);
	err = begin_member(s, name, d->size);
	if (err)
		return err;
	hasher = hasher_new(&d->digest);
	err = copy_bytes(s, fd, d->size, hasher);
	hasher_end(hasher, &got);
	return err ? err : check(path, &got, &d->digest);
}

/* What is inside, into the archive if @write. */
static int unpack(struct save *s, const char *path, const struct digest *diff_id, bool write, uint64_t *len)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stream *in = fd < 0 ? NULL : stream_new(fd, NULL, diff_id);
	struct digest got;
	const void *data;
	ssize_t n = 0;
	int err = 0;

	if (!in)
		return fd < 0 ? err_sys(-errno, "%s", path) : -EAGAIN;
	for (*len = 0; !err && (n = stream_read(in, &data)) > 0; *len += n)
		err = write ? write_data(s, data, n) : 0;
	if (!err && n < 0)
		err = n;
	if (!err)
		stream_digest(in, &got);
	stream_free(in);
	return err ? err : check(path, &got, diff_id);
}

/* Unpacked twice: a tar wants to know the size first. */
static int add_layer(struct save *s, const char *name, const struct descriptor *d, const struct digest *diff_id)
{
	auto_free char *path = store_blob_path(s->store, &d->digest);
	uint64_t len;
	int err;

	if (digest_equal(&d->digest, diff_id))
		return add_blob(s, name, d);
	if (!map_add(&s->members, name, NULL))
		return 0;
	progress_status(s->progress, "unpacking %s", d->digest.text);
	err = unpack(s, path, diff_id, false, &len);
	if (!err)
		err = begin_member(s, name, len);
	return err ? err : unpack(s, path, diff_id, true, &len);
}

/* --- images --- */

static int add_layout_blob(struct save *s, const struct descriptor *d)
{
	auto_free char *name = NULL;
	char algorithm[8];

	digest_algorithm(&d->digest, algorithm);
	name = mem_printf("blobs/%s/%s", algorithm, digest_hex(&d->digest));
	return add_blob(s, name, d);
}

static int add_oci(struct save *s, const struct local_image *image, const struct descriptor *manifest, const char *name)
{
	int err = add_layout_blob(s, manifest);

	if (!err)
		err = add_layout_blob(s, &image->manifest.config);
	for (size_t i = 0; !err && i < image->manifest.nr_layers; i++)
		err = add_layout_blob(s, &image->manifest.layers[i]);
	if (!err)
		index_append(s->index, manifest, name);
	return err;
}

/* docker's names are tags; a digest is none. */
static int add_docker(struct save *s, const struct local_image *image, const char *name)
{
	auto_free char *config = mem_printf("%s.json", digest_hex(&image->manifest.config.digest));
	json_t *layers = json_array(), *tags = json_array();
	int err = add_blob(s, config, &image->manifest.config);

	for (size_t i = 0; !err && i < image->manifest.nr_layers; i++) {
		const struct digest *diff_id = &image->config.diff_ids[i];
		auto_free char *layer = mem_printf("%s.tar", digest_hex(diff_id));

		err = add_layer(s, layer, &image->manifest.layers[i], diff_id);
		json_array_append_new(layers, json_string(layer));
	}
	if (*name && !strchr(name, '@'))
		json_array_append_new(tags, json_string(name));
	json_array_append_new(s->index, json_pack("{s:s, s:o, s:o}", "Config", config, "RepoTags", tags, "Layers", layers));
	return err;
}

/* An image asked for by its id goes without a name, as with docker. */
static int add_image(struct save *s, const struct index_list *index, const char *text)
{
	const struct index_entry *entry;
	auto_free char *name = NULL;
	struct local_image image;
	int err = pick(s->store, index, text, PICK_DIGITS, &entry, &name);

	if (err)
		return err;
	err = local_image_load(s->store, &entry->manifest, &image);
	if (err)
		return err_in(err, "image %s", text);
	err = s->docker ? add_docker(s, &image, name ? name : "") : add_oci(s, &image, &entry->manifest, name ? name : "");
	local_image_clean(&image);
	return err ? err_in(err, "image %s", text) : 0;
}

static int add_documents(struct save *s)
{
	auto_json json_t *index = NULL;
	int err;

	if (s->docker)
		return add_json(s, "manifest.json", s->index);
	index = json_pack("{s:i, s:s, s:O}", "schemaVersion", 2, "mediaType", "application/vnd.oci.image.index.v1+json",
			  "manifests", s->index);
	err = add_text(s, "oci-layout", oci_layout);
	return err ? err : add_json(s, "index.json", index);
}

static int add_all(struct save *s, char *const *texts)
{
	struct index_list index;
	int err = index_load(s->store, &index);

	for (; !err && *texts; texts++)
		err = add_image(s, &index, *texts);
	index_clean(&index);
	if (!err)
		err = add_documents(s);
	if (!err && archive_write_close(s->archive) != ARCHIVE_OK)
		err = failed(s);
	return err;
}

int save_images(const struct store *store, char *const *texts, int fd, bool docker, struct progress *progress)
{
	struct save s = {
		.store = store, .progress = progress, .archive = archive_write_new(), .index = json_array(), .docker = docker,
	};
	int err = 0;

	archive_write_set_bytes_in_last_block(s.archive, 1);	/* the same bytes into a pipe as into a file */
	if (archive_write_set_format_pax_restricted(s.archive) != ARCHIVE_OK || archive_write_open_fd(s.archive, fd) != ARCHIVE_OK)
		err = failed(&s);
	if (!err)
		err = add_all(&s, texts);
	progress_end(progress);
	archive_write_free(s.archive);
	map_clean(&s.members);
	json_decref(s.index);
	return err;
}
