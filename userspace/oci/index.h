/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store's index.json: which reference means which manifest. */
#ifndef HYPHA_OCI_INDEX_H
#define HYPHA_OCI_INDEX_H

#include "oci/blobs.h"

/* One entry. Strings owned. */
struct index_entry {
	char *reference;		/* canonical text */
	struct descriptor manifest;	/* the linux/amd64 one */
	char *source;			/* digest the reference itself resolved to (an index's, perhaps), "" if the same */
};

struct index_list {
	struct index_entry *list;
	size_t nr;
};

/* An absent index.json is an empty one. Entries of others (no reference, no manifest) are left alone and not listed. */
int index_load(const struct store *store, struct index_list *index);
void index_clean(struct index_list *index);
/* The entry of this canonical reference, or NULL. */
const struct index_entry *index_find(const struct index_list *index, const char *reference);

/* Add or replace, atomically among all processes. */
int index_set(const struct store *store, const struct index_entry *entry);
/* Remove; -ENOENT with err_text() if it is not there. */
int index_remove(const struct store *store, const char *reference);

#endif
