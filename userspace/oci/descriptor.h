/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A descriptor: what a document says of a blob it refers to. */
#ifndef HYPHA_OCI_DESCRIPTOR_H
#define HYPHA_OCI_DESCRIPTOR_H

#include "util/digest.h"

#include <stdint.h>

struct descriptor {
	char *type;		/* media type, never NULL; "" if unknown */
	struct digest digest;
	uint64_t size;
	char *data;		/* the blob itself, base64; NULL or "" if it is not embedded */
	char **urls;		/* where else it may be had; may be NULL */
};

#endif
