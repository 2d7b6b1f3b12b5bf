/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tar of images, member after member, as a stream. Nothing is ever written by a member's name. */
#ifndef HYPHA_IMAGE_ARCHIVE_H
#define HYPHA_IMAGE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARCHIVE_MEMBERS_MAX 16384
#define ARCHIVE_NAME_MAX 1024			/* bytes */
#define ARCHIVE_IMAGES_MAX 1024			/* by each of its names */
#define ARCHIVE_HEADER_MAX (1 << 20)		/* bytes of tar read for one member's headers */
#define ARCHIVE_BYTES_MAX (64ULL << 30)		/* of the members' data together */

struct archive_member {
	char *name;		/* relative, without "." and ".." */
	char *link;		/* what it is another name of, as clean; NULL: it is a file of its own */
	uint64_t size;
};

struct archive_stream;

/*
 * Call @take for each file and link of the tar @fd, which may be compressed with gzip or zstd, and need not be seekable. Other
 * members are passed over. What @take does not read of a member is skipped.
 * Return: 0; what @take returned; or -errno with err_text() that names the member: -EBADMSG damaged, -EFBIG, -E2BIG a limit.
 */
int archive_each(int fd, int (*take)(void *arg, struct archive_stream *in, const struct archive_member *member), void *arg);
/* The next bytes of the member. Return: how many, 0 at its end, or -errno with err_text(). */
ssize_t archive_data(struct archive_stream *in, void *buf, size_t len);

#endif
