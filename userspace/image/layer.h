/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One layer: read from its blob, verified, then merged onto the tree of those below it. */
#ifndef HYPHA_IMAGE_LAYER_H
#define HYPHA_IMAGE_LAYER_H

#include "image/inflate.h"
#include "image/limits.h"
#include "image/spool.h"
#include "image/tree.h"
#include "util/digest.h"

enum layer_kind {
	LAYER_ADD,		/* inode appears at path */
	LAYER_LINK,		/* path becomes another name of target */
	LAYER_WHITEOUT,		/* what lies below this layer at path disappears */
	LAYER_OPAQUE,		/* what lies below this layer in directory path disappears */
};

struct layer_entry {
	enum layer_kind kind;
	char *path;		/* clean; for marker entries what they mean, not their own name */
	char *target;		/* LAYER_LINK: clean */
	struct inode *inode;	/* LAYER_ADD */
};

struct layer {
	struct layer_entry *list;
	size_t nr;
	uint64_t unpacked;	/* bytes of tar, and of holes in files */
	uint64_t text;		/* bytes of names and attributes */
	uint64_t data_len;	/* bytes in its spool */
	struct fragment *fragments;	/* there */
	size_t nr_fragments;
};

/* What is left of the limits that hold for an image as a whole. */
struct layer_budget {
	const struct image_limits *limits;
	uint64_t bytes, entries, text;
};
#define LAYER_BUDGET(l) { .limits = (l), .bytes = (l)->bytes, .entries = (l)->entries, .text = (l)->text }
/* What a layer costs. Return: 0, or -EFBIG, -E2BIG with err_text(). */
int layer_charge(struct layer_budget *budget, uint64_t bytes, uint64_t entries, uint64_t text);

/**
 * layer_read() - read a layer's tar into a list, file contents into a spool
 * @fd:       the blob; compression is told by its content
 * @growing:  while it still comes; NULL: it is there
 * @diff_id:  what the uncompressed tar must hash to
 * @spool_fd: an empty file
 * @tick:     called once in a while (may be NULL); what it returns other than 0 ends the reading
 * Return: 0, or -errno with err_text() naming entry and reason; -EBADMSG damaged, -EFBIG, -E2BIG a limit.
 */
int layer_read(int fd, const struct growing *growing, const struct digest *diff_id, int spool_fd, struct layer_budget *budget,
	       int (*tick)(void *arg), void *arg, struct layer *layer);
/* One more entry as an archive names it: sorts out markers. @target: hardlink's, or NULL. Takes over @inode. */
int layer_add(struct layer *layer, const char *path, const char *target, struct inode *inode);
/*
 * Merge: first the markers act on what is there already, wherever in the layer they stood, then entries are added in
 * order. Return: 0, or -errno with err_text() naming the entry.
 */
int layer_merge(const struct layer *layer, struct tree *tree);
void layer_clean(struct layer *layer);

#endif
