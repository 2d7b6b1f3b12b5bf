// SPDX-License-Identifier: GPL-2.0-only
/* Where everything goes in a guest's memory. */
#include <kunit/test.h>

#include "../domain/layout.c"

#include <linux/slab.h>

#define MIB		(1ULL << 20)
#define VIRT_BASE	0xffffffff80000000ULL
#define INIT_P2M	0x8000000000ULL

/* A stock Linux: 16..74 MiB. */
static const struct hypha_elf linux_kernel = {
	.nr_segments = 1,
	.segments = { { .addr = 16 * MIB, .memsz = 58 * MIB } },
	.start = 16 * MIB, .end = 74 * MIB,
	.virt_base = VIRT_BASE, .entry = VIRT_BASE + 16 * MIB,
	.init_p2m = INIT_P2M, .has_init_p2m = true, .mod_start_pfn = true,
};

struct plan_case {
	const char *belief;
	u64 memory, initrd_len;
	bool no_init_p2m, no_mod_start_pfn;
	u64 virt_base;		/* 0 = Linux's */
};

static const struct plan_case plan_cases[] = {
	{ "a_guest_of_128_mib_can_be_planned", 128 * MIB, 8 * MIB },
	{ "a_guest_of_256_mib_can_be_planned", 256 * MIB, 8 * MIB },
	{ "memory_need_not_be_a_multiple_of_2_mib", 131 * MIB + 4096, 8 * MIB + 5 },
	{ "a_guest_without_initrd_can_be_planned", 128 * MIB, 0 },
	{ "an_initrd_of_one_byte_takes_a_page", 128 * MIB, 1 },
	{ "a_guest_of_1_tib_can_be_planned", MIB << 20, 8 * MIB },
	{ "the_p2m_list_goes_into_the_kernels_mapping_without_its_note", 256 * MIB, 8 * MIB, true },
	{ "the_initrd_goes_into_the_kernels_mapping_without_its_note", 256 * MIB, 8 * MIB, false, true },
	{ "without_both_notes_all_is_in_the_kernels_mapping", 256 * MIB, 8 * MIB, true, true },
	{ "tables_grow_with_a_big_mapped_initrd", 3072 * MIB, 1500 * MIB, false, true },
	{ "a_base_that_is_only_page_aligned_works", 256 * MIB, 8 * MIB, false, false, VIRT_BASE + 0x5000 },
	{ "a_base_in_the_lower_half_puts_the_p2m_list_with_the_kernel", 256 * MIB, 8 * MIB, false, false, 0x400000 },
};

static void describe(const struct plan_case *c, char *desc)
{
	strscpy(desc, c->belief, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(plan_case, plan_cases, describe);

static void fill_elf(struct hypha_elf *elf, const struct plan_case *c)
{
	*elf = linux_kernel;
	elf->has_init_p2m = !c->no_init_p2m;
	elf->mod_start_pfn = !c->no_mod_start_pfn;
	if (c->virt_base) {
		elf->virt_base = c->virt_base;
		elf->entry = c->virt_base + elf->start;
	}
}

static struct hypha_layout *plan_it(struct kunit *test, const struct plan_case *c)
{
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);

	fill_elf(elf, c);
	KUNIT_ASSERT_EQ(test, hypha_layout_plan(elf, c->memory >> HYPHA_PAGE_SHIFT, c->initrd_len, l, NULL), 0);
	return l;
}

static void areas_follow_each_other_within_memory(struct kunit *test)
{
	struct hypha_layout *l = plan_it(test, test->param_value);
	const struct hypha_layout_area *areas[] = {
		&l->kernel, &l->initrd, &l->p2m, &l->start_info, &l->store, &l->console, &l->tables, &l->stack,
	};
	unsigned int i, j;

	KUNIT_EXPECT_LE(test, l->end_pfn, l->nr_pages);
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		KUNIT_EXPECT_LE(test, areas[i]->pfn + areas[i]->nr_pages, l->end_pfn);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_TRUE_MSG(test, areas[i]->pfn >= areas[j]->pfn + areas[j]->nr_pages ||
					      areas[j]->pfn >= areas[i]->pfn + areas[i]->nr_pages, "areas %u and %u", j, i);
	}
}

static void areas_have_the_sizes_asked_for(struct kunit *test)
{
	const struct plan_case *c = test->param_value;
	struct hypha_layout *l = plan_it(test, c);
	u64 list = pages(l->nr_pages * 8);

	KUNIT_EXPECT_EQ(test, l->kernel.pfn, 16 * MIB / 4096);
	KUNIT_EXPECT_EQ(test, l->kernel.nr_pages, 58 * MIB / 4096);
	KUNIT_EXPECT_EQ(test, l->initrd.nr_pages, pages(c->initrd_len));
	KUNIT_EXPECT_EQ(test, l->p2m.nr_pages - l->nr_p2m_tables, list);
	KUNIT_EXPECT_EQ(test, l->start_info.nr_pages + l->store.nr_pages + l->console.nr_pages + l->stack.nr_pages, 4ULL);
}

static void the_initial_mapping_covers_what_the_guest_starts_with(struct kunit *test)
{
	const struct plan_case *c = test->param_value;
	struct hypha_layout *l = plan_it(test, c);
	u64 end = (l->maps[0].last + 1 - l->virt_base) >> HYPHA_PAGE_SHIFT;

	KUNIT_EXPECT_EQ(test, l->maps[0].first, l->virt_base);
	KUNIT_EXPECT_EQ(test, l->maps[0].pfn, 0ULL);
	KUNIT_EXPECT_EQ(test, (l->maps[0].last + 1) % MAP_ALIGN, 0ULL);
	KUNIT_EXPECT_GE(test, end, l->stack.pfn + 1 + MAP_SLACK / 4096);
	KUNIT_EXPECT_LT(test, end, l->stack.pfn + 1 + (MAP_SLACK + MAP_ALIGN) / 4096);
	if (c->no_mod_start_pfn)
		KUNIT_EXPECT_LE(test, l->initrd.pfn + l->initrd.nr_pages, end);
	if (!l->p2m_apart)
		KUNIT_EXPECT_LE(test, l->p2m.pfn + l->p2m.nr_pages, end);
	KUNIT_EXPECT_EQ(test, l->p2m_apart, !c->no_init_p2m && l->virt_base > INIT_P2M);
}

static void tables_are_as_many_as_the_mapping_needs(struct kunit *test)
{
	struct hypha_layout *l = plan_it(test, test->param_value);
	const struct hypha_layout_map *m = &l->maps[0];
	u64 i, l1 = 0, l2 = 0, last1 = ~0ULL, last2 = ~0ULL;

	for (i = m->first >> 12; i <= m->last >> 12; i++) {
		l1 += i >> 9 != last1;
		l2 += i >> 18 != last2;
		last1 = i >> 9;
		last2 = i >> 18;
	}
	KUNIT_EXPECT_EQ(test, m->nr_l1, l1);
	KUNIT_EXPECT_EQ(test, m->nr_l2, l2);
	KUNIT_EXPECT_EQ(test, l->tables.nr_pages, 1 + 1 + l2 + l1);
	KUNIT_EXPECT_EQ(test, m->l3_pfn, l->tables.pfn + 1);
	KUNIT_EXPECT_EQ(test, m->l1_pfn + m->nr_l1, l->tables.pfn + l->tables.nr_pages);
}

static void a_p2m_list_apart_is_followed_by_its_tables(struct kunit *test)
{
	struct hypha_layout *l = plan_it(test, test->param_value);
	const struct hypha_layout_map *m = &l->maps[1];
	u64 list = l->p2m.nr_pages - l->nr_p2m_tables;

	if (!l->p2m_apart) {
		KUNIT_EXPECT_EQ(test, l->nr_p2m_tables, 0ULL);
		KUNIT_EXPECT_EQ(test, l->p2m_va, hypha_layout_va(l, l->p2m.pfn));
		return;
	}
	KUNIT_EXPECT_EQ(test, m->first, INIT_P2M);
	KUNIT_EXPECT_EQ(test, m->last, INIT_P2M + list * 4096 - 1);
	KUNIT_EXPECT_EQ(test, m->pfn, l->p2m.pfn);
	KUNIT_EXPECT_EQ(test, m->l3_pfn, l->p2m.pfn + list);
	KUNIT_EXPECT_EQ(test, m->l1_pfn + m->nr_l1, l->p2m.pfn + l->p2m.nr_pages);
	KUNIT_EXPECT_EQ(test, hypha_layout_p2m_tables(l), m->l3_pfn);
}

static void only_tables_are_tables(struct kunit *test)
{
	struct hypha_layout *l = plan_it(test, &plan_cases[1]);
	u64 pfn, nr = 0;

	for (pfn = 0; pfn < l->nr_pages; pfn++)
		nr += hypha_layout_is_table(l, pfn);
	KUNIT_EXPECT_EQ(test, nr, l->tables.nr_pages + l->nr_p2m_tables);
	KUNIT_EXPECT_TRUE(test, hypha_layout_is_table(l, l->tables.pfn));
	KUNIT_EXPECT_FALSE(test, hypha_layout_is_table(l, l->tables.pfn - 1));
	KUNIT_EXPECT_FALSE(test, hypha_layout_is_table(l, l->stack.pfn));
	KUNIT_EXPECT_TRUE(test, hypha_layout_is_table(l, l->maps[1].l1_pfn));
	KUNIT_EXPECT_FALSE(test, hypha_layout_is_table(l, l->p2m.pfn));
}

/* What the sentence says must be exactly what is enough. */
static void too_little_memory_is_refused_with_what_is_needed(struct kunit *test)
{
	static const u64 initrds[] = { 0, 1, 8 * MIB, 300 * MIB };
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct hypha_reason *reason = kunit_kzalloc(test, sizeof(*reason), GFP_KERNEL);
	unsigned int i;
	u64 need, nr;

	for (i = 0; i < ARRAY_SIZE(initrds); i++) {
		for (nr = 1; hypha_layout_plan(&linux_kernel, nr, initrds[i], l, NULL); nr++)
			;
		need = pages_needed(&linux_kernel, initrds[i], 1, l);
		KUNIT_EXPECT_EQ(test, need, nr);
		KUNIT_EXPECT_EQ(test, hypha_layout_plan(&linux_kernel, need, initrds[i], l, NULL), 0);
		KUNIT_EXPECT_EQ(test, hypha_layout_plan(&linux_kernel, need - 1, initrds[i], l, NULL), -ENOMEM);
	}
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(&linux_kernel, 64 * MIB / 4096, 8 * MIB, l, reason), -ENOMEM);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(reason->text, "64 MiB are too small") && strstr(reason->text, "at least 85 MiB"), "%s",
			      reason->text);
}

static void what_cannot_be_addressed_is_refused(struct kunit *test)
{
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);

	*elf = linux_kernel;
	elf->virt_base = 0ULL - 74 * MIB;	/* no room for tables below the end of the address space */
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(elf, 65536, 0, l, NULL), -ENOEXEC);
	elf->virt_base = 0ULL - 76 * MIB;	/* ends exactly there */
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(elf, 65536, 0, l, NULL), 0);
	KUNIT_EXPECT_EQ(test, l->maps[0].last, ~0ULL);
	elf->virt_base = 0xffffff0000000000ULL - 74 * MIB;	/* leaves its L4 slot */
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(elf, 65536, 0, l, NULL), -ENOEXEC);

	*elf = linux_kernel;
	elf->init_p2m = 0xffffff8000000000ULL;	/* the kernel's own slot */
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(elf, 65536, 0, l, NULL), -ENOEXEC);
	elf->init_p2m = 0x10000000000ULL - 4096;	/* leaves its slot after one page */
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(elf, 65536, 0, l, NULL), -ENOEXEC);
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(&linux_kernel, 1ULL << 60, 0, l, NULL), -ENOMEM);
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(&linux_kernel, 65536, ~0ULL, l, NULL), -ENOMEM);
}

static void a_hypercall_page_is_found_again(struct kunit *test)
{
	struct hypha_layout *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);

	*elf = linux_kernel;
	elf->has_hypercall_page = true;
	elf->hypercall_page = VIRT_BASE + 17 * MIB;
	KUNIT_EXPECT_EQ(test, hypha_layout_plan(elf, 65536, 0, l, NULL), 0);
	KUNIT_EXPECT_TRUE(test, l->has_hypercall_page);
	KUNIT_EXPECT_EQ(test, l->hypercall_pfn, 17 * MIB / 4096);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(areas_follow_each_other_within_memory, plan_case_gen_params),
	KUNIT_CASE_PARAM(areas_have_the_sizes_asked_for, plan_case_gen_params),
	KUNIT_CASE_PARAM(the_initial_mapping_covers_what_the_guest_starts_with, plan_case_gen_params),
	KUNIT_CASE_PARAM(tables_are_as_many_as_the_mapping_needs, plan_case_gen_params),
	KUNIT_CASE_PARAM(a_p2m_list_apart_is_followed_by_its_tables, plan_case_gen_params),
	KUNIT_CASE(only_tables_are_tables),
	KUNIT_CASE(too_little_memory_is_refused_with_what_is_needed),
	KUNIT_CASE(what_cannot_be_addressed_is_refused),
	KUNIT_CASE(a_hypercall_page_is_found_again),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_domain_layout", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
