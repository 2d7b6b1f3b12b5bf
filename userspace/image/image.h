/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a reference to something bootable: the packed root file system and the image's process configuration. */
#ifndef HYPHA_IMAGE_IMAGE_H
#define HYPHA_IMAGE_IMAGE_H

#include "util/progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_pull { IMAGE_PULL_MISSING, IMAGE_PULL_ALWAYS, IMAGE_PULL_NEVER };

/* A guest that runs from an image of the store. */
struct image_use {
	const char *guest, *digest, *squashfs;	/* its name; the manifest's digest; the file of its root */
};

/* Where state lives; fill with defaults first. */
struct image_options {
	const char *root;	/* e.g. /var/lib/hypha; images below it */
	enum image_pull pull;
	enum progress_format progress;	/* on stderr */
	const char *helper;	/* path of hypha-image, for what is not in the local store */
	const struct image_use *uses;	/* for what removes */
	size_t nr_uses;
	bool force;		/* remove also what is in use: guests keep their file open */
};

/* An image ready to boot. Strings are owned; free with image_clean(). */
struct image {
	char *reference;	/* canonical, e.g. localhost:5000/busybox:latest */
	char *manifest_digest;	/* sha256:… */
	char *image_id;		/* digest of the configuration */
	char *squashfs;		/* path of the packed root file system */
	int fd;			/* of it, for reading; -1 if none */
	uint64_t created;	/* seconds since the epoch, 0 unknown */
	char **entrypoint, **cmd, **env;	/* NULL-terminated, never NULL */
	char *user, *workdir, *stop_signal;	/* "" if unset */
	char **labels;		/* "key=value", NULL-terminated */
};

/*
 * @text: a reference, an id of an image that is here, or a file of images (see input.h). Resolve, fetch what is missing, pack if
 * needed. Return: 0, or -errno with err_text(). Nothing partial stays visible.
 */
int image_prepare(const struct image_options *opt, const char *text, struct image *img);
void image_clean(struct image *img);

/* One locally known image for `hyphactl images`. */
struct image_entry {
	char *reference;	/* as in the index */
	char *repository, *tag;	/* tag "" if only a digest is known, both "" if it has no name */
	char *digest, *image_id;
	uint64_t created, size;	/* seconds; bytes of compressed layers + config */
};
int image_list(const struct image_options *opt, struct image_entry **entries, size_t *nr);
void image_list_free(struct image_entry *entries, size_t nr);

/* Of all below @text may be what pick() understands. Return: 0, or -errno with err_text(), -ENOENT if it is unknown. */

/* Forget a reference, or all of an image named by its id, and whatever only it used. -ETXTBSY: a guest runs from it. */
int image_remove(const struct image_options *opt, const char *text);
/* One more name. */
int image_tag(const struct image_options *opt, const char *text, const char *reference);

/*
 * Remove images without a name, with @all also those no guest runs from, and garbage. @removed: a NULL-terminated vector of
 * references. -EBUSY: somebody prepares an image.
 */
int image_prune(const struct image_options *opt, bool all, char ***removed, uint64_t *freed);

#endif
