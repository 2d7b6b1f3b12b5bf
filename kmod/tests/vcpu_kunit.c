// SPDX-License-Identifier: GPL-2.0-only
/* The first registers of vCPU 0. */
#include <kunit/test.h>

#include "../domain/vcpu.c"

#include <linux/slab.h>

static void the_structure_is_xens(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct hypha_vcpu_context), (size_t)5168);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_vcpu_context, r15), (size_t)520);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_vcpu_context, trap_ctxt), (size_t)720);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_vcpu_context, ctrlreg), (size_t)4984);
}

static void it_starts_in_the_kernel_with_a_stack_and_start_info(struct kunit *test)
{
	static const struct hypha_layout l = {
		.virt_base = 0xffffffff80000000ULL, .entry = 0xffffffff81000123ULL,
		.start_info = { 0x4a00, 1 }, .stack = { 0x4a40, 1 },
	};
	struct hypha_vcpu_context *ctx = kunit_kmalloc(test, sizeof(*ctx), GFP_KERNEL);

	memset(ctx, 0xa5, sizeof(*ctx));
	hypha_vcpu_fill(ctx, &l, 0x777);
	KUNIT_EXPECT_EQ(test, ctx->rip, 0xffffffff81000123ULL);
	KUNIT_EXPECT_EQ(test, ctx->rsp, 0xffffffff84a41000ULL);	/* the end of the stack page */
	KUNIT_EXPECT_EQ(test, ctx->kernel_sp, ctx->rsp);
	KUNIT_EXPECT_EQ(test, ctx->rsi, 0xffffffff84a00000ULL);
	KUNIT_EXPECT_EQ(test, ctx->cs, 0xe033ULL);
	KUNIT_EXPECT_EQ(test, ctx->ss, 0xe02bULL);
	KUNIT_EXPECT_EQ(test, ctx->kernel_ss, 0xe02bULL);
	KUNIT_EXPECT_EQ(test, ctx->ds | ctx->es | ctx->fs | ctx->gs, 0ULL);
	KUNIT_EXPECT_EQ(test, ctx->rflags, 0x200ULL);
	KUNIT_EXPECT_EQ(test, ctx->ctrlreg[3], 0x777000ULL);
	KUNIT_EXPECT_EQ(test, ctx->flags, 0x24ULL);
	KUNIT_EXPECT_EQ(test, ctx->debugreg[6], 0xffff0ff0ULL);
	KUNIT_EXPECT_EQ(test, ctx->debugreg[7], 0x400ULL);
	KUNIT_EXPECT_EQ(test, ctx->rax | ctx->rbx | ctx->rcx | ctx->rdx | ctx->rdi | ctx->rbp, 0ULL);
	KUNIT_EXPECT_EQ(test, ctx->fs_base | ctx->gs_base_kernel | ctx->gs_base_user | ctx->vm_assist, 0ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_structure_is_xens),
	KUNIT_CASE(it_starts_in_the_kernel_with_a_stack_and_start_info),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_domain_vcpu", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
