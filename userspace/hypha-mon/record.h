/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recording looks like. All numbers are in the byte order of who wrote it.
 *
 *	struct record_header
 *	struct record, then its @len bytes, zeros up to a multiple of 8; any number of these
 *
 * A dump is RECORD_DUMP (payload: u32 enum message_dump), RECORD_ANSWER for each message, RECORD_DUMPED (payload: s32, 0 or
 * -EAGAIN). Between dumps come RECORD_MESSAGE, _LOST, _TICK. Messages are as the kernel sent them, netlink header included.
 */
#ifndef HYPHA_MON_RECORD_H
#define HYPHA_MON_RECORD_H

#include <stdint.h>

#define RECORD_MAGIC	"HYPHAMON"
#define RECORD_VERSION	1
#define RECORD_ORDER	0x01020304u
#define RECORD_MAX	(1u << 20)	/* bytes of one payload */

struct record_header {
	char magic[8];
	uint32_t version, order;
	uint64_t time;		/* ns since the epoch, as all times here */
};

enum record_type { RECORD_DUMP = 1, RECORD_ANSWER, RECORD_DUMPED, RECORD_MESSAGE, RECORD_LOST, RECORD_TICK };

struct record {
	uint32_t type, len;
	uint64_t time;		/* when it was received */
};

#endif
