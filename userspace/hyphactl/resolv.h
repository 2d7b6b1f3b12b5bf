/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's resolvers, as its resolv.conf names them. */
#ifndef HYPHACTL_RESOLV_H
#define HYPHACTL_RESOLV_H

#include <stddef.h>
#include <stdint.h>

/* The first @max addresses of "nameserver" lines; those with a scope (fe80::1%eth0) are left out. Return: how many. */
size_t resolv_read(const char *path, uint8_t (*addrs)[16], size_t max);

#endif
