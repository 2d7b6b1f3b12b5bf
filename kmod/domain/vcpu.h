/* SPDX-License-Identifier: GPL-2.0-only */
/* The first register state of a PV guest's vCPU 0. Pure. */
#ifndef HYPHA_DOMAIN_VCPU_H
#define HYPHA_DOMAIN_VCPU_H

#include <linux/types.h>

#include "domain/layout.h"

/* xen/include/public/arch-x86/xen.h: struct vcpu_guest_context for x86-64, 5168 bytes. */
struct hypha_vcpu_context {
	u8 fpu[512];
	u64 flags;
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u32 error_code, entry_vector;
	u64 rip;
	u64 cs;
	u64 rflags;
	u64 rsp;
	u64 ss, es, ds, fs, gs;
	u8 trap_ctxt[256 * 16];
	u64 ldt_base, ldt_ents;
	u64 gdt_frames[16], gdt_ents;
	u64 kernel_ss, kernel_sp;
	u64 ctrlreg[8];
	u64 debugreg[8];
	u64 event_callback_eip, failsafe_callback_eip, syscall_callback_eip;
	u64 vm_assist;
	u64 fs_base, gs_base_kernel, gs_base_user;
};

/* @l4_mfn: machine frame of the L4 table. All else is zero. */
void hypha_vcpu_fill(struct hypha_vcpu_context *ctx, const struct hypha_layout *l, u64 l4_mfn);

#endif
