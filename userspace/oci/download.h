/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs on their way from a registry into the store, several at once, shared with whoever else pulls them. */
#ifndef HYPHA_OCI_DOWNLOAD_H
#define HYPHA_OCI_DOWNLOAD_H

#include "oci/blobs.h"
#include "oci/pull.h"
#include "oci/registry.h"
#include "util/progress.h"

/* One of them; the caller gives @want and @kind, the rest is download.c's. */
struct download {
	const struct descriptor *want;
	const char *kind;		/* "layer" */
	struct downloads *all;
	struct progress_item *item;
	struct blob_writer writer;
	enum { DOWNLOAD_QUEUED, DOWNLOAD_ELSEWHERE, DOWNLOAD_UNDER_WAY, DOWNLOAD_DONE } state;
	char *used;			/* the Authorization its request carried */
	uint64_t told;			/* so many bytes the listener knows of */
	uint64_t furthest;		/* the most bytes that were ever there, */
	uint64_t authorized_at;		/* and one more than it was when its Authorization was renewed */
	size_t source;			/* 0: the registry, n: the n-th of the descriptor's urls */
	char *refusal;			/* the registry's, when the urls are tried, */
	int refusal_err;
	bool mixed, anew;		/* bytes of more than one try are in it; they did not fit, it began anew */
};

/*
 * Get those that are not in the store. The first failure ends all of them; what has come of each is kept for the next pull.
 * No two of @list may have the same digest. Return: 0, or -errno with err_text() naming the digest, if it is not @listener's.
 */
int download_blobs(struct registry *reg, const struct store *store, struct download *list, size_t nr,
		   struct progress *progress, const struct pull_listener *listener);

#endif
