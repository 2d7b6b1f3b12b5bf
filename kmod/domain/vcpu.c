// SPDX-License-Identifier: GPL-2.0-only
/* The first register state of a PV guest's vCPU 0. Pure. */
#include "domain/vcpu.h"

#include <linux/string.h>

#define IN_KERNEL	(1ULL << 2)	/* VGCF_in_kernel */
#define ONLINE		(1ULL << 5)	/* VGCF_online */
#define FLAT_CS		0xe033		/* FLAT_KERNEL_CS of 64-bit PV: ring 3 */
#define FLAT_SS		0xe02b
#define RFLAGS_IF	(1ULL << 9)
#define DR6_DEFAULT	0xffff0ff0
#define DR7_DEFAULT	0x400

void hypha_vcpu_fill(struct hypha_vcpu_context *ctx, const struct hypha_layout *l, u64 l4_mfn)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->flags = IN_KERNEL | ONLINE;
	ctx->rip = l->entry;
	ctx->rsp = hypha_layout_va(l, l->stack.pfn + 1);
	ctx->rsi = hypha_layout_va(l, l->start_info.pfn);
	ctx->rflags = RFLAGS_IF;
	ctx->cs = FLAT_CS;
	ctx->ss = FLAT_SS;
	ctx->kernel_ss = FLAT_SS;
	ctx->kernel_sp = ctx->rsp;
	ctx->ctrlreg[3] = l4_mfn << HYPHA_PAGE_SHIFT;
	ctx->debugreg[6] = DR6_DEFAULT;
	ctx->debugreg[7] = DR7_DEFAULT;
}
