/* SPDX-License-Identifier: GPL-2.0-only */
/* What generic netlink's pre_doit gets, and where a dump's attributes are. */
#ifndef HYPHA_COMPAT_GENETLINK_H
#define HYPHA_COMPAT_GENETLINK_H

#include <linux/version.h>
#include <net/genetlink.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define hypha_genetlink_op	genl_split_ops
#else
#define hypha_genetlink_op	genl_ops
#endif

static inline struct nlattr **hypha_genetlink_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif
