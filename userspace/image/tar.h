/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libarchive's tar reader (and no other of its formats) over bytes of ours: our errors come through, headers have a limit. */
#ifndef HYPHA_IMAGE_TAR_H
#define HYPHA_IMAGE_TAR_H

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TAR_BLOCK 512

struct tar {
	/* The next piece of it. Return: its length, 0 at the end, or -errno with err_text(). */
	ssize_t (*read)(void *arg, const void **data);
	/* Pass over @len bytes of it, which are there. Return: how many were; may be NULL. */
	int64_t (*skip)(void *arg, int64_t len);
	void *arg;
	uint64_t header_max;		/* bytes to be read for one entry's headers: libarchive recurses over them */

	struct archive *archive;	/* for archive_read_data() and the like */
	locale_t locale, before;
	uint64_t header_left;
	bool in_header, begun;
	char prologue[TAR_BLOCK];
	int err;			/* ours, behind libarchive's back */
	char *text;
};

/* The members above are set. To be closed also after a failure. Return: 0, or -errno with err_text(). */
int tar_open(struct tar *t);
void tar_close(struct tar *t);
/* Return: 1 and the next entry, 0 at the end, or -errno with err_text(). */
int tar_next(struct tar *t, struct archive_entry **e);
/* What is left of the entry is not the next header's. Return: 0, or -errno with err_text(). */
int tar_skip(struct tar *t);
/* libarchive failed: was it us? Return: -errno with err_text(). */
int tar_failed(struct tar *t);

#endif
