// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to its disks' rings. */
#include "guest.h"

enum { PAGE_INDIRECT = BLK_DATA + 1, PAGE_READONLY };

static struct blk disk;
static u32 ref_data, ref_indirect, ref_readonly;

static bool start(u32 device)
{
	if (!blk_start(&disk, device))
		return false;
	ref_data = grant(page(BLK_DATA), GTF_PERMIT);
	ref_indirect = grant(page(PAGE_INDIRECT), GTF_PERMIT);
	ref_readonly = grant(page(PAGE_READONLY), GTF_PERMIT | GTF_READONLY);
	return true;
}

static void read_all(void)
{
	u64 sector, bad = 0, count = word("count", 64) * 8;

	if (!start(DISK0))
		return;
	say("disk: %u sectors, read-only %u, magic %x", disk.sectors, (u64)disk.readonly,
	    blk_still_reads(&disk) ? (u64)*(u32 *)page(BLK_DATA) : 0);
	if (*(u32 *)page(BLK_DATA) != 0x73717368)
		finding("this is not a squashfs");
	if (!disk.readonly)
		finding("the image is writable");
	for (sector = 0; sector + 8 <= disk.sectors && sector < count; sector += 8) {
		struct blk_request r = blk_simple(BLK_READ, sector, ref_data);

		bad += blk_do(&disk, &r) != BLK_OKAY;
	}
	if (bad)
		finding("%u honest reads failed", bad);
	blk_close(&disk);
	if (blk_connect(&disk))
		blk_still_reads(&disk);
}

/* A bad request is an honest one with one thing changed. What must be answered: anything but okay, unless said. */
struct defect {
	const char *name;
	void (*spoil)(struct blk_request *r);
	s32 status;
};

static void no_segment(struct blk_request *r) { r->nr_segments = 0; }
static void segments_12(struct blk_request *r) { r->nr_segments = 12; }
static void segments_255(struct blk_request *r) { r->nr_segments = 255; }
static void first_after_last(struct blk_request *r) { r->seg[0].first = 5; r->seg[0].last = 4; }
static void last_8(struct blk_request *r) { r->seg[0].last = 8; }
static void both_255(struct blk_request *r) { r->seg[0].first = 255; r->seg[0].last = 255; }
static void wrapping(struct blk_request *r) { r->seg[0].first = 255; r->seg[0].last = 0; }
static void at_the_end(struct blk_request *r) { r->sector = disk.sectors; }
static void over_the_end(struct blk_request *r) { r->sector = disk.sectors - 7; }
static void sector_max(struct blk_request *r) { r->sector = -1UL; }
static void sector_wraps(struct blk_request *r) { r->sector = -4UL; }
static void byte_wraps(struct blk_request *r) { r->sector = 1UL << 55; }
static void byte_negative(struct blk_request *r) { r->sector = 1UL << 54; }
static void bad_ref(struct blk_request *r) { r->seg[0].gref = 1000; }
static void ref_max(struct blk_request *r) { r->seg[0].gref = -1U; }
static void readonly_page(struct blk_request *r) { r->seg[0].gref = ref_readonly; }
static void op_barrier(struct blk_request *r) { r->op = BLK_BARRIER; }
static void op_reserved(struct blk_request *r) { r->op = BLK_RESERVED; }
static void op_discard(struct blk_request *r) { r->op = BLK_DISCARD; }
static void op_7(struct blk_request *r) { r->op = 7; }
static void op_255(struct blk_request *r) { r->op = 255; }
static void late_bad_ref(struct blk_request *r) { r->nr_segments = 11; r->seg[10].gref = 4000; }
static void late_bad_segment(struct blk_request *r) { r->nr_segments = 11; r->seg[10].last = 9; }

static const struct defect defects[] = {
	{ "no segment", no_segment, BLK_ERROR },
	{ "12 segments", segments_12, BLK_ERROR },
	{ "255 segments", segments_255, BLK_ERROR },
	{ "first sector after last", first_after_last, BLK_ERROR },
	{ "last sector 8", last_8, BLK_ERROR },
	{ "segment sectors 255-255", both_255, BLK_ERROR },
	{ "segment sectors 255-0", wrapping, BLK_ERROR },
	{ "sector at the end", at_the_end, BLK_ERROR },
	{ "sectors over the end", over_the_end, BLK_ERROR },
	{ "sector 2^64-1", sector_max, BLK_ERROR },
	{ "sector 2^64-4", sector_wraps, BLK_ERROR },
	{ "byte offset wraps", byte_wraps, BLK_ERROR },
	{ "byte offset negative", byte_negative, BLK_ERROR },
	{ "reference not granted", bad_ref, BLK_ERROR },
	{ "reference 2^32-1", ref_max, BLK_ERROR },
	{ "read into a read-only grant", readonly_page, BLK_ERROR },
	{ "barrier", op_barrier, BLK_EOPNOTSUPP },
	{ "reserved operation", op_reserved, BLK_EOPNOTSUPP },
	{ "discard", op_discard, BLK_EOPNOTSUPP },
	{ "operation 7", op_7, BLK_EOPNOTSUPP },
	{ "operation 255", op_255, BLK_EOPNOTSUPP },
	{ "11th reference bad", late_bad_ref, BLK_ERROR },
	{ "11th segment bad", late_bad_segment, BLK_ERROR },
};

static void try_defects(void)
{
	u32 i;

	for (i = 0; i < COUNT(defects); i++) {
		struct blk_request r = blk_simple(BLK_READ, 0, ref_data);

		defects[i].spoil(&r);
		blk_expect(&disk, defects[i].name, &r, defects[i].status);
	}
}

static struct blk_request indirect(u8 op, u16 nr)
{
	struct blk_request r = { .op = BLK_INDIRECT, .nr_segments = op, .handle = nr, .id = 0x1d1d, .sector = 0 };
	struct blk_segment *seg = (void *)page(PAGE_INDIRECT);
	u32 i;

	for (i = 0; i < PAGE_SIZE / sizeof(*seg); i++)
		seg[i] = (struct blk_segment){ .gref = ref_data, .last = 0 };
	for (i = 0; i < 8; i++)
		r.indirect.grefs[i] = ref_indirect;
	return r;
}

static void try_indirect(void)
{
	struct blk_segment *seg = (void *)page(PAGE_INDIRECT);
	struct blk_request r = indirect(BLK_READ, 3);
	u32 i;

	blk_expect(&disk, "indirect, honest", &r, BLK_OKAY);
	r = indirect(BLK_READ, 0);
	blk_expect(&disk, "indirect, no segment", &r, BLK_ERROR);
	r = indirect(BLK_READ, 257);
	blk_expect(&disk, "indirect, 257 segments", &r, BLK_ERROR);
	r = indirect(BLK_READ, 65535);
	blk_expect(&disk, "indirect, 65535 segments", &r, BLK_ERROR);
	r = indirect(BLK_INDIRECT, 1);
	blk_expect(&disk, "indirect in indirect", &r, BLK_EOPNOTSUPP);
	r = indirect(BLK_FLUSH, 1);
	blk_expect(&disk, "indirect flush", &r, BLK_EOPNOTSUPP);
	r = indirect(255, 1);
	blk_expect(&disk, "indirect operation 255", &r, BLK_EOPNOTSUPP);
	r = indirect(BLK_READ, 1);
	r.indirect.grefs[0] = 999;
	blk_expect(&disk, "indirect page not granted", &r, BLK_ERROR);
	r = indirect(BLK_READ, 256);
	for (i = 0; i < PAGE_SIZE / 8; i++)
		((u64 *)seg)[i] = random64();
	blk_expect(&disk, "indirect page of noise", &r, BLK_ERROR);
	memset(seg, 0xff, PAGE_SIZE);
	blk_expect(&disk, "indirect page of ones", &r, BLK_ERROR);
}

static void bad_requests(void)
{
	if (!start(DISK0))
		return;
	try_defects();
	try_indirect();
	if (disk.readonly) {
		struct blk_request r = blk_simple(BLK_WRITE, 0, ref_data);

		blk_expect(&disk, "write to a read-only disk", &r, BLK_ERROR);
		r = indirect(BLK_WRITE, 2);
		blk_expect(&disk, "indirect write to a read-only disk", &r, BLK_ERROR);
		r = blk_simple(BLK_FLUSH, 0, ref_data);
		blk_expect(&disk, "flush with data to a read-only disk", &r, BLK_ERROR);
	}
	if (blk_still_reads(&disk))
		say("%u defects tried", (u64)COUNT(defects));
}

/* The same on the writable disk, whose data takes another way. */
static void bad_writes(void)
{
	struct blk_request r;
	u32 i;

	if (!start(DISK1))
		return;
	try_defects();
	try_indirect();
	for (i = 0; i < COUNT(defects); i++) {
		r = blk_simple(BLK_WRITE, 8, ref_data);
		if (defects[i].spoil == readonly_page)
			continue;
		defects[i].spoil(&r);
		blk_expect(&disk, defects[i].name, &r, defects[i].status);
	}
	memset(page(BLK_DATA), 0xa5, PAGE_SIZE);
	r = blk_simple(BLK_WRITE, 8, ref_data);
	blk_expect(&disk, "an honest write", &r, BLK_OKAY);
	r = blk_simple(BLK_FLUSH, 0, ref_data);
	r.nr_segments = 0;
	blk_expect(&disk, "an honest flush", &r, BLK_OKAY);
	memset(page(BLK_DATA), 0, PAGE_SIZE);
	r = blk_simple(BLK_READ, 8, ref_data);
	blk_expect(&disk, "an honest read", &r, BLK_OKAY);
	if (page(BLK_DATA)[0] != 0xa5 || page(BLK_DATA)[PAGE_SIZE - 1] != 0xa5)
		finding("what was written is not read");
	blk_still_reads(&disk);
}

/* Read the disk into the ring itself, requests, responses and indices: whatever comes of it, it ends with the ring. */
static void into_the_ring(void)
{
	u32 i, j;

	if (!start(DISK0))
		return;
	for (i = 0; i < word("count", 50); i++) {
		for (j = 0; j < 1 + i % BLK_RING; j++) {
			struct blk_request r = blk_simple(BLK_READ, random64() % (disk.sectors - 8), disk.ref);

			r.seg[0].first = random64() % 8;
			blk_queue(&disk, &r);
		}
		blk_push(&disk);
		wait_port(disk.port, 20 * MS);
		blk_close(&disk);
		if (!blk_connect(&disk) || !blk_still_reads(&disk))
			return;
	}
}

/* An index that cannot be: the disk may die, and must live again after closing. */
static void wild_indices(void)
{
	static const u32 ahead[] = { BLK_RING + 1, 1000, 0x7fffffff, 0x80000000, 0xffffffff };
	u32 i, j;

	if (!start(DISK0))
		return;
	for (i = 0; i < word("count", 20); i++) {
		for (j = 0; j < 20; j++) {
			STORE(disk.ring->rsp_prod, random64());
			STORE(disk.ring->rsp_event, random64());
			STORE(disk.ring->req_event, random64());
			STORE(disk.ring->req_prod, disk.req_prod + (j ? random_odd() : ahead[i % COUNT(ahead)]));
			notify(disk.port);
		}
		wait_port(disk.port, 20 * MS);
		blk_close(&disk);
		if (!blk_connect(&disk) || !blk_still_reads(&disk))
			return;
	}
	say("indices were wild");
}

/* A ring whose indices are nonsense before the backend ever sees it. */
static void wild_start(void)
{
	u32 i;

	if (!start(DISK0))
		return;
	for (i = 0; i < word("count", 20); i++) {
		blk_close(&disk);
		STORE(disk.ring->rsp_prod, random64());
		STORE(disk.ring->req_prod, random64());
		disk.port = alloc_port();
		store_write(0, "device/vbd/51712/event-channel", "%u", (u64)disk.port);
		blk_set_state(&disk, ST_INITIALISED);
		if (!blk_wait_backend(&disk, ST_CONNECTED, 300 * MS))
			blk_wait_backend(&disk, ST_CLOSING, 300 * MS);
	}
	blk_close(&disk);
	if (blk_connect(&disk))
		blk_still_reads(&disk);
}

/* Requests without end, responses never looked at: full ring after full ring. */
static void never_look(void)
{
	u64 end = now() + word("seconds", 5) * 1000 * MS, n = 0;
	struct blk_request r;

	if (!start(DISK0))
		return;
	for (r = blk_simple(BLK_READ, 0, ref_data); now() < end; n++) {
		u32 i;

		r.sector = random64() % disk.sectors;
		r.nr_segments = 11;
		for (i = 0; i < BLK_RING; i++)
			blk_queue(&disk, &r);
		blk_push(&disk);
		if (n % 8 == 0)
			wait_port(disk.port, MS);
	}
	say("%u rings of requests, no response looked at", n);
	wait_port(disk.port, 100 * MS);
	blk_close(&disk);
	if (blk_connect(&disk))
		blk_still_reads(&disk);
}

/* Grants that change under a busy backend, the ring's own among them. */
static void moving_grants(void)
{
	u32 i, j;

	if (!start(DISK0))
		return;
	for (i = 0; i < word("count", 300); i++) {
		for (j = 0; j < BLK_RING; j++) {
			struct blk_request r = blk_simple(BLK_READ, random64() % (disk.sectors + 9), ref_data);

			r.nr_segments = 11;
			blk_queue(&disk, &r);
		}
		blk_push(&disk);
		for (j = 0; j < 200; j++) {
			revoke(ref_data);
			regrant(ref_data, page(BLK_DATA), random64() & 1 ? GTF_PERMIT : GTF_PERMIT | GTF_READONLY);
			revoke(disk.ref);
		}
		regrant(ref_data, page(BLK_DATA), GTF_PERMIT);
		regrant(disk.ref, disk.ring, GTF_PERMIT);
		for (j = 0; j < BLK_RING; j++) {
			struct blk_response rsp;

			if (!blk_response(&disk, &rsp, 10000 * MS)) {
				finding("a request on moving grants is not answered");
				return;
			}
		}
	}
	blk_still_reads(&disk);
}

static bool all_answered(u64 round)
{
	struct blk_response rsp;
	u32 i;

	for (i = 0; i < BLK_RING; i++)
		if (!blk_response(&disk, &rsp, 10000 * MS)) {
			finding("flip: request %u of round %u is not answered", (u64)i, round);
			return false;
		}
	return true;
}

/* Rewrite requests, and indirect pages, while they are being read. Whatever is read, each gets one answer. */
static bool flip_anything(u32 round)
{
	struct blk_request r = round & 1 ? indirect(BLK_READ, 200) : blk_simple(BLK_READ, 0, ref_data);
	struct blk_segment *seg = (void *)page(PAGE_INDIRECT);
	u32 first = disk.req_prod, i;

	for (i = 0; i < BLK_RING; i++)
		blk_queue(&disk, &r);
	blk_push(&disk);
	for (i = 0; i < 2000 && READ(disk.ring->rsp_prod) != disk.req_prod; i++) {
		struct blk_request *slot = &disk.ring->slot[(first + i) % BLK_RING].req;

		STORE(slot->nr_segments, (u8)random64());
		STORE(slot->handle, (u16)random64());
		STORE(slot->sector, random_odd());
		STORE(slot->seg[0].gref, (u32)random64());
		STORE(seg[i % 200].last, (u8)random64());
		STORE(seg[i % 200].gref, (u32)random64());
	}
	return all_answered(round);
}

/*
 * The number of segments is 11 and 12 by turns. A twelfth lies where the next request begins, which reads as one of reference
 * REF_TRAP: who counts anew after having checked writes to its page.
 */
#define REF_TRAP	(1 << 8)	/* an operation 0 of 1 segment */
enum { PAGE_TRAP = PAGE_READONLY + 1 };

static bool flip_count(u32 round)
{
	struct blk_request victim = blk_simple(BLK_READ, 0, ref_data), trap = blk_simple(BLK_READ, 0, ref_data);
	u32 first = disk.req_prod, i;

	trap.pad = 7 << 8;	/* sectors 0 to 7 */
	for (i = 0; i < BLK_RING; i++)
		blk_queue(&disk, i & 1 ? &trap : &victim);
	blk_push(&disk);
	for (i = 0; i < 4000 && READ(disk.ring->rsp_prod) != disk.req_prod; i++)
		STORE(disk.ring->slot[(first + 2 * i) % BLK_RING].req.nr_segments, 11 + (i / BLK_RING & 1));
	return all_answered(round);
}

static void flip(void)
{
	u32 i;

	if (!start(DISK0))
		return;
	fill_grant(REF_TRAP, GTF_PERMIT, 0, mfn_of(page(PAGE_TRAP)));
	for (i = 0; i < word("count", 1000); i++)
		if (!flip_anything(i) || !flip_count(i))
			return;
	for (i = 0; i < PAGE_SIZE; i++)
		if (page(PAGE_TRAP)[i]) {
			finding("a number of segments was read again after it had been checked");
			break;
		}
	blk_still_reads(&disk);
}

const struct mode block_modes[] = {
	{ "block-read", read_all },
	{ "block-bad", bad_requests },
	{ "block-bad-rw", bad_writes },
	{ "block-self", into_the_ring },
	{ "block-index", wild_indices },
	{ "block-start", wild_start },
	{ "block-deaf", never_look },
	{ "block-grants", moving_grants },
	{ "block-flip", flip },
	{ }
};
