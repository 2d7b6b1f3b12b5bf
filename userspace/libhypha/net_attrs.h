/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network's netlink attributes, to and from plain structs. Private to libhypha. */
#ifndef HYPHA_LIBHYPHA_NET_ATTRS_H
#define HYPHA_LIBHYPHA_NET_ATTRS_H

#include "libhypha/net.h"

#include <netlink/attr.h>
#include <netlink/msg.h>

/* Each fills @to whole. -EPROTO with err_text() if something mandatory is missing. */
int net_host_from(struct nlmsghdr *hdr, struct nlattr **attrs, struct net_host *to);
int net_vif_from(struct nlmsghdr *hdr, struct nlattr **attrs, struct net_vif *to);
int net_flow_from(struct nlattr **attrs, struct net_flow *to);
int net_forward_from(struct nlattr **attrs, struct net_forward *to);
void net_drops_from(struct nlmsghdr *hdr, struct net_drops *to);
/* HYPHA_N_GUEST and _GUEST_NAME. */
void net_guest_from(struct nlattr **attrs, uint32_t *guest, char name[GUEST_NAME_MAX]);

/* 0 or -NLE_*. */
int net_addr_put(struct nl_msg *msg, int attr, const struct net_addr *a);
int net_forward_put(struct nl_msg *msg, const struct forward_spec *f);

#endif
