/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls that fail before Xen sees them, on kernels with fault injection. On others this is nothing. */
#ifndef HYPHA_XEN_FAULT_H
#define HYPHA_XEN_FAULT_H

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS

/**
 * hypha_fault_hypercall() - whether this hypercall shall fail
 * @hypercall: __HYPERVISOR_*
 *
 * As Documentation/fault-injection says: by /sys/kernel/debug/hypha_fail_hypercall/, or by /proc/self/fail-nth.
 *
 * Context: any. Return: 0, or -ENOMEM.
 */
int hypha_fault_hypercall(unsigned int hypercall);
void hypha_fault_init(void);
void hypha_fault_exit(void);

#else

static inline int hypha_fault_hypercall(unsigned int hypercall)
{
	return 0;
}

static inline void hypha_fault_init(void)
{
}

static inline void hypha_fault_exit(void)
{
}

#endif
#endif
