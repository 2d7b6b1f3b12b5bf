/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual block device of a guest: serves one file over a blkif ring. */
#ifndef HYPHA_BLOCK_VBD_H
#define HYPHA_BLOCK_VBD_H

#include <linux/types.h>
#include <xen/interface/xen.h>

struct hypha_vbd;
struct file;

/* What the frontend published; all of it untrusted. */
struct hypha_vbd_ring {
	u32 refs[16];
	u32 nr_refs;		/* a power of two: 1 << ring-page-order */
	u32 port;
	bool protocol_ok;	/* "protocol" absent or x86_64-abi */
};

/* What the backend publishes. */
struct hypha_vbd_params {
	u64 sectors;		/* of 512 bytes */
	u32 sector_size;	/* always 512 */
	u32 physical_sector_size;
	u32 info;		/* VDISK_READONLY (4) or 0 */
	u32 max_ring_page_order;
	u32 max_indirect_segments;
	bool flush_cache;
};

struct hypha_vbd_stats {
	u64 rd_reqs, rd_bytes, wr_reqs, wr_bytes, flushes, errors;
	bool broken;
};

/**
 * hypha_vbd_alloc() - a disk that serves @file
 * @domid:    the guest
 * @file:     regular file or block device; a reference is taken
 * @readonly: writes are refused; else @file must be open for writing
 * Return: the disk or ERR_PTR: -EINVAL not a regular file or block device, -EACCES not writable, -ENOMEM,
 * -ENODATA shorter than a sector. hypha_vbd_free() disconnects first.
 */
struct hypha_vbd *hypha_vbd_alloc(domid_t domid, struct file *file, bool readonly);
void hypha_vbd_free(struct hypha_vbd *vbd);

void hypha_vbd_params(const struct hypha_vbd *vbd, struct hypha_vbd_params *params);

/* Map the ring, bind, serve. Process context, sleeps. 0 or -errno (the frontend's fault: -EINVAL, -EACCES, -EPROTO). */
int hypha_vbd_connect(struct hypha_vbd *vbd, const struct hypha_vbd_ring *ring);
/* Stop, finish what is in flight, unmap. No-op if not connected. Process context, sleeps. */
void hypha_vbd_disconnect(struct hypha_vbd *vbd);

void hypha_vbd_stats(const struct hypha_vbd *vbd, struct hypha_vbd_stats *stats);

#endif
