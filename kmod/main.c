// SPDX-License-Identifier: GPL-2.0-only
/* The ladder up and down. */
#include <linux/module.h>

#include "ctl/ctl.h"
#include "guest.h"
#include "guest_priv.h"
#include "net/net.h"
#include "xen/domctl.h"
#include "xen/fault.h"
#include "xen/foreign.h"

static int __init hypha_init(void)
{
	int err;

	err = hypha_domctl_probe();
	if (err)
		return err;

	err = hypha_foreign_init();
	if (err)
		return err;

	err = hypha_net_init();
	if (err)
		goto err_foreign;

	err = hypha_guest_init();
	if (err)
		goto err_net;

	err = hypha_reaper_init();
	if (err)
		goto err_guest;

	err = hypha_netlink_init();
	if (err)
		goto err_reaper;

	err = hypha_chardev_init();
	if (err)
		goto err_netlink;

	hypha_fault_init();
	return 0;

err_netlink:
	hypha_netlink_exit();
err_reaper:
	hypha_reaper_exit();
err_guest:
	hypha_guest_exit();
err_net:
	hypha_net_exit();
err_foreign:
	hypha_foreign_exit();
	return err;
}

static void __exit hypha_exit(void)
{
	hypha_fault_exit();
	hypha_chardev_exit();
	hypha_netlink_exit();
	hypha_reaper_exit();
	hypha_guest_exit();
	hypha_net_exit();
	hypha_foreign_exit();
}

module_init(hypha_init);
module_exit(hypha_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("OCI containers as Xen PV guests, built and served by dom0's kernel");
MODULE_VERSION(HYPHA_VERSION);
