/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648 section 4), strictly: padded, no line breaks, no bits beyond the data. */
#ifndef HYPHA_UTIL_BASE64_H
#define HYPHA_UTIL_BASE64_H

#include <stddef.h>

/* Return: the bytes, malloc()ed and followed by a NUL that @len does not count; NULL: not base64. */
char *base64_decode(const char *text, size_t *len);

#endif
