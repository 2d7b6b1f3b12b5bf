/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's place in the network: what the user wants of it, completed from what the module offers. */
#ifndef HYPHACTL_NETWORK_H
#define HYPHACTL_NETWORK_H

#include "libhypha/device.h"

#include <jansson.h>

/* As given on the command line; NULL or empty where not. */
struct network_options {
	bool none;
	const char *mac, *ip4, *ip6, *mtu, *policy;
	char **publish, **dns;
};

/* All zero is a fine beginning. */
struct network {
	bool none;		/* --no-network */
	bool joined;		/* the guest gets an interface, and @nic says which */
	struct nic_spec nic;
	bool named4, named6;	/* addresses the user chose */
	const char *asked;	/* an option that needs a network, or NULL */
	struct host_info host;
	uint32_t seed, tries;
	struct taken_address *taken;	/* other guests' */
	size_t nr_taken;
	char **addresses, **gateways;	/* "10.75.0.5/32", "10.75.0.1"; of a joined one */
	char **nameservers;	/* for the guest's resolv.conf */
};

/* Options become values; nothing is asked yet. 0 or -errno with err_text(). */
int network_check(struct network *n, const struct network_options *o);
/* What is not given is chosen: MAC and addresses by @uuid, resolvers as in @resolv_conf. -ENODEV, -ERANGE with err_text(). */
int network_join(struct network *n, const struct host_info *host, const uint8_t uuid[16], const char *resolv_conf);
/* Another guest has these addresses: the next choice passes over them. */
void network_avoid(struct network *n, const uint8_t ip4[4], const uint8_t ip6[16]);
/* One of the chosen addresses is taken: choose others. Return: -EADDRNOTAVAIL with err_text(): there are none. */
int network_move(struct network *n);
/* Did the user choose all of them? */
bool network_is_named(const struct network *n);
/* For labels and inspect; null without an interface. New reference. */
json_t *network_describe(const struct network *n);
void network_clean(struct network *n);

#endif
