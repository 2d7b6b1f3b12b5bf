// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest does to the handshake of its disk. */
#include "guest.h"

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
	blk_wait_backend(&disk, ST_INIT_WAIT, 3000 * MS);
	store_write(0, DIR "/state", "3");
	if (!blk_wait_backend(&disk, ST_CLOSING, 1000 * MS))
		finding("a read-only ring is accepted");
	regrant(disk.ref, disk.ring, GTF_PERMIT);
	if (connects_again())
		say("odd rings tried");
}

/* Rings of 16 pages of which one cannot be had, each time another and for another reason: what was mapped is given up. */
static void partial_rings(void)
{
	u32 refs[16], i, j, bad;
	const char *name;
	char key[64];

	if (!find_disk() || !blk_connect(&disk))
		return;
	blk_close(&disk);
	for (i = 0; i < COUNT(refs); i++) {
		refs[i] = grant(page(8 + i), GTF_PERMIT);
		memset(page(8 + i), 0, PAGE_SIZE);
		format(key, sizeof(key), DIR "/ring-ref%u", (u64)i);
		store_write(0, key, "%u", (u64)refs[i]);
	}
	store_write(0, DIR "/ring-page-order", "4");
	store_write(0, DIR "/event-channel", "%u", (u64)alloc_port());
	for (j = 0; (name = misgrant(refs[0], j, true)); j++)
		for (i = 0; i < 4; i++) {
			bad = i * 5;	/* the first, the last, some between */
			regrant(refs[0], page(8), GTF_PERMIT);
			misgrant(refs[bad], j, true);
			blk_wait_backend(&disk, ST_INIT_WAIT, 3000 * MS);
			store_write(0, DIR "/state", "3");
			if (!blk_wait_backend(&disk, ST_CLOSING, 3000 * MS))
				finding("page %u of a ring is %s, and it is accepted", (u64)bad, name);
			store_write(0, DIR "/state", "6");
			blk_wait_backend(&disk, ST_CLOSED, 3000 * MS);
			store_write(0, DIR "/state", "1");
			regrant(refs[bad], page(8 + bad), GTF_PERMIT);
		}
	rm(DIR "/ring-page-order");
	if (blk_connect(&disk) && blk_still_reads(&disk))
		say("%u kinds of holes in rings", (u64)j);
}

/* Connected and closed and anew, with all that takes in place, and nobody waits for anybody. */
static void quick_states(void)
{
	static const char cycle[] = "3416134515613";	/* most of them connect */
	u32 i;

	if (!find_disk() || !blk_connect(&disk))
		return;
	for (i = 0; i < word("count", 300) * (sizeof(cycle) - 1); i++) {
		store_write(0, DIR "/state", "%u", (u64)cycle[i % (sizeof(cycle) - 1)] - '0');
		notify(disk.port);
	}
	if (connects_again() && blk_still_reads(&disk))
		say("%u states", (u64)i);
}

/* Closing, and then nothing; or Initialising without ever having closed; and the ring shared until then overwritten. */
static void half_closed(void)
{
	u32 i;

	if (!blk_start(&disk, DISK0))
		return;
	for (i = 0; i < 20; i++) {
		blk_set_state(&disk, ST_CLOSING);
		if (!blk_wait_backend(&disk, ST_CLOSING, 5000 * MS))
			finding("the backend does not close");
		memset(disk.ring, 0xff, PAGE_SIZE);
		notify(disk.port);
		blk_set_state(&disk, i & 1 ? ST_INITIALISING : ST_CLOSED);
		if (!(i & 1) && !blk_wait_backend(&disk, ST_CLOSED, 5000 * MS))
			finding("the backend is not closed");
		blk_set_state(&disk, ST_INITIALISING);
		if (!blk_connect(&disk) || !blk_still_reads(&disk))
			return;
	}
	say("half closed %u times", (u64)i);
}

/* Keys written while connected: nothing of it may matter until the next handshake. */
static void toggled_keys(void)
{
	static const char *const keys[] = {
		"ring-ref", "ring-ref0", "ring-ref1", "event-channel", "ring-page-order", "num-ring-pages", "protocol", "feature-persistent",
		"multi-queue-num-queues", "virtual-device", "device-type", "backend", "backend-id", "frontend-id",
	};
	char path[64];
	u32 i;

	if (!blk_start(&disk, DISK0))
		return;
	for (i = 0; i < word("count", 1000); i++) {
		format(path, sizeof(path), DIR "/%s", keys[random64() % COUNT(keys)]);
		store_write(0, path, "%u", random64() & 1 ? random64() & 3 : random_odd());
		if (i % 50 == 0 && !blk_still_reads(&disk))
			return;
	}
	say("keys toggled %u times", (u64)i);
}

/* Events without cease while their channel goes: dom0 closes it, or with at=1 the guest does, printing the while. */
static void hang_up(void)
{
	static const char closed[] = DIR "/state\0" "6";
	static struct reply r;
	u32 i, j, id;

	if (!find_disk())
		return;
	for (i = 0; i < word("count", 50); i++) {
		if (!blk_connect(&disk))
			return;
		id = store_post(XS_WRITE, 0, closed, sizeof(closed) - 1);
		for (j = 0; j < 500; j++) {
			notify(disk.port);
			if (j == 7 * i && word("at", 0)) {
				hc_evtchn(EVTCHNOP_CLOSE, &disk.port);
				console_write(".", 1);
			}
		}
		if (store_await(XS_WRITE, 0, id, &r) < 0 || !blk_wait_backend(&disk, ST_CLOSED, 5000 * MS)) {
			finding("the backend does not close under a storm");
			return;
		}
		hc_evtchn(EVTCHNOP_CLOSE, &disk.port);
		blk_set_state(&disk, ST_INITIALISING);
	}
	if (blk_connect(&disk) && blk_still_reads(&disk))
		say("hung up %u times", (u64)i);
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
	{ "partial", partial_rings },
	{ "quick", quick_states },
	{ "half", half_closed },
	{ "toggle", toggled_keys },
	{ "hang-up", hang_up },
	{ "remove", remove_device },
	{ "die", die_at },
	{ }
};
