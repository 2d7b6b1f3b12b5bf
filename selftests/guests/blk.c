// SPDX-License-Identifier: GPL-2.0-or-later
/* An honest block frontend (Xen's io/blkif.h), and its parts for dishonest ones. */
#include "guest.h"

static struct reply answer;

static int read_key(const char *dir, const char *key)
{
	char path[128];

	format(path, sizeof(path), "%s/%s", dir, key);
	return store_read(0, path, &answer);
}

static bool write_key(const struct blk *b, const char *key, u64 value)
{
	char path[128];

	format(path, sizeof(path), "%s/%s", b->dir, key);
	return store_write(0, path, "%u", value) >= 0;
}

bool blk_find(struct blk *b, u32 device)
{
	*b = (struct blk){ .device = device };
	format(b->dir, sizeof(b->dir), "device/vbd/%u", (u64)device);
	if (read_key(b->dir, "backend") < 0 || strlen(answer.data) >= sizeof(b->backend))
		return false;
	memcpy(b->backend, answer.data, strlen(answer.data) + 1);
	return true;
}

bool blk_set_state(struct blk *b, u32 state)
{
	return write_key(b, "state", state);
}

bool blk_wait_backend(struct blk *b, u32 state, u64 ns)
{
	u64 give_up = now() + ns;

	do {
		if (read_key(b->backend, "state") > 0 && number(answer.data) == state)
			return true;
		wait_port(boot->store_port, 5 * MS);
	} while (now() < give_up);
	return false;
}

static void init_ring(struct blk *b)
{
	static u32 refs[2];
	u32 nr = b->device >> 4 & 1;

	b->ring = (void *)page(BLK_RINGS + nr);
	memset(b->ring, 0, PAGE_SIZE);
	b->ring->req_event = b->ring->rsp_event = 1;
	b->req_prod = b->rsp_cons = 0;
	if (!refs[nr])
		refs[nr] = grant(b->ring, GTF_PERMIT);
	b->ref = refs[nr];
}

bool blk_connect(struct blk *b)
{
	if (!blk_wait_backend(b, ST_INIT_WAIT, 5000 * MS)) {
		finding("vbd %u: the backend does not wait for us, its state is %s", (u64)b->device, answer.data);
		return false;
	}
	init_ring(b);
	b->port = alloc_port();
	write_key(b, "ring-ref", b->ref);
	write_key(b, "event-channel", b->port);
	blk_set_state(b, ST_INITIALISED);
	if (!blk_wait_backend(b, ST_CONNECTED, 5000 * MS)) {
		finding("vbd %u: the backend does not connect, its state is %s", (u64)b->device, answer.data);
		return false;
	}
	b->sectors = read_key(b->backend, "sectors") > 0 ? number(answer.data) : 0;
	b->readonly = read_key(b->backend, "info") > 0 && (number(answer.data) & 4);
	return blk_set_state(b, ST_CONNECTED);
}

void blk_close(struct blk *b)
{
	blk_set_state(b, ST_CLOSING);
	if (!blk_wait_backend(b, ST_CLOSING, 5000 * MS))
		finding("vbd %u: the backend does not close, its state is %s", (u64)b->device, answer.data);
	blk_set_state(b, ST_CLOSED);
	if (!blk_wait_backend(b, ST_CLOSED, 5000 * MS))
		finding("vbd %u: the backend is not closed, its state is %s", (u64)b->device, answer.data);
	hc_evtchn(EVTCHNOP_CLOSE, &b->port);
	blk_set_state(b, ST_INITIALISING);
	if (!blk_wait_backend(b, ST_INIT_WAIT, 5000 * MS))	/* who connects sooner is not heard */
		finding("vbd %u: the backend does not wait again, its state is %s", (u64)b->device, answer.data);
}

void blk_queue(struct blk *b, const struct blk_request *req)
{
	b->ring->slot[b->req_prod++ % BLK_RING].req = *req;
}

void blk_push(struct blk *b)
{
	mb();
	STORE(b->ring->req_prod, b->req_prod);
	notify(b->port);
}

bool blk_response(struct blk *b, struct blk_response *rsp, u64 ns)
{
	u64 give_up = now() + ns;

	while (READ(b->ring->rsp_prod) == b->rsp_cons) {
		if (now() > give_up)
			return false;
		STORE(b->ring->rsp_event, b->rsp_cons + 1);
		wait_port(b->port, 20 * MS);
	}
	mb();
	*rsp = b->ring->slot[b->rsp_cons++ % BLK_RING].rsp;
	return true;
}

s32 blk_do(struct blk *b, const struct blk_request *req)
{
	u8 op = req->op == BLK_INDIRECT ? req->nr_segments : req->op;	/* what the answer names */
	struct blk_response rsp;

	blk_queue(b, req);
	blk_push(b);
	if (!blk_response(b, &rsp, 10000 * MS))
		return NO_ANSWER;
	if (rsp.id != req->id || rsp.op != op)
		finding("vbd %u: asked op %u id %x, answered op %u id %x", (u64)b->device, (u64)op, req->id,
			(u64)rsp.op, rsp.id);
	return rsp.status;
}

struct blk_request blk_simple(u8 op, u64 sector, u32 ref)
{
	static u64 id = 1;
	struct blk_request r = { .op = op, .nr_segments = 1, .id = id << 32 | 0x5a5a, .sector = sector };
	u32 i;

	id++;
	for (i = 0; i < BLK_SEGMENTS; i++)
		r.seg[i] = (struct blk_segment){ .gref = ref, .last = 7 };
	return r;
}

bool blk_still_reads(struct blk *b)
{
	static struct {
		u8 bytes[PAGE_SIZE];
		bool known;
	} before[2];
	__typeof__(before[0]) *was = &before[b->device >> 4 & 1];
	struct blk_request r;
	static u32 ref;
	s32 status;

	if (!ref)
		ref = grant(page(BLK_DATA), GTF_PERMIT);
	r = blk_simple(BLK_READ, 0, ref);
	memset(page(BLK_DATA), 0xee, PAGE_SIZE);
	status = blk_do(b, &r);
	if (status) {
		finding("an honest read of disk %u: status %d", (u64)b->device, (s64)status);
		return false;
	}
	if (was->known && memcmp(was->bytes, page(BLK_DATA), PAGE_SIZE)) {
		finding("sector 0 of disk %u reads differently", (u64)b->device);
		return false;
	}
	memcpy(was->bytes, page(BLK_DATA), PAGE_SIZE);
	was->known = true;
	return true;
}

bool blk_start(struct blk *b, u32 device)
{
	if (!blk_find(b, device)) {
		finding("no disk %u", (u64)device);
		return false;
	}
	return blk_connect(b) && blk_still_reads(b);
}

void blk_expect(struct blk *b, const char *name, const struct blk_request *req, s32 expected)
{
	s32 status = blk_do(b, req);

	if (status != expected)
		finding("%s: status %d instead of %d", name, (s64)status, (s64)expected);
}
