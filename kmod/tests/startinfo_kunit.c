// SPDX-License-Identifier: GPL-2.0-only
/* What a guest is told at its start. */
#include <kunit/test.h>

#include "../domain/startinfo.c"

#include <linux/slab.h>

#define VIRT_BASE	0xffffffff80000000ULL

static const struct hypha_startinfo_xen xen = {
	.shared_info_mfn = 0x12345, .store_mfn = 0x111, .console_mfn = 0x222, .store_port = 1, .console_port = 2,
};

static const struct hypha_layout apart = {
	.nr_pages = 65536, .virt_base = VIRT_BASE,
	.initrd = { 0x4c00, 2 }, .initrd_len = 5000, .initrd_by_pfn = true,
	.start_info = { 0x4a00, 1 }, .tables = { 0x4a03, 40 },
	.p2m = { 0x5000, 131 }, .nr_p2m_tables = 3, .p2m_va = 0x8000000000ULL, .p2m_apart = true,
};

static struct hypha_startinfo *fill(struct kunit *test, const struct hypha_layout *l, const char *cmdline)
{
	struct hypha_startinfo *si = kunit_kmalloc(test, sizeof(*si), GFP_KERNEL);

	memset(si, 0xa5, sizeof(*si));
	hypha_startinfo_fill(si, l, &xen, cmdline);
	return si;
}

static void the_structure_is_xens(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct hypha_startinfo), (size_t)1168);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_startinfo, store_mfn), (size_t)56);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_startinfo, console_mfn), (size_t)72);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_startinfo, pt_base), (size_t)88);
	KUNIT_EXPECT_EQ(test, offsetof(struct hypha_startinfo, cmd_line), (size_t)128);
}

static void a_guest_is_told_where_everything_is(struct kunit *test)
{
	struct hypha_startinfo *si = fill(test, &apart, "quiet console=hvc0");

	KUNIT_EXPECT_STREQ(test, (char *)si->magic, "xen-3.0-x86_64");
	KUNIT_EXPECT_EQ(test, si->nr_pages, 65536ULL);
	KUNIT_EXPECT_EQ(test, si->shared_info, 0x12345000ULL);
	KUNIT_EXPECT_EQ(test, si->store_mfn, 0x111ULL);
	KUNIT_EXPECT_EQ(test, si->store_evtchn, 1U);
	KUNIT_EXPECT_EQ(test, si->console_mfn, 0x222ULL);
	KUNIT_EXPECT_EQ(test, si->console_evtchn, 2U);
	KUNIT_EXPECT_EQ(test, si->pt_base, VIRT_BASE + 0x4a03000);
	KUNIT_EXPECT_EQ(test, si->nr_pt_frames, 40ULL);
	KUNIT_EXPECT_EQ(test, si->mfn_list, 0x8000000000ULL);
	KUNIT_EXPECT_EQ(test, si->first_p2m_pfn, 0x5000ULL);
	KUNIT_EXPECT_EQ(test, si->nr_p2m_frames, 131ULL);	/* the list and its tables */
	KUNIT_EXPECT_EQ(test, si->mod_start, 0x4c00ULL);
	KUNIT_EXPECT_EQ(test, si->mod_len, 5000ULL);
	KUNIT_EXPECT_EQ(test, si->flags, HYPHA_STARTINFO_MOD_PFN | HYPHA_STARTINFO_VIRT_P2M);
	KUNIT_EXPECT_STREQ(test, (char *)si->cmd_line, "quiet console=hvc0");
	KUNIT_EXPECT_EQ(test, si->pad0 | si->pad1 | si->pad2, 0U);
}

static void a_mapped_initrd_is_named_by_address(struct kunit *test)
{
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct hypha_startinfo *si;

	*l = apart;
	l->initrd_by_pfn = false;
	si = fill(test, l, "");
	KUNIT_EXPECT_EQ(test, si->mod_start, VIRT_BASE + 0x4c00000);
	KUNIT_EXPECT_EQ(test, si->flags, HYPHA_STARTINFO_VIRT_P2M);
}

static void without_an_initrd_there_is_no_module(struct kunit *test)
{
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct hypha_startinfo *si;

	*l = apart;
	l->initrd_len = 0;
	si = fill(test, l, "");
	KUNIT_EXPECT_EQ(test, si->mod_start | si->mod_len, 0ULL);
	KUNIT_EXPECT_EQ(test, si->flags, HYPHA_STARTINFO_VIRT_P2M);
}

static void a_p2m_list_with_the_kernel_has_no_frames_of_its_own(struct kunit *test)
{
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct hypha_startinfo *si;

	*l = apart;
	l->p2m_apart = false;
	l->p2m_va = VIRT_BASE + 0x4b00000;
	si = fill(test, l, "");
	KUNIT_EXPECT_EQ(test, si->mfn_list, VIRT_BASE + 0x4b00000);
	KUNIT_EXPECT_EQ(test, si->first_p2m_pfn | si->nr_p2m_frames, 0ULL);
}

static void a_command_line_of_1023_bytes_fits(struct kunit *test)
{
	char *line = kunit_kzalloc(test, 1024, GFP_KERNEL);
	struct hypha_startinfo *si;

	memset(line, 'x', 1023);
	si = fill(test, &apart, line);
	KUNIT_EXPECT_EQ(test, strnlen((char *)si->cmd_line, 1024), (size_t)1023);
	KUNIT_EXPECT_EQ(test, si->cmd_line[1023], '\0');
	KUNIT_EXPECT_EQ(test, si->first_p2m_pfn, 0x5000ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_structure_is_xens),
	KUNIT_CASE(a_guest_is_told_where_everything_is),
	KUNIT_CASE(a_mapped_initrd_is_named_by_address),
	KUNIT_CASE(without_an_initrd_there_is_no_module),
	KUNIT_CASE(a_p2m_list_with_the_kernel_has_no_frames_of_its_own),
	KUNIT_CASE(a_command_line_of_1023_bytes_fits),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_domain_startinfo", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
