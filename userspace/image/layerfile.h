/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A layer as it was read, kept in a file: the spool's blocks, then the list of changes, then how long both are and a checksum. */
#ifndef HYPHA_IMAGE_LAYERFILE_H
#define HYPHA_IMAGE_LAYERFILE_H

#include "image/layer.h"

/* Put @layer's list behind its spool in @fd. Return: 0, or -errno with err_text(). */
int layerfile_save(int fd, struct layer *layer);
/* Return: 0, or -errno without err_text(): it is not whole; @layer is empty then. */
int layerfile_load(int fd, struct layer *layer);

#endif
