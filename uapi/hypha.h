/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* What /dev/hypha understands: the ioctls that change guests. Reading goes over generic netlink, see hypha_netlink.h. */
#ifndef _UAPI_HYPHA_H
#define _UAPI_HYPHA_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * Conventions. Every structure starts with its own size, so it can grow at its end: a shorter one is read as if the rest
 * were zero, a longer one is refused with -E2BIG unless the rest is zero. Flags and pads that are not defined must be
 * zero (-EINVAL). User memory is passed as a __u64 address. Sizes are bytes, times nanoseconds unless said otherwise.
 * A failing call fills @reason, where it has one, with a sentence that names step, object, numbers and remedy.
 * Opening /dev/hypha needs CAP_SYS_ADMIN (-EPERM); whoever is given the descriptor may use it.
 *
 * Errors of every call, beside its own: EFAULT an address that cannot be read or written; EINVAL a field that cannot be;
 * E2BIG; ENOMEM no memory here; ENOTTY no such call.
 */

#define HYPHA_ABI_VERSION	1

#define HYPHA_NAME_MAX		64	/* guest name with its NUL: [A-Za-z0-9][A-Za-z0-9_.-]* */
#define HYPHA_UUID_SIZE		16
#define HYPHA_REASON_MAX	512	/* a reason text with its NUL never gets longer */
#define HYPHA_CMDLINE_MAX	1023	/* bytes of guest command line, without NUL (Xen's MAX_GUEST_CMDLINE) */
#define HYPHA_LABELS_MAX	32768	/* bytes of labels; opaque to the kernel */
#define HYPHA_VCPUS_MAX		32	/* Xen's legacy per-domain vcpu_info slots */
#define HYPHA_INITRDS_MAX	16
#define HYPHA_DISKS_MAX		16
#define HYPHA_LOG_DEFAULT	(256 << 10)
#define HYPHA_LOG_MAX		(16 << 20)

/* Names a guest by its kernel id; ids are never reused while the module is loaded and never 0. */

/**
 * struct hypha_disk - one disk of a guest
 * @fd:    regular file or block device; its size, rounded down to 512, is the disk's
 * @flags: HYPHA_DISK_*
 *
 * Disk n appears to the guest as virtual device 202:16*n (xvda, xvdb, …). A writable fd must be open for writing.
 */
struct hypha_disk {
	__s32 fd;
	__u32 flags;
};

#define HYPHA_DISK_RO	(1U << 0)	/* the guest cannot write; many guests may share the file */

/**
 * struct hypha_forward_spec - a published port
 * @proto:      IPPROTO_TCP or IPPROTO_UDP
 * @version:    4, 6; 0: both (then @addr is zero)
 * @nr_ports:   as many, in order; at least 1
 * @host_port:  first one of the host
 * @guest_port: first one of the guest
 * @addr:       of the host, IPv4 as ::ffff:a.b.c.d; all zero: any
 */
struct hypha_forward_spec {
	__u8 proto;
	__u8 version;
	__u16 nr_ports;
	__u16 host_port;
	__u16 guest_port;
	__u8 addr[16];
};

#define HYPHA_NIC_DNS_MAX	4
#define HYPHA_FORWARDS_MAX	64	/* at creation; more by netlink */
#define HYPHA_MTU_MIN		1280
#define HYPHA_MTU_MAX		65521

/**
 * struct hypha_nic - the guest's network interface
 * @mac:         all zero: the module picks one
 * @mtu:         0: 1500
 * @ip4:         network order, in the guests' prefix; all zero: the module picks one
 * @ip6:         the same
 * @policy:      HYPHA_POLICY_* (hypha_netlink.h)
 * @nr_forwards: at @forwards, address of struct hypha_forward_spec
 * @nr_dns:      resolvers in @dns: the gateway's port 53 is carried to them from now on, for all guests; 0: as it is
 * @dns:         IPv4 as ::ffff:a.b.c.d; loopback addresses are the host's own
 */
struct hypha_nic {
	__u8 mac[6];
	__u16 mtu;
	__u8 ip4[4];
	__u8 ip6[16];
	__u32 policy;
	__u32 nr_forwards;
	__u32 nr_dns;
	__u64 forwards;
	__u8 dns[HYPHA_NIC_DNS_MAX][16];
};

/* Phases of HYPHA_CREATE whose times come back in hypha_create.phase_ns. */
enum hypha_phase {
	HYPHA_PHASE_PARSE,	/* ELF headers and notes read, layout planned */
	HYPHA_PHASE_CREATE,	/* createdomain, max_vcpus, max_mem */
	HYPHA_PHASE_POPULATE,	/* guest memory allocated */
	HYPHA_PHASE_LOAD,	/* kernel and initrd copied */
	HYPHA_PHASE_TABLES,	/* p2m list, page tables, start_info */
	HYPHA_PHASE_RINGS,	/* store, console and disks ready */
	HYPHA_PHASE_PIN,	/* page tables pinned, vCPU 0 set up */
	HYPHA_PHASE_UNPAUSE,
	HYPHA_PHASE_COUNT
};

/**
 * struct hypha_create - construct and start a guest (HYPHA_CREATE)
 * @size:	sizeof(struct hypha_create)
 * @flags:	HYPHA_CREATE_*
 * @kernel_fd:	plain ELF64 x86-64 PV kernel
 * @nr_vcpus:	1..HYPHA_VCPUS_MAX
 * @memory:	bytes at boot; a multiple of 4096
 * @max_memory:	bytes the balloon may grow to; 0 = @memory
 * @initrds:	address of @nr_initrds __s32 fds, concatenated, each part padded to 4 bytes
 * @disks:	address of @nr_disks struct hypha_disk
 * @cmdline:	address of @cmdline_len bytes, without NUL
 * @labels:	address of @labels_len bytes kept with the guest and given back by GUEST_GET
 * @reason:	address of @reason_len bytes that receive a NUL-terminated sentence on failure; may be 0
 * @log_size:	bytes of console log kept; 0 = HYPHA_LOG_DEFAULT
 * @uuid:	must not be all zero nor belong to another guest
 * @name:	NUL-terminated, unique among guests
 * @id:		out: kernel id
 * @domid:	out: Xen's domain id
 * @phase_ns:	out: duration of each phase
 * @nic:	address of struct hypha_nic; 0: one of which the module picks everything; see HYPHA_CREATE_NO_NETWORK
 *
 * All or nothing: on failure nothing of the guest is left. The kernel owns the guest, not the caller's fd.
 *
 * Context: may take hundreds of milliseconds; a fatal signal before the domain is unpaused unwinds it.
 * Errors: EINVAL bad field; EEXIST name or uuid in use; ENOEXEC not a PV kernel; ENOMEM too little memory, here or in
 * Xen; EBADF, EACCES a file that cannot be used so; E2BIG @size; ENODEV Xen refuses; EINTR killed;
 * EADDRINUSE MAC, address or forward of another guest; ERANGE an address outside the prefix; EADDRNOTAVAIL one that no guest
 * may have, or none is left; ENODATA a disk shorter than a sector; EIO a file became shorter meanwhile; ESHUTDOWN somebody
 * destroyed the guest before it was started.
 */
struct hypha_create {
	__u32 size;
	__u32 flags;
	__s32 kernel_fd;
	__u32 nr_vcpus;
	__u64 memory;
	__u64 max_memory;
	__u64 initrds;
	__u64 disks;
	__u64 cmdline;
	__u64 labels;
	__u64 reason;
	__u32 nr_initrds;
	__u32 nr_disks;
	__u32 cmdline_len;
	__u32 labels_len;
	__u32 reason_len;
	__u32 log_size;
	__u8 uuid[HYPHA_UUID_SIZE];
	char name[HYPHA_NAME_MAX];
	__u32 id;
	__u32 domid;
	__u64 phase_ns[HYPHA_PHASE_COUNT];
	__u64 nic;
};

#define HYPHA_CREATE_PAUSED	(1U << 0)	/* leave it paused; HYPHA_UNPAUSE starts it */
#define HYPHA_CREATE_AUTOREMOVE	(1U << 1)	/* told back in GUEST_FLAGS; the exit helper removes the record */
#define HYPHA_CREATE_NO_NETWORK	(1U << 2)	/* no interface; @nic must be 0 */

/**
 * struct hypha_id - HYPHA_DESTROY, HYPHA_REMOVE, HYPHA_PAUSE, HYPHA_UNPAUSE
 * @size:  sizeof(struct hypha_id)
 * @id:    kernel id
 *
 * DESTROY kills a living guest at once (exit reason HYPHA_EXIT_KILLED) and returns when its resources are gone; on an
 * exited one it does nothing. REMOVE forgets an exited guest and its log. PAUSE and UNPAUSE stop and start its vCPUs.
 * Errors: ENOENT no such guest; EBUSY REMOVE of a living one; ESHUTDOWN it has exited; EALREADY it is (not) paused.
 */
struct hypha_id {
	__u32 size;
	__u32 id;
};

/**
 * struct hypha_console_open - HYPHA_CONSOLE: open a guest's console
 * @size:  sizeof(struct hypha_console_open)
 * @id:    kernel id; of a living or an exited guest
 * @flags: HYPHA_CONSOLE_*
 * @fd:    out: file descriptor, close-on-exec
 *
 * read() replays the log from its oldest byte, then follows; it returns 0 when the guest has exited and all is read.
 * Where bytes were dropped before they were read, read() skips them. write() feeds the guest's input and blocks while
 * its ring is full (O_NONBLOCK: EAGAIN); EPIPE after exit, EIO if the guest spoilt its ring. poll() works for both.
 *
 * Errors: ENOENT no such guest; EINVAL also if @size does not reach behind @fd; EMFILE, ENFILE no descriptor is free. After
 * any error there is no new descriptor.
 */
struct hypha_console_open {
	__u32 size;
	__u32 id;
	__u32 flags;
	__s32 fd;
};

#define HYPHA_CONSOLE_READ	(1U << 0)
#define HYPHA_CONSOLE_WRITE	(1U << 1)
#define HYPHA_CONSOLE_NONBLOCK	(1U << 2)
#define HYPHA_CONSOLE_FROM_END	(1U << 3)	/* no replay */

/**
 * struct hypha_shutdown - HYPHA_SHUTDOWN: ask the guest to stop
 * @size:   sizeof(struct hypha_shutdown)
 * @id:     kernel id
 * @action: enum hypha_shutdown_action; written to control/shutdown (or control/sysrq)
 * @sysrq:  the key for HYPHA_SHUTDOWN_SYSRQ, else 0
 *
 * Errors: ENOENT, ESHUTDOWN.
 */
struct hypha_shutdown {
	__u32 size;
	__u32 id;
	__u32 action;
	__u32 sysrq;
};

enum hypha_shutdown_action {
	HYPHA_SHUTDOWN_POWEROFF,
	HYPHA_SHUTDOWN_REBOOT,
	HYPHA_SHUTDOWN_SYSRQ,
};

/**
 * struct hypha_memory - HYPHA_SET_MEMORY: set the balloon's target
 * @size:   sizeof(struct hypha_memory)
 * @id:     kernel id
 * @target: bytes, 4 MiB..max_memory of its creation; written to memory/target
 *
 * Errors: ENOENT, ESHUTDOWN, ERANGE outside those limits.
 */
struct hypha_memory {
	__u32 size;
	__u32 id;
	__u64 target;
};

/**
 * struct hypha_vcpus - HYPHA_SET_VCPUS: set which vCPUs the guest keeps online
 * @size: sizeof(struct hypha_vcpus)
 * @id:   kernel id
 * @nr:   1..nr_vcpus of its creation; written to cpu/N/availability
 *
 * Errors: ENOENT, ESHUTDOWN, ERANGE.
 */
struct hypha_vcpus {
	__u32 size;
	__u32 id;
	__u32 nr;
	__u32 pad;
};

/**
 * struct hypha_info - HYPHA_INFO: the module and its host
 * @size:	 sizeof(struct hypha_info)
 * @abi:	 HYPHA_ABI_VERSION of the module
 * @module:	 module version, NUL-terminated
 * @xen_major:	 Xen version
 * @xen_minor:	 Xen version
 * @domctl:	 domctl interface version in use
 * @xen_extra:	 e.g. ".4-pre"
 * @total_bytes: memory Xen manages
 * @free_bytes:	 memory Xen could give to a guest now
 * @nr_cpus:	 physical CPUs
 * @nr_guests:	 living guests
 * @nr_exited:	 exited guests not yet removed
 * @net4:	 the guests' IPv4 prefix, network order; the gateway is its first host address
 * @net6:	 the guests' IPv6 prefix, the same
 * @plen4:	 prefix length, 0: no network
 * @plen6:	 prefix length
 *
 * Everything but @size is out; on entry it may hold anything, but for @pad.
 */
struct hypha_info {
	__u32 size;
	__u32 abi;
	char module[32];
	__u32 xen_major;
	__u32 xen_minor;
	__u32 domctl;
	__u32 nr_cpus;
	char xen_extra[16];
	__u64 total_bytes;
	__u64 free_bytes;
	__u32 nr_guests;
	__u32 nr_exited;
	__u8 net4[4];
	__u8 net6[16];
	__u32 plen4;
	__u32 plen6;
	__u32 pad;
};

#define HYPHA_IOC		0xB9
#define HYPHA_CREATE		_IOWR(HYPHA_IOC, 0, struct hypha_create)
#define HYPHA_DESTROY		_IOW(HYPHA_IOC, 1, struct hypha_id)
#define HYPHA_REMOVE		_IOW(HYPHA_IOC, 2, struct hypha_id)
#define HYPHA_PAUSE		_IOW(HYPHA_IOC, 3, struct hypha_id)
#define HYPHA_UNPAUSE		_IOW(HYPHA_IOC, 4, struct hypha_id)
#define HYPHA_CONSOLE		_IOWR(HYPHA_IOC, 5, struct hypha_console_open)
#define HYPHA_SHUTDOWN		_IOW(HYPHA_IOC, 6, struct hypha_shutdown)
#define HYPHA_SET_MEMORY	_IOW(HYPHA_IOC, 7, struct hypha_memory)
#define HYPHA_SET_VCPUS		_IOW(HYPHA_IOC, 8, struct hypha_vcpus)
#define HYPHA_INFO		_IOWR(HYPHA_IOC, 9, struct hypha_info)

#endif
