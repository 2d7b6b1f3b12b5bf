/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets hypha makes itself: what a router answers. Pure: each fills a buffer with an IP packet, checksums complete. */
#ifndef HYPHA_NET_REPLY_H
#define HYPHA_NET_REPLY_H

#include "packet.h"

#define HYPHA_REPLY_MAX		1280	/* no reply is longer; also IPv6's promise for ICMP errors */

/* What to complain of; with IPv4 and IPv6 spelling of each. */
enum hypha_complaint {
	HYPHA_COMPLAIN_TOO_BIG,		/* frag needed (RFC 1191) / packet too big; needs the MTU */
	HYPHA_COMPLAIN_TTL,		/* time exceeded in transit */
	HYPHA_COMPLAIN_NO_ROUTE,
	HYPHA_COMPLAIN_HOST,		/* host unreachable */
	HYPHA_COMPLAIN_PROHIBITED,	/* administratively */
	HYPHA_COMPLAIN_PORT,
};

/**
 * hypha_reply_error() - an ICMP error about a packet
 * @out:  HYPHA_REPLY_MAX bytes
 * @ip:   the packet's first @look bytes, that @p describes; not itself an ICMP error, no fragment but the first
 * @from: the router's address, of the packet's IP version
 * @mtu:  for HYPHA_COMPLAIN_TOO_BIG
 *
 * Quotes as much as RFC 1812 (576 bytes in all) and RFC 4443 (1280) allow of @look. Return: bytes in @out, 0 if no error
 * may be sent about this packet (RFC 1122: about errors, multicast, …).
 */
u32 hypha_reply_error(void *out, const void *ip, u32 look, const struct hypha_packet *p, const struct in6_addr *from,
		      enum hypha_complaint what, u32 mtu);

/* A TCP reset that answers @p (RFC 793: with its ACK number, or SEQ+LEN acknowledged). 0 if it is a reset itself, or
 * to a group. */
u32 hypha_reply_reset(void *out, const void *ip, const struct hypha_packet *p);

/* The answer to an echo request of @len linear bytes (it may be long): turned round in place, ttl 64. */
void hypha_reply_echo(void *ip, const struct hypha_packet *p);

#endif
