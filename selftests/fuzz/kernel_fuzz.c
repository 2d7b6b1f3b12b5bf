// SPDX-License-Identifier: GPL-2.0-only
/* A kernel image from headers to page tables: real images with bytes changed. What is accepted must be safe to build. */
#include "fuzz.h"

#include "domain/elf.h"
#include "domain/layout.h"
#include "domain/p2m.h"
#include "domain/pagetable.h"
#include "domain/startinfo.h"

#define IMAGE_MAX	(256 << 10)

static u8 image[IMAGE_MAX];
static u64 image_size;
static u64 nr_parsed, nr_planned, nr_refused;

/* Only what was asked for is there to be read. */
static int read_image(const struct hypha_elf_source *src, u64 offset, void *buf, size_t len)
{
	fuzz_check(offset <= src->size && len <= src->size - offset);
	memcpy(buf, image + offset, len);
	return 0;
}

static void load_image(void)
{
	FILE *f;

	fuzz_check(fuzz_nr_files > 0);
	f = fopen(fuzz_files[fuzz_below(fuzz_nr_files)], "rb");
	fuzz_check(f);
	image_size = fread(image, 1, sizeof(image), f);
	fclose(f);
	fuzz_check(image_size > 4096);
}

/* Where the notes are: "Xen\0" after a header of 12 bytes. */
static u64 find_note(void)
{
	u64 skip = fuzz_below(12), at, found = 64;

	for (at = 16; at + 64 < image_size; at += 4)
		if (!memcmp(image + at, "Xen", 4)) {
			found = at - 12;
			if (!skip--)
				break;
		}
	return found;
}

static void change_something(void)
{
	u64 value = fuzz_odd(), at;
	u32 size = 1 << fuzz_below(4);

	switch (fuzz_below(5)) {
	case 0: at = fuzz_below(64); break;
	case 1: at = 64 + fuzz_below(3) * 56 + fuzz_below(7) * 8; size = 8; break;
	case 2: at = find_note() + 4 * fuzz_below(3); size = 4; break;
	case 3: at = find_note() + 16; size = 8; break;
	default: at = *(u64 *)(image + 40) + fuzz_below(10 * 64); break;	/* section headers */
	}
	if (at + 8 <= image_size)
		memcpy(image + at, &value, size);
}

/* Its program headers again behind its end, and as many more, each of a page of its own. */
static void add_segments(void)
{
	u64 at = (image_size + 7) & ~7ULL, old = *(u64 *)(image + 32), place = 64 << 20;
	u32 nr_old = *(u16 *)(image + 56), nr = nr_old + fuzz_below(2 * HYPHA_ELF_SEGMENTS_MAX), i;

	fuzz_check(old + nr_old * 56 <= image_size && at + nr * 56 <= IMAGE_MAX);
	memcpy(image + at, image + old, nr_old * 56);
	for (i = nr_old; i < nr; i++, place += 4096)
		memcpy(image + at + i * 56, (u64[]){ 1, 0, place, place, 8, 16, 4096 }, 56);
	*(u64 *)(image + 32) = at;
	*(u16 *)(image + 56) = nr;
	image_size = at + nr * 56;
}

static void check_elf(const struct hypha_elf *elf)
{
	u32 i;

	fuzz_check(elf->nr_segments && elf->nr_segments <= HYPHA_ELF_SEGMENTS_MAX && elf->start < elf->end);
	for (i = 0; i < elf->nr_segments; i++) {
		const struct hypha_elf_segment *s = &elf->segments[i];

		fuzz_check(s->filesz <= s->memsz && s->offset <= image_size && s->filesz <= image_size - s->offset);
		fuzz_check(s->addr >= elf->start && s->addr + s->memsz <= elf->end && s->addr + s->memsz > s->addr);
		fuzz_check(!i || s[-1].addr + s[-1].memsz <= s->addr);
	}
}

static void check_layout(const struct hypha_elf *elf, const struct hypha_layout *l)
{
	const struct hypha_layout_area *areas[] = { &l->kernel, &l->initrd, &l->p2m, &l->start_info, &l->store, &l->console,
						    &l->tables, &l->stack };
	u32 i, j;

	fuzz_check(l->end_pfn <= l->nr_pages);
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		fuzz_check(areas[i]->pfn <= l->nr_pages && areas[i]->nr_pages <= l->nr_pages - areas[i]->pfn);
		for (j = 0; j < i; j++)
			fuzz_check(!areas[i]->nr_pages || !areas[j]->nr_pages ||
				   areas[i]->pfn >= areas[j]->pfn + areas[j]->nr_pages ||
				   areas[j]->pfn >= areas[i]->pfn + areas[i]->nr_pages);
	}
	fuzz_check(elf->end <= (l->kernel.pfn + l->kernel.nr_pages) << HYPHA_PAGE_SHIFT);
	fuzz_check(elf->start >= l->kernel.pfn << HYPHA_PAGE_SHIFT);
	fuzz_check(!l->has_hypercall_page || (l->hypercall_pfn >= l->kernel.pfn &&
					      l->hypercall_pfn < l->kernel.pfn + l->kernel.nr_pages));
}

/* The sanitizer sees every frame looked up beyond the guest's memory. */
static void fill_all(const struct hypha_layout *l)
{
	u64 nr_super = fuzz_below(l->nr_pages / HYPHA_SUPERPAGE_PAGES + 1), nr_single = l->nr_pages - nr_super * HYPHA_SUPERPAGE_PAGES;
	struct hypha_frames frames = { .nr_pages = l->nr_pages, .nr_super = nr_super,
				       .super = malloc(nr_super * sizeof(u64)), .single = malloc(nr_single * sizeof(u64)) };
	struct hypha_startinfo *si = malloc(HYPHA_PAGE_BYTES);
	u64 *page = malloc(HYPHA_PAGE_BYTES), i;

	for (i = 0; i < nr_super; i++)
		frames.super[i] = 0x100000 + i * HYPHA_SUPERPAGE_PAGES;
	for (i = 0; i < nr_single; i++)
		frames.single[i] = 0x800000 + i;
	for (i = 0; i < l->tables.nr_pages; i++)
		hypha_pagetable_fill(l, &frames, l->tables.pfn + i, page);
	for (i = 0; i < l->p2m.nr_pages; i++)
		if (hypha_layout_is_table(l, l->p2m.pfn + i))
			hypha_pagetable_fill(l, &frames, l->p2m.pfn + i, page);
		else
			hypha_p2m_fill(&frames, i, page);
	hypha_startinfo_fill(si, l, &(struct hypha_startinfo_xen){ }, "cmdline");
	free(frames.super);
	free(frames.single);
	free(page);
	free(si);
}

static void try_image(void)
{
	struct hypha_elf_source src = { .size = fuzz_below(20) ? image_size : fuzz_below(image_size), .read = read_image };
	static const u64 memories[] = { 1, 255, 2048, 4096, 4097, 65536 };
	struct hypha_reason reason = { };
	struct hypha_layout layout;
	struct hypha_elf elf;

	if (hypha_elf_parse(&src, &elf, &reason)) {
		fuzz_check(reason.text[0]);
		nr_refused++;
		return;
	}
	nr_parsed++;
	check_elf(&elf);
	if (hypha_layout_plan(&elf, memories[fuzz_below(ARRAY_SIZE(memories))], fuzz_below(2) ? fuzz_below(4 << 20) : fuzz_odd(),
			      &layout, &reason)) {
		fuzz_check(reason.text[0]);
		return;
	}
	nr_planned++;
	check_layout(&elf, &layout);
	fill_all(&layout);
}

static void fuzz_one(void)
{
	u32 i, n = fuzz_below(4);

	load_image();
	if (fuzz_below(8) == 0)
		add_segments();
	for (i = 0; i < n; i++)
		change_something();
	for (i = 0; i < 8; i++) {
		change_something();
		try_image();
	}
}

static void fuzz_report(void)
{
	printf("%llu images refused, %llu accepted, %llu of these fit\n", nr_refused, nr_parsed, nr_planned);
	fuzz_check(nr_refused && nr_planned > nr_parsed / 50);
}
