/* SPDX-License-Identifier: GPL-2.0-only */
/* The headers of packets as they lie on the wire, at any address: packed, with what is summed raw as u16. */
#ifndef HYPHA_NET_HEADERS_H
#define HYPHA_NET_HEADERS_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/types.h>

struct hypha_ethernet {
	u8 dst[ETH_ALEN], src[ETH_ALEN];
	__be16 type;
} __packed;

struct hypha_arp {	/* RFC 826, of Ethernet and IPv4 */
	__be16 hardware, protocol;
	u8 hardware_len, protocol_len;
	__be16 op;
	u8 sender_mac[ETH_ALEN];
	__be32 sender;
	u8 target_mac[ETH_ALEN];
	__be32 target;
} __packed;

struct hypha_ip4 {	/* RFC 791 */
	u8 version_ihl, tos;
	__be16 len, id, frag;
	u8 ttl, proto;
	u16 check;
	__be32 src, dst;
} __packed;

#define HYPHA_IP4_DF		0x4000
#define HYPHA_IP4_MF		0x2000
#define HYPHA_IP4_OFFSET	0x1fff

struct hypha_ip6 {	/* RFC 8200 */
	__be32 version_class_flow;
	__be16 payload_len;
	u8 next, hop_limit;
	struct in6_addr src, dst;
} __packed;

#define HYPHA_IP6_OFFSET	0xfff8	/* of a fragment header's third and fourth byte */
#define HYPHA_IP6_MF		0x0001

struct hypha_tcp {	/* RFC 9293 */
	__be16 sport, dport;
	__be32 seq, ack;
	u8 offset, flags;
	__be16 window;
	u16 check;
	__be16 urgent;
} __packed;

#define HYPHA_TCP_FIN	0x01
#define HYPHA_TCP_SYN	0x02
#define HYPHA_TCP_RST	0x04
#define HYPHA_TCP_ACK	0x10

struct hypha_udp {	/* RFC 768 */
	__be16 sport, dport, len;
	u16 check;
} __packed;

struct hypha_icmp {	/* RFC 792, RFC 4443 */
	u8 type, code;
	u16 check;
	union {
		struct {
			__be16 id, seq;
		} __packed;
		__be32 rest;
	};
} __packed;

/* Types of ICMP and of ICMPv6. */
enum {
	HYPHA_ICMP4_REPLY = 0,
	HYPHA_ICMP4_UNREACHABLE = 3,
	HYPHA_ICMP4_REQUEST = 8,
	HYPHA_ICMP4_TIME = 11,
	HYPHA_ICMP4_PARAMETER = 12,

	HYPHA_ICMP6_UNREACHABLE = 1,
	HYPHA_ICMP6_TOO_BIG = 2,
	HYPHA_ICMP6_TIME = 3,
	HYPHA_ICMP6_PARAMETER = 4,
	HYPHA_ICMP6_REQUEST = 128,
	HYPHA_ICMP6_REPLY = 129,
	HYPHA_ICMP6_ROUTER_SOLICIT = 133,
	HYPHA_ICMP6_ROUTER_ADVERT = 134,
	HYPHA_ICMP6_SOLICIT = 135,
	HYPHA_ICMP6_ADVERT = 136,
	HYPHA_ICMP6_REDIRECT = 137,
};

#endif
