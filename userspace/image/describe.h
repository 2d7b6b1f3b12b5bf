/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of an image, as JSON. */
#ifndef HYPHA_IMAGE_DESCRIBE_H
#define HYPHA_IMAGE_DESCRIBE_H

#include "image/image.h"

#include <jansson.h>

/* @text: what pick() understands. @view: digest, id, names, configuration, layers, packed. Return: 0, or -errno with err_text(). */
int image_inspect(const struct image_options *opt, const char *text, json_t **view);
/* @rows: as docker's, newest first: id ("<missing>" but for the last), created, createdBy, size, comment, empty. */
int image_history(const struct image_options *opt, const char *text, json_t **rows);

#endif
