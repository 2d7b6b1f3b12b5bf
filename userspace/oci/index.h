/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store's index.json: which reference means which manifest. */
#ifndef HYPHA_OCI_INDEX_H
#define HYPHA_OCI_INDEX_H

#include "oci/blobs.h"

#include <jansson.h>

/*
 * One entry. Strings owned. An image without a name has "sha256:…" as its reference, the digest of its manifest: it is kept
 * until somebody prunes.
 */
struct index_entry {
	char *reference;		/* canonical text */
	struct descriptor manifest;	/* the linux/amd64 one */
	char *source;			/* digest the reference itself resolved to (an index's, perhaps), "" if the same */
	char *image_name;		/* what another tool may have noted beside the reference, "" if nothing */
};

bool index_is_named(const struct index_entry *entry);

struct index_list {
	struct index_entry *list;
	size_t nr;
};

/*
 * The text of any layout's index.json; entries without a reference have "". Return: 0, or -EBADMSG with err_text().
 * Entries that are no descriptors are left out.
 */
int index_parse(const char *text, size_t len, struct index_list *index);
/* An absent index.json is an empty one. Entries of others (no reference, no manifest) are left alone and not listed. */
int index_load(const struct store *store, struct index_list *index);
void index_clean(struct index_list *index);
/* The entry of this canonical reference, or NULL. */
const struct index_entry *index_find(const struct index_list *index, const char *reference);

/* Add or replace, atomically among all processes. */
int index_set(const struct store *store, const struct index_entry *entry);
/* Remove; -ENOENT with err_text() if it is not there. */
int index_remove(const struct store *store, const char *reference);

/* One more entry of a "manifests" list that other tools can read too. @reference: "" for none. */
void index_append(json_t *manifests, const struct descriptor *manifest, const char *reference);

#endif
