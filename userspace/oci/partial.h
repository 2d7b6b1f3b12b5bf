/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs whose transfer ended early, in <store>/partial/: locked by who is at one, continued by the next who needs it. */
#ifndef HYPHA_OCI_PARTIAL_H
#define HYPHA_OCI_PARTIAL_H

#include "oci/blobs.h"

/*
 * As blob_begin(), but where the last one left off: @w->received bytes are there already.
 * Return: 0; -EBUSY somebody else is at it or -EEXIST it is in the store by now, both without err_text(); or -errno with it.
 */
int partial_begin(struct blob_writer *w, const struct store *store, const struct descriptor *want);
/* From the first byte again; also after blob_commit() has failed. Return: 0, or -errno with err_text(). */
int partial_restart(struct blob_writer *w);
/* Where one is, or would be. Free it. */
char *partial_path(const struct store *store, const struct digest *digest);
/* Instead of blob_abort(): what there is stays for the next one. */
void partial_leave(struct blob_writer *w);

/* Remove those nobody is at that are too old or, the oldest first, too much (policy.h, limits.h). */
void partial_collect(const struct store *store);

#endif
