/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What brings an image into the local store, packed. Only hypha-image calls it: see helper.h. */
#ifndef HYPHA_IMAGE_FETCH_H
#define HYPHA_IMAGE_FETCH_H

#include "image/image.h"

/* Pull what @opt->pull says and is missing, pack if needed. 0, or -errno with err_text(). Nothing partial stays visible. */
int image_fetch(const struct image_options *opt, const char *reference);

#endif
