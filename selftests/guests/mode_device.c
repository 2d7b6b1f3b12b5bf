// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to the handshake of its disk. */
#include "guest.h"

#define DISK0	(202 << 8)
#define DIR	"device/vbd/51712"

static struct blk disk;

static bool find_disk(void)
{
	if (blk_find(&disk, DISK0))
		return true;
	finding("no disk");
	return false;
}

static bool connects_again(void)
{
	store_write(0, DIR "/state", "6");
	if (!blk_wait_backend(&disk, ST_CLOSED, 10000 * MS)) {
		finding("the backend is not closed after all that");
		return false;
	}
	store_write(0, DIR "/state", "1");
	return blk_connect(&disk);
}

/* States in any order, faster than anyone can follow. */
static void state_storm(void)
{
	u32 i;

	if (!find_disk() || !blk_connect(&disk))
		return;
	for (i = 0; i < word("count", 5000); i++) {
		u64 r = random64();

		store_write(0, DIR "/state", r & 15 ? "%u" : "%x%s", r & 15 ? (r >> 4) % 10 : r, "garbage");
	}
	if (connects_again())
		say("states stormed");
}

/* Connect and close, over and over: what dom0 holds for it must come back each time. */
static void reconnects(void)
{
	u32 i, count = word("count", 200);

	if (!find_disk())
		return;
	for (i = 0; i < count; i++) {
		if (!blk_connect(&disk))
			return;
		blk_close(&disk);
	}
	say("connected %u times", (u64)count);
}

/* One value of the frontend's directory spoilt, then the state that makes the backend read it. */
static const struct {
	const char *key, *value;
} spoilt[] = {
	{ "ring-ref", "" },
	{ "ring-ref", "0" },
	{ "ring-ref", "-1" },
	{ "ring-ref", "4294967295" },
	{ "ring-ref", "4294967296" },
	{ "ring-ref", "99999999999999999999999999999999" },
	{ "ring-ref", "8 8" },
	{ "ring-ref", "0x8" },
	{ "ring-ref", "1000" },
	{ "event-channel", "" },
	{ "event-channel", "0" },
	{ "event-channel", "1" },	/* the store's or the console's own */
	{ "event-channel", "2" },
	{ "event-channel", "1023" },
	{ "event-channel", "4294967295" },
	{ "event-channel", "none" },
	{ "ring-page-order", "0" },
	{ "ring-page-order", "4" },	/* of 16 references that are not there */
	{ "ring-page-order", "5" },
	{ "ring-page-order", "31" },
	{ "ring-page-order", "32" },
	{ "ring-page-order", "64" },
	{ "ring-page-order", "4294967295" },
	{ "ring-page-order", "-1" },
	{ "protocol", "x86_32-abi" },
	{ "protocol", "" },
	{ "protocol", "x86_64-abi-and-then-some-more-than-any-buffer-for-it-would-hold-xxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
};

static void spoil(u32 nr)
{
	char path[64];

	format(path, sizeof(path), DIR "/%s", spoilt[nr].key);
	store_write(0, DIR "/ring-ref", "%u", (u64)disk.ref);
	store_write(0, DIR "/event-channel", "%u", (u64)alloc_port());
	store_write(0, path, "%s", spoilt[nr].value);
	store_write(0, DIR "/state", "3");
	if (!blk_wait_backend(&disk, ST_CLOSING, 3000 * MS))
		finding("%s = \"%s\" is accepted", spoilt[nr].key, spoilt[nr].value);
	store_write(0, DIR "/state", "6");
	if (!blk_wait_backend(&disk, ST_CLOSED, 3000 * MS))
		finding("%s = \"%s\": the backend is not closed", spoilt[nr].key, spoilt[nr].value);
	store_write(0, DIR "/state", "1");
}

static void rm(const char *path)
{
	static struct reply r;

	store_ask(XS_RM, 0, path, strlen(path) + 1, &r);
}

static void spoilt_keys(void)
{
	u32 i;

	if (!find_disk() || !blk_connect(&disk))
		return;
	blk_close(&disk);
	for (i = 0; i < COUNT(spoilt); i++) {
		spoil(i);
		rm(DIR "/protocol");
		rm(DIR "/ring-page-order");
	}
	if (blk_connect(&disk))
		say("%u keys spoilt", (u64)COUNT(spoilt));
}

/* 16 pages are one page 16 times; a read-only page; a page granted to somebody else. */
static void odd_rings(void)
{
	u32 i, port;
	char key[64];

	if (!find_disk() || !blk_connect(&disk))
		return;
	blk_close(&disk);
	for (i = 0; i < 16; i++) {
		format(key, sizeof(key), DIR "/ring-ref%u", (u64)i);
		store_write(0, key, "%u", (u64)disk.ref);
	}
	store_write(0, DIR "/ring-page-order", "4");
	port = alloc_port();
	store_write(0, DIR "/event-channel", "%u", (u64)port);
	memset(disk.ring, 0xff, PAGE_SIZE);
	store_write(0, DIR "/state", "3");
	blk_wait_backend(&disk, ST_CONNECTED, 1000 * MS);
	for (i = 0; i < 1000; i++) {
		STORE(disk.ring->req_prod, random_odd());
		notify(port);
	}
	rm(DIR "/ring-page-order");
	if (connects_again())
		blk_close(&disk);
	regrant(disk.ref, disk.ring, GTF_PERMIT | GTF_READONLY);
	store_write(0, DIR "/event-channel", "%u", (u64)alloc_port());
	store_write(0, DIR "/state", "3");
	if (!blk_wait_backend(&disk, ST_CLOSING, 1000 * MS))
		finding("a read-only ring is accepted");
	regrant(disk.ref, disk.ring, GTF_PERMIT);
	if (connects_again())
		say("odd rings tried");
}

/* Without its directory there is no disk; and no harm. */
static void remove_device(void)
{
	if (!find_disk() || !blk_connect(&disk))
		return;
	rm(DIR "/state");
	rm(DIR "/ring-ref");
	rm(DIR);
	rm("device/vbd");
	store_write(0, DIR "/state", "3");
	store_write(0, DIR "/state", "6");
	store_is_sane();
	say("removed the disk");
}

/* The end comes in the middle of a handshake: at=STATE, with a ring full of requests if it is connected. */
static void die_at(void)
{
	u32 at = word("at", ST_CONNECTED), i, ref;
	struct blk_request r = { .op = BLK_READ, .nr_segments = 11 };

	if (!find_disk())
		return;
	if (at == ST_INITIALISED) {
		store_write(0, DIR "/ring-ref", "%u", (u64)grant(page(0), GTF_PERMIT));
		store_write(0, DIR "/event-channel", "%u", (u64)alloc_port());
		store_write(0, DIR "/state", "3");
		stop(SHUTDOWN_CRASH);
	}
	if (at < ST_INITIALISED)
		stop(SHUTDOWN_CRASH);
	if (!blk_connect(&disk))
		return;
	ref = grant(page(9), GTF_PERMIT);
	for (i = 0; i < BLK_SEGMENTS; i++)
		r.seg[i] = (struct blk_segment){ .gref = ref, .last = 7 };
	for (i = 0; i < BLK_RING; i++)
		blk_queue(&disk, &r);
	blk_push(&disk);
	if (at >= ST_CLOSING)
		store_write(0, DIR "/state", "%u", (u64)at);
	stop(SHUTDOWN_CRASH);
}

const struct mode device_modes[] = {
	{ "states", state_storm },
	{ "reconnect", reconnects },
	{ "keys", spoilt_keys },
	{ "rings", odd_rings },
	{ "remove", remove_device },
	{ "die", die_at },
	{ }
};
