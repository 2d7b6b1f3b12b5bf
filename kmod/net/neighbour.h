/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP and neighbour discovery on a guest's wire, where the gateway is the only other party. Pure. */
#ifndef HYPHA_NET_NEIGHBOUR_H
#define HYPHA_NET_NEIGHBOUR_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/types.h>

#include "hypha_netlink.h"

#define HYPHA_NEIGHBOUR_MAX	256	/* bytes of the longest answer, Ethernet header included */

/* The two ends of the wire. */
struct hypha_wire {
	u8 guest_mac[ETH_ALEN], gateway_mac[ETH_ALEN];
	__be32 guest4, gateway4;	/* 0: no IPv4 */
	struct in6_addr guest6;		/* unspecified: no IPv6 */
	struct in6_addr gateway6;	/* global */
	struct in6_addr guest_ll, gateway_ll;	/* EUI-64 of the MACs */
	u8 plen6;
	u16 mtu;
};

/**
 * hypha_neighbour_arp() - answer an ARP request for the gateway
 * @frame: Ethernet frame of @len linear bytes
 * @out:   HYPHA_NEIGHBOUR_MAX bytes
 *
 * Return: bytes in @out; 0 nothing to answer (gratuitous, probes for its own address, for others); or -HYPHA_DROP_*: a
 * sender that is not the guest (-HYPHA_DROP_SPOOF_ARP), malformed (-HYPHA_DROP_HEADER).
 */
int hypha_neighbour_arp(const struct hypha_wire *w, const void *frame, u32 len, void *out);

/**
 * hypha_neighbour_nd() - answer neighbour and router solicitations
 *
 * The same for ICMPv6 types 133..137. A solicitation for the gateway (link-local or global) gets an advertisement, one
 * from :: (duplicate address detection) only if it is for the gateway's addresses; a router solicitation gets a router
 * advertisement: no prefix, not managed, MTU option, lifetime 1800 s. Advertisements of the guest's own addresses are
 * ignored (0); router advertisements and redirects from a guest are -HYPHA_DROP_SPOOF_ND. Hop limit must be 255, the
 * checksum right (-HYPHA_DROP_CHECKSUM; all of the message is linear), options of non-zero length, link-layer options the
 * guest's MAC. hypha_packet_parse() refuses such packets: ask here first.
 */
int hypha_neighbour_nd(const struct hypha_wire *w, const void *frame, u32 len, void *out);

/* An unsolicited "who has" the guest's address is never needed: the wire tells. Fill @ll from @mac (EUI-64). */
void hypha_wire_link_local(const u8 *mac, struct in6_addr *ll);

#endif
