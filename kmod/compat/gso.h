/* SPDX-License-Identifier: GPL-2.0-only */
/* Where skb_gso_segment() and its like are declared. */
#ifndef HYPHA_COMPAT_GSO_H
#define HYPHA_COMPAT_GSO_H

#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

#endif
