/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All layers of an image in the store become one packed squashfs, once. */
#ifndef HYPHA_IMAGE_FLATTEN_H
#define HYPHA_IMAGE_FLATTEN_H

#include "image/limits.h"
#include "oci/pull.h"
#include "util/progress.h"

/* Make it if it is not there. Return: 0, or -errno with err_text(). */
int flatten_image(const struct store *store, const struct local_image *image, struct progress *progress);

#endif
