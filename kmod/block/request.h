/* SPDX-License-Identifier: GPL-2.0-only */
/* A block request as the guest wrote it, checked and turned into what to do. Pure: the wire is private memory already. */
#ifndef HYPHA_BLOCK_REQUEST_H
#define HYPHA_BLOCK_REQUEST_H

#include <linux/types.h>
#include <xen/interface/io/blkif.h>

#define HYPHA_SECTOR		512
#define HYPHA_BLKIF_PAGE	4096	/* what one grant covers */
#define HYPHA_INDIRECT_MAX	256	/* segments of an indirect request: half a page of them, 1 MiB of data */
#define HYPHA_INDIRECT_PER_PAGE	(HYPHA_BLKIF_PAGE / sizeof(struct blkif_request_segment))

enum hypha_request_op {
	HYPHA_REQUEST_READ,
	HYPHA_REQUEST_WRITE,
	HYPHA_REQUEST_FLUSH,	/* and then write the segments, if there are any */
};

/* What requests to this disk must keep to. */
struct hypha_request_limits {
	u64 sectors;
	bool readonly;
};

/* A part of a page of the guest: 512..4096 bytes at a multiple of 512, within the page. */
struct hypha_segment {
	grant_ref_t gref;
	u16 offset;
	u16 len;
};

/* A request whose shape is good; its segments are not looked at yet. */
struct hypha_request {
	u64 id;			/* the guest's, given back */
	u8 wire_op;		/* what the response names */
	enum hypha_request_op op;
	u32 nr_segs;
	bool indirect;		/* segments are in the page @indirect_ref, else in the wire request */
	grant_ref_t indirect_ref;
	u64 sector;
};

/**
 * hypha_request_parse() - what does the guest want?
 * @wire:   private copy of the ring's slot, x86-64 layout
 * @limits: of the disk
 * @req:    filled; @id and @wire_op also on failure, for the response
 *
 * Return: 0, -EOPNOTSUPP unknown operation, -EROFS write to a read-only disk, -EINVAL number of segments.
 */
int hypha_request_parse(const struct blkif_request *wire, const struct hypha_request_limits *limits,
			struct hypha_request *req);

/**
 * hypha_request_check_segments() - turn wire segments into checked ones
 * @req:    from hypha_request_parse()
 * @limits: of the disk
 * @wire:   @req->nr_segs segments, private copy
 * @segs:   filled, same number
 *
 * Return: bytes to transfer, all within the disk, 0 for a bare flush; -EINVAL a segment leaves its page or is empty,
 * -ERANGE the whole leaves the disk.
 */
int hypha_request_check_segments(const struct hypha_request *req, const struct hypha_request_limits *limits,
				 const struct blkif_request_segment *wire, struct hypha_segment *segs);

/* BLKIF_RSP_* for an errno of ours. */
s16 hypha_request_status(int err);

#endif
