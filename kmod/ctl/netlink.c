// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family: which command is whose, and who may ask. */
#include "netlink.h"

#include "ctl.h"

/* genetlink itself asks for no more than CAP_NET_ADMIN. */
static int check_caller(const struct hypha_genetlink_op *op, struct sk_buff *request, struct genl_info *info)
{
	if (netlink_capable(request, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(info->extack, "hypha needs CAP_SYS_ADMIN");
	return -EPERM;
}

static int check_dumper(struct netlink_callback *cb)
{
	return netlink_capable(cb->skb, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static int start_guests(struct netlink_callback *cb)
{
	return check_dumper(cb) ?: hypha_netlink_guest_start(cb);
}

#define OF_GUESTS(_cmd, _policy) .cmd = _cmd, .flags = GENL_ADMIN_PERM, .policy = _policy, .maxattr = HYPHA_A_MAX
#define OF_NET(_cmd, _policy) .cmd = _cmd, .flags = GENL_ADMIN_PERM, .policy = _policy, .maxattr = HYPHA_N_MAX

static const struct genl_ops ops[] = {
	{
		OF_GUESTS(HYPHA_CMD_GUEST_GET, hypha_netlink_guest_policy),
		.doit = hypha_netlink_guest_get, .start = start_guests, .dumpit = hypha_netlink_guest_dump,
	},
	{ OF_NET(HYPHA_CMD_NET_GET, hypha_netlink_net_get_policy), .doit = hypha_netlink_net_get },
	{ OF_NET(HYPHA_CMD_NET_SET, hypha_netlink_net_set_policy), .doit = hypha_netlink_net_set },
	{
		OF_NET(HYPHA_CMD_VIF_GET, hypha_netlink_vif_get_policy),
		.doit = hypha_netlink_vif_get, .start = check_dumper, .dumpit = hypha_netlink_vif_dump,
	},
	{ OF_NET(HYPHA_CMD_VIF_SET, hypha_netlink_vif_set_policy), .doit = hypha_netlink_vif_set },
	{
		OF_NET(HYPHA_CMD_FLOW_GET, hypha_netlink_flow_get_policy),
		.start = check_dumper, .dumpit = hypha_netlink_flow_dump,
	},
	{ OF_NET(HYPHA_CMD_FLOW_DEL, hypha_netlink_flow_del_policy), .doit = hypha_netlink_flow_del },
	{
		OF_NET(HYPHA_CMD_FORWARD_GET, hypha_netlink_forward_get_policy),
		.start = check_dumper, .dumpit = hypha_netlink_forward_dump,
	},
	{ OF_NET(HYPHA_CMD_FORWARD_ADD, hypha_netlink_forward_set_policy), .doit = hypha_netlink_forward_add },
	{ OF_NET(HYPHA_CMD_FORWARD_DEL, hypha_netlink_forward_set_policy), .doit = hypha_netlink_forward_del },
};

static const struct genl_multicast_group groups[] = {
	[HYPHA_GROUP_EVENTS] = { .name = HYPHA_GENL_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
	[HYPHA_GROUP_FLOWS] = { .name = HYPHA_GENL_MCGRP_FLOWS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
	[HYPHA_GROUP_DROPS] = { .name = HYPHA_GENL_MCGRP_DROPS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

struct genl_family hypha_netlink_family __ro_after_init = {
	.name = HYPHA_GENL_NAME,
	.version = HYPHA_GENL_VERSION,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = HYPHA_CMD_EVENT + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.pre_doit = check_caller,
};

int hypha_netlink_init(void)
{
	int err = genl_register_family(&hypha_netlink_family);

	if (err)
		return err;
	err = hypha_netlink_guest_listen();
	if (err)
		goto err_family;
	err = hypha_netlink_event_listen();
	if (err)
		goto err_guest;
	return 0;

err_guest:
	hypha_netlink_guest_deafen();
err_family:
	genl_unregister_family(&hypha_netlink_family);
	return err;
}

void hypha_netlink_exit(void)
{
	hypha_netlink_event_deafen();
	hypha_netlink_guest_deafen();
	genl_unregister_family(&hypha_netlink_family);
}
