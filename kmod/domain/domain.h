/* SPDX-License-Identifier: GPL-2.0-only */
/* Building a paused PV domain from a kernel and initrd parts, and taking it down. */
#ifndef HYPHA_DOMAIN_DOMAIN_H
#define HYPHA_DOMAIN_DOMAIN_H

#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>

#include "domain/reason.h"

struct file;

/* What the domain is built from. Nothing here is kept after hypha_domain_build(). */
struct hypha_domain_spec {
	struct file *kernel;
	struct file **initrds;
	unsigned int nr_initrds;
	const char *cmdline;	/* NUL-terminated */
	u64 memory;		/* bytes */
	u64 max_memory;		/* bytes, >= memory */
	u32 nr_vcpus;
	u8 uuid[16];
};

/* What it became. */
struct hypha_domain {
	domid_t domid;				/* stays after hypha_domain_clean() */
	bool exists;				/* until hypha_domain_clean() */
	u64 store_mfn, console_mfn;
	evtchn_port_t store_port, console_port;	/* the guest's ends */
	void *store_va, *console_va;		/* zeroed, mapped until hypha_domain_clean() */
	u64 phase_ns[8];			/* enum hypha_phase; RINGS and UNPAUSE stay 0 */
};

/**
 * hypha_domain_build() - parse, plan, create, populate, load, tables, pin, vCPU 0; leaves the domain paused
 * @spec:   sizes already within the uapi limits; files readable
 * @dom:    filled on success
 * @reason: filled on failure
 *
 * On failure nothing is left in Xen. Context: process, sleeps, ends early with -EINTR on a fatal signal.
 * Return: 0, -ENOEXEC bad kernel, -ENOMEM, -EINVAL, -EIO a file could not be read, or Xen's errno.
 */
int hypha_domain_build(const struct hypha_domain_spec *spec, struct hypha_domain *dom, struct hypha_reason *reason);

/* Destroy the domain and unmap its ring pages; tolerates a domain that is gone already. Context: process, sleeps. */
void hypha_domain_clean(struct hypha_domain *dom);

#endif
