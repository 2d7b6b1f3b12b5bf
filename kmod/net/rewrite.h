/* SPDX-License-Identifier: GPL-2.0-only */
/* New addresses and ports for a packet, its checksums kept right by what changed. Pure: works on bytes in place. */
#ifndef HYPHA_NET_REWRITE_H
#define HYPHA_NET_REWRITE_H

#include "packet.h"

/**
 * hypha_rewrite() - make the packet that of another tuple
 * @ip:      the packet that @p describes, all of its headers writable
 * @p:       from hypha_packet_parse(); no fragment, no ICMP error
 * @to:      addresses and ports (or ICMP identifier) it gets; same IP version and protocol
 * @partial: the transport checksum is only that of the pseudo header, hardware or the peer does the rest
 *           (CHECKSUM_PARTIAL): then only addresses touch it. Always false for ICMP (v4); ICMPv6 may be partial.
 *
 * Also counts ttl (hop limit) down by one, with IPv4's header checksum. A UDP checksum of 0 over IPv4 stays 0; one that
 * becomes 0 is written as 0xffff.
 */
void hypha_rewrite(void *ip, const struct hypha_packet *p, const struct hypha_tuple *to, bool partial);

/**
 * hypha_rewrite_error() - translate an ICMP error and the packet inside it
 * @ip:    the error that @p describes, writable up to @p->inner_l4 + @p->inner_len
 * @p:     with HYPHA_PACKET_ERROR
 * @src:   the address it shall come from; NULL: it stays
 * @dst:   the address it shall go to
 * @inner: what the packet inside it was when its sender sent it
 *
 * The outer ICMP checksum stays right over what is changed inside; the inner transport checksum is adjusted if its bytes
 * are there (UDP, ICMP: always; TCP: if 18 bytes are). ttl of the outer packet counts down by one.
 */
void hypha_rewrite_error(void *ip, const struct hypha_packet *p, const struct in6_addr *src, const struct in6_addr *dst,
			 const struct hypha_tuple *inner);

#endif
