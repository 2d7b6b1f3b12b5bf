/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's names, its loopback and its interfaces. */
#ifndef INIT_NET_H
#define INIT_NET_H

#include "config.h"

/* Begin to wait for the interfaces of @c and to set them up, beside what else is done. /sys and /proc must be there. */
void net_begin(const struct config *c);
/* Wait until that is done, or has failed, which has been said. Meanwhile drivers are loaded for what @uevents announce. */
void net_finish(int uevents);
/* Host name and lo; before the command's mount namespace is made. */
void net_start(const struct config *c);
/* /etc/hostname, /etc/hosts and, if there are name servers, /etc/resolv.conf; inside the container's root. */
void net_write_files(const struct config *c);

#endif
