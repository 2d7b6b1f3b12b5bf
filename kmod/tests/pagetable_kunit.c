// SPDX-License-Identifier: GPL-2.0-only
/* The initial page tables, walked as the processor does. */
#include <kunit/test.h>

#include "../domain/pagetable.c"

#include <linux/slab.h>

#define MIB	(1ULL << 20)

struct tables_case {
	const char *belief;
	u64 virt_base;
	u64 init_p2m;		/* 0 = none */
	u64 memory;
};

static const struct tables_case tables_cases[] = {
	{ "linux_is_mapped", 0xffffffff80000000ULL, 0x8000000000ULL, 16 * MIB },
	{ "an_odd_number_of_pages_is_mapped", 0xffffffff80000000ULL, 0x8000000000ULL, 17 * MIB + 12288 },
	{ "a_kernel_without_init_p2m_is_mapped", 0xffffffff80000000ULL, 0, 16 * MIB },
	{ "a_mapping_across_a_gib_has_two_l2_tables", 0xffffffffbfe00000ULL, 0x8000000000ULL, 16 * MIB },
	{ "a_mapping_may_start_within_an_l1_table", 0xffffffff80005000ULL, 0x8000003000ULL, 16 * MIB },
	{ "a_mapping_may_end_with_the_address_space", 0xffffffffff800000ULL, 0x8000000000ULL, 16 * MIB },
	{ "a_kernel_in_the_lower_half_is_mapped", 0x400000ULL, 0, 16 * MIB },
};

static void describe(const struct tables_case *c, char *desc)
{
	strscpy(desc, c->belief, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tables_case, tables_cases, describe);

/* A guest with its tables in memory. Machine frames are scattered: no two neighbours are neighbours. */
struct guest {
	struct hypha_layout layout;
	struct hypha_frames frames;	/* some in superpages */
	u64 *pages;		/* contents of all table pages, by guest frame; others stay zero */
};

static u64 scatter(u64 pfn)
{
	return 0x100000 + (pfn * 7919) % 65537;
}

static struct guest *make_guest(struct kunit *test, const struct tables_case *c)
{
	struct guest *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);
	u64 pfn;

	elf->start = MIB;
	elf->end = 2 * MIB;
	elf->virt_base = c->virt_base;
	elf->entry = c->virt_base + MIB;
	elf->has_init_p2m = c->init_p2m;
	elf->init_p2m = c->init_p2m;
	KUNIT_ASSERT_EQ(test, hypha_layout_plan(elf, c->memory >> HYPHA_PAGE_SHIFT, 5000, &g->layout, NULL), 0);

	g->frames.nr_pages = g->layout.nr_pages;
	g->frames.nr_super = 3;
	g->frames.super = kunit_kcalloc(test, 3, sizeof(u64), GFP_KERNEL);
	g->frames.single = kunit_kcalloc(test, g->layout.nr_pages, sizeof(u64), GFP_KERNEL);
	for (pfn = 0; pfn < 3; pfn++)
		g->frames.super[pfn] = 0x40000 - (pfn << 10);
	for (pfn = 3 * HYPHA_SUPERPAGE_PAGES; pfn < g->layout.nr_pages; pfn++)
		g->frames.single[pfn - 3 * HYPHA_SUPERPAGE_PAGES] = scatter(pfn);
	/* more than kmalloc gives: of a guest's first MiBs only the tables are ever touched */
	g->pages = test->priv = kvcalloc(g->layout.end_pfn, HYPHA_PAGE_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g->pages);
	for (pfn = 0; pfn < g->layout.end_pfn; pfn++)
		if (hypha_layout_is_table(&g->layout, pfn))
			hypha_pagetable_fill(&g->layout, &g->frames, pfn, g->pages + pfn * ENTRIES);
	return g;
}

/* The guest frame of a machine frame; ~0 if the guest has no such frame. */
static u64 pfn_of(const struct guest *g, u64 mfn)
{
	u64 pfn;

	for (pfn = 0; pfn < g->layout.nr_pages; pfn++)
		if (hypha_frames_mfn(&g->frames, pfn) == mfn)
			return pfn;
	return ~0ULL;
}

/* The L1 entry of @va, 0 if an upper level is not present; *ok = false if tables are not what Xen accepts. */
static u64 walk(const struct guest *g, u64 va, bool *ok)
{
	u64 pfn = g->layout.tables.pfn, entry;
	int shift;

	for (shift = 39; ; shift -= 9) {
		entry = g->pages[pfn * ENTRIES + (va >> shift & (ENTRIES - 1))];
		if (shift == 12 || !entry)
			return entry;
		*ok = *ok && (entry & 0xfff) == 0x67;
		pfn = pfn_of(g, entry >> HYPHA_PAGE_SHIFT);
		*ok = *ok && pfn < g->layout.end_pfn && hypha_layout_is_table(&g->layout, pfn);
		if (!*ok)
			return 0;
	}
}

static void every_page_is_mapped_where_it_belongs(struct kunit *test)
{
	struct guest *g = make_guest(test, test->param_value);
	const struct hypha_layout *l = &g->layout;
	unsigned int map;
	u64 nr, i, pfn;
	bool ok = true;

	for (map = 0; map < 1 + l->p2m_apart; map++) {
		nr = (l->maps[map].last - l->maps[map].first + 1) >> HYPHA_PAGE_SHIFT;
		for (i = 0; i < nr; i += i % 61 ? 1 : 3) {
			pfn = l->maps[map].pfn + i;
			KUNIT_ASSERT_EQ(test, walk(g, l->maps[map].first + (i << HYPHA_PAGE_SHIFT), &ok),
					hypha_frames_mfn(&g->frames, pfn) << HYPHA_PAGE_SHIFT | (hypha_layout_is_table(l, pfn) ? 0x21 : 0x23));
			KUNIT_ASSERT_TRUE(test, ok);
		}
	}
	KUNIT_EXPECT_EQ(test, walk(g, hypha_layout_va(l, l->tables.pfn), &ok) & 2, 0ULL);	/* L4 is read-only */
	KUNIT_EXPECT_EQ(test, walk(g, hypha_layout_va(l, l->stack.pfn), &ok) & 2, 2ULL);
}

/* As many leaves as pages, as many upper entries as tables: nothing beside what was planned. */
static void nothing_else_is_mapped(struct kunit *test)
{
	struct guest *g = make_guest(test, test->param_value);
	const struct hypha_layout *l = &g->layout;
	u64 leaves = 0, uppers = 0, want_leaves = 0, i;
	unsigned int map;

	for (i = 0; i < l->end_pfn * ENTRIES; i++) {
		leaves += (g->pages[i] & 0xfff) == 0x23 || (g->pages[i] & 0xfff) == 0x21;
		uppers += (g->pages[i] & 0xfff) == 0x67;
		KUNIT_ASSERT_TRUE(test, !g->pages[i] || (g->pages[i] & 1));
	}
	for (map = 0; map < 1 + l->p2m_apart; map++)
		want_leaves += (l->maps[map].last - l->maps[map].first + 1) >> HYPHA_PAGE_SHIFT;
	KUNIT_EXPECT_EQ(test, leaves, want_leaves);
	KUNIT_EXPECT_EQ(test, uppers, l->tables.nr_pages + l->nr_p2m_tables - 1);	/* each but L4 has one parent */
}

static void xens_l4_slots_stay_empty(struct kunit *test)
{
	struct guest *g = make_guest(test, test->param_value);
	unsigned int i;

	for (i = 256; i < 272; i++)
		KUNIT_EXPECT_EQ(test, g->pages[g->layout.tables.pfn * ENTRIES + i], 0ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(every_page_is_mapped_where_it_belongs, tables_case_gen_params),
	KUNIT_CASE_PARAM(nothing_else_is_mapped, tables_case_gen_params),
	KUNIT_CASE_PARAM(xens_l4_slots_stay_empty, tables_case_gen_params),
	{ }
};

static void free_pages_of_case(struct kunit *test)
{
	kvfree(test->priv);
}

static struct kunit_suite suite = { .name = "hypha_domain_pagetable", .test_cases = cases, .exit = free_pages_of_case };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
