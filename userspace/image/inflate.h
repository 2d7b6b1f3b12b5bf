/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A layer's bytes as a stream of the tar inside, whatever they were compressed with. */
#ifndef HYPHA_IMAGE_INFLATE_H
#define HYPHA_IMAGE_INFLATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INFLATE_PIECE (256 << 10)	/* bytes of the file read at a time */

struct inflate;

/* A file that somebody may still be writing. */
struct growing {
	/* Waits for bytes at @at. Return: how many may be read there, at least; 0: all is there; or -errno with err_text(). */
	ssize_t (*wait)(void *arg, uint64_t at);
	void *arg;
};

/*
 * gzip (any number of members), zstd (any number of frames) or neither; told by the content, not by a label.
 * @fd is read from its current position and stays the caller's. @growing: as long as it is read; NULL: all is there.
 */
struct inflate *inflate_new(int fd, const struct growing *growing);
void inflate_free(struct inflate *in);
/*
 * The next piece, of at most @size bytes; if that is INFLATE_PIECE, plain data is given out as far as the file was read.
 * Return: its length, 0 at the end, or -errno with err_text().
 */
ssize_t inflate_read(struct inflate *in, void *out, size_t size);
/* Bytes of the file that were used up so far. */
uint64_t inflate_taken(const struct inflate *in);

#endif
