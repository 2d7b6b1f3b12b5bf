/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user may name as an image: one of a registry, or a file or directory with images in it. */
#ifndef HYPHA_IMAGE_INPUT_H
#define HYPHA_IMAGE_INPUT_H

#include <stdbool.h>

enum input_kind {
	INPUT_REFERENCE,	/* everything else */
	INPUT_LAYOUT,		/* oci:DIR[:REF] */
	INPUT_ARCHIVE,		/* oci-archive:FILE[:REF], docker-archive:FILE[:REF]; which it is, its content tells */
};

/* Owned strings. */
struct input {
	enum input_kind kind;
	char *path;
	char *ref;		/* which image of it; NULL: the only one */
	int fd;			/* of an archive that was opened, else -1 */
};

/* As skopeo and podman read it: the path has no colon in it. Return: 0, or -EINVAL with err_text(). */
int input_parse(const char *text, struct input *in);
/* An archive is a single file, wherever it may be; what else there is has no need to be opened. 0, or -errno with err_text(). */
int input_open(struct input *in);
void input_clean(struct input *in);

/*
 * The name an image from elsewhere gets here, by the two annotations of an index.json's entry ("" if absent): the full one,
 * else the short one if it is a whole reference and not a mere tag. NULL if it names none. Free it.
 */
char *input_name(const char *image_name, const char *ref_name);

#endif
