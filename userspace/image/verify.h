/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is everything in the store what its name says? Only hypha-image calls it: see helper.h. */
#ifndef HYPHA_IMAGE_VERIFY_H
#define HYPHA_IMAGE_VERIFY_H

#include "oci/blobs.h"
#include "util/progress.h"

#include <jansson.h>

/*
 * Check all blobs, packed images and layers, and see that no image lacks anything. @findings: an array of objects with "image"
 * (null: nobody's), "part", "digest" (of packed ones the file), "damage"; it is the caller's. @repair: what is damaged goes, so
 * that it can come again.
 * Return: 0, or -errno with err_text() if it could not be found out.
 */
int verify_store(const struct store *store, bool repair, struct progress *progress, json_t **findings);

#endif
