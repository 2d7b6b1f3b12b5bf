/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's end of a vif with one queue, as plain as can be. */
#ifndef FRONT_H
#define FRONT_H

#include <linux/types.h>
#include <xen/interface/io/netif.h>

#include "net/vif.h"

#define TX_REF		1
#define RX_REF		2
#define DATA_REF	16	/* 32 pages to send from */
#define BUFFER_REF	128	/* 256 buffers to receive into */
#define TX_PORT		3
#define RX_PORT		4

struct front {
	struct hypha_vif *vif;
	struct xen_netif_tx_front_ring tx;
	struct xen_netif_rx_front_ring rx;
	u32 errors, nulls;	/* of responses to what was sent */
};

/* What came, put together. */
struct frame {
	u8 data[70000];
	u32 len, nr_buffers;
	u16 flags;		/* of the first buffer */
	u16 gso_size;
	u8 gso_type;
	bool error;
};

extern struct front front;

int front_init(void);
void front_clean(void);
/* New rings; then connect. */
void front_reset(void);
int front_connect(u32 features, bool split);

/* Put one request; @page_nr of the 32. */
void put_request(u32 page_nr, u32 offset, u32 size, u32 flags);
void put_extra(u8 type, u8 flags, u16 gso_size, u8 gso_type);
/* All that was put; waits for the answers. Return: requests that were not answered. */
u32 push(void);

void post_buffers(u32 nr);
/* Take the next frame. False: there is none. */
bool take_frame(struct frame *f);

#endif
