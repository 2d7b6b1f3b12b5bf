// SPDX-License-Identifier: GPL-2.0-only
/* A guest's end of a vif: rings in pages of its own, everything done by hand. */
#include "front.h"

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "fake.h"

struct front front;

int front_init(void)
{
	u32 ref;

	for (ref = 1; ref < BUFFER_REF + 256; ref++) {
		grants[ref].page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!grants[ref].page)
			return -ENOMEM;
		grants[ref].valid = true;
	}
	return 0;
}

void front_clean(void)
{
	u32 ref;

	for (ref = 1; ref < NR_REFS; ref++)
		free_page((unsigned long)grants[ref].page);
}

void front_reset(void)
{
	struct xen_netif_tx_sring *tx = grants[TX_REF].page;
	struct xen_netif_rx_sring *rx = grants[RX_REF].page;
	struct hypha_vif *vif = front.vif;

	hypha_vif_disconnect(vif);
	front = (struct front){ .vif = vif };
	SHARED_RING_INIT(tx);
	FRONT_RING_INIT(&front.tx, tx, PAGE_SIZE);
	SHARED_RING_INIT(rx);
	FRONT_RING_INIT(&front.rx, rx, PAGE_SIZE);
}

int front_connect(u32 features, bool split)
{
	struct hypha_vif_rings rings = {
		.nr_queues = 1, .rx_copy = true, .rx_notify = true, .features = features,
		.queues[0] = { TX_REF, RX_REF, TX_PORT, split ? RX_PORT : TX_PORT },
	};

	return hypha_vif_connect(front.vif, &rings);
}

void put_request(u32 page_nr, u32 offset, u32 size, u32 flags)
{
	struct xen_netif_tx_request *req = RING_GET_REQUEST(&front.tx, front.tx.req_prod_pvt);

	*req = (struct xen_netif_tx_request){
		.gref = DATA_REF + page_nr, .offset = offset, .size = size, .flags = flags, .id = front.tx.req_prod_pvt & 0xffff,
	};
	front.tx.req_prod_pvt++;
}

void put_extra(u8 type, u8 flags, u16 gso_size, u8 gso_type)
{
	struct xen_netif_extra_info *e = (void *)RING_GET_REQUEST(&front.tx, front.tx.req_prod_pvt++);

	*e = (struct xen_netif_extra_info){ .type = type, .flags = flags, .u.gso = { .size = gso_size, .type = gso_type } };
}

/* A kernel that has much to do lets softirqs wait for a thread. */
static void wait_for(const u32 *index, u32 want)
{
	u32 i;

	for (i = 0; i < 30 && (s32)(READ_ONCE(*index) - want) < 0; i++)
		msleep(10);
}

u32 push(void)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front.tx, notify);
	if (notify)
		send_event(TX_PORT);
	wait_for(&front.tx.sring->rsp_prod, front.tx.req_prod_pvt);
	for (; front.tx.rsp_cons != front.tx.sring->rsp_prod; front.tx.rsp_cons++) {
		struct xen_netif_tx_response *rsp = RING_GET_RESPONSE(&front.tx, front.tx.rsp_cons);

		front.nulls += rsp->status == XEN_NETIF_RSP_NULL;
		front.errors += rsp->status < 0;
		if (rsp->status != XEN_NETIF_RSP_NULL && rsp->id != (front.tx.rsp_cons & 0xffff))
			front.errors += 1000;
	}
	front.tx.sring->rsp_event = front.tx.rsp_cons + 1;
	return front.tx.req_prod_pvt - front.tx.rsp_cons;
}

void post_buffers(u32 nr)
{
	int notify;

	for (; nr; nr--) {
		u32 i = front.rx.req_prod_pvt++ & 255;
		struct xen_netif_rx_request *req = RING_GET_REQUEST(&front.rx, i);

		*req = (struct xen_netif_rx_request){ .id = i, .gref = BUFFER_REF + i };
	}
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&front.rx, notify);
	if (notify)
		send_event(is_bound(RX_PORT) ? RX_PORT : TX_PORT);
}

bool take_frame(struct frame *f)
{
	struct xen_netif_rx_response rsp;
	bool first = true;

	*f = (struct frame){ };
	do {
		u32 cons = front.rx.rsp_cons;

		if (cons == front.rx.sring->rsp_prod)
			wait_for(&front.rx.sring->rsp_prod, cons + 1);
		if (cons == front.rx.sring->rsp_prod)
			return false;
		rsp = *RING_GET_RESPONSE(&front.rx, cons);
		front.rx.rsp_cons++;
		f->nr_buffers++;
		if (rsp.status < 0 || rsp.id != (cons & 255))
			f->error = true;
		else if (f->len + rsp.status <= sizeof(f->data))
			memcpy(f->data + f->len, grants[BUFFER_REF + (cons & 255)].page + rsp.offset, rsp.status);
		f->len += rsp.status > 0 ? rsp.status : 0;
		if (first)
			f->flags = rsp.flags;
		if (first && rsp.flags & XEN_NETRXF_extra_info) {
			struct xen_netif_extra_info *e = (void *)RING_GET_RESPONSE(&front.rx, front.rx.rsp_cons++);

			f->gso_size = e->u.gso.size;
			f->gso_type = e->u.gso.type;
		}
		first = false;
	} while (rsp.flags & XEN_NETRXF_more_data);
	front.rx.sring->rsp_event = front.rx.rsp_cons + 1;
	return true;
}
