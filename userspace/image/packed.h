/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where packed images are: one file per chain id and packer options; and their layers: one per diff_id and packer options. */
#ifndef HYPHA_IMAGE_PACKED_H
#define HYPHA_IMAGE_PACKED_H

#include "oci/blobs.h"
#include "oci/imgconfig.h"

/* Everything that decides about the bytes besides the tree: compressor, block size, version of spool.c and squashfs.c. */
#define PACK_OPTIONS_ID "lz4-128k-5"

/* Where an image's squashfs is, or would be. Free it. */
char *packed_path(const struct store *store, const struct imgconfig *config);
/*
 * Where what was read from a layer's blob is, or would be: another image with that layer need not read it again. By its diff_id,
 * which its contents were verified against: another image's configuration may say anything of the blob. Free it.
 */
char *packed_layer_path(const struct store *store, const struct digest *diff_id);

#endif
