/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests and indexes, of OCI and of Docker: parsing, and the choice of linux/amd64. */
#ifndef HYPHA_OCI_MANIFEST_H
#define HYPHA_OCI_MANIFEST_H

#include "oci/descriptor.h"

#include <stdbool.h>
#include <stddef.h>

struct manifest {
	char *type;			/* its media type */
	struct descriptor config;
	struct descriptor *layers;	/* lowest first */
	size_t nr_layers;
};

/* One document as it came: exactly one of the two kinds. */
struct manifest_document {
	bool is_index;
	struct manifest manifest;	/* unless is_index */
	struct descriptor chosen;	/* if is_index: the entry for linux/amd64 */
};

/* The Accept header: all types we read. */
const char *manifest_accept(void);

/*
 * @content_type: as the registry declared it, "" if unknown.
 * Return: 0; -EBADMSG not a valid manifest, -ENOTSUP a kind we refuse by name, -ENOENT an index without linux/amd64
 * (err_text() lists what it has).
 */
int manifest_parse(const char *text, size_t len, const char *content_type, struct manifest_document *doc);
void manifest_document_clean(struct manifest_document *doc);
void manifest_clean(struct manifest *m);

#endif
