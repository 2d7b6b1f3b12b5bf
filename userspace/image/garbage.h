/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the store's files can be reached from its index, and what is garbage. */
#ifndef HYPHA_IMAGE_GARBAGE_H
#define HYPHA_IMAGE_GARBAGE_H

#include "image/image.h"
#include "oci/blobs.h"

/* Blobs, packed images, packed layers and temporary files: how many, how large, and what part of it nothing needs. */
struct garbage_sum {
	const char *what;
	uint64_t files, bytes, free_files, free_bytes;
};
#define GARBAGE_SUMS 4

/* Count them. Return: 0, or -errno with err_text(). */
int garbage_count(const struct image_options *opt, struct garbage_sum sums[GARBAGE_SUMS]);
/*
 * Remove what nothing needs: no image of the index, no guest of @opt->uses. Only when nobody prepares an image meanwhile, for
 * its blobs have no name yet: the lease is taken exclusively, and over afterwards.
 * Return: 0; -EBUSY without err_text(); another -errno with it.
 */
int garbage_collect(struct store *store, const struct image_options *opt);
/* Unfinished files too. @sums: as above, as it was. */
int garbage_collect_all(struct store *store, const struct image_options *opt, struct garbage_sum sums[GARBAGE_SUMS]);
/* Blobs alone, for who knows nothing of guests. */
void garbage_collect_blobs(struct store *store);

#endif
