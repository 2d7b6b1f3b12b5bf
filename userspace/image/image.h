/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a reference to something bootable: the packed root file system and the image's process configuration. */
#ifndef HYPHA_IMAGE_IMAGE_H
#define HYPHA_IMAGE_IMAGE_H

#include "util/progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_pull { IMAGE_PULL_MISSING, IMAGE_PULL_ALWAYS, IMAGE_PULL_NEVER };

/* Where state lives; fill with defaults first. */
struct image_options {
	const char *root;	/* e.g. /var/lib/hypha; images below it */
	enum image_pull pull;
	bool quiet;		/* no progress on stderr, else */
	enum progress_format progress;
	const char *helper;	/* path of hypha-image, for what is not in the local store */
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

/* Resolve, pull what is missing, pack if needed. Return: 0, or -errno with err_text(). Nothing partial stays visible. */
int image_prepare(const struct image_options *opt, const char *reference, struct image *img);
void image_clean(struct image *img);

/* One locally known image for `hyphactl images`. */
struct image_entry {
	char *repository, *tag;	/* tag "" if only a digest is known */
	char *digest, *image_id;
	uint64_t created, size;	/* seconds; bytes of compressed layers + config */
};
int image_list(const struct image_options *opt, struct image_entry **entries, size_t *nr);
void image_list_free(struct image_entry *entries, size_t nr);
/* Forget a reference (or id prefix) and whatever only it used. -ENOENT if unknown. */
int image_remove(const struct image_options *opt, const char *reference);

#endif
