/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes from this machine on their way into the store: blobs named by what they hash to. */
#ifndef HYPHA_IMAGE_STASH_H
#define HYPHA_IMAGE_STASH_H

#include "oci/blobs.h"
#include "util/map.h"
#include "util/progress.h"

struct stash {
	const struct store *store;
	struct progress *progress;
	struct map members;		/* of an archive: name → struct stashed */
	struct buf index, manifest;	/* its index.json and manifest.json; empty if it has none */
};

/* A member of an archive, now a blob; or another name of one. */
struct stashed {
	char *link;
	struct digest digest;
	uint64_t size;
};

void stash_init(struct stash *s, const struct store *store, struct progress *progress);
void stash_clean(struct stash *s);
/* All of an archive that may be part of an image. Return: 0, or -errno with err_text(). */
int stash_archive(struct stash *s, int fd);
/* What a member or the link of that name is, or NULL. */
const struct stashed *stash_find(const struct stash *s, const char *name);
/* The blob @want of the layout @dir. */
int stash_blob(struct stash *s, int dir, const struct descriptor *want);
/* Text of our own. */
int stash_text(struct stash *s, const char *text, struct digest *digest);

#endif
