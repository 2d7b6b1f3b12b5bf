/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's toolstack ABI that Linux has no header for: domctl and sysctl, as far as hypha uses them, per interface version. */
#ifndef HYPHA_XEN_ABI_H
#define HYPHA_XEN_ABI_H

#include <linux/kernel.h>
#include <linux/types.h>

/* Sources: xen/include/public/{domctl,sysctl}.h of Xen 4.14 .. 4.22; offsets compiled from each of them. */

#define HYPHA_DOMCTL_VERSION_MIN	0x12	/* Xen 4.14 */
#define HYPHA_DOMCTL_VERSION_MAX	0x18	/* Xen 4.22 */
#define HYPHA_SYSCTL_VERSION_MIN	0x13	/* Xen 4.14 */
#define HYPHA_SYSCTL_VERSION_MAX	0x16	/* Xen 4.22 */

enum hypha_abi_domctl_cmd {
	HYPHA_ABI_CREATEDOMAIN = 1,
	HYPHA_ABI_DESTROYDOMAIN = 2,
	HYPHA_ABI_PAUSEDOMAIN = 3,
	HYPHA_ABI_UNPAUSEDOMAIN = 4,
	HYPHA_ABI_GETDOMAININFO = 5,
	HYPHA_ABI_MAX_MEM = 11,
	HYPHA_ABI_SETVCPUCONTEXT = 12,
	HYPHA_ABI_MAX_VCPUS = 15,
	HYPHA_ABI_HYPERCALL_INIT = 22,
	HYPHA_ABI_SETTSCINFO = 60,
};

enum hypha_abi_sysctl_cmd {
	HYPHA_ABI_PHYSINFO = 3,
	HYPHA_ABI_GETDOMAININFOLIST = 6,
};

#define HYPHA_ABI_TSC_NEVER_EMULATE	2	/* XEN_CPUID_TSC_MODE_NEVER_EMULATE */

#define HYPHA_ABI_DOMINF_DYING		(1U << 0)
#define HYPHA_ABI_DOMINF_SHUTDOWN	(1U << 2)
#define HYPHA_ABI_DOMINF_PAUSED		(1U << 3)
#define HYPHA_ABI_DOMINF_CODE_SHIFT	16
#define HYPHA_ABI_DOMINF_CODE_MASK	255

/* createdomain: the part that never moved; what follows is placed by struct hypha_abi_domctl_layout. */
struct hypha_abi_createdomain {
	u32 ssidref;
	u8 handle[16];
	u32 flags;
	u32 iommu_opts;
	u32 max_vcpus;
	u32 max_evtchn_port;
	s32 max_grant_frames;
	s32 max_maptrack_frames;
};

/* The head of getdomaininfo; its full size is in struct hypha_abi_domctl_layout. */
struct hypha_abi_dominfo {
	u16 domain;
	u16 pad;
	u32 flags;
	u64 tot_pages;
	u64 max_pages;
	u64 outstanding_pages;
	u64 shr_pages;
	u64 paged_pages;
	u64 shared_info_frame;
	u64 cpu_time;
	u32 nr_online_vcpus;
	u32 max_vcpu_id;
};

struct hypha_abi_setvcpucontext {
	u32 vcpu;
	u32 pad;
	u64 context;		/* address */
};

struct hypha_abi_tscinfo {
	u32 mode;
	u32 khz;		/* 0: the host's */
	u32 incarnation;
	u32 pad;
	u64 elapsed_ns;
};

struct hypha_abi_domctl {
	u32 cmd;
	u32 version;
	u16 domain;
	u16 pad[3];
	union {
		struct hypha_abi_createdomain create;
		struct hypha_abi_dominfo info;
		struct hypha_abi_setvcpucontext context;
		struct hypha_abi_tscinfo tsc;
		u32 max_vcpus;
		u64 max_mem_kib;
		u64 hypercall_mfn;
		u8 bytes[128];
	} u;
};

/* physinfo up to where its versions part; the page counts are placed by hypha_abi_physinfo_pages(). */
struct hypha_abi_physinfo {
	u32 threads_per_core;
	u32 cores_per_socket;
	u32 nr_cpus;
};

struct hypha_abi_dominfo_list {
	u16 first_domain;
	u16 pad;
	u32 max_domains;
	u64 buffer;		/* address */
	u32 num_domains;
};

struct hypha_abi_sysctl {
	u32 cmd;
	u32 version;
	union {
		struct hypha_abi_physinfo physinfo;
		struct hypha_abi_dominfo_list list;
		u8 bytes[128];
	} u;
};

/* XENMEM_set_memory_map of memory_op: struct xen_foreign_memory_map. */
#define HYPHA_ABI_SET_MEMORY_MAP	13

struct hypha_abi_memory_map {
	u16 domid;
	u16 pad[3];
	u32 nr_entries;
	u32 pad1;
	u64 buffer;		/* address */
};

/**
 * struct hypha_abi_domctl_layout - where interface versions differ
 * @version:    of the domctl interface
 * @grant_opts: offset of createdomain.grant_opts, 0 = the version has none
 * @any_domid:  createdomain.domain that lets Xen choose an id
 * @info_size:  sizeof(struct xen_domctl_getdomaininfo), the stride of getdomaininfolist
 *
 * All other fields after the common part (emulation flags, vmtrace, altp2m, cpupool) are zero for a PV guest, so where they
 * are does not matter.
 */
struct hypha_abi_domctl_layout {
	u8 version;
	u8 grant_opts;
	u16 any_domid;
	u16 info_size;
};

/* The layout of an interface version, or NULL. */
static inline const struct hypha_abi_domctl_layout *hypha_abi_domctl_layout(u32 version)
{
	static const struct hypha_abi_domctl_layout layouts[] = {
		{ 0x12, 0, 0, 104 },		/* 4.14 */
		{ 0x13, 0, 0, 104 },		/* 4.15 */
		{ 0x14, 44, 0, 112 },		/* 4.16 */
		{ 0x15, 44, 0, 112 },		/* 4.17 */
		{ 0x16, 44, 0, 112 },		/* 4.18 */
		{ 0x17, 44, 0, 112 },		/* 4.19 .. 4.21 */
		{ 0x18, 44, 0x7FF5, 112 },	/* 4.22: DOMID_ANY; 0 is no wildcard any more */
	};
	u32 i = version - HYPHA_DOMCTL_VERSION_MIN;

	return version >= HYPHA_DOMCTL_VERSION_MIN && i < ARRAY_SIZE(layouts) ? &layouts[i] : NULL;
}

/* Offset of physinfo.total_pages; free_pages follows. arch_capabilities moved them with 0x15. */
static inline unsigned int hypha_abi_physinfo_pages(u32 sysctl_version)
{
	return sysctl_version >= 0x15 ? 40 : 32;
}

#endif
