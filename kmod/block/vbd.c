// SPDX-License-Identifier: GPL-2.0-only
/* A virtual block device: takes requests from the guest's ring, has them carried out, answers. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "vbd.h"

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/interface/io/blkif.h>

#include "../xen/evtchn.h"
#include "../xen/grant.h"
#include "../xen/ring.h"
#include "image.h"
#include "request.h"
#include "transfer.h"

#define MAX_RING_ORDER	4
#define MAX_PENDING	32	/* reads answered together */
#define RUN_REQUESTS	256	/* then other work gets the worker */

static_assert(1 << MAX_RING_ORDER <= HYPHA_GRANT_RING_PAGES);
static_assert(1 << MAX_RING_ORDER <= ARRAY_SIZE(((struct hypha_vbd_ring *)0)->refs));

/* A request taken from the ring and not answered yet. */
struct pending {
	struct hypha_request req;
	u32 len;
	int err;
};

/* What a connected disk needs; used by its work alone. */
struct session {
	struct hypha_grant_ring pages;
	struct blkif_back_ring ring;
	struct hypha_transfer *transfer;
	u32 nr_pending;
	struct pending pending[MAX_PENDING];
	struct blkif_request wire;
	struct hypha_segment segs[HYPHA_INDIRECT_MAX];
};

struct hypha_vbd {
	domid_t domid;
	struct hypha_image image;
	struct hypha_request_limits limits;
	struct hypha_vbd_stats stats;	/* written by @work, read by anyone */

	struct session *session;	/* NULL while not connected; set and cleared by our owner alone */
	bool stop;			/* the work is to leave @session and @ec alone */
	struct hypha_evtchn ec;
	struct work_struct work;	/* never runs twice at once */
};

/* The guest broke the protocol: its disk stays dead. No EOI, so its events cost nothing any more. */
static void break_ring(struct hypha_vbd *vbd)
{
	WRITE_ONCE(vbd->stats.broken, true);
	pr_debug_ratelimited("domain %u: block ring index out of range, disk stopped\n", vbd->domid);
}

static void count(struct hypha_vbd_stats *stats, const struct pending *p)
{
	if (p->err) {
		stats->errors++;
		return;
	}
	switch (p->req.op) {
	case HYPHA_REQUEST_READ:
		stats->rd_reqs++;
		stats->rd_bytes += p->len;
		break;
	case HYPHA_REQUEST_FLUSH:
		stats->flushes++;
		fallthrough;
	case HYPHA_REQUEST_WRITE:
		stats->wr_reqs += p->len != 0;
		stats->wr_bytes += p->len;
		break;
	}
}

/* The response goes where a request was: nothing of dom0's may be in its padding (XSA-216). */
static void put_response(struct blkif_back_ring *ring, const struct pending *p)
{
	struct blkif_response *rsp = RING_GET_RESPONSE(ring, ring->rsp_prod_pvt);

	memset(rsp, 0, sizeof(*rsp));
	rsp->id = p->req.id;
	rsp->operation = p->req.wire_op;
	rsp->status = hypha_request_status(p->err);
	ring->rsp_prod_pvt++;
}

/* Finish and answer all that is pending, with one event if the guest wants one. */
static void answer(struct hypha_vbd *vbd)
{
	struct session *s = vbd->session;
	bool notify;
	u32 i;

	if (!s->nr_pending)
		return;
	hypha_transfer_finish(s->transfer);
	for (i = 0; i < s->nr_pending; i++) {
		count(&vbd->stats, &s->pending[i]);
		put_response(&s->ring, &s->pending[i]);
	}
	s->nr_pending = 0;
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&s->ring, notify);
	if (notify)
		hypha_evtchn_notify(&vbd->ec);
}

/* Where the request's segments are; private memory in either case. */
static const struct blkif_request_segment *wire_segments(struct session *s, const struct hypha_request *req)
{
	if (!req->indirect)
		return s->wire.u.rw.seg;
	return hypha_transfer_fetch(s->transfer, req->indirect_ref, req->nr_segs * sizeof(struct blkif_request_segment));
}

/* Fill @p and the session's segments from the wire. */
static int take_request(struct hypha_vbd *vbd, struct pending *p)
{
	const struct blkif_request_segment *wire;
	struct session *s = vbd->session;
	int len;

	*p = (struct pending){};
	len = hypha_request_parse(&s->wire, &vbd->limits, &p->req);
	if (len)
		return len;
	wire = wire_segments(s, &p->req);
	if (IS_ERR(wire))
		return PTR_ERR(wire);
	len = hypha_request_check_segments(&p->req, &vbd->limits, wire, s->segs);
	if (len < 0)
		return len;
	p->len = len;
	return 0;
}

static int do_write(struct hypha_vbd *vbd, const struct pending *p)
{
	return hypha_transfer_write(vbd->session->transfer, vbd->session->segs, p->req.nr_segs,
				    p->req.sector * HYPHA_SECTOR);
}

/* With data it means: after what was written before, and to stay. */
static int do_flush(struct hypha_vbd *vbd, const struct pending *p)
{
	int err;

	if (vbd->limits.readonly)
		return 0;
	err = hypha_image_flush(&vbd->image);
	if (err || !p->req.nr_segs)
		return err;
	err = do_write(vbd, p);
	return err ? err : hypha_image_flush(&vbd->image);
}

/* Carry out what is in the session's wire request. Reads may stay pending; what is slower does not make them wait. */
static void do_request(struct hypha_vbd *vbd)
{
	struct session *s = vbd->session;
	struct pending p;

	p.err = take_request(vbd, &p);
	if (!p.err && p.req.op != HYPHA_REQUEST_READ) {
		answer(vbd);
		p.err = p.req.op == HYPHA_REQUEST_WRITE ? do_write(vbd, &p) : do_flush(vbd, &p);
	}

	s->pending[s->nr_pending] = p;
	if (!p.err && p.req.op == HYPHA_REQUEST_READ)
		hypha_transfer_read(s->transfer, s->segs, p.req.nr_segs, p.req.sector * HYPHA_SECTOR,
				    &s->pending[s->nr_pending].err);
	if (++s->nr_pending == MAX_PENDING || p.req.op != HYPHA_REQUEST_READ)
		answer(vbd);
}

/* Requests the guest has put and we have not taken. Everything taken is answered, so nothing else is in the ring. */
static int nr_unconsumed(const struct session *s)
{
	u32 prod = READ_ONCE(s->ring.sring->req_prod);
	int used = hypha_ring_used(prod, s->ring.rsp_prod_pvt, RING_SIZE(&s->ring));

	virt_rmb();	/* requests after the index that covers them */
	return used;
}

/* Serve at most @budget requests of what is in the ring now. Return: how many, or -EPROTO. */
static int serve_some(struct hypha_vbd *vbd, int budget)
{
	struct session *s = vbd->session;
	int i, nr = min(nr_unconsumed(s), budget);

	for (i = 0; i < nr && !READ_ONCE(vbd->stop); i++) {
		RING_COPY_REQUEST(&s->ring, s->ring.req_cons, &s->wire);
		s->ring.req_cons++;
		do_request(vbd);
		cond_resched();
	}
	answer(vbd);
	return nr;
}

/* Ask for an event with the next request. Return: true if one came meanwhile. */
static bool final_check(struct session *s)
{
	WRITE_ONCE(s->ring.sring->req_event, s->ring.req_cons + 1);
	virt_mb();
	return READ_ONCE(s->ring.sring->req_prod) != s->ring.req_cons;
}

static void work(struct work_struct *ws)
{
	struct hypha_vbd *vbd = container_of(ws, struct hypha_vbd, work);
	int n, total = 0;

	if (vbd->stats.broken || READ_ONCE(vbd->stop))
		return;
	do {
		n = serve_some(vbd, RUN_REQUESTS - total);
		if (n < 0) {
			break_ring(vbd);
			return;
		}
		total += n;
		if (READ_ONCE(vbd->stop))
			return;
		if (total == RUN_REQUESTS) {
			queue_work(system_unbound_wq, &vbd->work);
			return;
		}
	} while (n || final_check(vbd->session));

	hypha_evtchn_eoi(&vbd->ec, !total);
}

/* Hard irq. */
static void handle_event(void *ctx)
{
	struct hypha_vbd *vbd = ctx;

	queue_work(system_unbound_wq, &vbd->work);
}

struct hypha_vbd *hypha_vbd_alloc(domid_t domid, struct file *file, bool readonly)
{
	struct hypha_vbd *vbd = kzalloc(sizeof(*vbd), GFP_KERNEL);
	int err;

	if (!vbd)
		return ERR_PTR(-ENOMEM);
	err = hypha_image_init(&vbd->image, file, readonly);
	if (err) {
		kfree(vbd);
		return ERR_PTR(err);
	}
	vbd->domid = domid;
	vbd->limits.sectors = vbd->image.size / HYPHA_SECTOR;
	vbd->limits.readonly = readonly;
	vbd->ec.work = handle_event;
	vbd->ec.ctx = vbd;
	INIT_WORK(&vbd->work, work);
	return vbd;
}

void hypha_vbd_free(struct hypha_vbd *vbd)
{
	hypha_vbd_disconnect(vbd);
	hypha_image_clean(&vbd->image);
	kfree(vbd);
}

void hypha_vbd_params(const struct hypha_vbd *vbd, struct hypha_vbd_params *params)
{
	*params = (struct hypha_vbd_params){
		.sectors = vbd->limits.sectors,
		.sector_size = HYPHA_SECTOR,
		.physical_sector_size = hypha_image_physical_sector(&vbd->image),
		.info = vbd->limits.readonly ? VDISK_READONLY : 0,
		.max_ring_page_order = MAX_RING_ORDER,
		.max_indirect_segments = HYPHA_INDIRECT_MAX,
		.flush_cache = !vbd->limits.readonly,
	};
}

static void free_session(struct session *s)
{
	hypha_grant_unmap_ring(&s->pages);
	hypha_transfer_free(s->transfer);
	kvfree(s);
}

/* Start where the ring stands: behind the last response, so a request already there is served. */
static int attach_ring(struct session *s, u32 nr_pages)
{
	struct blkif_sring *shared = s->pages.va;
	u32 rsp_prod = READ_ONCE(shared->rsp_prod);

	BACK_RING_ATTACH(&s->ring, shared, rsp_prod, nr_pages * PAGE_SIZE);
	return nr_unconsumed(s) < 0 ? -EPROTO : 0;
}

static struct session *alloc_session(struct hypha_vbd *vbd, const struct hypha_vbd_ring *ring)
{
	struct session *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	int err = -ENOMEM;

	if (!s)
		return ERR_PTR(err);
	s->transfer = hypha_transfer_alloc(vbd->domid, &vbd->image);
	if (!s->transfer)
		goto err_free;
	err = hypha_grant_map_ring(&s->pages, vbd->domid, ring->refs, ring->nr_refs);
	if (err)
		goto err_free;
	err = attach_ring(s, ring->nr_refs);
	if (err)
		goto err_free;
	return s;

err_free:
	free_session(s);
	return ERR_PTR(err);
}

/* The work that runs is waited for before the channel goes; what an event queues meanwhile finds @stop. */
static void stop(struct hypha_vbd *vbd)
{
	WRITE_ONCE(vbd->stop, true);
	cancel_work_sync(&vbd->work);
	hypha_evtchn_unbind(&vbd->ec);
	cancel_work_sync(&vbd->work);
}

int hypha_vbd_connect(struct hypha_vbd *vbd, const struct hypha_vbd_ring *ring)
{
	int err;

	if (vbd->session)
		return -EBUSY;
	if (!ring->protocol_ok)
		return -EPROTO;
	if (!is_power_of_2(ring->nr_refs) || ring->nr_refs > 1 << MAX_RING_ORDER)
		return -EINVAL;
	vbd->session = alloc_session(vbd, ring);
	if (IS_ERR(vbd->session)) {
		err = PTR_ERR(vbd->session);
		vbd->session = NULL;
		return err;
	}

	vbd->stats.broken = false;
	WRITE_ONCE(vbd->stop, false);
	err = hypha_evtchn_bind(&vbd->ec, vbd->domid, ring->port, "hypha-vbd");
	if (err)
		hypha_vbd_disconnect(vbd);
	return err;
}

void hypha_vbd_disconnect(struct hypha_vbd *vbd)
{
	if (!vbd->session)
		return;
	stop(vbd);
	free_session(vbd->session);
	vbd->session = NULL;
}

void hypha_vbd_stats(const struct hypha_vbd *vbd, struct hypha_vbd_stats *stats)
{
	*stats = vbd->stats;
}
