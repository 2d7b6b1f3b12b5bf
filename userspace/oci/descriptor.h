/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A descriptor: what a document says of a blob it refers to. */
#ifndef HYPHA_OCI_DESCRIPTOR_H
#define HYPHA_OCI_DESCRIPTOR_H

#include "util/digest.h"
#include "util/strv.h"

#include <stdint.h>
#include <stdlib.h>

#define DESCRIPTOR_ANY_SIZE UINT64_MAX	/* nobody said: a reference's digest */

struct descriptor {
	char *type;		/* media type, never NULL; "" if unknown */
	struct digest digest;
	uint64_t size;
	char *data;		/* the content itself, verified, if the document embeds it; or NULL */
	size_t data_len;
	char **urls;		/* other places to have it from, as the document says and nobody has checked; or NULL */
};

static inline void descriptor_clean(struct descriptor *d)
{
	free(d->type);
	free(d->data);
	strv_free(d->urls);
	*d = (struct descriptor){ 0 };
}

#endif
