// SPDX-License-Identifier: GPL-2.0-or-later
/* Any kernel file becomes a cached plain ELF and a modules cpio; whatever is damaged, cut or too large is refused by name. */
// links: userspace/image/unpack.c userspace/image/kernel.c userspace/image/modpath.c userspace/image/helper.c userspace/util/progress.c userspace/image/decompress.c userspace/image/bzimage.c userspace/image/modules.c
// links: userspace/image/cpio.c userspace/util/buf.c userspace/util/mem.c userspace/util/error.c userspace/util/file.c
// links: userspace/util/hex.c userspace/util/strv.c userspace/util/digest.c
// libs: $(if $(wildcard /usr/include/lzo/lzo1x.h),-DHAVE_LZO -llzo2) -lmd -lisal -lz -lbz2 -llzma -lzstd -llz4 -ljansson
#include "image/bzimage.h"
#include "image/decompress.h"
#include "image/unpack.h"
#include "image/modules.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include "test.h"

#include <bzlib.h>
#include <elf.h>
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <sys/stat.h>
#include <utime.h>
#include <zlib.h>
#include <zstd.h>
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif

#define ELF_LEN 300000
#define RELEASE "6.1.0-99-test"

static uint8_t elf[ELF_LEN];	/* something that compresses a bit and begins as an x86-64 ELF file */

static void fill_elf(void)
{
	Elf64_Ehdr *e = (Elf64_Ehdr *)elf;
	uint32_t x = 1;

	for (size_t i = 0; i < ELF_LEN; i++) {
		x = x * 1664525 + 1013904223;
		elf[i] = i % 4096 < 2048 ? x >> 28 : 0;
	}
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = ELFCLASS64;
	e->e_ident[EI_DATA] = ELFDATA2LSB;
	e->e_machine = EM_X86_64;
	strcpy((char *)elf + 5000, "Linux version " RELEASE " (x@y)");
}

static void pack_gzip(struct buf *b)
{
	z_stream z = { .next_in = elf, .avail_in = ELF_LEN };

	if (deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_out = (Bytef *)buf_reserve(b, 2 * ELF_LEN);
	z.avail_out = 2 * ELF_LEN;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	b->len = z.total_out;
	deflateEnd(&z);
}

/* As scripts/xz_wrap.sh: CRC32 and the x86 filter. */
static void pack_xz(struct buf *b)
{
	lzma_options_lzma o;
	lzma_filter filters[] = { { LZMA_FILTER_X86, NULL }, { LZMA_FILTER_LZMA2, &o }, { LZMA_VLI_UNKNOWN, NULL } };

	lzma_lzma_preset(&o, 1);
	b->len = 0;
	lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, elf, ELF_LEN, (uint8_t *)buf_reserve(b, 2 * ELF_LEN), &b->len, 2 * ELF_LEN);
}

static void pack_lzma(struct buf *b)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	lzma_lzma_preset(&o, 1);
	if (lzma_alone_encoder(&z, &o) != LZMA_OK)
		return;
	z.next_in = elf;
	z.avail_in = ELF_LEN;
	z.next_out = (uint8_t *)buf_reserve(b, 2 * ELF_LEN);
	z.avail_out = 2 * ELF_LEN;
	lzma_code(&z, LZMA_FINISH);
	b->len = z.total_out;
	lzma_end(&z);
}

static void pack_bzip2(struct buf *b)
{
	unsigned int n = 2 * ELF_LEN;

	BZ2_bzBuffToBuffCompress(buf_reserve(b, n), &n, (char *)elf, ELF_LEN, 1, 0, 0);
	b->len = n;
}

static void pack_zstd(struct buf *b)
{
	b->len = ZSTD_compress(buf_reserve(b, 2 * ELF_LEN), 2 * ELF_LEN, elf, ELF_LEN, 1);
}

static void pack_lz4(struct buf *b)
{
	static char out[2 * ELF_LEN];
	uint32_t n = LZ4_compress_default((char *)elf, out, ELF_LEN, sizeof(out));

	buf_add(b, "\x02\x21\x4c\x18", 4);
	buf_add(b, &n, 4);
	buf_add(b, out, n);
}

#ifdef HAVE_LZO
static void add_be32(struct buf *b, uint32_t v)
{
	v = __builtin_bswap32(v);
	buf_add(b, &v, 4);
}

/* As lzop writes it: header without optional fields and name, one block, end. */
static void pack_lzo(struct buf *b)
{
	static uint8_t out[2 * ELF_LEN], work[LZO1X_1_MEM_COMPRESS];
	lzo_uint n = sizeof(out);

	lzo1x_1_compress(elf, ELF_LEN, out, &n, work);
	buf_add(b, "\x89LZO\0\r\n\x1a\n" "\x10\x30\x20\xa0\x09\x40\x01\x05", 17);
	add_be32(b, 0), add_be32(b, 0), add_be32(b, 0), add_be32(b, 0);	/* flags, mode, mtime */
	buf_addc(b, 0), add_be32(b, 0);					/* name, checksum */
	add_be32(b, ELF_LEN), add_be32(b, n), add_be32(b, 0);
	buf_add(b, out, n);
	add_be32(b, 0);
}
#endif

static void pack_none(struct buf *b)
{
	buf_add(b, elf, ELF_LEN);
}

static const struct packer {
	const char *name;
	void (*pack)(struct buf *b);
	bool magic;	/* decompress() knows it */
} packers[] = {
	{ "gzip", pack_gzip, true }, { "xz", pack_xz, true }, { "zstd", pack_zstd, true }, { "lz4", pack_lz4, true },
	{ "bzip2", pack_bzip2, true }, { "lzma", pack_lzma, true },
#ifdef HAVE_LZO
	{ "lzo", pack_lzo, true },
#endif
	{ "none", pack_none, false },
};

#define NR_PACKERS (sizeof(packers) / sizeof(packers[0]))

static void put16(struct buf *b, size_t at, uint16_t v) { memcpy(b->data + at, &v, 2); }
static void put32(struct buf *b, size_t at, uint32_t v) { memcpy(b->data + at, &v, 4); }

/* Two setup sectors with the release at 0x300, 64 bytes of decompressor, the payload and its unpacked size. */
static struct buf bzimage(const struct packer *p)
{
	struct buf payload = BUF_INIT, b = BUF_INIT;
	uint32_t size = ELF_LEN;

	p->pack(&payload);
	if (p->magic)
		buf_add(&payload, &size, 4);
	memset(buf_reserve(&b, 3 * 512 + 64), 0, 3 * 512 + 64);
	b.len = 3 * 512 + 64;
	b.data[0x1f1] = 2;
	memcpy(b.data + 0x202, "HdrS", 4);
	put16(&b, 0x206, 0x20f);
	put16(&b, 0x20e, 0x100);
	put32(&b, 0x248, 64);
	put32(&b, 0x24c, payload.len);
	strcpy(b.data + 0x300, RELEASE " (x@y) #1");
	buf_add(&b, payload.data, payload.len);
	buf_add(&b, "trailing signature", 18);
	buf_clean(&payload);
	return b;
}

static void put(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	fwrite(data, 1, len, f);
	fclose(f);
}

static bool is_elf_file(const char *path)
{
	auto_buf b = BUF_INIT;

	return !file_read(path, 1 << 30, &b) && b.len == ELF_LEN && !memcmp(b.data, elf, ELF_LEN);
}

static void every_compression(void)
{
	for (size_t i = 0; i < NR_PACKERS; i++) {
		struct buf b = bzimage(&packers[i]);
		struct kernel k;
		int err;

		put("bz", b.data, b.len);
		err = kernel_unpack("cache", "bz", &k);
		if (ok(!err, "%s: a bzImage is unpacked", packers[i].name)) {
			ok(is_elf_file(k.elf), "%s: to exactly what was packed", packers[i].name);
			ok_str(k.release, RELEASE, "%s: the release is in its header", packers[i].name);
			kernel_clean(&k);
		} else {
			note("%s", err_text());
		}
		buf_clean(&b);
	}
}

static void whole_files(void)
{
	for (size_t i = 0; i < NR_PACKERS; i++) {
		auto_buf b = BUF_INIT;
		struct kernel k;

		packers[i].pack(&b);
		put("whole", b.data, b.len);
		if (!ok(!kernel_unpack("cache", "whole", &k), "%s: a vmlinux as a whole file", packers[i].name))
			note("%s", err_text());
		ok(k.elf && is_elf_file(k.elf), "%s: is found again", packers[i].name);
		ok_str(k.release, RELEASE, "%s: the release is in its banner", packers[i].name);
		if (packers[i].pack == pack_none)
			ok(!strstr(k.elf, "cache"), "a plain vmlinux is used where it is");
		kernel_clean(&k);
	}
}

/* Every cut, and every byte changed, gives an error or the very bytes: never more, never a crash. */
static void damage(const struct packer *p)
{
	auto_buf b = BUF_INIT;
	size_t lies = 0, cuts = 0;

	p->pack(&b);
	for (size_t len = 0; len < b.len; len += len < 64 ? 1 : b.len / 97 + 1) {
		auto_buf out = BUF_INIT;
		auto_free char *copy = malloc(len + 1);	/* exact, so that reading beyond is seen */

		memcpy(copy, b.data, len);
		if (!decompress(copy, len, 1 << 20, &out) && out.len >= ELF_LEN && len < b.len - 8)
			cuts++;
	}
	ok(!cuts, "%s: cut anywhere it does not pass for whole", p->name);
	for (size_t at = 0; at < b.len; at += at < 64 ? 1 : b.len / 97 + 1) {
		auto_buf out = BUF_INIT;

		b.data[at] ^= 0x55;
		if (!decompress(b.data, b.len, 1 << 20, &out) && out.len > 1 << 20)
			lies++;
		b.data[at] ^= 0x55;
	}
	ok(!lies, "%s: damaged anywhere it keeps to its bound", p->name);
}

static void bounds(void)
{
	for (size_t i = 0; i < NR_PACKERS; i++) {
		auto_buf b = BUF_INIT, whole = BUF_INIT, short_by_one = BUF_INIT;

		if (!packers[i].magic)
			continue;
		packers[i].pack(&b);
		ok_str(decompress_format(b.data, b.len), packers[i].name, "%s: is recognised", packers[i].name);
		ok_num(decompress(b.data, b.len, ELF_LEN, &whole), 0, "%s: a limit just large enough", packers[i].name);
		ok_num(decompress(b.data, b.len, ELF_LEN - 1, &short_by_one), -EFBIG, "%s: a limit one byte too small", packers[i].name);
		ok(!short_by_one.len, "%s: leaves nothing behind", packers[i].name);
		damage(&packers[i]);
	}
}

/* Each spoils a good bzImage in one way. */
static const struct {
	const char *belief;
	size_t at, bytes;
	uint32_t value;
	int err;
} defects[] = {
	{ "no HdrS", 0x202, 4, 0, -ENOEXEC },
	{ "a protocol before 2.08", 0x206, 2, 0x207, -ENOEXEC },
	{ "a payload offset behind the end", 0x248, 4, 0x7fffffff, -EBADMSG },
	{ "a payload offset of 2^32-1", 0x248, 4, 0xffffffff, -EBADMSG },
	{ "a payload length of 2^32-1", 0x24c, 4, 0xffffffff, -EBADMSG },
	{ "a payload of 0 bytes", 0x24c, 4, 0, -EBADMSG },
	{ "a payload that is no known compression", 0x248, 4, 60, -ENOEXEC },
	{ "a payload that is cut short", 0x24c, 4, 1000, -EBADMSG },
};

static void spoiled(void)
{
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		struct buf b = bzimage(&packers[0]);
		struct kernel k;

		memcpy(b.data + defects[i].at, &defects[i].value, defects[i].bytes);
		put("bad", b.data, b.len);
		ok_num(kernel_unpack("cache", "bad", &k), defects[i].err, "%s", defects[i].belief);
		note("%s", err_text());
		ok(!k.elf && !k.release && strstr(err_text(), "kernel bad: "), "%s: says which file, leaves nothing", defects[i].belief);
		buf_clean(&b);
	}
	for (size_t len = 0; len < 3 * 512 + 300; len += len < 0x260 ? 1 : 37) {
		struct buf b = bzimage(&packers[0]);
		struct bzimage z;
		auto_free char *copy = malloc(len + 1);

		memcpy(copy, b.data, len);
		if (!bzimage_parse(copy, len, &z))
			ok(false, "a bzImage cut to %zu bytes is refused", len);
		buf_clean(&b);
	}
	ok(true, "a bzImage cut within its header is refused");
}

static const struct {
	const char *text, *want;
} releases[] = {
	{ "6.1.0-56-cloud-amd64 (debian)", "6.1.0-56-cloud-amd64" },
	{ "../../../etc (x)", "" },
	{ "6/../../etc (x)", "6" },
	{ ".6 (x)", "" },
	{ "", "" },
	{ "6.1\n", "6.1" },
};

static void hostile_releases(void)
{
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		struct buf b = bzimage(&packers[0]);
		struct bzimage z;

		memset(b.data + 0x300, 0, 64);
		strcpy(b.data + 0x300, releases[i].text);
		ok(!bzimage_parse(b.data, b.len, &z) && !strchr(z.release, '/'), "release %zu is no path", i);
		ok_str(z.release, releases[i].want, "release %zu: %s", i, releases[i].want);
		buf_clean(&b);
	}
}

static void other_files(void)
{
	struct kernel k;
	uint8_t e[128];

	memcpy(e, elf, sizeof(e));
	e[EI_CLASS] = ELFCLASS32;
	put("elf32", e, sizeof(e));
	ok_num(kernel_unpack("cache", "elf32", &k), -ENOEXEC, "a 32-bit ELF file");
	ok(strstr(err_text(), "32-bit"), "is said to be one");
	memcpy(e, elf, sizeof(e));
	e[18] = EM_AARCH64;
	put("arm", e, sizeof(e));
	ok_num(kernel_unpack("cache", "arm", &k), -ENOEXEC, "an ELF file for another machine");
	put("empty", "", 0);
	ok_num(kernel_unpack("cache", "empty", &k), -ENOEXEC, "an empty file");
	ok_num(kernel_unpack("cache", "missing", &k), -ENOENT, "no file");
	ok_num(kernel_unpack("cache", ".", &k), -ENOEXEC, "a directory");
	mkfifo("fifo", 0600);
	ok_num(kernel_unpack("cache", "fifo", &k), -ENOEXEC, "a fifo does not block");
	put("text", "hello, world", 12);
	ok_num(kernel_unpack("cache", "text", &k), -ENOEXEC, "a text file");
}

static void modules_dir(void)
{
	static const char dep[] =
		"kernel/fs/squashfs/squashfs.ko.xz:\n"
		"kernel/fs/overlayfs/overlay.ko:\n"
		"kernel/drivers/block/xen-blkfront.ko.gz:\n"
		"kernel/drivers/net/virtio_net.ko: kernel/net/c.ko kernel/net/b.ko kernel/net/a.ko\n"
		"kernel/drivers/block/virtio_blk.ko: kernel/net/a.ko\n"
		"kernel/fs/ext4/ext4.ko:\n"
		"kernel/fs/notsquashfs.ko:\n";
	static const char *const files[] = {
		"fs/overlayfs/overlay.ko", "drivers/net/virtio_net.ko", "drivers/block/virtio_blk.ko", "net/a.ko", "net/b.ko", "net/c.ko",
	};
	auto_buf packed = BUF_INIT, gz = BUF_INIT;

	file_mkdirs("lib/modules/" RELEASE "/kernel/fs/squashfs", 0755);
	file_mkdirs("lib/modules/" RELEASE "/kernel/fs/overlayfs", 0755);
	file_mkdirs("lib/modules/" RELEASE "/kernel/drivers/block", 0755);
	file_mkdirs("lib/modules/" RELEASE "/kernel/drivers/net", 0755);
	file_mkdirs("lib/modules/" RELEASE "/kernel/net", 0755);
	put("lib/modules/" RELEASE "/modules.dep", dep, sizeof(dep) - 1);
	put("lib/modules/" RELEASE "/modules.builtin", "kernel/fs/ext4/ext4.ko\n", 23);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		auto_free char *path = mem_printf("lib/modules/" RELEASE "/kernel/%s", files[i]);

		put(path, files[i], strlen(files[i]));
	}
	pack_xz(&packed);
	put("lib/modules/" RELEASE "/kernel/fs/squashfs/squashfs.ko.xz", packed.data, packed.len);
	pack_gzip(&gz);
	put("lib/modules/" RELEASE "/kernel/drivers/block/xen-blkfront.ko.gz", gz.data, gz.len);
}

static size_t hex8(const char *p)
{
	char text[9] = "";

	memcpy(text, p, 8);
	return strtoul(text, NULL, 16);
}

/* The entry @name of a newc archive: a reader of its own, checking magic, padding and order. NULL: not there or malformed. */
static const char *entry(const struct buf *b, const char *name, size_t *len, unsigned int *mode)
{
	size_t at = 0;

	while (at + 110 <= b->len && !memcmp(b->data + at, "070701", 6)) {
		size_t size = hex8(b->data + at + 54), name_len = hex8(b->data + at + 94);
		const char *n = b->data + at + 110;
		size_t data = (at + 110 + name_len + 3) & ~3UL;

		if (data + size > b->len || n[name_len - 1])
			return NULL;
		if (!strcmp(n, name)) {
			*len = size;
			*mode = hex8(b->data + at + 14);
			return b->data + data;
		}
		at = (data + size + 3) & ~3UL;
	}
	return NULL;
}

static void run_modules(void)
{
	static const char list[] =
		"boot squashfs squashfs.ko\n"
		"boot overlay overlay.ko\n"
		"demand xen:vbd xen_blkfront.ko\n"
		"demand virtio:d00000001v* a.ko b.ko c.ko virtio_net.ko\n"
		"demand virtio:d00000002v* a.ko virtio_blk.ko\n";
	auto_buf cpio = BUF_INIT, again = BUF_INIT;
	const char *data;
	size_t len;
	unsigned int mode;

	modules_dir();
	if (!ok(!modules_pack("lib/modules/" RELEASE, &cpio), "modules are packed"))
		return note("%s", err_text());
	data = entry(&cpio, "lib/hypha/modules.list", &len, &mode);
	ok(data && len == sizeof(list) - 1 && !memcmp(data, list, len), "the list: groups, dependencies first, built-in and missing ones left out");
	if (data && (len != sizeof(list) - 1 || memcmp(data, list, len)))
		note("%.*s", (int)len, data);
	data = entry(&cpio, "lib", &len, &mode);
	ok(data && S_ISDIR(mode), "directories are there");
	data = entry(&cpio, "lib/hypha/squashfs.ko", &len, &mode);
	ok(data && len == ELF_LEN && !memcmp(data, elf, len), ".ko.xz is unpacked");
	data = entry(&cpio, "lib/hypha/xen_blkfront.ko", &len, &mode);
	ok(data && len == ELF_LEN && S_ISREG(mode), ".ko.gz is unpacked");
	data = entry(&cpio, "lib/hypha/a.ko", &len, &mode);
	ok(data && len == 8 && !memcmp(data, "net/a.ko", 8), "a dependency");
	ok(!entry(&cpio, "lib/hypha/ext4.ko", &len, &mode), "no built-in one");
	ok(entry(&cpio, "TRAILER!!!", &len, &mode) && !(cpio.len & 3), "a trailer, aligned to 4 bytes");
	modules_pack("lib/modules/" RELEASE, &again);
	ok(cpio.len == again.len && !memcmp(cpio.data, again.data, cpio.len), "the same bytes again");
	ok_num(modules_pack("lib", &again), -ENOENT, "a directory without modules.dep");
	ok(strstr(err_text(), "depmod"), "says what to do: %s", err_text());
	unlink("lib/modules/" RELEASE "/kernel/net/b.ko");
	ok_num(modules_pack("lib/modules/" RELEASE, &again), -ENOENT, "a module that is listed but not there");
	put("lib/modules/" RELEASE "/kernel/net/b.ko", "b", 1);
}

/* Old enough for the index, which does not trust what changed a moment ago. */
static void settle(void)
{
	sleep(3);
}

static void run_cache(void)
{
	struct buf b = bzimage(&packers[0]);
	struct kernel k, again;

	mkdir("boot", 0755);
	put("boot/vmlinuz", b.data, b.len);
	settle();
	if (!ok(!kernel_unpack("cache", "boot/vmlinuz", &k) && k.modules, "a kernel beside its modules gets both"))
		return note("%s", err_text());
	put(k.elf, "changed", 7);	/* to see that it is not unpacked again */
	ok(!kernel_unpack("cache", "boot/vmlinuz", &again) && !strcmp(k.elf, again.elf) && !is_elf_file(again.elf),
	   "the second time comes from the index");
	ok(again.modules && !strcmp(k.modules, again.modules) && !strcmp(k.release, again.release), "with modules and release");
	kernel_clean(&again);
	unlink(k.elf);
	ok(!kernel_unpack("cache", "boot/vmlinuz", &again) && is_elf_file(again.elf), "a lost ELF is made again");
	kernel_clean(&again);
	put("lib/modules/" RELEASE "/modules.dep", "kernel/net/a.ko:\n", 17);
	ok(!kernel_unpack("cache", "boot/vmlinuz", &again) && !again.modules, "other modules are noticed");
	kernel_clean(&again);
	b.data[0x300] = '7';
	put("boot/vmlinuz", b.data, b.len);
	ok(!kernel_unpack("cache", "boot/vmlinuz", &again) && again.release[0] == '7', "another kernel of the same name is noticed");
	kernel_clean(&again);
	kernel_clean(&k);
	buf_clean(&b);
}

/* What hypha-image, taken over by a kernel it unpacks, would have put into a guest. */
static const struct {
	const char *belief, *elf, *modules;
	int err;
} answers[] = {
	{ "of the cache", "cache/a.elf", "cache/modules-6-a.cpio", 0 },
	{ "the kernel itself", "given", NULL, 0 },
	{ "another file", "/etc/passwd", NULL, -EBADMSG },
	{ "another file for modules", "cache/a.elf", "/etc/passwd", -EBADMSG },
	{ "a way out of the cache", "cache/../given", NULL, -EBADMSG },
	{ "a name that begins as the cache's", "cache2/a.elf", NULL, -EBADMSG },
};

static void run_answers(void)
{
	file_mkdirs("cache/index", 0755);
	put("given", "x", 1);
	put("cache/a.elf", "x", 1);
	put("cache/modules-6-a.cpio", "x", 1);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		auto_free char *same = strcmp(answers[i].elf, "given") ? NULL : realpath("given", NULL), *record = NULL;
		struct kernel k = { .elf = same ? same : (char *)answers[i].elf, .modules = (char *)answers[i].modules, .release = "" }, got;
		auto_buf script = BUF_INIT, text = BUF_INIT;
		struct stat st;

		buf_adds(&script, "#!/bin/sh\necho 0; cat <<'END'\n");
		kernel_format(&k, &script);
		buf_adds(&script, "END\n");
		put("helper", script.data, script.len);
		chmod("helper", 0755);
		ok_num(kernel_prepare("./helper", "cache", "given", &got), answers[i].err, "an answer: %s", answers[i].belief);
		ok(answers[i].err ? !got.elf : !strcmp(got.elf, k.elf), "and what comes of it");
		kernel_clean(&got);

		kernel_format(&k, &text);
		buf_adds(&text, "-\n");
		stat("given", &st);
		record = kernel_record_path("cache", &st);
		put(record, text.data, text.len);
		ok_num(kernel_lookup("cache", "given", &got), answers[i].err ? -ENOENT : 0, "in the index: %s", answers[i].belief);
		kernel_clean(&got);
		unlink(record);
	}
}

int main(void)
{
	fill_elf();
	every_compression();
	whole_files();
	bounds();
	spoiled();
	hostile_releases();
	other_files();
	run_modules();
	run_cache();
	run_answers();
	return done();
}
