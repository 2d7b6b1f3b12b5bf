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
	HC_MMU_UPDATE = 1, HC_PLATFORM_OP = 7, HC_MEMORY_OP = 12, HC_UPDATE_VA_MAPPING = 14, HC_CONSOLE_IO = 18, HC_GRANT_TABLE_OP = 20,
	HC_UPDATE_VA_MAPPING_OTHERDOMAIN = 22, HC_VCPU_OP = 24, HC_MMUEXT_OP = 26, HC_XSM_OP = 27, HC_SCHED_OP = 29,
	HC_EVENT_CHANNEL_OP = 32, HC_PHYSDEV_OP = 33, HC_HVM_OP = 34, HC_SYSCTL = 35, HC_DOMCTL = 36, HC_KEXEC_OP = 37,
	HC_ARGO_OP = 39, HC_XENPMU_OP = 40, HC_DM_OP = 41, HC_HYPFS_OP = 42, HC_MCA = 48,
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
enum { SCHEDOP_YIELD = 0, SCHEDOP_SHUTDOWN = 2, SCHEDOP_POLL = 3, SCHEDOP_REMOTE_SHUTDOWN = 4 };
enum { SHUTDOWN_POWEROFF = 0, SHUTDOWN_REBOOT = 1, SHUTDOWN_SUSPEND = 2, SHUTDOWN_CRASH = 3, SHUTDOWN_SOFT_RESET = 5 };

struct sched_remote_shutdown {
	u16 dom;
	u32 reason;
};

struct sched_poll {
	u32 *ports;
	u32 nr_ports;
	u64 timeout;
};

/* event_channel.h */
enum {
	EVTCHNOP_BIND_INTERDOMAIN = 0, EVTCHNOP_CLOSE = 3, EVTCHNOP_SEND = 4, EVTCHNOP_STATUS = 5, EVTCHNOP_ALLOC_UNBOUND = 6,
	EVTCHNOP_RESET = 10,
};

struct evtchn_bind_interdomain {
	u16 remote_dom;
	u32 remote_port, local_port;
};

struct evtchn_status {
	u16 dom;
	u32 port, answer[4];
};

struct evtchn_alloc_unbound {
	u16 dom, remote_dom;
	u32 port;
};

struct evtchn_reset {
	u16 dom;
};

/* grant_table.h */
enum {
	GNTTABOP_MAP = 0, GNTTABOP_SETUP_TABLE = 2, GNTTABOP_TRANSFER = 4, GNTTABOP_COPY = 5, GNTTABOP_QUERY_SIZE = 6,
	GNTTABOP_SET_VERSION = 8, GNTTABOP_GET_VERSION = 10,
};
enum { GTF_PERMIT = 1, GTF_ACCEPT_TRANSFER = 2, GTF_TRANSITIVE = 3, GTF_READONLY = 4 };
enum { GNTMAP_HOST = 2 };
enum { GNTCOPY_SOURCE_REF = 1, GNTCOPY_DEST_REF = 2 };

struct gnttab_map {
	u64 host_addr;
	u32 flags, ref;
	u16 dom;
	s16 status;
	u32 handle;
	u64 dev_bus_addr;
};

struct gnttab_copy_end {
	u64 ref_or_frame;
	u16 domid, offset;
};

struct gnttab_copy {
	struct gnttab_copy_end source, dest;
	u16 len, flags;
	s16 status;
};

struct gnttab_transfer {
	u64 frame;
	u16 domid;
	u32 ref;
	s16 status;
};

struct gnttab_query_size {
	u16 dom;
	u32 nr_frames, max_nr_frames;
	s16 status;
};

struct gnttab_get_version {
	u16 dom, pad;
	u32 version;
};

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
enum {
	XENMEM_INCREASE_RESERVATION = 0, XENMEM_DECREASE_RESERVATION = 1, XENMEM_MAXIMUM_RAM_PAGE = 2, XENMEM_CURRENT_RESERVATION = 3,
	XENMEM_MAXIMUM_RESERVATION = 4, XENMEM_POPULATE_PHYSMAP = 6, XENMEM_ADD_TO_PHYSMAP = 7, XENMEM_MACHINE_MEMORY_MAP = 10,
	XENMEM_EXCHANGE = 11, XENMEM_SET_MEMORY_MAP = 13, XENMEM_REMOVE_FROM_PHYSMAP = 15, XENMEM_CLAIM_PAGES = 24,
	XENMEM_ACQUIRE_RESOURCE = 28,
};

struct memory_reservation {
	u64 *extents;
	u64 nr_extents;
	u32 order, flags;
	u16 domid;
};

struct memory_exchange {
	struct memory_reservation in, out;
	u64 nr_exchanged;
};

struct add_to_physmap {
	u16 domid, size;
	u32 space;
	u64 idx, gpfn;
};

struct acquire_resource {
	u16 domid, type;
	u32 id, nr_frames, pad;
	u64 frame;
	u64 *frames;
};

/* xen.h: mmuext_op */
enum { MMUEXT_PIN_L1_TABLE = 0, MMUEXT_PIN_L4_TABLE = 3, MMUEXT_NEW_BASEPTR = 5, MMUEXT_CLEAR_PAGE = 16, MMUEXT_COPY_PAGE = 17 };

struct mmuext_op {
	u32 cmd;
	u64 mfn, arg2;
};

struct mmu_update {
	u64 ptr, val;
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
enum { NET_EXTRA_GSO = 1, NET_EXTRA_MCAST_ADD = 2, NET_EXTRA_MCAST_DEL = 3, NET_EXTRA_HASH = 4, NET_EXTRA_XDP = 5 };
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

_Static_assert(sizeof(struct gnttab_copy) == 40, "gnttab_copy");
_Static_assert(sizeof(struct gnttab_map) == 32, "gnttab_map_grant_ref");
_Static_assert(sizeof(struct memory_reservation) == 32, "xen_memory_reservation");
_Static_assert(sizeof(struct acquire_resource) == 32, "xen_mem_acquire_resource");
_Static_assert(sizeof(struct net_tx_request) == 12, "netif_tx_request");
_Static_assert(sizeof(struct net_extra) == 12, "netif_extra_info in a transmit ring");
_Static_assert(sizeof(struct net_rx_ring) == 64 + 8 * NET_RING, "netif_rx ring");
_Static_assert(sizeof(struct blk_request) == 112, "blkif_request");
_Static_assert(sizeof(struct vcpu_info) == 64, "vcpu_info");
_Static_assert(__builtin_offsetof(struct start_info, cmd_line) == 128, "start_info");

#endif
