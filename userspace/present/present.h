/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of the network as lines of text and as JSON. */
#ifndef HYPHA_PRESENT_PRESENT_H
#define HYPHA_PRESENT_PRESENT_H

#include "libhypha/guest.h"
#include "present/style.h"

#include <jansson.h>

/*
 * Text ends with a newline; further lines of the same thing begin with blanks. JSON has everything whatever the style;
 * its keys are described in hyphactl-net(8): some may be added, none changes.
 */
void present_flow(struct buf *out, const struct style *s, const struct net_flow *f);
json_t *present_flow_json(const struct net_flow *f);

void present_forward(struct buf *out, const struct style *s, const struct net_forward *f);
json_t *present_forward_json(const struct net_forward *f);
/* "192.0.2.1:8080-8089", "[::]:53"; the host's side of it. */
void present_forward_host(struct buf *out, const struct forward_spec *spec);

/* " spoof-mac 12 no-flow 3": each with a blank before it. */
void present_drops(struct buf *out, const struct style *s, const struct net_drops *d);
json_t *present_drops_json(const struct net_drops *d);	/* {"spoof-mac": 12, …} */

/* A guest as such: state and how it ended. */
void present_guest(struct buf *out, const struct style *s, const struct guest *g);
json_t *present_guest_json(const struct guest *g);

/* null without an address. */
json_t *present_addr_json(const struct net_addr *a);
json_t *present_mac_json(const uint8_t mac[6]);
json_t *present_name_json(const char *name);	/* null if it is empty */

#endif
