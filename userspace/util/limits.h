/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an image may ask of us at most, and what is kept of unfinished ones: built in, changed by [limits] of the configuration. */
#ifndef HYPHA_UTIL_LIMITS_H
#define HYPHA_UTIL_LIMITS_H

#include "util/conf.h"

#include <stdint.h>

#define LIMITS_ENTRIES 1000000ULL
#define LIMITS_UNPACKED (32ULL << 30)

struct limits {
	uint64_t manifest;	/* bytes of a manifest or an index */
	uint64_t config;	/* bytes of a configuration */
	uint64_t layers;	/* of one image */
	uint64_t downloaded;	/* bytes of its configuration and layers, as transferred */
	uint64_t entries;	/* of all layers of an image, and its files and directories */
	uint64_t unpacked;	/* bytes of all layers of an image */
	uint64_t partials;	/* bytes of all blobs that ended early and are kept for the next pull */
};

extern struct limits limits;

/* A line under [limits]: 0, or -EINVAL with err_text(). */
int limits_line(const struct conf_line *line);

#endif
