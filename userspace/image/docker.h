/* SPDX-License-Identifier: GPL-2.0-or-later */
/* docker's own archives: manifest.json lists images by the members they are made of; for the store each gets an OCI manifest. */
#ifndef HYPHA_IMAGE_DOCKER_H
#define HYPHA_IMAGE_DOCKER_H

#include "image/stash.h"
#include "oci/index.h"

/* @index: an entry for each name of each image, with a "" name for those without. Return: 0, or -errno with err_text(). */
int docker_manifests(struct stash *s, struct index_list *index);

#endif
