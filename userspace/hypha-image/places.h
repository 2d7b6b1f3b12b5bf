/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files and directories a job works with: all it will see of the file system. */
#ifndef HYPHA_IMAGE_PLACES_H
#define HYPHA_IMAGE_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct place {
	char *path;		/* free of symbolic links */
	bool write;
	bool foreign;		/* somebody else's, and to be written, or perhaps not for everybody to read: what is in it may be not */
};

struct places {
	struct place *list;	/* what is written last */
	size_t nr;
	char **links;		/* name, target, name, target…: the symbolic links by which the places were named */
	char **ways;		/* the names themselves, absolute: what is before the last slash must be there */
};

/* @path, and everything below it if it is a directory. What is not there is passed over: who wants it will say so. */
void places_add(struct places *p, const char *path, bool write);
void places_clean(struct places *p);

#endif
