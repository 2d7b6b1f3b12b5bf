/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces, told what to be over rtnetlink. */
#ifndef INIT_LINK_H
#define INIT_LINK_H

#include "config.h"

/* Return: a socket for the others, or -errno. */
int link_open(void);
/* All: 0 or -errno; what is there already is fine. @index: the interface's number. */
/* Wait until the interface, in /sys already, is there in all else. */
int link_settle(int nl, int index);
int link_up(int nl, int index);
int link_set_mtu(int nl, int index, unsigned int mtu);
/* Usable at once: no duplicate address detection. */
int link_add_address(int nl, int index, const struct net_address *a);
/* @to on the link itself. */
int link_add_host_route(int nl, int index, const struct net_address *to);
/* All else of that family through @gateway. */
int link_add_default_route(int nl, int index, const struct net_address *gateway);

#endif
