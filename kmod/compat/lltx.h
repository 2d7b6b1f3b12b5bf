/* SPDX-License-Identifier: GPL-2.0-only */
/* How a network device says that its transmit function needs no lock: since Linux 6.12 it is no feature any more. */
#ifndef HYPHA_COMPAT_LLTX_H
#define HYPHA_COMPAT_LLTX_H

#include <linux/netdevice.h>

static inline void hypha_lltx_set(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

#endif
