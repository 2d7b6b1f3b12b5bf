/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A blob's unpacked bytes, inflated and hashed by a thread each, a few pieces ahead of who reads them. */
#ifndef HYPHA_IMAGE_STREAM_H
#define HYPHA_IMAGE_STREAM_H

#include "image/inflate.h"
#include "util/digest.h"

#include <stdint.h>
#include <sys/types.h>

struct stream;

/* As inflate_new(). @like: a digest of the wanted algorithm. Return: NULL with err_text() if no thread can be made. */
struct stream *stream_new(int fd, const struct growing *growing, const struct digest *like);
void stream_free(struct stream *s);		/* at any point; NULL is fine */
/* The next piece, valid until the next call. Return: its length, 0 at the end, or -errno with err_text(). */
ssize_t stream_read(struct stream *s, const void **data);
/* After stream_read() returned 0: of all there was. */
void stream_digest(struct stream *s, struct digest *digest);
/* Bytes of the blob that were used up for what stream_read() returned, or a little more. */
uint64_t stream_taken(struct stream *s);

#endif
