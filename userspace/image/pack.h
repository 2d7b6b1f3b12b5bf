/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree becomes a squashfs, by way of one canonical tar into mksquashfs. */
#ifndef HYPHA_IMAGE_PACK_H
#define HYPHA_IMAGE_PACK_H

#include "image/spool.h"
#include "image/tree.h"

/*
 * Write the squashfs over the file @path. Deterministic: what decides about the bytes besides the tree is in
 * PACK_OPTIONS_ID of packed.h. @tick is called once in a while (may be NULL).
 * Return: 0, or -errno with err_text(), which ends in what mksquashfs had to say.
 */
int pack_squashfs(struct tree *tree, const struct spool *spool, const char *path, void (*tick)(void *arg), void *arg);
/* The canonical tar alone, for tests: directories first, then all else by path, second names as links to the first. */
int pack_tar(struct tree *tree, const struct spool *spool, int fd, void (*tick)(void *arg), void *arg);

#endif
