/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's names and its loopback. */
#ifndef INIT_NET_H
#define INIT_NET_H

#include "config.h"

/* Host name and lo; before the command's mount namespace is made. */
void net_start(const struct config *c);
/* /etc/hostname, /etc/hosts and, if there are name servers, /etc/resolv.conf; inside the container's root. */
void net_write_files(const struct config *c);

#endif
