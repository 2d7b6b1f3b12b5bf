/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All guests there are: the kernel's, and those only recorded on disk; and finding one by what the user typed. */
#ifndef HYPHACTL_LOOKUP_H
#define HYPHACTL_LOOKUP_H

#include "libhypha/guest.h"

#include <jansson.h>

struct known {
	json_t *view;
	uint32_t id;		/* kernel id, 0 if only recorded */
	bool living;		/* in the kernel and not exited */
	enum guest_state state;
	uint64_t created;	/* ns since the epoch */
};

void known_clean(struct known *k);
const char *known_uuid(const struct known *k);
const char *known_name(const struct known *k);

/* Oldest first. Free with known_free(). 0 or -errno with err_text(). */
int known_all(struct known **all, size_t *nr);
void known_free(struct known *all, size_t nr);

/**
 * known_find() - the one guest meant by @ref
 * @ref: uuid, name, or unique beginning of a uuid, in this order
 * Return: 0; -ENOENT; -ENOTUNIQ, the text lists the matches.
 */
int known_find(const char *ref, struct known *k);
/* The same over a given list: its index, or -ENOENT, -ENOTUNIQ. Living guests win a name over exited ones. */
int known_match(const char *ref, const struct known *all, size_t nr);
/* As known_find(), and -ESHUTDOWN with a text unless it lives. */
int known_find_living(const char *ref, struct known *k);

#define auto_known __attribute__((cleanup(known_clean))) struct known

#endif
