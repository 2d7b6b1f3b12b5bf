/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where packed images are: one file per chain id and packer options. */
#ifndef HYPHA_IMAGE_PACKED_H
#define HYPHA_IMAGE_PACKED_H

#include "oci/blobs.h"
#include "oci/imgconfig.h"

/* Everything that decides about the bytes besides the tree: compressor, block size, version of pack.c's order and options. */
#define PACK_OPTIONS_ID "lz4-128k-2"

/* Where an image's squashfs is, or would be. Free it. */
char *packed_path(const struct store *store, const struct imgconfig *config);

#endif
