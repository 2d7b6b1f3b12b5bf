/* SPDX-License-Identifier: GPL-2.0-only */
/* An IP packet looked at: every length and offset in it is somebody else's. Pure: takes bytes, returns numbers. */
#ifndef HYPHA_NET_PACKET_H
#define HYPHA_NET_PACKET_H

#include <linux/types.h>

#include "hypha_netlink.h"
#include "tuple.h"

#define HYPHA_PACKET_LOOK	256	/* bytes that must be linear, or the whole packet if it is shorter */

enum {
	HYPHA_PACKET_FRAGMENT = 1 << 0,	/* it must be put together first; the tuple is not valid */
	HYPHA_PACKET_DF = 1 << 1,	/* IPv4 DF; all of IPv6 */
	HYPHA_PACKET_ERROR = 1 << 2,	/* ICMP error: @inner is valid, @tuple has no ports */
};

struct hypha_packet {
	struct hypha_tuple tuple;	/* @from as the caller said */
	struct hypha_tuple inner;	/* of the packet an ICMP error complains of, as that packet was; @from 0 */
	u16 l4;				/* offset of the transport header; of an IPv6 fragment: of the fragment header */
	u16 inner_ip, inner_l4;		/* offsets, of an ICMP error */
	u16 inner_len;			/* bytes of the inner transport header that are there: 8, of TCP 8..20 */
	u32 len;			/* of the IP packet; bytes beyond are link padding */
	u8 version;			/* 4 or 6 */
	u8 ttl;
	u8 flags;			/* HYPHA_PACKET_* */
	u8 tcp_flags;			/* the wire's byte: FIN 1, SYN 2, RST 4, ACK 16 */
	u8 icmp_type, icmp_code;
};

/**
 * hypha_packet_parse() - look at an IP packet
 * @ip:    its first @look bytes
 * @look:  linear bytes: all of the packet, or at least HYPHA_PACKET_LOOK. With fewer a good packet is read alike, or refused
 * @total: bytes there are of it, linear or not
 * @from:  for the tuple
 * @p:     filled; @tuple with addresses for fragments too
 *
 * IPv4 options and IPv6 extension headers (hop-by-hop, destination, routing without segments left; at most 8) are
 * skipped, also a fragment header of all the packet; IPv4 source routes are refused. Headers that go on beyond
 * HYPHA_PACKET_LOOK are malformed.
 *
 * Return: 0, or why it must be dropped: HYPHA_DROP_SHORT, _HEADER (versions, lengths, IPv4 header checksum, options, to an
 * unspecified address, IPv6 with IPv4-mapped addresses, an error to another than the sender of what it is about), _PROTO (not
 * TCP, UDP, ICMP echo or an ICMP error about one of these; @icmp_type is valid if it is ICMP), _SOURCE (impossible: multicast,
 * broadcast, loopback, unspecified, IPv4-mapped, its own destination — "land"). With HYPHA_FROM_NET loopback is allowed, and
 * its own destination unless ports are equal: so a host speaks to itself.
 */
enum hypha_drop hypha_packet_parse(const void *ip, u32 look, u32 total, u32 from, struct hypha_packet *p);

#endif
