/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layers of an image, read one after the other by a thread of their own, each while its blob still comes. */
#ifndef HYPHA_IMAGE_READING_H
#define HYPHA_IMAGE_READING_H

#include "image/squashfs.h"
#include "oci/pull.h"

struct reading;

/* As many as the manifest has, lowest first, when reading_wait() has returned 0. */
struct reading_layers {
	struct squashfs_layer *list;
	struct store_temp *temps;	/* of those read just now, which other images could use; the others have no path */
	size_t nr;
};

struct reading_state {
	size_t nr_read, nr;		/* layers */
	uint64_t unpacked;		/* bytes of all that were read */
};

/*
 * Begin. Nothing of the image has to be in the store yet, see reading_came(); if its squashfs is, nothing is read. The manifest
 * is not needed any more afterwards, the store is until reading_free(). Return: NULL with err_text() if no thread can be started.
 */
struct reading *reading_new(const struct store *store, const struct manifest *manifest);
/* So many bytes of a layer's blob are in partial/; fewer than before: it begins anew. */
void reading_grows(struct reading *r, const struct digest *blob, uint64_t bytes);
/* A blob, the configuration or a layer, is in the store now; NULL: all are. */
void reading_came(struct reading *r, const struct digest *blob);
/* How has it gone so far? Return: 0, or what ended it early, -errno with err_text() naming the layer. */
int reading_check(struct reading *r);
/*
 * Until all are read; @tick is called a few times a second. Return: as reading_check(). No layers, and 0: the squashfs was
 * there, or the image has none.
 */
int reading_wait(struct reading *r, void (*tick)(void *arg, const struct reading_state *state), void *arg,
		 struct reading_layers *layers);
/* Ends it first, if need be. */
void reading_free(struct reading *r);

#endif
