/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All layers of an image in the store become one packed squashfs, once. */
#ifndef HYPHA_IMAGE_FLATTEN_H
#define HYPHA_IMAGE_FLATTEN_H

#include "image/reading.h"
#include "util/progress.h"

/* Make it if it is not there, of the layers that are being read, to whose end is waited. Return: 0, or -errno with err_text(). */
int flatten_reading(const struct store *store, const struct local_image *image, struct reading *reading,
		    struct progress *progress);
/* The same with layers that are read now. */
int flatten_image(const struct store *store, const struct local_image *image, struct progress *progress);

#endif
