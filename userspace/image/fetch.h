/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What brings an image into the local store, packed. Only hypha-image calls it: see helper.h. */
#ifndef HYPHA_IMAGE_FETCH_H
#define HYPHA_IMAGE_FETCH_H

#include "image/image.h"
#include "image/input.h"
#include "util/buf.h"

/*
 * Pull what @opt->pull says and is missing, or load it from @in, opened, which is what @text names, and pack if needed. @made gets
 * what it is called here. Return: 0, or -errno with err_text(). Nothing partial stays visible.
 */
int image_fetch(const struct image_options *opt, const char *text, const struct input *in, struct buf *made);
/* All images of the archive @fd; @made gets a line for each. */
int image_load(const struct image_options *opt, int fd, struct buf *made);

#endif
