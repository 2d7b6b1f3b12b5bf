/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands about images have in common. */
#ifndef HYPHACTL_IMAGECMD_H
#define HYPHACTL_IMAGECMD_H

#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "image/image.h"
#include "util/buf.h"

#define IMAGE_COMMANDS(X) X(ls) X(pull) X(load) X(save) X(tag) X(rm) X(prune) X(inspect) X(history) X(verify) X(df)
#define DECLARE_IMAGE(name) extern const struct command cmd_image_##name;
IMAGE_COMMANDS(DECLARE_IMAGE)
#undef DECLARE_IMAGE

/* The store of the settings. */
struct image_options image_where(enum image_pull pull, bool quiet);

/* The guests that live, as image_options wants them. */
struct image_guests {
	struct known *all;
	size_t nr;
	struct image_use *uses;
};
/* None without the module. Return: 0, or -errno with err_text(). Clean up in any case. */
int image_guests(struct image_options *opt, struct image_guests *guests);
void image_guests_clean(struct image_guests *guests);
#define auto_guests __attribute__((cleanup(image_guests_clean))) struct image_guests

/* Table cells: "sha256:0123456789abcdef…" as 0123456789ab, sizes and ages as people like them. */
void image_cell_id(const json_t *row, struct buf *out);
void image_cell_size(const json_t *row, struct buf *out);
void image_cell_created(const json_t *row, struct buf *out);

#endif
