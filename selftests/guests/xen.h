/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a 64-bit PV guest needs of Xen's public interface (xen/include/public of Xen 4.17), in our own words. */
#ifndef GUEST_XEN_H
#define GUEST_XEN_H

#define NULL		((void *)0)
#define PAGE_SIZE	4096
#define VIRT_BASE	0xffffffff80000000UL
#define M2P		((const u64 *)0xffff800000000000UL)	/* Xen shows every guest its machine-to-physical table */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef short s16;
typedef int s32;
typedef long s64;
typedef _Bool bool;
#define true	1
#define false	0

#define DOMID_SELF	0x7ff0

enum hypercall {
	HC_MMU_UPDATE = 1, HC_MEMORY_OP = 12, HC_UPDATE_VA_MAPPING = 14, HC_XEN_VERSION = 17, HC_GRANT_TABLE_OP = 20,
	HC_MMUEXT_OP = 26, HC_SCHED_OP = 29, HC_EVENT_CHANNEL_OP = 32,
};

/* xen.h */
struct start_info {
	char magic[32];
	u64 nr_pages;
	u64 shared_info;	/* machine address */
	u32 flags;
	u64 store_mfn;
	u32 store_port;
	u64 console_mfn;
	u32 console_port;
	u64 pt_base, nr_pt_frames;
	u64 mfn_list;
	u64 mod_start, mod_len;
	char cmd_line[1024];
	u64 first_p2m_pfn, nr_p2m_frames;
};

struct vcpu_info {
	u8 upcall_pending, upcall_mask;
	u64 pending_sel;
	u64 cr2, pad;
	u32 time_version, pad0;
	u64 tsc_timestamp, system_time;
	u32 tsc_to_system_mul;
	signed char tsc_shift;
	u8 time_flags, pad1[2];
};

struct shared_info {
	struct vcpu_info vcpu[32];
	u64 pending[64], mask[64];
};

/* sched.h */
enum { SCHEDOP_YIELD = 0, SCHEDOP_SHUTDOWN = 2, SCHEDOP_POLL = 3 };
enum { SHUTDOWN_POWEROFF = 0, SHUTDOWN_REBOOT = 1, SHUTDOWN_SUSPEND = 2, SHUTDOWN_CRASH = 3 };

struct sched_poll {
	u32 *ports;
	u32 nr_ports;
	u64 timeout;
};

/* event_channel.h */
enum { EVTCHNOP_CLOSE = 3, EVTCHNOP_SEND = 4, EVTCHNOP_ALLOC_UNBOUND = 6, EVTCHNOP_RESET = 10 };

struct evtchn_alloc_unbound {
	u16 dom, remote_dom;
	u32 port;
};

struct evtchn_reset {
	u16 dom;
};

/* grant_table.h */
enum { GNTTABOP_SETUP_TABLE = 2 };
enum { GTF_PERMIT = 1, GTF_READONLY = 4 };

struct gnttab_setup_table {
	u16 dom;
	u32 nr_frames;
	s16 status;
	u64 *frames;
};

struct grant_entry {
	u16 flags, domid;
	u32 frame;
};

/* memory.h */
enum { XENMEM_DECREASE_RESERVATION = 1 };

struct memory_reservation {
	u64 *extents;
	u64 nr_extents;
	u32 order, flags;
	u16 domid;
};

/* io/console.h, io/xs_wire.h */
struct console_ring {
	char in[1024], out[2048];
	u32 in_cons, in_prod, out_cons, out_prod;
};

struct store_ring {
	char req[1024], rsp[1024];
	u32 req_cons, req_prod, rsp_cons, rsp_prod;
	u32 features, connection, error;
};

enum xs_type {
	XS_CONTROL, XS_DIRECTORY, XS_READ, XS_GET_PERMS, XS_WATCH, XS_UNWATCH, XS_TRANSACTION_START, XS_TRANSACTION_END,
	XS_INTRODUCE, XS_RELEASE, XS_GET_DOMAIN_PATH, XS_WRITE, XS_MKDIR, XS_RM, XS_SET_PERMS, XS_WATCH_EVENT, XS_ERROR,
	XS_IS_DOMAIN_INTRODUCED, XS_RESUME, XS_SET_TARGET, XS_RESTRICT, XS_RESET_WATCHES, XS_DIRECTORY_PART, XS_TYPES,
};

#define XS_PAYLOAD_MAX	4096

struct xs_header {
	u32 type, req_id, tx_id, len;
};

/* io/xenbus.h */
enum { ST_UNKNOWN, ST_INITIALISING, ST_INIT_WAIT, ST_INITIALISED, ST_CONNECTED, ST_CLOSING, ST_CLOSED };

/* io/blkif.h */
enum { BLK_READ, BLK_WRITE, BLK_BARRIER, BLK_FLUSH, BLK_RESERVED, BLK_DISCARD, BLK_INDIRECT };
enum { BLK_OKAY = 0, BLK_ERROR = -1, BLK_EOPNOTSUPP = -2 };
#define BLK_SEGMENTS	11
#define BLK_RING	32	/* slots of a one-page ring */

struct blk_segment {
	u32 gref;
	u8 first, last, pad[2];
};

struct blk_request {
	u8 op, nr_segments;	/* indirect: BLK_INDIRECT, the real operation */
	u16 handle;		/* indirect: number of segments */
	u32 pad;
	u64 id, sector;
	union {
		struct blk_segment seg[BLK_SEGMENTS];
		struct {
			u16 handle, pad;
			u32 grefs[8];
		} indirect;
	};
};

struct blk_response {
	u64 id;
	u8 op;
	s16 status;
};

struct blk_ring {
	u32 req_prod, req_event, rsp_prod, rsp_event;
	u8 pad[48];
	union {
		struct blk_request req;
		struct blk_response rsp;
	} slot[BLK_RING];
};

/* io/netif.h */
enum { NET_TX_CSUM_BLANK = 1, NET_TX_VALIDATED = 2, NET_TX_MORE = 4, NET_TX_EXTRA = 8 };
enum { NET_RX_VALIDATED = 1, NET_RX_CSUM_BLANK = 2, NET_RX_MORE = 4, NET_RX_EXTRA = 8 };
enum { NET_EXTRA_GSO = 1, NET_EXTRA_MCAST_ADD = 2, NET_EXTRA_HASH = 4, NET_EXTRA_XDP = 5 };
enum { NET_EXTRA_MORE = 1 };
enum { NET_GSO_TCP4 = 1, NET_GSO_TCP6 = 2 };
enum { NET_DROPPED = -2, NET_ERROR = -1, NET_OKAY = 0, NET_NULL = 1 };
#define NET_RING	256	/* slots of either one-page ring */

struct net_tx_request {
	u32 gref;
	u16 offset, flags, id, size;
};

struct net_extra {
	u8 type, flags;
	u16 gso_size;
	u8 gso_type, pad;
	u16 gso_features;
	u32 pad2;
};

struct net_tx_ring {
	u32 req_prod, req_event, rsp_prod, rsp_event;
	u8 pad[48];
	union {
		struct net_tx_request req;
		struct net_extra extra;
		struct {
			u16 id;
			s16 status;
		} rsp;
	} slot[NET_RING];
};

struct net_rx_ring {
	u32 req_prod, req_event, rsp_prod, rsp_event;
	u8 pad[48];
	union {
		struct {
			u16 id, pad;
			u32 gref;
		} req;
		struct {
			u16 id, offset, flags;
			s16 status;
		} rsp;
	} slot[NET_RING];
};

_Static_assert(sizeof(struct net_tx_request) == 12, "netif_tx_request");
_Static_assert(sizeof(struct net_extra) == 12, "netif_extra_info in a transmit ring");
_Static_assert(sizeof(struct net_rx_ring) == 64 + 8 * NET_RING, "netif_rx ring");
_Static_assert(sizeof(struct blk_request) == 112, "blkif_request");
_Static_assert(sizeof(struct vcpu_info) == 64, "vcpu_info");
_Static_assert(__builtin_offsetof(struct start_info, cmd_line) == 128, "start_info");

#endif
