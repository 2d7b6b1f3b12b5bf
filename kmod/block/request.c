// SPDX-License-Identifier: GPL-2.0-only
/* Checks of block requests: every number in them is the guest's. */
#include "request.h"

#include <linux/errno.h>
#include <linux/kernel.h>

static_assert(sizeof(struct blkif_request) == 112);
static_assert(sizeof(struct blkif_request_segment) == 8);

/* Operations we know, and what they need. DISCARD and WRITE_BARRIER are not offered, so not here. */
static const struct operation {
	enum hypha_request_op op;
	bool known;
	bool writes;
	u8 min_segs;
} operations[] = {
	[BLKIF_OP_READ] = { HYPHA_REQUEST_READ, true, false, 1 },
	[BLKIF_OP_WRITE] = { HYPHA_REQUEST_WRITE, true, true, 1 },
	[BLKIF_OP_FLUSH_DISKCACHE] = { HYPHA_REQUEST_FLUSH, true, false, 0 },
};

static const struct operation *find_operation(u8 wire_op)
{
	if (wire_op >= ARRAY_SIZE(operations) || !operations[wire_op].known)
		return NULL;
	return &operations[wire_op];
}

static void take_direct(const struct blkif_request_rw *rw, struct hypha_request *req)
{
	req->nr_segs = rw->nr_segments;
	req->sector = rw->sector_number;
}

static void take_indirect(const struct blkif_request_indirect *in, struct hypha_request *req)
{
	req->indirect = true;
	req->wire_op = in->indirect_op;
	req->nr_segs = in->nr_segments;
	req->sector = in->sector_number;
	req->indirect_ref = in->indirect_grefs[0];
}

static_assert(HYPHA_INDIRECT_MAX <= HYPHA_INDIRECT_PER_PAGE);	/* so one indirect_gref is enough */

int hypha_request_parse(const struct blkif_request *wire, const struct hypha_request_limits *limits,
			struct hypha_request *req)
{
	const struct operation *operation;
	u32 max_segs;

	/* The id is at the same place in all layouts. */
	*req = (struct hypha_request){ .id = wire->u.other.id, .wire_op = wire->operation };
	if (wire->operation == BLKIF_OP_INDIRECT)
		take_indirect(&wire->u.indirect, req);
	else
		take_direct(&wire->u.rw, req);

	operation = find_operation(req->wire_op);
	if (!operation || (req->indirect && operation->op == HYPHA_REQUEST_FLUSH))
		return -EOPNOTSUPP;
	req->op = operation->op;
	max_segs = req->indirect ? HYPHA_INDIRECT_MAX : BLKIF_MAX_SEGMENTS_PER_REQUEST;
	if (req->nr_segs < operation->min_segs || req->nr_segs > max_segs)
		return -EINVAL;
	if (limits->readonly && (operation->writes || (req->op == HYPHA_REQUEST_FLUSH && req->nr_segs)))
		return -EROFS;
	return 0;
}

/* Return: sectors of the segment, or -EINVAL. */
static int check_segment(const struct blkif_request_segment *wire, struct hypha_segment *seg)
{
	int nr = wire->last_sect - wire->first_sect + 1;

	if (wire->last_sect >= HYPHA_BLKIF_PAGE / HYPHA_SECTOR || nr < 1)
		return -EINVAL;
	seg->gref = wire->gref;
	seg->offset = wire->first_sect * HYPHA_SECTOR;
	seg->len = nr * HYPHA_SECTOR;
	return nr;
}

int hypha_request_check_segments(const struct hypha_request *req, const struct hypha_request_limits *limits,
				 const struct blkif_request_segment *wire, struct hypha_segment *segs)
{
	u32 i, nr_sectors = 0;

	for (i = 0; i < req->nr_segs; i++) {
		int nr = check_segment(&wire[i], &segs[i]);

		if (nr < 0)
			return nr;
		nr_sectors += nr;
	}
	/* A bare flush has no place. */
	if (nr_sectors && (req->sector > limits->sectors || nr_sectors > limits->sectors - req->sector))
		return -ERANGE;
	return nr_sectors * HYPHA_SECTOR;
}

s16 hypha_request_status(int err)
{
	if (!err)
		return BLKIF_RSP_OKAY;
	return err == -EOPNOTSUPP ? BLKIF_RSP_EOPNOTSUPP : BLKIF_RSP_ERROR;
}
