/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a body that a 206 brings. */
#ifndef HYPHA_OCI_RANGE_H
#define HYPHA_OCI_RANGE_H

#include <stdint.h>

struct range {
	uint64_t first, last;
	uint64_t size;		/* of the whole, UINT64_MAX if the server does not know */
};

/* Content-Range: bytes 5-9/10 (RFC 9110 14.4); the size may be an asterisk. Return: 0 or -EBADMSG, no err_text(). */
int range_parse(const char *content_range, struct range *range);

#endif
