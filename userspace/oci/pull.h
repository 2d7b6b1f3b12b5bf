/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a reference to an image that is wholly in the store. */
#ifndef HYPHA_OCI_PULL_H
#define HYPHA_OCI_PULL_H

#include "oci/imgconfig.h"
#include "oci/index.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "util/progress.h"

/* Who is told how a pull goes on, by the pull's own thread. */
struct pull_listener {
	/* What the image will be; none of it need be here. Called anew when another mirror is asked. Return: 0 or -errno. */
	int (*begin)(void *arg, const struct manifest *manifest);
	/* So many bytes of a layer, at least, are in partial/ and not known to be right; fewer than before: it begins anew. */
	void (*grows)(void *arg, const struct digest *blob, uint64_t bytes);
	/* Its configuration or a layer has come, or was here. */
	void (*came)(void *arg, const struct digest *blob);
	/* Called often. Return: 0, or -errno, which ends the pull, whatever other mirrors may have. All have err_text(). */
	int (*check)(void *arg);
	void *arg;
};

/* An image in the store. */
struct local_image {
	struct digest digest;		/* of the manifest */
	uint64_t size;			/* of the manifest */
	struct digest source;		/* what its reference resolved to: the manifest, or an index above it */
	struct manifest manifest;
	struct imgconfig config;
};

/* Read manifest and configuration back, verified, and check that they fit each other. Return: 0, or -errno with err_text(). */
int local_image_read(const struct store *store, const struct descriptor *manifest, struct local_image *image);
/* And that all layers are there. */
int local_image_load(const struct store *store, const struct descriptor *manifest, struct local_image *image);
void local_image_clean(struct local_image *image);
/* The configuration of an image of so many layers, verified. Return: 0, or -errno with err_text(). */
int local_config_read(const struct store *store, const struct digest *blob, size_t nr_layers, struct imgconfig *config);
/* What the index says of @ref: by its text; a digest also finds what a tag of the same repository brought. NULL: nothing. */
const struct index_entry *local_find(const struct index_list *index, const struct reference *ref);
/* As local_image_load() for what the index says of @ref: -ENOENT if it says nothing. */
int local_image_find(const struct store *store, const struct reference *ref, struct local_image *image);

/*
 * Ask the registry what @ref is now and fetch what is missing. It has no name in the index yet: see pull_name().
 * Return: 0, or -errno with err_text().
 */
int pull_image(const struct store *store, const struct reference *ref, struct progress *progress,
	       const struct pull_listener *listener, struct local_image *image);
/* Let @ref mean this image from now on. */
int pull_name(const struct store *store, const struct reference *ref, const struct local_image *image);

#endif
