/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed hypercalls: through the page Xen filled, or with the bare instruction. */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include "xen.h"

#ifdef GUEST_INIT_P2M
#define HYPERCALL	"syscall"
#define HYPERCALL_INPUT(nr)	"0" (nr)
#else
#define HYPERCALL	"call *%[page]"
#define HYPERCALL_INPUT(nr)	"0" (nr), [page] "r" (hypercall_page + 32 * (nr))
#endif

extern char hypercall_page[];

static inline s64 hypercall4(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
	register u64 r10 asm("r10") = d;
	s64 ret;

	asm volatile(HYPERCALL : "=a" (ret), "+D" (a), "+S" (b), "+d" (c), "+r" (r10) : HYPERCALL_INPUT(nr)
		     : "rcx", "r11", "r8", "r9", "memory");
	return ret;
}

static inline s64 hc_sched(u64 cmd, const void *arg)
{
	return hypercall4(HC_SCHED_OP, cmd, (u64)arg, 0, 0);
}

static inline s64 hc_evtchn(u64 cmd, const void *arg)
{
	return hypercall4(HC_EVENT_CHANNEL_OP, cmd, (u64)arg, 0, 0);
}

static inline s64 hc_grant(u64 cmd, void *arg, u64 count)
{
	return hypercall4(HC_GRANT_TABLE_OP, cmd, (u64)arg, count, 0);
}

static inline s64 hc_memory(u64 cmd, void *arg)
{
	return hypercall4(HC_MEMORY_OP, cmd, (u64)arg, 0, 0);
}

#define PTE_RW		0x67UL	/* present, writable, user, accessed, dirty */
#define UVMF_INVLPG	2

/* Point the page at @va, which has a page table, to a machine address. */
static inline s64 hc_map(const void *va, u64 maddr)
{
	return hypercall4(HC_UPDATE_VA_MAPPING, (u64)va, maddr | PTE_RW, UVMF_INVLPG, 0);
}

static inline s64 hc_unmap(const void *va)
{
	return hypercall4(HC_UPDATE_VA_MAPPING, (u64)va, 0, UVMF_INVLPG, 0);
}

#endif
