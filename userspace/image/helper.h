/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypha-image: the program that pulls, packs and unpacks. hyphactl runs it when the local store lacks something. So what
 * parses a registry's bytes is never in the process that has /dev/hypha open, and hyphactl starts without its libraries.
 *
 *	hypha-image image ROOT always|missing|never PROGRESS IMAGE	what it is called in the store
 *	hypha-image load ROOT PROGRESS					the same of each, on a line
 *	hypha-image save ROOT oci-archive|docker-archive PROGRESS IMAGE...
 *	hypha-image verify ROOT keep|repair PROGRESS			what verify_store() finds
 *	hypha-image kernel CACHE FILE
 *
 * PROGRESS is auto, plain, json or none, and goes to stderr. The answer on stdout is a line with 0 or -errno, then what was made, or the error's text. The archive
 * of load and save is standard input, which save writes to.
 */
#ifndef HYPHA_IMAGE_HELPER_H
#define HYPHA_IMAGE_HELPER_H

#include "image/image.h"
#include "util/buf.h"

/* All return 0, or -errno with err_text(), both the helper's own. */

/* Bring an image into the local store, packed; @name gets what it is called there. */
int helper_image(const struct image_options *opt, const char *text, struct buf *name);
/* @fd: the archive, -1: our standard input. */
int helper_load(const struct image_options *opt, int fd, struct buf *names);
int helper_save(const struct image_options *opt, int fd, const char *format, char *const *texts);
int helper_verify(const struct image_options *opt, bool repair, struct buf *findings);
/* Unpack a kernel. @record gets what kernel_parse() reads. */
int helper_kernel(const char *program, const char *cache, const char *path, struct buf *record);

/* The words for enum image_pull. */
const char *helper_pull_word(enum image_pull pull);

#endif
