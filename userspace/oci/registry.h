/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One repository of one registry: what its requests look like, authenticating when asked to, and its manifests. */
#ifndef HYPHA_OCI_REGISTRY_H
#define HYPHA_OCI_REGISTRY_H

#include "oci/descriptor.h"
#include "oci/http.h"
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

/* For requests of one's own: */
struct http *registry_http(struct registry *reg);
bool registry_is_tls(const struct registry *reg);
char *registry_blob_url(const struct registry *reg, const struct digest *digest);
/* The Authorization a request should carry now, NULL if none; valid until the next call of these two. */
const char *registry_authorization(struct registry *reg);
/*
 * After a 401 to a request that carried @used: be able to try again.
 * Return: 0; 1 if that was done already, after another request; or -errno with err_text().
 */
int registry_authorize(struct registry *reg, const char *used, const struct challenges *challenges);
/* What a reply other than 200 means: -errno with err_text(). */
int registry_refusal(const struct http_reply *reply);

#endif
