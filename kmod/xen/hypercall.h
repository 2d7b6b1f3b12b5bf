/* SPDX-License-Identifier: GPL-2.0-only */
/* Typed hypercalls. Only kmod/xen/ includes this; all else goes through the nouns beside it. */
#ifndef HYPHA_XEN_HYPERCALL_H
#define HYPHA_XEN_HYPERCALL_H

#include <linux/types.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/interface/xen.h>

#include "xen/abi.h"
#include "xen/fault.h"

/*
 * Only the inlines of <asm/xen/hypercall.h> are used: their entry changed within the 6.1 series (XSA-466), their names did
 * not. The MULTI_* helpers cannot be used by modules. Buffers are ordinary kernel addresses.
 */

/*
 * What undoes something is asked again when Xen had no memory for a moment: to give up would lose a page, a port or a domain.
 */
#define HYPHA_INSIST(call) ({						\
	int __tries = 3, __err;						\
									\
	do								\
		__err = (call);						\
	while (__err == -ENOMEM && --__tries);				\
	__err;								\
})

static inline int hypha_hypercall_domctl(struct hypha_abi_domctl *op)
{
	return hypha_fault_hypercall(__HYPERVISOR_domctl) ?:
	       xen_single_call(__HYPERVISOR_domctl, (unsigned long)op, 0, 0, 0, 0);
}

static inline int hypha_hypercall_sysctl(struct hypha_abi_sysctl *op)
{
	return hypha_fault_hypercall(__HYPERVISOR_sysctl) ?:
	       xen_single_call(__HYPERVISOR_sysctl, (unsigned long)op, 0, 0, 0, 0);
}

/* Return: extents populated (may be fewer than asked), or -errno. */
static inline long hypha_hypercall_populate(struct xen_memory_reservation *op)
{
	return hypha_fault_hypercall(__HYPERVISOR_memory_op) ?:
	       xen_single_call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (unsigned long)op, 0, 0, 0);
}

static inline int hypha_hypercall_set_memory_map(struct hypha_abi_memory_map *op)
{
	return hypha_fault_hypercall(__HYPERVISOR_memory_op) ?:
	       xen_single_call(__HYPERVISOR_memory_op, HYPHA_ABI_SET_MEMORY_MAP, (unsigned long)op, 0, 0, 0);
}

static inline int hypha_hypercall_mmu_update(struct mmu_update *ops, unsigned int nr, unsigned int *done, domid_t domid)
{
	return hypha_fault_hypercall(__HYPERVISOR_mmu_update) ?:
	       HYPERVISOR_mmu_update(ops, nr, (int *)done, domid);
}

static inline int hypha_hypercall_mmuext(struct mmuext_op *ops, unsigned int nr, unsigned int *done, domid_t domid)
{
	return hypha_fault_hypercall(__HYPERVISOR_mmuext_op) ?:
	       HYPERVISOR_mmuext_op(ops, nr, (int *)done, domid);
}

static inline int hypha_hypercall_flush_tlb(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	return hypha_fault_hypercall(__HYPERVISOR_mmuext_op) ?:
	       HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static inline int hypha_hypercall_evtchn(int cmd, void *op)
{
	return hypha_fault_hypercall(__HYPERVISOR_event_channel_op) ?:
	       HYPERVISOR_event_channel_op(cmd, op);
}

static inline int hypha_hypercall_grant(unsigned int cmd, void *ops, unsigned int nr)
{
	return hypha_fault_hypercall(__HYPERVISOR_grant_table_op) ?:
	       HYPERVISOR_grant_table_op(cmd, ops, nr);
}

static inline int hypha_hypercall_version(int cmd, void *arg)
{
	return hypha_fault_hypercall(__HYPERVISOR_xen_version) ?:
	       HYPERVISOR_xen_version(cmd, arg);
}

#endif
