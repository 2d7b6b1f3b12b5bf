/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole buffers out of the compressions Linux kernels and modules are shipped in. */
#ifndef HYPHA_IMAGE_DECOMPRESS_H
#define HYPHA_IMAGE_DECOMPRESS_H

#include "util/buf.h"

#include <stddef.h>

/* The name of the compression @in starts with ("gzip", "xz", …), or NULL. */
const char *decompress_format(const void *in, size_t len);
/**
 * decompress() - append the unpacked bytes to @out
 * @in, @len: one compressed stream; bytes after its end are ignored
 * @max: most bytes to produce
 * Return: 0, or with err_text(): -ENOEXEC no known compression, -ENOTSUP one this build lacks,
 * -EBADMSG damaged or cut short, -EFBIG more than @max.
 */
int decompress(const void *in, size_t len, size_t max, struct buf *out);

#endif
