/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images from files and directories become images of the store, as if pulled. Only hypha-image calls it: see helper.h. */
#ifndef HYPHA_IMAGE_LOAD_H
#define HYPHA_IMAGE_LOAD_H

#include "image/input.h"
#include "oci/blobs.h"
#include "util/progress.h"

/*
 * @in, opened, names one image; its file may hold more. @name: what it is called here; free it.
 * Return: 0, or -errno with err_text().
 */
int load_input(const struct store *store, const struct input *in, struct progress *progress, char **name);
/* All images of the archive @fd. @names: a NULL-terminated vector of what they are called here, those before a failure too. */
int load_archive(const struct store *store, int fd, struct progress *progress, char ***names);

#endif
