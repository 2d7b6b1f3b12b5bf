/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypha-image: the program that pulls, packs and unpacks. hyphactl runs it when the local store lacks something. So what
 * parses a registry's bytes is never in the process that has /dev/hypha open, and hyphactl starts without its libraries.
 *
 *	hypha-image image ROOT always|missing|never auto|plain|json|none REFERENCE
 *	hypha-image kernel CACHE FILE
 *
 * Progress goes to stderr. The answer on stdout is a line with 0 or -errno, then what was made, or the error's text.
 */
#ifndef HYPHA_IMAGE_HELPER_H
#define HYPHA_IMAGE_HELPER_H

#include "image/image.h"
#include "util/buf.h"

/* Bring @reference into the local store, packed. Return: 0, or -errno with err_text(), both the helper's own. */
int helper_image(const struct image_options *opt, const char *reference);
/* Unpack a kernel. @record gets what kernel_parse() reads. */
int helper_kernel(const char *program, const char *cache, const char *path, struct buf *record);

/* The words for enum image_pull. */
const char *helper_pull_word(enum image_pull pull);

#endif
