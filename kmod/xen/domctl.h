/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's domain control operations, over the interface version found at load time. */
#ifndef HYPHA_XEN_DOMCTL_H
#define HYPHA_XEN_DOMCTL_H

#include <linux/types.h>
#include <xen/interface/xen.h>

struct vcpu_guest_context;

/* What hypha sets at creation; the rest of createdomain's layout is fixed. */
struct hypha_domctl_config {
	u8 handle[16];		/* the guest's uuid */
	u32 max_vcpus;
};

/* What getdomaininfo tells, in one form for all interface versions. */
struct hypha_domctl_info {
	domid_t domid;
	bool dying;		/* destroyed, some of its resources may be held */
	bool shutdown;
	bool paused;		/* by the toolstack */
	u8 shutdown_code;	/* SHUTDOWN_*; valid if shutdown */
	u32 nr_online_vcpus;
	u64 tot_pages;
	u64 max_pages;
	u64 shared_info_frame;
	u64 cpu_time;		/* ns */
};

struct hypha_physinfo {
	u64 total_pages;
	u64 free_pages;		/* incl. those being scrubbed */
	u32 nr_cpus;
};

/* Check that this is a PV dom0 and find the interface version; logs a sentence on failure. At module load, once.
 * Return: 0, -ENODEV not a PV dom0 or no known version works. */
int hypha_domctl_probe(void);
/* The version in use, e.g. 0x15. */
u32 hypha_domctl_version(void);

/* All below: process context, one hypercall, sleep-free. Return: 0 or Xen's -errno; -ESRCH if the domain is gone. */
int hypha_domctl_create(const struct hypha_domctl_config *config, domid_t *domid);
int hypha_domctl_max_vcpus(domid_t domid, u32 nr);
int hypha_domctl_max_mem(domid_t domid, u64 kib);
/* The guest's rdtsc is the processor's, as dom0's is. Xen's default is to trap it where it does not trust the host's TSC. */
int hypha_domctl_native_tsc(domid_t domid);
int hypha_domctl_hypercall_init(domid_t domid, u64 mfn);
int hypha_domctl_set_context(domid_t domid, u32 vcpu, const struct vcpu_guest_context *ctx);
int hypha_domctl_pause(domid_t domid);
int hypha_domctl_unpause(domid_t domid);
/* Long (60..150 ms per 256 MiB under emulation): Xen continues inside. */
int hypha_domctl_destroy(domid_t domid);
int hypha_domctl_info(domid_t domid, struct hypha_domctl_info *info);
/* Domains from @first upward in ascending order, at most @max; returns how many, or -errno. */
int hypha_domctl_info_list(domid_t first, struct hypha_domctl_info *infos, unsigned int max);
int hypha_domctl_physinfo(struct hypha_physinfo *info);

#endif
