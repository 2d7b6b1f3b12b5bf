/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blob store: an OCI image layout in which a blob's name exists only if its bytes were verified. */
#ifndef HYPHA_OCI_BLOBS_H
#define HYPHA_OCI_BLOBS_H

#include "oci/descriptor.h"
#include "util/buf.h"

#include <stdbool.h>

/*
 *	<root>/images/oci-layout, index.json	image-spec image-layout.md; index.json changes by rename, under index.lock
 *	              blobs/sha256/<hex>	written to tmp/, verified, synced, renamed
 *	              packed/			squashfs files made of them
 *	              layers/			single layers as they go into those
 *	              partial/			blobs whose transfer ended early: see partial.h
 *	              tmp/			each file locked by its writer; what nobody locks is a killed run's and is removed
 *	              lease			held shared while an image is prepared, exclusively while garbage is removed
 */
struct store {
	char *dir;
	int lease;
};

/* The store's own directory, which is all that is ever made outside it. Return: 0, or -errno with err_text(). */
int store_make(const char *root);
/* Made if missing; removes what killed runs left; takes the lease. Return: 0, or -errno with err_text(). */
int store_open(const char *root, struct store *store);
/* Only to read what is there: nothing is made, removed or leased. */
void store_peek(const char *root, struct store *store);
void store_close(struct store *store);
/* Swap the shared lease for the exclusive one. Return: 0, -EBUSY if others hold it (no err_text()). */
int store_lease_alone(struct store *store);
char *store_path(const struct store *store, const char *name);		/* of an entry in it */
char *store_blob_path(const struct store *store, const struct digest *digest);

/* A locked temporary file in tmp/. */
struct store_temp {
	int fd;
	char *path;
};
int store_temp_open(const struct store *store, struct store_temp *temp);
/* Sync and give it its name, replacing what is there. In either case @temp is over. */
int store_temp_commit(const struct store *store, struct store_temp *temp, const char *path);
void store_temp_abort(struct store_temp *temp);				/* also fine after the above */

/* Is it there, as far as its size tells (which may be DESCRIPTOR_ANY_SIZE)? */
bool store_has(const struct store *store, const struct digest *digest, uint64_t size);
/* Read and verify. Return: 0, or -errno with err_text(). */
int store_read(const struct store *store, const struct digest *digest, size_t max, struct buf *out);

/* Is a blob still what its name says? If not, the name goes. Return: 0, or -EBADMSG or another -errno with err_text(). */
int store_verify(const struct store *store, const struct digest *digest);

/* One blob on its way in. */
struct blob_writer {
	const struct store *store;
	const struct descriptor *want;
	struct store_temp temp;
	struct hasher *hasher;
	uint64_t received;
};
int blob_begin(struct blob_writer *w, const struct store *store, const struct descriptor *want);
/* -EBADMSG as soon as there is more than was announced. */
int blob_write(struct blob_writer *w, const void *data, size_t len);
/* Verify size and digest, then name it. */
int blob_commit(struct blob_writer *w);
void blob_abort(struct blob_writer *w);					/* also fine after the above and before blob_begin() */

#endif
