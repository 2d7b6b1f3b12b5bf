/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which image of the store a text means. */
#ifndef HYPHA_IMAGE_PICK_H
#define HYPHA_IMAGE_PICK_H

#include "oci/index.h"

#define PICK_DIGITS 4		/* least beginning of an id, where only images that are here can be meant */
#define PICK_DIGITS_LAUNCH 12	/* where a name might be meant as well */

/* sha256:… or its 64 digits alone: never a name. */
bool pick_is_id(const char *text);
/*
 * A reference; an id (of the configuration) or digest (of the manifest, or of the index it was chosen from); the beginning of
 * one of these, at least @digits. @name: the reference asked for, NULL if it was none; free it.
 * Return: 0; -ENOENT, -ENOTUNIQ with err_text().
 */
int pick(const struct store *store, const struct index_list *index, const char *text, size_t digits,
	 const struct index_entry **entry, char **name);

#endif
