/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs that a descriptor brings along in its "data" (image-spec descriptor.md). */
#ifndef HYPHA_OCI_EMBEDDED_H
#define HYPHA_OCI_EMBEDDED_H

#include "oci/descriptor.h"
#include "util/buf.h"

#include <stdbool.h>

static inline bool embedded_has(const struct descriptor *d)
{
	return d->data && *d->data;
}

/* Decode it; size and digest are for the caller to verify. Return: 0, or -EBADMSG with err_text(). */
int embedded_decode(const struct descriptor *d, struct buf *out);

#endif
