/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's network interface as it is asked for. Addresses are bytes in network order, IPv4 in 16 bytes as ::ffff:a.b.c.d. */
#ifndef HYPHA_LIBHYPHA_NIC_H
#define HYPHA_LIBHYPHA_NIC_H

#include <stddef.h>
#include <stdint.h>

#define NIC_DNS_MAX		4
#define NIC_FORWARDS_MAX	64
#define NIC_MTU_MIN		1280
#define NIC_MTU_MAX		65521
#define NIC_MTU_DEFAULT		1500

/* Bits of nic_spec.policy; 0: fast, and neither other guests nor the host are reached. */
#define NIC_POLICY_STACK		(1u << 0)
#define NIC_POLICY_GUEST_TO_GUEST	(1u << 1)
#define NIC_POLICY_GUEST_TO_HOST	(1u << 2)

/* A published port, or several in a row. */
struct forward_spec {
	uint8_t proto;		/* IPPROTO_TCP or IPPROTO_UDP */
	uint8_t version;	/* 4 or 6; 0: both, and @addr is zero */
	uint16_t nr_ports, host_port, guest_port;
	uint8_t addr[16];	/* of the host; all zero: any */
};

struct nic_spec {
	uint8_t mac[6], ip4[4], ip6[16];	/* all zero: the module picks */
	unsigned int mtu;			/* 0: the default */
	uint32_t policy;
	struct forward_spec forwards[NIC_FORWARDS_MAX];
	size_t nr_forwards;
	uint8_t dns[NIC_DNS_MAX][16];		/* the host's resolvers, behind the gateway's port 53 */
	size_t nr_dns;
};

#endif
