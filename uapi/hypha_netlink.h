/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The generic netlink family "hypha": reading guests, and the events they raise. */
#ifndef _UAPI_HYPHA_NETLINK_H
#define _UAPI_HYPHA_NETLINK_H

#define HYPHA_GENL_NAME		"hypha"
#define HYPHA_GENL_VERSION	1
#define HYPHA_GENL_MCGRP_EVENTS	"events"

/* Commands. All need CAP_SYS_ADMIN, joining the group too. */
enum hypha_genl_cmd {
	HYPHA_CMD_UNSPEC,
	HYPHA_CMD_GUEST_GET,	/* do: HYPHA_A_ID, _NAME or _UUID → one guest (ENOENT); dump: all, living and exited */
	HYPHA_CMD_EVENT,	/* multicast: HYPHA_A_EVENT, _SEQ, _TIME_NS and the guest's attributes */
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

#endif
