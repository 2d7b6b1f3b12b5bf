// SPDX-License-Identifier: GPL-2.0-or-later
/* Grants of every wrong kind, offered as a disk's buffers and rings; and what may not be remembered of right ones. */
#include "guest.h"

enum { PAGE_FIRST = BLK_DATA + 1, PAGE_SECOND };

static struct blk disk;

static u64 ours(void) { return mfn_of(page(PAGE_FIRST)); }
static u64 no_frame(void) { return 0xffffffff; }
static u64 first_frame(void) { return 0; }
static u64 page_table(void) { return mfn_of((void *)boot->pt_base); }

static const struct {
	const char *name;
	u16 flags, domid;
	u64 (*frame)(void);
} misgrants[] = {
	{ "a reference that is not granted", 0, 0, ours },
	{ "a reference for a transfer", GTF_ACCEPT_TRANSFER, 0, ours },
	{ "a transitive reference", GTF_TRANSITIVE, 0, ours },
	{ "a page granted to itself", GTF_PERMIT, DOMID_SELF, ours },
	{ "a page granted to a neighbour", GTF_PERMIT, 1, ours },
	{ "a page granted to nobody", GTF_PERMIT, 0x7ff4, ours },
	{ "Xen's first frame", GTF_PERMIT, 0, first_frame },
	{ "no frame", GTF_PERMIT, 0, no_frame },
	{ "a stranger's frame", GTF_PERMIT, 0, stranger },
	{ "another stranger's frame", GTF_PERMIT, 0, stranger },
	{ "a third stranger's frame", GTF_PERMIT, 0, stranger },
	{ "a read-only page", GTF_PERMIT | GTF_READONLY, 0, ours },
	{ "a page table", GTF_PERMIT, 0, page_table },
};
#define READABLE	2	/* the last ones are wrong for writing only */

const char *misgrant(u32 ref, u32 nr, bool write)
{
	if (nr >= COUNT(misgrants) - (write ? 0 : READABLE))
		return NULL;
	fill_grant(ref, misgrants[nr].flags, misgrants[nr].domid == 1 ? word("other", 1) : misgrants[nr].domid, misgrants[nr].frame());
	return misgrants[nr].name;
}

/* References that mean something in a neighbour's table are nothing in ours. */
static void neighbours_refs(u32 from)
{
	struct blk_request r;
	u32 i;

	for (i = from; i < 1024; i++) {
		r = blk_simple(BLK_READ, 0, i);
		if (blk_do(&disk, &r) != BLK_ERROR)
			finding("reference %u, never granted, is read into", (u64)i);
	}
	for (i = 0; i < 200; i++) {
		r = blk_simple(BLK_READ, 0, random_odd() | 1024);
		blk_expect(&disk, "a reference beyond the table", &r, BLK_ERROR);
	}
}

static void foreign(void)
{
	u32 ref, i, round;
	const char *name;

	if (!blk_start(&disk, DISK0))
		return;
	ref = grant(page(PAGE_FIRST), GTF_PERMIT);
	for (round = 0; round < 20; round++)
		for (i = 0; (name = misgrant(ref, i, true)); i++) {
			struct blk_request r = blk_simple(BLK_READ, 0, ref);

			blk_expect(&disk, name, &r, BLK_ERROR);
		}
	neighbours_refs(ref + 1);
	for (i = 0; (name = misgrant(ref, i, true)); i++) {
		blk_close(&disk);
		store_write(0, "device/vbd/51712/ring-ref", "%u", (u64)ref);
		store_write(0, "device/vbd/51712/event-channel", "%u", (u64)alloc_port());
		blk_wait_backend(&disk, ST_INIT_WAIT, 3000 * MS);
		blk_set_state(&disk, ST_INITIALISED);
		if (!blk_wait_backend(&disk, ST_CLOSING, 3000 * MS))
			finding("%s is taken for a ring", name);
		blk_close(&disk);
		if (!blk_connect(&disk) || !blk_still_reads(&disk))
			return;
	}
	say("%u kinds of grants that are none", (u64)i);
}

/* Eleven segments, each good or bad, in every mixture: one bad makes the request bad, and nothing else. */
static void mixed(void)
{
	u32 good, bad, mask, i;

	if (!blk_start(&disk, DISK0))
		return;
	good = grant(page(PAGE_FIRST), GTF_PERMIT);
	bad = grant(page(PAGE_SECOND), GTF_PERMIT | GTF_READONLY);
	for (mask = 0; mask < 1 << BLK_SEGMENTS; mask++) {
		struct blk_request r = blk_simple(BLK_READ, 0, good);

		r.nr_segments = BLK_SEGMENTS;
		for (i = 0; i < BLK_SEGMENTS; i++) {
			r.seg[i].last = 0;
			if (mask >> i & 1)
				r.seg[i].gref = mask & 1 ? bad : 1000 + i;
		}
		blk_expect(&disk, "a mixture of good and bad segments", &r, mask ? BLK_ERROR : BLK_OKAY);
	}
	if (blk_still_reads(&disk))
		say("%u mixtures", (u64)mask);
}

static bool is_zero(const u8 *at, u32 len)
{
	while (len && !*at) {
		at++;
		len--;
	}
	return !len;
}

/* A reference whose page changes, after a request that failed and one that did not: what counts is what it says now. */
static void remembered(void)
{
	u32 ref, i;

	if (!blk_find(&disk, DISK0))
		return;
	store_write(0, "device/vbd/51712/feature-persistent", "1");
	if (!blk_connect(&disk) || !blk_still_reads(&disk))
		return;
	ref = grant(page(PAGE_FIRST), GTF_PERMIT);
	for (i = 0; i < 100; i++) {
		u8 *now = page(PAGE_FIRST + (i & 1)), *before = page(PAGE_SECOND - (i & 1));
		struct blk_request r = blk_simple(BLK_READ, 0, ref);

		memset(before, 0, PAGE_SIZE);
		revoke(ref);
		blk_expect(&disk, "a revoked reference", &r, BLK_ERROR);
		regrant(ref, now, GTF_PERMIT);
		memset(now, 0, PAGE_SIZE);
		blk_expect(&disk, "a reference to another page", &r, BLK_OKAY);
		if (is_zero(now, PAGE_SIZE) || !is_zero(before, PAGE_SIZE))
			finding("reference %u still means the page it was for", (u64)ref);
	}
	say("%u times another page", (u64)i);
}

static bool take_answers(u32 nr)
{
	struct blk_response rsp;

	while (nr--)
		if (!blk_response(&disk, &rsp, 10000 * MS)) {
			finding("a request on a page given back is not answered");
			return false;
		}
	return true;
}

/* Pages given back to Xen while they are read into, and others taken in their place. */
static void balloon(void)
{
	u8 *at = page(PAGE_FIRST);
	u32 ref, i, j;

	if (!blk_start(&disk, DISK0))
		return;
	ref = grant(at, GTF_PERMIT);
	for (i = 0; i < word("count", 50); i++) {
		struct blk_request r = blk_simple(BLK_READ, 0, ref);

		for (j = 0; j < BLK_RING; j++)
			blk_queue(&disk, &r);
		blk_push(&disk);
		for (j = 0; j < i * 100; j++)
			mb();
		if (!give_page(at))
			finding("Xen does not take a page back");
		if (!take_answers(BLK_RING))
			return;
		blk_expect(&disk, "a page given back", &r, BLK_ERROR);
		if (!take_page(at)) {
			finding("Xen has no page any more");
			return;
		}
		regrant(ref, at, GTF_PERMIT);
		blk_expect(&disk, "another page in its place", &r, BLK_OKAY);
		if (memcmp(at, page(BLK_DATA), PAGE_SIZE)) {
			finding("another page reads differently");
			return;
		}
	}
	say("%u pages given back", (u64)i);
}

const struct mode grant_modes[] = {
	{ "grants-foreign", foreign },
	{ "grants-mixed", mixed },
	{ "grants-remembered", remembered },
	{ "grants-balloon", balloon },
	{ }
};
