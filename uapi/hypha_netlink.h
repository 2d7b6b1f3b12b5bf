/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The generic netlink family "hypha": reading guests, and the events they raise. */
#ifndef _UAPI_HYPHA_NETLINK_H
#define _UAPI_HYPHA_NETLINK_H

#define HYPHA_GENL_NAME		"hypha"
#define HYPHA_GENL_VERSION	1
#define HYPHA_GENL_MCGRP_EVENTS	"events"	/* guests: HYPHA_CMD_EVENT */
#define HYPHA_GENL_MCGRP_FLOWS	"flows"		/* HYPHA_CMD_FLOW_EVENT */
#define HYPHA_GENL_MCGRP_DROPS	"drops"		/* HYPHA_CMD_DROP_EVENT */

/*
 * Commands. All need CAP_SYS_ADMIN, joining a group too. A refusal comes with a sentence in extack.
 * Errors: EINVAL an attribute or value that cannot be; EPERM; EOPNOTSUPP no such command, or not so; ENOENT no such guest,
 * flow or forward; ENODEV no interface; ERANGE, E2BIG too large or too many; EADDRINUSE, EBUSY, ENOSPC as below; ENOMEM.
 */
enum hypha_genl_cmd {
	HYPHA_CMD_UNSPEC,
	HYPHA_CMD_GUEST_GET,	/* do: HYPHA_A_ID, _NAME or _UUID → one guest (ENOENT); dump: all, living and exited */
	HYPHA_CMD_EVENT,	/* multicast: HYPHA_A_EVENT, _SEQ, _TIME and the guest's attributes */
	/* The network: attributes HYPHA_N_*. */
	HYPHA_CMD_NET_GET,	/* do: prefixes, gateway, resolvers, ports, limits, numbers, drops of no guest */
	HYPHA_CMD_NET_SET,	/* do: _DNS (all of them), _PORT_MIN and _MAX, _MAX_*; prefixes only while no guest has a vif (EBUSY) */
	HYPHA_CMD_VIF_GET,	/* do: _GUEST or _GUEST_NAME; dump: all */
	HYPHA_CMD_VIF_SET,	/* do: _GUEST or _GUEST_NAME, _POLICY */
	HYPHA_CMD_FLOW_GET,	/* dump, in order of _FLOW_ID; filters: _GUEST, _GUEST_NAME, _PROTO, _VERSION */
	HYPHA_CMD_FLOW_DEL,	/* do: _FLOW_ID, or the filters of FLOW_GET (none: all) → _COUNT */
	HYPHA_CMD_FORWARD_GET,	/* dump; filter: _GUEST, _GUEST_NAME */
	HYPHA_CMD_FORWARD_ADD,	/* do: _GUEST or _GUEST_NAME, one _FORWARD; EADDRINUSE names the owner in extack */
	HYPHA_CMD_FORWARD_DEL,	/* do: the same; without _FORWARD all of the guest's → _COUNT */
	HYPHA_CMD_FLOW_EVENT,	/* multicast: _EVENT, _SEQ, _TIME and the flow's attributes */
	HYPHA_CMD_DROP_EVENT,	/* multicast, once a second per guest and at its end: _GUEST, _SEQ, _TIME, _DROP with what was added */
	__HYPHA_CMD_MAX
};
#define HYPHA_CMD_MAX (__HYPHA_CMD_MAX - 1)

/* Attributes of guests and events. Times are CLOCK_REALTIME nanoseconds, durations nanoseconds, sizes bytes. */
enum hypha_genl_attr {
	HYPHA_A_UNSPEC,
	HYPHA_A_PAD,
	HYPHA_A_ID,		/* u32, kernel id */
	HYPHA_A_DOMID,		/* u32, Xen's id; of an exited guest: its former one */
	HYPHA_A_UUID,		/* binary, 16 bytes */
	HYPHA_A_NAME,		/* string */
	HYPHA_A_STATE,		/* u32, enum hypha_guest_state */
	HYPHA_A_FLAGS,		/* u32, HYPHA_CREATE_* of its creation */
	HYPHA_A_MEMORY,		/* u64, bytes it has now */
	HYPHA_A_MEMORY_TARGET,	/* u64 */
	HYPHA_A_MEMORY_MAX,	/* u64 */
	HYPHA_A_VCPUS,		/* u32, of its creation */
	HYPHA_A_VCPUS_ONLINE,	/* u32, as Xen counts them */
	HYPHA_A_CPU_TIME,	/* u64, ns, sum of its vCPUs */
	HYPHA_A_CREATED,	/* u64, time */
	HYPHA_A_EXITED,		/* u64, time; exited guests only */
	HYPHA_A_UPTIME,		/* u64, ns since unpaused, until exit */
	HYPHA_A_LABELS,		/* binary, as given at creation */
	HYPHA_A_EXIT_REASON,	/* u32, enum hypha_exit_reason; exited guests only */
	HYPHA_A_EXIT_CODE,	/* u32, 0..255; only if the guest reported one */
	HYPHA_A_LOG_BYTES,	/* u64, console output since creation */
	HYPHA_A_LOG_DROPPED,	/* u64, of these, dropped because the log was full */
	HYPHA_A_STORE,		/* nested HYPHA_A_STORE_* */
	HYPHA_A_DISK,		/* nested HYPHA_A_DISK_*, once per disk */
	HYPHA_A_EVENT,		/* u32, enum hypha_event */
	HYPHA_A_SEQ,		/* u64, counts events since the module was loaded; a gap means events were lost */
	HYPHA_A_TIME,		/* u64, time of the event */
	HYPHA_A_READY,		/* flag: HYPHA_EVENT_READY has been told */
	__HYPHA_A_MAX
};
#define HYPHA_A_MAX (__HYPHA_A_MAX - 1)

enum hypha_genl_store_attr {
	HYPHA_A_STORE_UNSPEC,
	HYPHA_A_STORE_PAD,
	HYPHA_A_STORE_REQUESTS,	/* u64 */
	HYPHA_A_STORE_ERRORS,	/* u64, answered with an error */
	HYPHA_A_STORE_NODES,	/* u32, guest-owned nodes now */
	HYPHA_A_STORE_WATCHES,	/* u32 */
	__HYPHA_A_STORE_MAX
};
#define HYPHA_A_STORE_MAX (__HYPHA_A_STORE_MAX - 1)

enum hypha_genl_disk_attr {
	HYPHA_A_DISK_UNSPEC,
	HYPHA_A_DISK_PAD,
	HYPHA_A_DISK_INDEX,	/* u32 */
	HYPHA_A_DISK_FLAGS,	/* u32, HYPHA_DISK_* */
	HYPHA_A_DISK_SIZE,	/* u64 */
	HYPHA_A_DISK_RD_REQS,	/* u64 */
	HYPHA_A_DISK_RD_BYTES,	/* u64 */
	HYPHA_A_DISK_WR_REQS,	/* u64 */
	HYPHA_A_DISK_WR_BYTES,	/* u64 */
	HYPHA_A_DISK_FLUSHES,	/* u64 */
	HYPHA_A_DISK_ERRORS,	/* u64, requests answered with an error */
	HYPHA_A_DISK_BROKEN,	/* flag: the guest broke the ring protocol, the disk is off */
	__HYPHA_A_DISK_MAX
};
#define HYPHA_A_DISK_MAX (__HYPHA_A_DISK_MAX - 1)

enum hypha_guest_state {
	HYPHA_STATE_CREATED,	/* never unpaused yet */
	HYPHA_STATE_RUNNING,
	HYPHA_STATE_PAUSED,
	HYPHA_STATE_EXITED,	/* it will not run again; record and log remain until HYPHA_REMOVE (which waits for its memory) */
};

enum hypha_exit_reason {
	HYPHA_EXIT_POWEROFF,
	HYPHA_EXIT_REBOOT,	/* the guest asked for a reboot; hypha does not restart it */
	HYPHA_EXIT_CRASH,
	HYPHA_EXIT_KILLED,	/* HYPHA_DESTROY */
	HYPHA_EXIT_VANISHED,	/* somebody else destroyed the domain */
};

enum hypha_event {
	HYPHA_EVENT_CREATED,
	HYPHA_EVENT_STARTED,	/* unpaused for the first time */
	HYPHA_EVENT_READY,	/* its init says that the command runs (store key data/ready) */
	HYPHA_EVENT_PAUSED,
	HYPHA_EVENT_UNPAUSED,
	HYPHA_EVENT_EXITED,
	HYPHA_EVENT_DESTROYED,	/* the record was removed */
};

/*
 * The network. Addresses are binary, 4 or 16 bytes in network order; ports are u16 in host order; times and sizes as above.
 */
enum hypha_genl_net_attr {
	HYPHA_N_UNSPEC,
	HYPHA_N_PAD,
	HYPHA_N_GUEST,		/* u32, kernel id */
	HYPHA_N_GUEST_NAME,	/* string */
	HYPHA_N_EVENT,		/* u32, enum hypha_flow_event */
	HYPHA_N_SEQ,		/* u64, counts the group's messages; a gap means that some were lost */
	HYPHA_N_TIME,		/* u64, CLOCK_REALTIME */
	HYPHA_N_COUNT,		/* u32 */
	/* of the host */
	HYPHA_N_NET4,		/* network address of the guests' prefix */
	HYPHA_N_PLEN4,		/* u8 */
	HYPHA_N_NET6,
	HYPHA_N_PLEN6,		/* u8 */
	HYPHA_N_GATEWAY4,
	HYPHA_N_GATEWAY6,
	HYPHA_N_DNS,		/* address of a resolver; once per resolver, at most HYPHA_DNS_MAX */
	HYPHA_N_PORT_MIN,	/* u16, first port of masqueraded flows */
	HYPHA_N_PORT_MAX,	/* u16, last */
	HYPHA_N_MAX_FLOWS,	/* u32 */
	HYPHA_N_MAX_GUEST_FLOWS,/* u32 */
	HYPHA_N_MAX_HALF_OPEN,	/* u32, of a guest */
	HYPHA_N_NR_FLOWS,	/* u32, now; of the host or a guest */
	HYPHA_N_NR_HALF_OPEN,	/* u32, of a guest */
	/* of a vif */
	HYPHA_N_STATE,		/* u32, enum hypha_vif_state */
	HYPHA_N_POLICY,		/* u32, HYPHA_POLICY_* */
	HYPHA_N_MAC,		/* binary, 6 bytes: the guest's */
	HYPHA_N_GATEWAY_MAC,	/* binary, 6 bytes */
	HYPHA_N_IP4,		/* the guest's */
	HYPHA_N_IP6,
	HYPHA_N_MTU,		/* u32 */
	HYPHA_N_FEATURES,	/* u32, HYPHA_VIF_* the frontend agreed to */
	HYPHA_N_QUEUE,		/* nested HYPHA_N_QUEUE_*, once per queue */
	HYPHA_N_DROP,		/* nested HYPHA_N_DROP_*, once per reason that ever happened */
	/* of a flow */
	HYPHA_N_FLOW_ID,	/* u64 */
	HYPHA_N_FLOW_FLAGS,	/* u32, HYPHA_FLOW_* */
	HYPHA_N_FLOW_STATE,	/* u32, enum hypha_flow_state */
	HYPHA_N_VERSION,	/* u8, 4 or 6 */
	HYPHA_N_PROTO,		/* u8, IPPROTO_* */
	HYPHA_N_ORIG,		/* nested HYPHA_N_TUPLE_*: packets of the first one's direction, as they arrive */
	HYPHA_N_REPLY,		/* nested HYPHA_N_TUPLE_*: packets of the other direction, as they arrive */
	HYPHA_N_AGE,		/* u64, ns since its first packet */
	HYPHA_N_REMAINING,	/* u64, ns until it is forgotten if nothing comes */
	/* of forwards */
	HYPHA_N_FORWARD,	/* nested HYPHA_N_FORWARD_* */
	__HYPHA_N_MAX
};
#define HYPHA_N_MAX (__HYPHA_N_MAX - 1)

#define HYPHA_DNS_MAX	4

enum hypha_genl_queue_attr {
	HYPHA_N_QUEUE_UNSPEC,
	HYPHA_N_QUEUE_PAD,
	HYPHA_N_QUEUE_INDEX,		/* u32 */
	HYPHA_N_QUEUE_TX_PACKETS,	/* u64, sent by the guest */
	HYPHA_N_QUEUE_TX_BYTES,		/* u64 */
	HYPHA_N_QUEUE_RX_PACKETS,	/* u64, received by the guest */
	HYPHA_N_QUEUE_RX_BYTES,		/* u64 */
	HYPHA_N_QUEUE_DROPS,		/* u64 */
	HYPHA_N_QUEUE_BACKLOG,		/* u32, bytes that wait for the guest's buffers */
	__HYPHA_N_QUEUE_MAX
};
#define HYPHA_N_QUEUE_MAX (__HYPHA_N_QUEUE_MAX - 1)

enum hypha_genl_drop_attr {
	HYPHA_N_DROP_UNSPEC,
	HYPHA_N_DROP_PAD,
	HYPHA_N_DROP_REASON,	/* u32, enum hypha_drop */
	HYPHA_N_DROP_NAME,	/* string */
	HYPHA_N_DROP_COUNT,	/* u64 */
	__HYPHA_N_DROP_MAX
};
#define HYPHA_N_DROP_MAX (__HYPHA_N_DROP_MAX - 1)

enum hypha_genl_tuple_attr {
	HYPHA_N_TUPLE_UNSPEC,
	HYPHA_N_TUPLE_PAD,
	HYPHA_N_TUPLE_FROM,	/* u32, guest id; 0 the network */
	HYPHA_N_TUPLE_SRC,	/* address */
	HYPHA_N_TUPLE_DST,
	HYPHA_N_TUPLE_SPORT,	/* u16; of ICMP echo: the identifier in SPORT (request) or DPORT (reply) */
	HYPHA_N_TUPLE_DPORT,
	HYPHA_N_TUPLE_PACKETS,	/* u64 */
	HYPHA_N_TUPLE_BYTES,	/* u64, IP packets */
	__HYPHA_N_TUPLE_MAX
};
#define HYPHA_N_TUPLE_MAX (__HYPHA_N_TUPLE_MAX - 1)

enum hypha_genl_forward_attr {
	HYPHA_N_FORWARD_UNSPEC,
	HYPHA_N_FORWARD_PAD,
	HYPHA_N_FORWARD_PROTO,	/* u8, IPPROTO_TCP or _UDP */
	HYPHA_N_FORWARD_VERSION,/* u8, 4 or 6; absent: that of ADDR, or both */
	HYPHA_N_FORWARD_ADDR,	/* of the host; absent: any */
	HYPHA_N_FORWARD_HOST,	/* u16, first port of the host */
	HYPHA_N_FORWARD_PORTS,	/* u16, how many; absent: 1 */
	HYPHA_N_FORWARD_GUEST,	/* u16, first port of the guest */
	HYPHA_N_FORWARD_HITS,	/* u64, flows made */
	__HYPHA_N_FORWARD_MAX
};
#define HYPHA_N_FORWARD_MAX (__HYPHA_N_FORWARD_MAX - 1)

enum hypha_vif_state {
	HYPHA_VIF_WAITING,	/* for the guest's driver */
	HYPHA_VIF_CONNECTED,
	HYPHA_VIF_BROKEN,	/* the guest broke the ring protocol; off until its driver reconnects */
};

/* HYPHA_N_FEATURES */
#define HYPHA_VIF_SG		(1U << 0)	/* packets of several buffers, both ways */
#define HYPHA_VIF_GSO4		(1U << 1)	/* takes TCP/IPv4 super-packets */
#define HYPHA_VIF_GSO6		(1U << 2)
#define HYPHA_VIF_CSUM4		(1U << 3)	/* takes packets whose checksum is not filled in */
#define HYPHA_VIF_CSUM6		(1U << 4)

/* HYPHA_N_POLICY */
#define HYPHA_POLICY_STACK		(1U << 0)	/* through the host's stack by hypha0 instead of the flow table */
#define HYPHA_POLICY_GUEST_TO_GUEST	(1U << 1)	/* may reach other guests by address */
#define HYPHA_POLICY_GUEST_TO_HOST	(1U << 2)	/* may reach the host's own addresses */
#define HYPHA_POLICY_ALL		(HYPHA_POLICY_STACK | HYPHA_POLICY_GUEST_TO_GUEST | HYPHA_POLICY_GUEST_TO_HOST)

/* HYPHA_N_FLOW_FLAGS */
#define HYPHA_FLOW_REPLIED	(1U << 0)	/* packets went both ways */
#define HYPHA_FLOW_FORWARD	(1U << 1)	/* by a published port */
#define HYPHA_FLOW_DNS		(1U << 2)	/* to the gateway's port 53, carried to a resolver */
#define HYPHA_FLOW_HOST		(1U << 3)	/* between the host itself and a guest */
#define HYPHA_FLOW_HAIRPIN	(1U << 4)	/* between two guests */

enum hypha_flow_state {
	HYPHA_FLOW_NEW,		/* UDP, ICMP: not answered */
	HYPHA_FLOW_ANSWERED,	/* UDP, ICMP */
	HYPHA_FLOW_SYN,		/* TCP: SYN seen */
	HYPHA_FLOW_SYN_ACK,	/* TCP: answered */
	HYPHA_FLOW_ESTABLISHED,
	HYPHA_FLOW_CLOSING,	/* TCP: FIN seen */
	HYPHA_FLOW_CLOSED,	/* TCP: FIN from both, or RST */
};

enum hypha_flow_event {
	HYPHA_FLOW_EVENT_NEW,
	HYPHA_FLOW_EVENT_UPDATE,	/* state or flags changed */
	HYPHA_FLOW_EVENT_DESTROY,
};

/* Why a packet went no further. X(NAME, "name", "what it means") */
#define HYPHA_DROPS(X) \
	X(NONE, "none", "not dropped") \
	/* of the ring */ \
	X(RING, "ring", "ring indices that cannot be: the vif is off") \
	X(SLOTS, "slots", "a packet of too many slots") \
	X(SLOT, "slot", "a slot that leaves its page, or sizes that do not add up") \
	X(EXTRA, "extra", "an extra slot that is unknown or senseless") \
	X(GRANT, "grant", "a buffer that the guest did not grant") \
	X(RUNT, "runt", "shorter than an Ethernet header") \
	X(NO_MEMORY, "no-memory", "the host had no memory for it") \
	X(NOT_CONNECTED, "not-connected", "the guest's driver is not there") \
	X(BACKLOG, "backlog", "too many bytes wait for the guest's buffers") \
	X(STALE, "stale", "waited too long for the guest's buffers") \
	/* of the packet */ \
	X(SHORT, "short", "shorter than its headers say") \
	X(HEADER, "header", "malformed header") \
	X(PROTO, "proto", "protocol or ICMP type that is not carried") \
	X(ETHERTYPE, "ethertype", "neither IP nor ARP") \
	X(FRAGMENT, "fragment", "a fragment that could not be put together") \
	X(CHECKSUM, "checksum", "a checksum or offload request that is wrong") \
	X(GSO, "gso", "a super-packet that its headers contradict") \
	X(TTL, "ttl", "its time to live is over") \
	X(TOO_BIG, "too-big", "longer than the way's MTU and not to be cut") \
	/* of who sent it where */ \
	X(SPOOF_MAC, "spoof-mac", "a source MAC that is not the guest's") \
	X(SPOOF_IP4, "spoof-ip4", "a source address that is not the guest's") \
	X(SPOOF_IP6, "spoof-ip6", "a source address that is not the guest's") \
	X(SPOOF_ARP, "spoof-arp", "ARP in another's name") \
	X(SPOOF_ND, "spoof-nd", "neighbour discovery in another's name, or as a router") \
	X(SOURCE, "source", "an impossible source, or source and destination are one") \
	X(NOT_FOR_US, "not-for-us", "a frame for neither the gateway nor broadcast") \
	X(MULTICAST, "multicast", "to a group") \
	X(LINK_LOCAL, "link-local", "to a link-local address") \
	X(TO_HOST, "to-host", "to the host, without a policy that allows it") \
	X(TO_GUEST, "to-guest", "to another guest, without a policy that allows it") \
	X(NO_ROUTE, "no-route", "the host has no route there") \
	X(NO_FLOW, "no-flow", "belongs to no flow and may not start one") \
	/* of limits */ \
	X(GUEST_FLOWS, "guest-flows", "the guest's quota of flows is full") \
	X(HALF_OPEN, "half-open", "the guest's quota of half-open connections is full") \
	X(TABLE, "table", "the table of flows is full") \
	X(PORTS, "ports", "no free port for this remote")

enum hypha_drop {
#define HYPHA_DROP_ENUM(name, text, what) HYPHA_DROP_##name,
	HYPHA_DROPS(HYPHA_DROP_ENUM)
#undef HYPHA_DROP_ENUM
	HYPHA_DROP_COUNT
};

#endif
