// SPDX-License-Identifier: GPL-2.0-only
/* Reads a guest kernel's ELF headers and Xen notes. The image is hostile input. Pure: no kernel services. */
#include "domain/elf.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "domain/elfnote.h"

/* System V ABI, ELF-64 Object File Format. */
struct header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct section_header {
	u32 name, type;
	u64 flags, addr, offset, size;
	u32 link, info;
	u64 addralign, entsize;
};

enum {
	IDENT_CLASS = 4, IDENT_DATA = 5,
	CLASS32 = 1, CLASS64 = 2,
	DATA_LSB = 1,
	TYPE_EXEC = 2, TYPE_DYN = 3,
	MACHINE_X86_64 = 62,
	SEGMENT_LOAD = 1, SEGMENT_NOTE = 4,
	SECTION_NOTE = 7,
};

#define HEADERS_MAX	128			/* program headers looked at */
#define SECTIONS_MAX	4096
#define NOTES_MAX	(64ULL << 10)		/* bytes of notes in one segment or section */
#define ADDR_MAX	(1ULL << 40)		/* no kernel reaches beyond 1 TiB of guest memory */
#define PAGE_BYTES	4096ULL
#define MIB		(1ULL << 20)

struct parser {
	const struct hypha_elf_source *src;
	struct hypha_elf *elf;
	struct hypha_reason *reason;
	struct header header;
	struct hypha_elfnotes notes;
};

#define refuse(p, ...) hypha_reason((p)->reason, -ENOEXEC, "kernel: " __VA_ARGS__)

static bool in_file(const struct parser *p, u64 offset, u64 len)
{
	return offset <= p->src->size && len <= p->src->size - offset;
}

static int read_file(const struct parser *p, u64 offset, void *buf, size_t len)
{
	return p->src->read(p->src, offset, buf, len);
}

/* A bzImage carries 0xAA55 at 0x1FE and "HdrS" at 0x202 (Linux boot protocol). */
static bool is_bzimage(const struct parser *p)
{
	u8 boot[8];

	return in_file(p, 0x1FE, sizeof(boot)) && !read_file(p, 0x1FE, boot, sizeof(boot)) &&
	       boot[0] == 0x55 && boot[1] == 0xAA && !memcmp(boot + 4, "HdrS", 4);
}

static int refuse_magic(struct parser *p)
{
	if (is_bzimage(p))
		return refuse(p, "this is a bzImage; the module takes the plain ELF inside it: hyphactl unpacks it, or use extract-vmlinux");
	return refuse(p, "not an ELF file of %llu bytes: a plain ELF64 x86-64 vmlinux is needed", p->src->size);
}

static int check_header(struct parser *p)
{
	const struct header *h = &p->header;
	int err;

	if (!in_file(p, 0, sizeof(*h)))
		return refuse(p, "%llu bytes are too few for an ELF header", p->src->size);
	err = read_file(p, 0, &p->header, sizeof(*h));
	if (err)
		return hypha_reason(p->reason, err, "kernel: reading its ELF header: error %d", err);
	if (memcmp(h->ident, "\177ELF", 4))
		return refuse_magic(p);
	if (h->ident[IDENT_CLASS] == CLASS32)
		return refuse(p, "32-bit ELF; only 64-bit PV kernels can be booted");
	if (h->ident[IDENT_CLASS] != CLASS64 || h->ident[IDENT_DATA] != DATA_LSB || h->machine != MACHINE_X86_64)
		return refuse(p, "ELF of class %u, byte order %u, machine %u; needed are 2, 1, 62: 64-bit x86-64",
			      h->ident[IDENT_CLASS], h->ident[IDENT_DATA], h->machine);
	if (h->type != TYPE_EXEC && h->type != TYPE_DYN)
		return refuse(p, "ELF type %u is no executable; a vmlinux (type 2) is needed", h->type);
	if (h->phentsize != sizeof(struct program_header) || !h->phnum || h->phnum > HEADERS_MAX)
		return refuse(p, "%u program headers of %u bytes; 1..%u of %zu bytes can be read", h->phnum, h->phentsize,
			      HEADERS_MAX, sizeof(struct program_header));
	if (!in_file(p, h->phoff, (u64)h->phnum * sizeof(struct program_header)))
		return refuse(p, "its program headers at %llu reach beyond the file's end at %llu", h->phoff, p->src->size);
	return 0;
}

/* Keep segments ascending; nothing but the order is checked here. */
static void insert_segment(struct hypha_elf *elf, const struct program_header *ph)
{
	u32 i = elf->nr_segments++;

	for (; i && elf->segments[i - 1].addr > ph->paddr; i--)
		elf->segments[i] = elf->segments[i - 1];
	elf->segments[i] = (struct hypha_elf_segment){
		.offset = ph->offset, .addr = ph->paddr, .filesz = ph->filesz, .memsz = ph->memsz,
	};
}

static int add_segment(struct parser *p, unsigned int index, const struct program_header *ph)
{
	if (ph->filesz > ph->memsz)
		return refuse(p, "segment %u has %llu bytes in the file but only %llu in memory", index, ph->filesz, ph->memsz);
	if (!in_file(p, ph->offset, ph->filesz))
		return refuse(p, "segment %u wants %llu bytes at %llu of a file of %llu: truncated?", index, ph->filesz,
			      ph->offset, p->src->size);
	if (ph->memsz > ADDR_MAX || ph->paddr > ADDR_MAX - ph->memsz)
		return refuse(p, "segment %u wants %llu bytes of memory at address %#llx; nothing beyond 1 TiB can be loaded",
			      index, ph->memsz, ph->paddr);
	if (!ph->memsz)
		return 0;
	if (p->elf->nr_segments == HYPHA_ELF_SEGMENTS_MAX)
		return refuse(p, "more than %u segments to load", HYPHA_ELF_SEGMENTS_MAX);
	insert_segment(p->elf, ph);
	return 0;
}

static int check_overlap(struct parser *p)
{
	const struct hypha_elf_segment *s = p->elf->segments;
	u32 i;

	for (i = 1; i < p->elf->nr_segments; i++)
		if (s[i].addr - s[i - 1].addr < s[i - 1].memsz)
			return refuse(p, "two segments overlap: %llu bytes at %#llx and %llu bytes at %#llx", s[i - 1].memsz,
				      s[i - 1].addr, s[i].memsz, s[i].addr);
	return 0;
}

/* Notes of a segment or section; those not from Xen are skipped. */
static int read_notes(struct parser *p, u64 offset, u64 len)
{
	u8 *buf;
	int err;

	if (!in_file(p, offset, len))
		return refuse(p, "%llu bytes of notes at %llu reach beyond the file's end at %llu", len, offset, p->src->size);
	if (len > NOTES_MAX)
		return refuse(p, "%llu bytes of notes; at most %llu are read", len, NOTES_MAX);
	if (!len)
		return 0;

	buf = kmalloc(len, GFP_KERNEL);
	if (!buf)
		return hypha_reason(p->reason, -ENOMEM, "kernel: no memory for %llu bytes of notes", len);
	err = read_file(p, offset, buf, len);
	if (err)
		hypha_reason(p->reason, err, "kernel: reading its notes: error %d", err);
	else
		err = hypha_elfnotes_scan(&p->notes, buf, len, p->reason);
	kfree(buf);
	return err;
}

static int read_segments(struct parser *p, const struct program_header *ph)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < p->header.phnum && !err; i++) {
		if (ph[i].type == SEGMENT_LOAD)
			err = add_segment(p, i, &ph[i]);
		else if (ph[i].type == SEGMENT_NOTE)
			err = read_notes(p, ph[i].offset, ph[i].filesz);
	}
	if (err)
		return err;
	if (!p->elf->nr_segments)
		return refuse(p, "nothing to load: none of its %u program headers is PT_LOAD", p->header.phnum);
	return check_overlap(p);
}

static int read_program_headers(struct parser *p)
{
	size_t len = p->header.phnum * sizeof(struct program_header);
	struct program_header *ph;
	int err;

	ph = kmalloc(len, GFP_KERNEL);
	if (!ph)
		return hypha_reason(p->reason, -ENOMEM, "kernel: no memory for %u program headers", p->header.phnum);
	err = read_file(p, p->header.phoff, ph, len);
	if (err)
		hypha_reason(p->reason, err, "kernel: reading its program headers: error %d", err);
	else
		err = read_segments(p, ph);
	kfree(ph);
	return err;
}

/* Only if no segment had Xen's notes: some vmlinux carry them in sections alone. */
static int read_section_notes(struct parser *p)
{
	const struct header *h = &p->header;
	struct section_header sh;
	unsigned int i;
	int err = 0;

	if (p->notes.seen || !h->shnum)
		return 0;
	if (h->shentsize != sizeof(sh) || h->shnum > SECTIONS_MAX || !in_file(p, h->shoff, (u64)h->shnum * sizeof(sh)))
		return refuse(p, "%u section headers of %u bytes at %llu of a file of %llu cannot be read", h->shnum,
			      h->shentsize, h->shoff, p->src->size);

	for (i = 0; i < h->shnum && !err; i++) {
		err = read_file(p, h->shoff + (u64)i * sizeof(sh), &sh, sizeof(sh));
		if (err)
			return hypha_reason(p->reason, err, "kernel: reading section header %u: error %d", i, err);
		if (sh.type == SECTION_NOTE)
			err = read_notes(p, sh.offset, sh.size);
	}
	return err;
}

/* p_paddr counts from PADDR_OFFSET; guest addresses count from 0. */
static int place_segments(struct parser *p)
{
	struct hypha_elf *elf = p->elf;
	u64 offset = p->notes.paddr_offset;
	u32 i;

	if (offset > elf->segments[0].addr)
		return refuse(p, "its first segment is at %#llx, below the PADDR_OFFSET of %#llx that its notes state",
			      elf->segments[0].addr, offset);
	for (i = 0; i < elf->nr_segments; i++)
		elf->segments[i].addr -= offset;
	elf->start = elf->segments[0].addr;
	elf->end = elf->segments[i - 1].addr + elf->segments[i - 1].memsz;
	return 0;
}

/* x86-64 PV: Xen owns 0xffff800000000000..0xffff87ffffffffff, and addresses must be canonical. */
static bool usable_range(u64 first, u64 last)
{
	const u64 low_end = 0x00007fffffffffff, high_start = 0xffff880000000000;

	return first <= last && (last <= low_end || first >= high_start);
}

static int check_addresses(struct parser *p)
{
	struct hypha_elf *elf = p->elf;
	u64 first = elf->virt_base + elf->start, last = elf->virt_base + elf->end - 1;

	if (elf->virt_base % PAGE_BYTES || !usable_range(elf->virt_base, last))
		return refuse(p, "it would be mapped at %#llx..%#llx (VIRT_BASE %#llx), which a 64-bit PV guest cannot use", first,
			      last, elf->virt_base);
	if (elf->entry < first || elf->entry > last)
		return refuse(p, "its entry %#llx is outside of what it loads at %#llx..%#llx", elf->entry, first, last);
	if (elf->has_hypercall_page && (elf->hypercall_page % PAGE_BYTES || elf->hypercall_page < first ||
					elf->hypercall_page > last))
		return refuse(p, "its hypercall page %#llx is not a page of what it loads at %#llx..%#llx",
			      elf->hypercall_page, first, last);
	if (elf->has_init_p2m && elf->init_p2m % PAGE_BYTES)
		return refuse(p, "its INIT_P2M %#llx is not page aligned", elf->init_p2m);
	return 0;
}

static void take_notes(struct parser *p)
{
	struct hypha_elf *elf = p->elf;
	const struct hypha_elfnotes *n = &p->notes;

	elf->virt_base = n->virt_base;
	elf->entry = n->entry;
	elf->hypercall_page = n->hypercall_page;
	elf->has_hypercall_page = hypha_elfnotes_has(n, HYPHA_ELFNOTE_HYPERCALL_PAGE);
	elf->init_p2m = n->init_p2m;
	elf->has_init_p2m = hypha_elfnotes_has(n, HYPHA_ELFNOTE_INIT_P2M);
	elf->mod_start_pfn = n->mod_start_pfn;
}

int hypha_elf_parse(const struct hypha_elf_source *src, struct hypha_elf *elf, struct hypha_reason *reason)
{
	struct parser p = { .src = src, .elf = elf, .reason = reason };
	int err;

	memset(elf, 0, sizeof(*elf));
	err = check_header(&p);
	if (!err)
		err = read_program_headers(&p);
	if (!err)
		err = read_section_notes(&p);
	if (!err)
		err = hypha_elfnotes_check(&p.notes, reason);
	if (err)
		return err;

	take_notes(&p);
	return place_segments(&p) ?: check_addresses(&p);
}
