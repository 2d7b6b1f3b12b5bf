/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual network interface of a guest: Xen's netif rings on one side, its endpoint on the other. */
#ifndef HYPHA_NET_VIF_H
#define HYPHA_NET_VIF_H

#include <linux/types.h>
#include <xen/interface/xen.h>

#include "net.h"

#define HYPHA_VIF_QUEUES	8

struct hypha_vif;

/* What the frontend published; all of it untrusted. */
struct hypha_vif_ring {
	u32 tx_ref, rx_ref;
	u32 tx_port, rx_port;	/* equal: one channel for both */
};

struct hypha_vif_rings {
	u32 nr_queues;
	struct hypha_vif_ring queues[HYPHA_VIF_QUEUES];
	bool rx_copy;		/* request-rx-copy: must be */
	bool rx_notify;		/* feature-rx-notify: must be, or the guest stalls */
	u32 features;		/* HYPHA_VIF_* */
};

struct hypha_vif_queue_stats {
	u64 tx_packets, tx_bytes, rx_packets, rx_bytes, drops;
	u32 backlog;
};

struct hypha_vif_stats {
	enum hypha_vif_state state;
	u32 features;
	u32 nr_queues;		/* 0 while not connected; counters stay */
	struct hypha_vif_queue_stats queues[HYPHA_VIF_QUEUES];
};

/**
 * hypha_vif_alloc() - an interface and its endpoint
 * @domid:     the guest
 * @max_queues: at most this many, 1..HYPHA_VIF_QUEUES
 * @config:    zero fields are filled in
 * Return: the vif, or ERR_PTR of hypha_endpoint_add(). hypha_vif_free() disconnects first.
 */
struct hypha_vif *hypha_vif_alloc(domid_t domid, u32 max_queues, struct hypha_endpoint_config *config);
void hypha_vif_free(struct hypha_vif *vif);

struct hypha_endpoint *hypha_vif_endpoint(struct hypha_vif *vif);
u32 hypha_vif_max_queues(const struct hypha_vif *vif);

/* Map, bind, serve. Process context, sleeps. 0 or -errno (the frontend's fault: -EINVAL, -EACCES, -EPROTO). */
int hypha_vif_connect(struct hypha_vif *vif, const struct hypha_vif_rings *rings);
/* Stop, unmap; what waits for the guest is dropped. No-op if not connected. Process context, sleeps. */
void hypha_vif_disconnect(struct hypha_vif *vif);

void hypha_vif_stats(struct hypha_vif *vif, struct hypha_vif_stats *stats);

#endif
