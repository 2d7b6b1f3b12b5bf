/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images of the store become an archive that other tools load. Only hypha-image calls it: see helper.h. */
#ifndef HYPHA_IMAGE_SAVE_H
#define HYPHA_IMAGE_SAVE_H

#include "oci/blobs.h"
#include "util/progress.h"

#include <stdbool.h>

/*
 * Write the images @texts (see pick.h) to @fd as one tar, the same bytes each time: an OCI layout as it is in the store, or, if
 * @docker, what docker before 25 loads, with layers unpacked. Everything is verified on the way.
 * Return: 0, or -errno with err_text().
 */
int save_images(const struct store *store, char *const *texts, int fd, bool docker, struct progress *progress);

#endif
