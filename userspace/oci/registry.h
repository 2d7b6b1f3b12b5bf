/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One repository of one registry: manifests into memory, blobs into a sink, authenticating when asked to. */
#ifndef HYPHA_OCI_REGISTRY_H
#define HYPHA_OCI_REGISTRY_H

#include "oci/descriptor.h"
#include "oci/registries.h"
#include "util/buf.h"

#include <stddef.h>

struct registry;

/* No traffic yet. @at must outlive it. Return: 0, or -errno with err_text() (the user's credentials are unreadable). */
int registry_open(const struct endpoint *at, struct registry **out);
void registry_close(struct registry *reg);

/*
 * The document @object (a tag or a digest) names, verified against @want if that is not NULL.
 * Return: 0, @type being the Content-Type ("" if none; free it), @digest that of the very bytes received; or -errno
 * with err_text(): -ENOENT unknown, -EACCES refused, -EBADMSG not what the digest says, …
 */
int registry_manifest(struct registry *reg, const char *object, const struct descriptor *want,
		      struct buf *body, char **type, struct digest *digest);

struct blob_request {
	const struct descriptor *want;
	/* A (new) attempt begins / bytes of it / all have come. Return: 0, or -errno with err_text(), ending the blob. */
	int (*begin)(void *arg);
	int (*data)(void *arg, const void *data, size_t len);
	int (*end)(void *arg);
	void *arg;
};

/*
 * Fetch them all, a few at once; the caller verifies. The first failure ends everything.
 * @tick is called a few times a second. Return: 0, or -errno with err_text() naming the digest.
 */
int registry_blobs(struct registry *reg, const struct blob_request *requests, size_t nr,
		   void (*tick)(void *arg), void *arg);

#endif
