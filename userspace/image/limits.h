/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an image may cost us, in one place; bytes and entries are changed by [limits] of the configuration: see util/limits.h. */
#ifndef HYPHA_IMAGE_LIMITS_H
#define HYPHA_IMAGE_LIMITS_H

#include "util/limits.h"

struct image_limits {
	uint64_t bytes;		/* of all layers, unpacked, and of files as long as they claim to be */
	uint64_t entries;	/* in all layers */
	uint64_t text;		/* bytes of names, links and extended attributes in all layers: what is kept in memory */
	uint64_t ratio;		/* 0: any; of a layer's unpacked bytes to its packed ones, once it is beyond ratio_from */
	uint64_t ratio_from;	/* bytes */
	uint64_t header;	/* bytes of tar read for one entry's headers: libarchive recurses over them */
	uint64_t xattrs;	/* bytes of one entry's extended attributes */
};

#define IMAGE_LIMITS { \
	.bytes = LIMITS_UNPACKED, .entries = LIMITS_ENTRIES, .text = 128ULL << 20, .ratio = 200, \
	.ratio_from = 256ULL << 20, .header = 4ULL << 20, .xattrs = 64ULL << 10, \
}

#endif
