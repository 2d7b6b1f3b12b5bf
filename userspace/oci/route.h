/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a host: its proxy, its certificates and ours. */
#ifndef HYPHA_OCI_ROUTE_H
#define HYPHA_OCI_ROUTE_H

#include <curl/curl.h>

/*
 * Set up @easy for @host, its port added, by what the configuration says of that very host, whoever sent us there.
 * @proxy: where it says nothing of a proxy; NULL: as the environment says. This machine itself is never asked by way of one.
 */
void route_set(CURL *easy, const char *host, const char *proxy);

#endif
