// SPDX-License-Identifier: GPL-2.0-or-later
/* The x86 boot protocol's header (Documentation/x86/boot.rst) and the few bytes of a vmlinux that hyphactl looks at. */
#include "image/bzimage.h"

#include "util/error.h"

#include <ctype.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Offsets in the file. */
enum {
	SETUP_SECTS	= 0x1f1,	/* u8, 0 means 4 */
	HEADER		= 0x202,	/* u32 "HdrS" */
	VERSION		= 0x206,	/* u16 */
	KERNEL_VERSION	= 0x20e,	/* u16: the text is 0x200 after it points to */
	PAYLOAD_OFFSET	= 0x248,	/* u32, from the end of the setup sectors */
	PAYLOAD_LENGTH	= 0x24c,	/* u32 */
	HEADER_END	= 0x250,
};

static uint32_t get_le(const uint8_t *p, int bytes)
{
	uint32_t v = 0;

	memcpy(&v, p, bytes);
	return le32toh(v);
}

/* It becomes part of a path, so only what releases consist of, and never a dot file. */
static void copy_release(const uint8_t *from, size_t len, char release[RELEASE_MAX])
{
	size_t n = 0;

	while (n < len && (isalnum(from[n]) || strchr("._+~-", from[n] ? from[n] : ' ')))
		n++;
	if (!n || n >= RELEASE_MAX || n == len || !isdigit(from[0]))
		n = 0;
	memcpy(release, from, n);
	release[n] = '\0';
}

int bzimage_parse(const void *image, size_t len, struct bzimage *b)
{
	const uint8_t *p = image;
	size_t setup, offset, text;

	if (len < HEADER_END || memcmp(p + HEADER, "HdrS", 4))
		return err_set(-ENOEXEC, "neither a bzImage nor an ELF file");
	if (get_le(p + VERSION, 2) < 0x208)
		return err_set(-ENOEXEC, "boot protocol %u.%02u is older than 2.08", p[VERSION + 1], p[VERSION]);
	setup = (p[SETUP_SECTS] ? p[SETUP_SECTS] + 1 : 5) * 512UL;
	offset = setup + get_le(p + PAYLOAD_OFFSET, 4);
	b->payload_len = get_le(p + PAYLOAD_LENGTH, 4);
	if (offset > len || b->payload_len > len - offset || b->payload_len < 8)
		return err_set(-EBADMSG, "bzImage of %zu bytes is cut short: payload of %zu bytes at %zu", len, b->payload_len, offset);
	b->payload = p + offset;
	text = 0x200 + get_le(p + KERNEL_VERSION, 2);
	b->release[0] = '\0';
	if (text > 0x200 && text < setup && text < len)
		copy_release(p + text, len - text, b->release);
	return 0;
}

int vmlinux_check(const void *image, size_t len)
{
	const Elf64_Ehdr *e = image;

	if (len < sizeof(*e) || memcmp(e->e_ident, ELFMAG, SELFMAG))
		return err_set(-ENOEXEC, "not an ELF file");
	if (e->e_ident[EI_CLASS] != ELFCLASS64)
		return err_set(-ENOEXEC, "a 32-bit kernel: hypha runs 64-bit kernels only");
	if (e->e_ident[EI_DATA] != ELFDATA2LSB || le16toh(e->e_machine) != EM_X86_64)
		return err_set(-ENOEXEC, "an ELF file for machine %u, not x86-64", le16toh(e->e_machine));
	return 0;
}

void vmlinux_release(const void *image, size_t len, char release[RELEASE_MAX])
{
	static const char banner[] = "Linux version ";
	const uint8_t *p = image, *end = p + len;

	release[0] = '\0';
	while (!release[0] && (p = memmem(p, end - p, banner, sizeof(banner) - 1))) {
		p += sizeof(banner) - 1;
		copy_release(p, end - p, release);
	}
}
