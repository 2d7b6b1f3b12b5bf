// SPDX-License-Identifier: GPL-2.0-only
/* Guest kernels as hostile input: a good image, and for each refusal an image with that defect only. */
#include <kunit/test.h>

#include "../domain/elf.c"
#include "../domain/elfnote.c"
#include "../domain/reason.c"

#include <linux/slab.h>

/*
 * The good image, a small Linux: headers, two segments, notes.
 *
 *   0x0000 ELF header   0x0040 4 program headers   0x0200 section headers (if any)
 *   0x1000 text, at 0x1000000   0x3000 data, at 0x1002000 with a page of bss   0x4000 notes
 */
#define IMAGE_SIZE	0x5000
#define PH_AT		0x40
#define SH_AT		0x200
#define NOTES_AT	0x4000
#define TEXT_ADDR	0x1000000ULL
#define VIRT_BASE	0xffffffff80000000ULL
#define ENTRY		(VIRT_BASE + TEXT_ADDR + 0x123)

struct image {
	struct hypha_elf_source src;
	u64 notes_len;
	u64 failing_read;	/* a read that touches this offset fails; 0 = none */
	u8 *bytes;
};

static int read_bytes(const struct hypha_elf_source *src, u64 offset, void *buf, size_t len)
{
	const struct image *img = container_of(src, struct image, src);

	if (offset > src->size || len > src->size - offset)
		return -EFAULT;		/* the parser broke its word */
	if (img->failing_read && offset <= img->failing_read && img->failing_read < offset + len)
		return -EIO;
	memcpy(buf, img->bytes + offset, len);
	return 0;
}

static struct header *eh(struct image *img)
{
	return (struct header *)img->bytes;
}

static struct program_header *ph(struct image *img, unsigned int i)
{
	return (struct program_header *)(img->bytes + PH_AT) + i;
}

static struct section_header *sh(struct image *img, unsigned int i)
{
	return (struct section_header *)(img->bytes + SH_AT) + i;
}

static void add_note(struct image *img, const char *name, u32 type, const void *desc, u32 len)
{
	struct note_header h = { .namesz = strlen(name) + 1, .descsz = len, .type = type };
	u8 *at = img->bytes + NOTES_AT + img->notes_len;

	memcpy(at, &h, sizeof(h));
	memcpy(at + sizeof(h), name, h.namesz);
	memcpy(at + sizeof(h) + padded(h.namesz), desc, len);
	img->notes_len += sizeof(h) + padded(h.namesz) + padded(len);
	ph(img, 2)->filesz = img->notes_len;
}

static void add_number(struct image *img, u32 type, u64 value)
{
	add_note(img, "Xen", type, &value, sizeof(value));
}

static void add_text(struct image *img, u32 type, const char *text)
{
	add_note(img, "Xen", type, text, strlen(text) + 1);
}

static void clear_notes(struct image *img)
{
	memset(img->bytes + NOTES_AT, 0, IMAGE_SIZE - NOTES_AT);
	img->notes_len = 0;
	ph(img, 2)->filesz = 0;
}

static void add_identity(struct image *img)
{
	add_text(img, HYPHA_ELFNOTE_GUEST_OS, "linux");
	add_text(img, HYPHA_ELFNOTE_XEN_VERSION, "xen-3.0");
	add_text(img, HYPHA_ELFNOTE_LOADER, "generic");
	add_number(img, HYPHA_ELFNOTE_VIRT_BASE, VIRT_BASE);
}

static void fill_good(struct image *img)
{
	*eh(img) = (struct header){
		.ident = { 0x7f, 'E', 'L', 'F', CLASS64, DATA_LSB, 1 },
		.type = TYPE_EXEC, .machine = MACHINE_X86_64, .version = 1, .entry = TEXT_ADDR,
		.phoff = PH_AT, .ehsize = sizeof(struct header), .phentsize = sizeof(struct program_header), .phnum = 3,
		.shentsize = sizeof(struct section_header),
	};
	/* Data before text: the parser must sort. */
	*ph(img, 0) = (struct program_header){
		.type = SEGMENT_LOAD, .offset = 0x3000, .vaddr = VIRT_BASE + TEXT_ADDR + 0x2000, .paddr = TEXT_ADDR + 0x2000,
		.filesz = 0x1000, .memsz = 0x2000, .align = 0x1000,
	};
	*ph(img, 1) = (struct program_header){
		.type = SEGMENT_LOAD, .offset = 0x1000, .vaddr = VIRT_BASE + TEXT_ADDR, .paddr = TEXT_ADDR,
		.filesz = 0x2000, .memsz = 0x2000, .align = 0x1000,
	};
	*ph(img, 2) = (struct program_header){ .type = SEGMENT_NOTE, .offset = NOTES_AT };
	add_identity(img);
	add_number(img, HYPHA_ELFNOTE_ENTRY, ENTRY);
	add_number(img, HYPHA_ELFNOTE_INIT_P2M, 0x8000000000ULL);
	add_number(img, HYPHA_ELFNOTE_MOD_START_PFN, 1);
}

static struct image *good_image(struct kunit *test)
{
	struct image *img = kunit_kzalloc(test, sizeof(*img), GFP_KERNEL);

	img->bytes = kunit_kzalloc(test, IMAGE_SIZE, GFP_KERNEL);
	img->src = (struct hypha_elf_source){ .size = IMAGE_SIZE, .read = read_bytes };
	fill_good(img);
	return img;
}

/* ---- one defect each ---- */

static void be_empty(struct image *img) { img->src.size = 0; }
static void be_short(struct image *img) { img->src.size = 63; }
static void be_text(struct image *img) { memcpy(img->bytes, "#!/bin/sh\n", 10); }
static void be_32bit(struct image *img) { eh(img)->ident[IDENT_CLASS] = CLASS32; }
static void be_big_endian(struct image *img) { eh(img)->ident[IDENT_DATA] = 2; }
static void be_arm(struct image *img) { eh(img)->machine = 183; }
static void be_relocatable(struct image *img) { eh(img)->type = 1; }
static void no_headers(struct image *img) { eh(img)->phnum = 0; }
static void many_headers(struct image *img) { eh(img)->phnum = 0xffff; }
static void small_headers(struct image *img) { eh(img)->phentsize = 32; }
static void headers_outside(struct image *img) { eh(img)->phoff = IMAGE_SIZE - 100; }
static void headers_at_2_63(struct image *img) { eh(img)->phoff = 1ULL << 63; }
static void headers_at_end_of_space(struct image *img) { eh(img)->phoff = ~0ULL; }
static void headers_unreadable(struct image *img) { img->failing_read = PH_AT; }
static void notes_unreadable(struct image *img) { img->failing_read = NOTES_AT + 1; }

static void be_bzimage(struct image *img)
{
	memset(img->bytes, 0, 0x400);
	img->bytes[0x1FE] = 0x55;
	img->bytes[0x1FF] = 0xAA;
	memcpy(img->bytes + 0x202, "HdrS", 4);
}

static void no_segment(struct image *img)
{
	ph(img, 0)->type = 6;
	ph(img, 1)->type = 6;
}

static void segment_past_file(struct image *img) { ph(img, 0)->offset = IMAGE_SIZE - 0xfff; }
static void segment_offset_2_63(struct image *img) { ph(img, 0)->offset = 1ULL << 63; }
static void segment_more_in_file(struct image *img) { ph(img, 0)->memsz = 0xfff; }
static void segment_memsz_2_63(struct image *img) { ph(img, 0)->memsz = 1ULL << 63; }
static void segment_paddr_wraps(struct image *img) { ph(img, 0)->paddr = ~0xfffULL; }
static void segment_beyond_1_tib(struct image *img) { ph(img, 0)->paddr = (1ULL << 40) - 0x1000; }

static void segment_sizes_2_63(struct image *img)
{
	ph(img, 0)->filesz = 1ULL << 63;
	ph(img, 0)->memsz = 1ULL << 63;
}

static void segments_overlap(struct image *img) { ph(img, 0)->paddr = TEXT_ADDR + 0x1fff; }
static void segments_equal(struct image *img) { ph(img, 0)->paddr = TEXT_ADDR; }

static void too_many_segments(struct image *img)
{
	unsigned int i;

	eh(img)->phoff = 0x1000;	/* over the text: more room */
	eh(img)->phnum = HYPHA_ELF_SEGMENTS_MAX + 1;
	for (i = 0; i <= HYPHA_ELF_SEGMENTS_MAX; i++)
		((struct program_header *)(img->bytes + 0x1000))[i] = (struct program_header){
			.type = SEGMENT_LOAD, .paddr = TEXT_ADDR + i * 0x1000, .memsz = 1,
		};
}

static void no_notes(struct image *img) { clear_notes(img); }
static void notes_past_file(struct image *img) { ph(img, 2)->offset = IMAGE_SIZE - 8; }
static void notes_at_2_63(struct image *img) { ph(img, 2)->offset = 1ULL << 63; }

static void notes_of_2_63(struct image *img)
{
	ph(img, 2)->offset = 0;
	ph(img, 2)->filesz = 1ULL << 63;
}

static void notes_too_long(struct image *img)
{
	img->src.size = 0x100000;	/* nothing there is read */
	ph(img, 2)->filesz = 0x10001;
}

static void only_foreign_notes(struct image *img)
{
	clear_notes(img);
	add_note(img, "GNU", 3, "build", 6);
}

static void note_name_past_end(struct image *img)
{
	((struct note_header *)(img->bytes + NOTES_AT))->namesz = 0x1000;
}

static void note_value_past_end(struct image *img)
{
	((struct note_header *)(img->bytes + NOTES_AT))->descsz = 0x1000;
}

static void note_value_cut_by_a_byte(struct image *img) { ph(img, 2)->filesz--; }

static void note_sizes_wrap(struct image *img)
{
	((struct note_header *)(img->bytes + NOTES_AT))->namesz = ~0U;
	((struct note_header *)(img->bytes + NOTES_AT))->descsz = ~0U;
}

/* The shortest notes there are: 12 bytes of nothing each. */
static void endless_notes(struct image *img)
{
	clear_notes(img);
	memset(img->bytes + 0x1000, 0, IMAGE_SIZE - 0x1000);
	ph(img, 2)->offset = 0x1000;
	ph(img, 2)->filesz = IMAGE_SIZE - 0x1000;
}

static void only_pvh(struct image *img)
{
	clear_notes(img);
	add_identity(img);
	add_number(img, HYPHA_ELFNOTE_PHYS32_ENTRY, 0x1000850);
}

static void no_entry(struct image *img)
{
	clear_notes(img);
	add_identity(img);
}

static void entry_outside(struct image *img) { add_number(img, HYPHA_ELFNOTE_ENTRY, VIRT_BASE + TEXT_ADDR + 0x4000); }
static void entry_before(struct image *img) { add_number(img, HYPHA_ELFNOTE_ENTRY, VIRT_BASE + TEXT_ADDR - 1); }
static void entry_2_63(struct image *img) { add_number(img, HYPHA_ELFNOTE_ENTRY, 1ULL << 63); }
static void wrong_version(struct image *img) { add_text(img, HYPHA_ELFNOTE_XEN_VERSION, "xen-2.0"); }

static void wrong_system(struct image *img)
{
	add_text(img, HYPHA_ELFNOTE_GUEST_OS, "plan9");
	add_text(img, HYPHA_ELFNOTE_LOADER, "special");
}

static void number_of_3_bytes(struct image *img) { add_note(img, "Xen", HYPHA_ELFNOTE_ENTRY, "abc", 3); }
static void text_too_long(struct image *img) { add_text(img, HYPHA_ELFNOTE_GUEST_OS, "linux0123456789"); }
static void needs_dom0(struct image *img) { add_text(img, HYPHA_ELFNOTE_FEATURES, "pae_pgdir_above_4gb|!dom0"); }
static void base_unaligned(struct image *img) { add_number(img, HYPHA_ELFNOTE_VIRT_BASE, VIRT_BASE + 1); }
static void base_is_xens(struct image *img) { add_number(img, HYPHA_ELFNOTE_VIRT_BASE, 0xffff800000000000ULL); }
static void base_not_canonical(struct image *img) { add_number(img, HYPHA_ELFNOTE_VIRT_BASE, 0x800000000000ULL); }
static void base_wraps(struct image *img) { add_number(img, HYPHA_ELFNOTE_VIRT_BASE, ~0xfffULL); }
static void paddr_offset_above(struct image *img) { add_number(img, HYPHA_ELFNOTE_PADDR_OFFSET, TEXT_ADDR + 1); }
static void p2m_unaligned(struct image *img) { add_number(img, HYPHA_ELFNOTE_INIT_P2M, 0x8000000001ULL); }
static void hypercall_page_outside(struct image *img) { add_number(img, HYPHA_ELFNOTE_HYPERCALL_PAGE, VIRT_BASE); }

static void hypercall_page_unaligned(struct image *img)
{
	add_number(img, HYPHA_ELFNOTE_HYPERCALL_PAGE, VIRT_BASE + TEXT_ADDR + 8);
}

static void sections_outside(struct image *img)
{
	clear_notes(img);
	eh(img)->shoff = IMAGE_SIZE;
	eh(img)->shnum = 1;
}

static void too_many_sections(struct image *img)
{
	clear_notes(img);
	img->src.size = 1 << 20;
	eh(img)->shoff = SH_AT;
	eh(img)->shnum = SECTIONS_MAX + 1;
}

static void section_past_file(struct image *img)
{
	clear_notes(img);
	eh(img)->shoff = SH_AT;
	eh(img)->shnum = 1;
	*sh(img, 0) = (struct section_header){ .type = SECTION_NOTE, .offset = IMAGE_SIZE - 4, .size = 8 };
}

static const struct defect {
	const char *belief;
	void (*make)(struct image *img);
	const char *says;	/* part of the reason */
	int err;		/* 0 = -ENOEXEC */
} defects[] = {
	{ "an_empty_file_is_refused", be_empty, "0 bytes are too few" },
	{ "a_file_shorter_than_a_header_is_refused", be_short, "63 bytes are too few" },
	{ "a_text_file_is_refused", be_text, "not an ELF file" },
	{ "a_bzimage_is_named_as_such", be_bzimage, "bzImage" },
	{ "a_32_bit_kernel_is_named_as_such", be_32bit, "32-bit" },
	{ "another_byte_order_is_refused", be_big_endian, "byte order 2" },
	{ "another_machine_is_refused", be_arm, "machine 183" },
	{ "an_object_file_is_refused", be_relocatable, "type 1 is no executable" },
	{ "an_image_without_program_headers_is_refused", no_headers, "0 program headers" },
	{ "extended_program_header_numbers_are_refused", many_headers, "65535 program headers" },
	{ "program_headers_of_another_size_are_refused", small_headers, "of 32 bytes" },
	{ "program_headers_beyond_the_file_are_refused", headers_outside, "beyond the file's end" },
	{ "program_headers_at_2_63_are_refused", headers_at_2_63, "beyond the file's end" },
	{ "program_headers_at_the_end_of_space_are_refused", headers_at_end_of_space, "beyond the file's end" },
	{ "a_read_error_in_program_headers_is_passed_on", headers_unreadable, "program headers: error", -EIO },
	{ "a_read_error_in_notes_is_passed_on", notes_unreadable, "notes: error", -EIO },
	{ "an_image_that_loads_nothing_is_refused", no_segment, "nothing to load" },
	{ "a_segment_beyond_the_file_is_refused", segment_past_file, "truncated" },
	{ "a_segment_at_offset_2_63_is_refused", segment_offset_2_63, "truncated" },
	{ "a_segment_smaller_in_memory_is_refused", segment_more_in_file, "only 4095 in memory" },
	{ "a_segment_of_2_63_bytes_of_memory_is_refused", segment_memsz_2_63, "9223372036854775808 bytes of memory" },
	{ "a_segment_of_2_63_bytes_in_the_file_is_refused", segment_sizes_2_63, "truncated" },
	{ "a_segment_that_wraps_around_is_refused", segment_paddr_wraps, "beyond 1 TiB" },
	{ "a_segment_that_ends_beyond_1_tib_is_refused", segment_beyond_1_tib, "beyond 1 TiB" },
	{ "segments_that_share_a_byte_are_refused", segments_overlap, "overlap" },
	{ "segments_at_the_same_address_are_refused", segments_equal, "overlap" },
	{ "too_many_segments_are_refused", too_many_segments, "more than 64 segments" },
	{ "a_kernel_without_notes_is_no_xen_kernel", no_notes, "no Xen notes" },
	{ "a_kernel_with_others_notes_is_no_xen_kernel", only_foreign_notes, "no Xen notes" },
	{ "notes_beyond_the_file_are_refused", notes_past_file, "beyond the file's end" },
	{ "notes_at_2_63_are_refused", notes_at_2_63, "beyond the file's end" },
	{ "notes_of_2_63_bytes_are_refused", notes_of_2_63, "beyond the file's end" },
	{ "more_notes_than_anyone_needs_are_refused", notes_too_long, "at most 65536" },
	{ "a_note_name_beyond_its_segment_is_refused", note_name_past_end, "note 0 has a name of 4096" },
	{ "a_note_value_beyond_its_segment_is_refused", note_value_past_end, "value of 4096 bytes" },
	{ "a_note_value_one_byte_beyond_its_segment_is_refused", note_value_cut_by_a_byte, "value of 8 bytes" },
	{ "note_sizes_that_wrap_around_are_refused", note_sizes_wrap, "name of 4294967295" },
	{ "a_note_chain_that_never_ends_is_refused", endless_notes, "more than 1024 notes" },
	{ "a_kernel_for_pvh_only_is_named_as_such", only_pvh, "only be booted as PVH" },
	{ "a_kernel_without_an_entry_note_is_refused", no_entry, "no entry point" },
	{ "an_entry_after_the_kernel_is_refused", entry_outside, "outside of what it loads" },
	{ "an_entry_before_the_kernel_is_refused", entry_before, "outside of what it loads" },
	{ "an_entry_at_2_63_is_refused", entry_2_63, "outside of what it loads" },
	{ "another_xen_version_is_refused", wrong_version, "\"xen-2.0\"" },
	{ "another_system_with_its_own_loader_is_refused", wrong_system, "\"plan9\"" },
	{ "a_number_of_3_bytes_is_refused", number_of_3_bytes, "number of 3 bytes" },
	{ "a_text_longer_than_any_is_refused", text_too_long, "at most 15" },
	{ "a_kernel_that_must_be_dom0_is_refused", needs_dom0, "feature dom0" },
	{ "an_unaligned_virtual_base_is_refused", base_unaligned, "cannot use" },
	{ "a_virtual_base_in_xens_range_is_refused", base_is_xens, "cannot use" },
	{ "a_virtual_base_that_is_not_canonical_is_refused", base_not_canonical, "cannot use" },
	{ "a_kernel_that_wraps_around_the_address_space_is_refused", base_wraps, "cannot use" },
	{ "a_paddr_offset_above_the_kernel_is_refused", paddr_offset_above, "below the PADDR_OFFSET" },
	{ "an_unaligned_p2m_address_is_refused", p2m_unaligned, "INIT_P2M" },
	{ "a_hypercall_page_outside_the_kernel_is_refused", hypercall_page_outside, "hypercall page" },
	{ "an_unaligned_hypercall_page_is_refused", hypercall_page_unaligned, "hypercall page" },
	{ "section_headers_beyond_the_file_are_refused", sections_outside, "section headers" },
	{ "too_many_sections_are_refused", too_many_sections, "4097 section headers" },
	{ "a_note_section_beyond_the_file_is_refused", section_past_file, "beyond the file's end" },
};

static void describe(const struct defect *d, char *desc)
{
	strscpy(desc, d->belief, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(defect, defects, describe);

static void each_defect_is_refused_with_its_own_sentence(struct kunit *test)
{
	const struct defect *d = test->param_value;
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);
	struct hypha_reason *reason = kunit_kzalloc(test, sizeof(*reason), GFP_KERNEL);
	struct image *img = good_image(test);

	d->make(img);
	KUNIT_EXPECT_EQ(test, hypha_elf_parse(&img->src, elf, reason), d->err ?: -ENOEXEC);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(reason->text, d->says) != NULL, "\"%s\" lacks \"%s\"", reason->text, d->says);
}

static struct hypha_elf *parse_good(struct kunit *test, struct image *img)
{
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);
	struct hypha_reason *reason = kunit_kzalloc(test, sizeof(*reason), GFP_KERNEL);

	KUNIT_EXPECT_EQ_MSG(test, hypha_elf_parse(&img->src, elf, reason), 0, "%s", reason->text);
	return elf;
}

static void a_good_kernel_is_understood(struct kunit *test)
{
	struct hypha_elf *elf = parse_good(test, good_image(test));

	KUNIT_EXPECT_EQ(test, elf->nr_segments, 2U);
	KUNIT_EXPECT_EQ(test, elf->segments[0].addr, TEXT_ADDR);	/* sorted */
	KUNIT_EXPECT_EQ(test, elf->segments[0].offset, 0x1000ULL);
	KUNIT_EXPECT_EQ(test, elf->segments[1].addr, TEXT_ADDR + 0x2000);
	KUNIT_EXPECT_EQ(test, elf->segments[1].memsz, 0x2000ULL);
	KUNIT_EXPECT_EQ(test, elf->start, TEXT_ADDR);
	KUNIT_EXPECT_EQ(test, elf->end, TEXT_ADDR + 0x4000);
	KUNIT_EXPECT_EQ(test, elf->virt_base, VIRT_BASE);
	KUNIT_EXPECT_EQ(test, elf->entry, ENTRY);
	KUNIT_EXPECT_TRUE(test, elf->has_init_p2m);
	KUNIT_EXPECT_EQ(test, elf->init_p2m, 0x8000000000ULL);
	KUNIT_EXPECT_TRUE(test, elf->mod_start_pfn);
	KUNIT_EXPECT_FALSE(test, elf->has_hypercall_page);
}

static void a_hypercall_page_is_optional_but_taken(struct kunit *test)
{
	struct image *img = good_image(test);
	struct hypha_elf *elf;

	add_number(img, HYPHA_ELFNOTE_HYPERCALL_PAGE, VIRT_BASE + TEXT_ADDR + 0x1000);
	elf = parse_good(test, img);
	KUNIT_EXPECT_TRUE(test, elf->has_hypercall_page);
	KUNIT_EXPECT_EQ(test, elf->hypercall_page, VIRT_BASE + TEXT_ADDR + 0x1000);
}

static void p2m_and_module_notes_are_optional(struct kunit *test)
{
	struct image *img = good_image(test);
	struct hypha_elf *elf;

	clear_notes(img);
	add_identity(img);
	add_number(img, HYPHA_ELFNOTE_ENTRY, ENTRY);
	elf = parse_good(test, img);
	KUNIT_EXPECT_FALSE(test, elf->has_init_p2m);
	KUNIT_EXPECT_FALSE(test, elf->mod_start_pfn);
}

static void notes_may_be_in_a_section_alone(struct kunit *test)
{
	struct image *img = good_image(test);

	ph(img, 2)->type = 6;
	eh(img)->shoff = SH_AT;
	eh(img)->shnum = 2;
	*sh(img, 1) = (struct section_header){ .type = SECTION_NOTE, .offset = NOTES_AT, .size = img->notes_len };
	KUNIT_EXPECT_EQ(test, parse_good(test, img)->entry, ENTRY);
}

static void broken_sections_do_not_matter_beside_note_segments(struct kunit *test)
{
	struct image *img = good_image(test);

	eh(img)->shoff = ~0ULL;
	eh(img)->shnum = 0xffff;
	KUNIT_EXPECT_EQ(test, parse_good(test, img)->entry, ENTRY);
}

static void others_notes_are_skipped(struct kunit *test)
{
	struct image *img = good_image(test);

	add_note(img, "GNU", HYPHA_ELFNOTE_ENTRY, "12345678", 8);
	add_note(img, "Xenon", HYPHA_ELFNOTE_ENTRY, "12345678", 8);
	KUNIT_EXPECT_EQ(test, parse_good(test, img)->entry, ENTRY);
}

static void numbers_of_1_2_4_and_8_bytes_are_read(struct kunit *test)
{
	static const u32 sizes[] = { 1, 2, 4, 8 };
	static const u64 want[] = { 0x88, 0x7788, 0x55667788, 0x1122334455667788ULL };
	u64 value = 0x1122334455667788ULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct image *img = good_image(test);
		struct hypha_elfnotes n = {};

		clear_notes(img);
		add_note(img, "Xen", HYPHA_ELFNOTE_MOD_START_PFN, &value, sizes[i]);
		KUNIT_EXPECT_EQ(test, hypha_elfnotes_scan(&n, img->bytes + NOTES_AT, img->notes_len, NULL), 0);
		KUNIT_EXPECT_EQ(test, n.mod_start_pfn, want[i]);
	}
}

static void addresses_count_from_the_paddr_offset(struct kunit *test)
{
	struct image *img = good_image(test);
	struct hypha_elf *elf;

	add_number(img, HYPHA_ELFNOTE_PADDR_OFFSET, TEXT_ADDR - 0x1000);
	add_number(img, HYPHA_ELFNOTE_ENTRY, VIRT_BASE + 0x1010);
	elf = parse_good(test, img);
	KUNIT_EXPECT_EQ(test, elf->start, 0x1000ULL);
	KUNIT_EXPECT_EQ(test, elf->end, 0x5000ULL);
}

/* Every byte of the headers and notes, set to every of a few values: whatever comes out, no bound is broken. */
static void damaged_images_never_break_a_bound(struct kunit *test)
{
	static const u8 values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct image *img = good_image(test);
	struct hypha_elf *elf = kunit_kzalloc(test, sizeof(*elf), GFP_KERNEL);
	unsigned int v;
	u64 at;
	u8 old;
	u32 i;
	int err;

	for (at = 0; at < NOTES_AT + 0x200; at = at == 0x200 ? NOTES_AT : at + 1) {
		for (v = 0; v < ARRAY_SIZE(values); v++) {
			old = img->bytes[at];
			img->bytes[at] = values[v];
			err = hypha_elf_parse(&img->src, elf, NULL);
			img->bytes[at] = old;
			KUNIT_ASSERT_TRUE_MSG(test, !err || err == -ENOEXEC, "byte %llu = %u: %d", at, values[v], err);
			for (i = 0; !err && i < elf->nr_segments; i++) {
				const struct hypha_elf_segment *s = &elf->segments[i];

				KUNIT_ASSERT_TRUE(test, s->offset <= IMAGE_SIZE && s->filesz <= IMAGE_SIZE - s->offset);
				KUNIT_ASSERT_TRUE(test, s->filesz <= s->memsz && s->addr + s->memsz <= elf->end);
				KUNIT_ASSERT_TRUE(test, !i || s[-1].addr + s[-1].memsz <= s->addr);
			}
		}
	}
}

static void the_first_reason_wins(struct kunit *test)
{
	struct hypha_reason *reason = kunit_kzalloc(test, sizeof(*reason), GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, hypha_reason(reason, -ENOMEM, "cause %d", 7), -ENOMEM);
	KUNIT_EXPECT_EQ(test, hypha_reason(reason, -EIO, "consequence"), -EIO);
	KUNIT_EXPECT_STREQ(test, reason->text, "cause 7");
	KUNIT_EXPECT_EQ(test, hypha_reason(NULL, -EIO, "nobody asks"), -EIO);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_good_kernel_is_understood),
	KUNIT_CASE(a_hypercall_page_is_optional_but_taken),
	KUNIT_CASE(p2m_and_module_notes_are_optional),
	KUNIT_CASE(notes_may_be_in_a_section_alone),
	KUNIT_CASE(broken_sections_do_not_matter_beside_note_segments),
	KUNIT_CASE(others_notes_are_skipped),
	KUNIT_CASE(numbers_of_1_2_4_and_8_bytes_are_read),
	KUNIT_CASE(addresses_count_from_the_paddr_offset),
	KUNIT_CASE_PARAM(each_defect_is_refused_with_its_own_sentence, defect_gen_params),
	KUNIT_CASE(damaged_images_never_break_a_bound),
	KUNIT_CASE(the_first_reason_wins),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_domain_elf", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
