// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to its disks' rings. */
#include "guest.h"

#define DISK0	(202 << 8)		/* the image: read-only */
#define DISK1	(202 << 8 | 1 << 4)	/* --disk FILE, if there is one */

enum { PAGE_DATA = 4, PAGE_INDIRECT = 5, PAGE_READONLY = 6 };

static struct blk disk;
static u32 ref_data, ref_indirect, ref_readonly;

static bool start(u32 device)
{
	if (!blk_find(&disk, device)) {
		finding("no disk %u", (u64)device);
		return false;
	}
	ref_data = grant(page(PAGE_DATA), GTF_PERMIT);
	ref_indirect = grant(page(PAGE_INDIRECT), GTF_PERMIT);
	ref_readonly = grant(page(PAGE_READONLY), GTF_PERMIT | GTF_READONLY);
	return blk_connect(&disk);
}

static struct blk_request simple(u8 op, u64 sector, u32 ref)
{
	static u64 id;
	struct blk_request r = { .op = op, .nr_segments = 1, .id = ++id << 32 | 0x5a5a, .sector = sector };
	u32 i;

	for (i = 0; i < BLK_SEGMENTS; i++)
		r.seg[i] = (struct blk_segment){ .gref = ref, .last = 7 };
	return r;
}

/* After whatever happened: an honest read still works and gives what it gave before. */
static bool still_reads(void)
{
	static u8 before[PAGE_SIZE];
	static bool known;
	struct blk_request r = simple(BLK_READ, 0, ref_data);
	s32 status;

	memset(page(PAGE_DATA), 0xee, PAGE_SIZE);
	status = blk_do(&disk, &r);
	if (status) {
		finding("an honest read of disk %u: status %d", (u64)disk.device, (s64)status);
		return false;
	}
	if (known && memcmp(before, page(PAGE_DATA), PAGE_SIZE)) {
		finding("sector 0 of disk %u reads differently", (u64)disk.device);
		return false;
	}
	memcpy(before, page(PAGE_DATA), PAGE_SIZE);
	known = true;
	return true;
}

static void read_all(void)
{
	u64 sector, bad = 0, count = word("count", 64) * 8;

	if (!start(DISK0))
		return;
	say("disk: %u sectors, read-only %u, magic %x", disk.sectors, (u64)disk.readonly,
	    still_reads() ? (u64)*(u32 *)page(PAGE_DATA) : 0);
	if (*(u32 *)page(PAGE_DATA) != 0x73717368)
		finding("this is not a squashfs");
	if (!disk.readonly)
		finding("the image is writable");
	for (sector = 0; sector + 8 <= disk.sectors && sector < count; sector += 8) {
		struct blk_request r = simple(BLK_READ, sector, ref_data);

		bad += blk_do(&disk, &r) != BLK_OKAY;
	}
	if (bad)
		finding("%u honest reads failed", bad);
	blk_close(&disk);
	if (blk_connect(&disk))
		still_reads();
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

static void expect(const char *name, const struct blk_request *r, s32 expected)
{
	s32 status = blk_do(&disk, r);

	if (status != expected)
		finding("%s: status %d instead of %d", name, (s64)status, (s64)expected);
}

static void try_defects(void)
{
	u32 i;

	for (i = 0; i < COUNT(defects); i++) {
		struct blk_request r = simple(BLK_READ, 0, ref_data);

		defects[i].spoil(&r);
		expect(defects[i].name, &r, defects[i].status);
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

	expect("indirect, honest", &r, BLK_OKAY);
	r = indirect(BLK_READ, 0);
	expect("indirect, no segment", &r, BLK_ERROR);
	r = indirect(BLK_READ, 257);
	expect("indirect, 257 segments", &r, BLK_ERROR);
	r = indirect(BLK_READ, 65535);
	expect("indirect, 65535 segments", &r, BLK_ERROR);
	r = indirect(BLK_INDIRECT, 1);
	expect("indirect in indirect", &r, BLK_EOPNOTSUPP);
	r = indirect(BLK_FLUSH, 1);
	expect("indirect flush", &r, BLK_EOPNOTSUPP);
	r = indirect(255, 1);
	expect("indirect operation 255", &r, BLK_EOPNOTSUPP);
	r = indirect(BLK_READ, 1);
	r.indirect.grefs[0] = 999;
	expect("indirect page not granted", &r, BLK_ERROR);
	r = indirect(BLK_READ, 256);
	for (i = 0; i < PAGE_SIZE / 8; i++)
		((u64 *)seg)[i] = random64();
	expect("indirect page of noise", &r, BLK_ERROR);
	memset(seg, 0xff, PAGE_SIZE);
	expect("indirect page of ones", &r, BLK_ERROR);
}

static void bad_requests(void)
{
	if (!start(DISK0) || !still_reads())
		return;
	try_defects();
	try_indirect();
	if (disk.readonly) {
		struct blk_request r = simple(BLK_WRITE, 0, ref_data);

		expect("write to a read-only disk", &r, BLK_ERROR);
		r = indirect(BLK_WRITE, 2);
		expect("indirect write to a read-only disk", &r, BLK_ERROR);
		r = simple(BLK_FLUSH, 0, ref_data);
		expect("flush with data to a read-only disk", &r, BLK_ERROR);
	}
	if (still_reads())
		say("%u defects tried", (u64)COUNT(defects));
}

/* The same on the writable disk, whose data takes another way. */
static void bad_writes(void)
{
	struct blk_request r;
	u32 i;

	if (!start(DISK1) || !still_reads())
		return;
	try_defects();
	try_indirect();
	for (i = 0; i < COUNT(defects); i++) {
		r = simple(BLK_WRITE, 8, ref_data);
		if (defects[i].spoil == readonly_page)
			continue;
		defects[i].spoil(&r);
		expect(defects[i].name, &r, defects[i].status);
	}
	memset(page(PAGE_DATA), 0xa5, PAGE_SIZE);
	r = simple(BLK_WRITE, 8, ref_data);
	expect("an honest write", &r, BLK_OKAY);
	r = simple(BLK_FLUSH, 0, ref_data);
	r.nr_segments = 0;
	expect("an honest flush", &r, BLK_OKAY);
	memset(page(PAGE_DATA), 0, PAGE_SIZE);
	r = simple(BLK_READ, 8, ref_data);
	expect("an honest read", &r, BLK_OKAY);
	if (page(PAGE_DATA)[0] != 0xa5 || page(PAGE_DATA)[PAGE_SIZE - 1] != 0xa5)
		finding("what was written is not read");
	still_reads();
}

static void fill_random_request(struct blk_request *r)
{
	const u32 refs[] = { ref_data, ref_data, ref_indirect, ref_readonly, 0, 999, -1U };
	u64 x = random64();
	u32 i;

	*r = (struct blk_request){ .op = x & 1 ? random64() % 8 : random_odd(), .nr_segments = random_odd(), .handle = random_odd(),
				   .id = random64(), .sector = random_odd() };
	if (x & 2)
		r->sector %= disk.sectors + 2;
	if (r->op == BLK_INDIRECT) {
		for (i = 0; i < 8; i++)
			r->indirect.grefs[i] = refs[random64() % COUNT(refs)];
		r->nr_segments = random64() % 8;
		return;
	}
	for (i = 0; i < BLK_SEGMENTS; i++)
		r->seg[i] = (struct blk_segment){ .gref = refs[random64() % COUNT(refs)], .first = x & 4 ? random64() % 8 : random64(),
						  .last = x & 8 ? 7 : random64() };
	if (x & 16)
		r->nr_segments = 1 + random64() % 11;
}

/* Random requests by seed. The rings and grant table stay whole, so each must be answered once. */
static void fuzz(u32 device)
{
	u64 done, count = word("count", 20000), okay = 0;
	struct blk_response rsp;
	struct blk_request r;
	u32 burst, i;

	if (!start(device) || !still_reads())
		return;
	for (done = 0; done < count; done += burst) {
		burst = 1 + random64() % BLK_RING;
		for (i = 0; i < burst; i++) {
			fill_random_request(&r);
			if (!disk.readonly && r.op != BLK_READ && r.sector < 8)
				r.sector += 8;	/* sector 0 is compared */
			if (!disk.readonly && r.op == BLK_INDIRECT)
				r.nr_segments = BLK_READ;
			blk_queue(&disk, &r);
		}
		if (random64() % 4 == 0)
			for (i = 0; i < PAGE_SIZE / 8; i++)
				((u64 *)page(PAGE_INDIRECT))[i] = random64();
		blk_push(&disk);
		for (i = 0; i < burst; i++) {
			if (!blk_response(&disk, &rsp, 10000 * MS)) {
				finding("fuzz: request %u is not answered", done + i);
				return;
			}
			okay += rsp.status == BLK_OKAY;
		}
	}
	say("%u random requests, %u okay", done, okay);
	blk_close(&disk);
	if (blk_connect(&disk))
		still_reads();
}

static void fuzz_ro(void) { fuzz(DISK0); }
static void fuzz_rw(void) { fuzz(DISK1); }

/* Read the disk into the ring itself, requests, responses and indices: whatever comes of it, it ends with the ring. */
static void into_the_ring(void)
{
	u32 i, j;

	if (!start(DISK0) || !still_reads())
		return;
	for (i = 0; i < word("count", 50); i++) {
		for (j = 0; j < 1 + i % BLK_RING; j++) {
			struct blk_request r = simple(BLK_READ, random64() % (disk.sectors - 8), disk.ref);

			r.seg[0].first = random64() % 8;
			blk_queue(&disk, &r);
		}
		blk_push(&disk);
		wait_port(disk.port, 20 * MS);
		blk_close(&disk);
		if (!blk_connect(&disk) || !still_reads())
			return;
	}
}

/* An index that cannot be: the disk may die, and must live again after closing. */
static void wild_indices(void)
{
	static const u32 ahead[] = { BLK_RING + 1, 1000, 0x7fffffff, 0x80000000, 0xffffffff };
	u32 i, j;

	if (!start(DISK0) || !still_reads())
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
		if (!blk_connect(&disk) || !still_reads())
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
		still_reads();
}

/* Requests without end, responses never looked at: full ring after full ring. */
static void never_look(void)
{
	u64 end = now() + word("seconds", 5) * 1000 * MS, n = 0;
	struct blk_request r;

	if (!start(DISK0) || !still_reads())
		return;
	for (r = simple(BLK_READ, 0, ref_data); now() < end; n++) {
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
		still_reads();
}

/* Grants that change under a busy backend, the ring's own among them. */
static void moving_grants(void)
{
	u32 i, j;

	if (!start(DISK0) || !still_reads())
		return;
	for (i = 0; i < word("count", 300); i++) {
		for (j = 0; j < BLK_RING; j++) {
			struct blk_request r = simple(BLK_READ, random64() % (disk.sectors + 9), ref_data);

			r.nr_segments = 11;
			blk_queue(&disk, &r);
		}
		blk_push(&disk);
		for (j = 0; j < 200; j++) {
			revoke(ref_data);
			regrant(ref_data, page(PAGE_DATA), random64() & 1 ? GTF_PERMIT : GTF_PERMIT | GTF_READONLY);
			revoke(disk.ref);
		}
		regrant(ref_data, page(PAGE_DATA), GTF_PERMIT);
		regrant(disk.ref, disk.ring, GTF_PERMIT);
		for (j = 0; j < BLK_RING; j++) {
			struct blk_response rsp;

			if (!blk_response(&disk, &rsp, 10000 * MS)) {
				finding("a request on moving grants is not answered");
				return;
			}
		}
	}
	still_reads();
}

/* Rewrite requests, and indirect pages, while they are being read. Whatever is read, each gets one answer. */
static void flip(void)
{
	struct blk_segment *seg = (void *)page(PAGE_INDIRECT);
	struct blk_response rsp;
	u32 i, j, first;

	if (!start(DISK0) || !still_reads())
		return;
	for (i = 0; i < word("count", 1000); i++) {
		struct blk_request r = i & 1 ? indirect(BLK_READ, 200) : simple(BLK_READ, 0, ref_data);

		first = disk.req_prod;
		for (j = 0; j < BLK_RING; j++)
			blk_queue(&disk, &r);
		blk_push(&disk);
		for (j = 0; j < 2000 && READ(disk.ring->rsp_prod) != disk.req_prod; j++) {
			struct blk_request *slot = &disk.ring->slot[(first + j) % BLK_RING].req;

			STORE(slot->nr_segments, (u8)random64());
			STORE(slot->handle, (u16)random64());
			STORE(slot->sector, random_odd());
			STORE(slot->seg[0].gref, (u32)random64());
			STORE(seg[j % 200].last, (u8)random64());
			STORE(seg[j % 200].gref, (u32)random64());
		}
		for (j = 0; j < BLK_RING; j++)
			if (!blk_response(&disk, &rsp, 10000 * MS)) {
				finding("flip: request %u of round %u is not answered", (u64)j, (u64)i);
				return;
			}
	}
	still_reads();
}

const struct mode block_modes[] = {
	{ "block-read", read_all },
	{ "block-bad", bad_requests },
	{ "block-bad-rw", bad_writes },
	{ "block-fuzz", fuzz_ro },
	{ "block-fuzz-rw", fuzz_rw },
	{ "block-self", into_the_ring },
	{ "block-index", wild_indices },
	{ "block-start", wild_start },
	{ "block-deaf", never_look },
	{ "block-grants", moving_grants },
	{ "block-flip", flip },
	{ }
};
