/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree becomes a squashfs: blocks are copied out of the layers' spools, libsquashfs writes the tables behind them. */
#ifndef HYPHA_IMAGE_SQUASHFS_H
#define HYPHA_IMAGE_SQUASHFS_H

#include "image/layer.h"

/* A layer that was merged into the tree, and the file with its spool. */
struct squashfs_layer {
	struct layer list;
	int fd;
};

/*
 * Write the squashfs over the file @path. The same layers give the same bytes; what decides about them besides is in
 * PACK_OPTIONS_ID of packed.h. @tick is called once in a while (may be NULL). Once only for a tree.
 * Return: 0, or -errno with err_text().
 */
int squashfs_write(struct tree *tree, const struct squashfs_layer *layers, size_t nr, const char *path, void (*tick)(void *arg),
		   void *arg);

#endif
