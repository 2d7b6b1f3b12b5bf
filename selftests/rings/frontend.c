// SPDX-License-Identifier: GPL-2.0-only
/* The other end of a block ring. */
#include "rings.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>

static int grant(void *va)
{
	return gnttab_grant_foreign_access(0, virt_to_gfn(va), 0);
}

int granted_alloc(struct granted *page)
{
	int ref;

	page->va = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page->va)
		return -ENOMEM;
	ref = grant(page->va);
	if (ref < 0)
		return ref;
	page->ref = ref;
	return 0;
}

void granted_free(struct granted *page)
{
	if (page->ref)
		gnttab_end_foreign_access(page->ref, virt_to_page(page->va));
	page->ref = 0;
	page->va = NULL;
}

evtchn_port_t port_alloc(void)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = 0 };

	return HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op) ? 0 : op.port;
}

void port_send(evtchn_port_t port)
{
	struct evtchn_send op = { .port = port };

	HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}

void port_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

int front_alloc(struct front *f, unsigned int order)
{
	unsigned int i;

	memset(f, 0, sizeof(*f));
	f->nr_pages = 1 << order;
	f->va = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!f->va)
		return -ENOMEM;
	f->desc.nr_refs = f->nr_pages;
	f->desc.protocol_ok = true;
	for (i = 0; i < f->nr_pages; i++) {
		int ref = grant(f->va + i * PAGE_SIZE);

		if (ref < 0)
			return ref;
		f->desc.refs[i] = ref;
	}
	for (i = 0; i < FRONT_BUFFERS; i++)
		if (granted_alloc(&f->buf[i]))
			return -ENOMEM;
	return granted_alloc(&f->indirect);
}

void front_free(struct front *f)
{
	unsigned int i;

	for (i = 0; i < f->nr_pages; i++)
		gnttab_end_foreign_access(f->desc.refs[i], NULL);
	free_pages((unsigned long)f->va, ilog2(f->nr_pages));
	for (i = 0; i < FRONT_BUFFERS; i++)
		granted_free(&f->buf[i]);
	granted_free(&f->indirect);
}

static void init_ring(struct front *f)
{
	struct blkif_sring *shared = f->va;

	memset(f->va, 0, f->nr_pages * PAGE_SIZE);
	SHARED_RING_INIT(shared);
	FRONT_RING_INIT(&f->ring, shared, f->nr_pages * PAGE_SIZE);
}

int front_open(struct front *f, const char *path, bool readonly)
{
	struct file *file = filp_open(path, readonly ? O_RDONLY : O_RDWR, 0);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	f->vbd = hypha_vbd_alloc(0, file, readonly);
	fput(file);
	if (IS_ERR(f->vbd))
		return PTR_ERR(f->vbd);
	init_ring(f);
	f->desc.port = f->port = port_alloc();
	err = hypha_vbd_connect(f->vbd, &f->desc);
	if (err)
		front_close(f);
	return err;
}

void front_close(struct front *f)
{
	hypha_vbd_free(f->vbd);
	f->vbd = NULL;
	port_close(f->port);
}

struct blkif_request *front_slot(struct front *f)
{
	struct blkif_request *req = RING_GET_REQUEST(&f->ring, f->ring.req_prod_pvt);

	f->ring.req_prod_pvt++;
	memset(req, 0xff, sizeof(*req));
	return req;
}

void front_kick(struct front *f)
{
	port_send(f->port);
}

void front_push(struct front *f)
{
	bool notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&f->ring, notify);
	if (notify)
		front_kick(f);
}

const struct blkif_response *front_wait(struct front *f)
{
	unsigned long end = jiffies + HZ;
	const struct blkif_response *rsp;

	while (READ_ONCE(f->ring.sring->rsp_prod) == f->ring.rsp_cons) {
		if (time_after(jiffies, end))
			return NULL;
		usleep_range(20, 50);
	}
	virt_rmb();
	rsp = RING_GET_RESPONSE(&f->ring, f->ring.rsp_cons);
	f->ring.rsp_cons++;
	return rsp;
}
