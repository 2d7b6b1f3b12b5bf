/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving data between a guest's granted pages and an image, many grant copies at a time. */
#ifndef HYPHA_BLOCK_TRANSFER_H
#define HYPHA_BLOCK_TRANSFER_H

#include "image.h"
#include "request.h"

struct hypha_transfer;

/* For copies between @domid and @image, which must outlive it; or NULL without memory. */
struct hypha_transfer *hypha_transfer_alloc(domid_t domid, struct hypha_image *image);
void hypha_transfer_free(struct hypha_transfer *t);

/**
 * hypha_transfer_read() - start copying from the image to the guest
 * @t:    one user at a time
 * @segs: where to, checked
 * @nr:   number of @segs
 * @pos:  byte in the image; all within its size
 * @err:  set to -errno by this or a later call if something fails, else left alone; must live until
 *        hypha_transfer_finish()
 *
 * Copies are collected, so the data is there after hypha_transfer_finish() only. Context: process, sleeps for I/O.
 */
void hypha_transfer_read(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u64 pos, int *err);
/* Run what was collected. */
void hypha_transfer_finish(struct hypha_transfer *t);

/* Copy from the guest to the image, at once. No reads may be collected. Return: 0 or -errno. Process context, sleeps. */
int hypha_transfer_write(struct hypha_transfer *t, const struct hypha_segment *segs, u32 nr, u64 pos);

/* Get @len <= 4096 bytes from the start of the guest's page @ref. Return: private memory, good until the next call, or
 * ERR_PTR(-EFAULT). */
const void *hypha_transfer_fetch(struct hypha_transfer *t, grant_ref_t ref, u32 len);

#endif
