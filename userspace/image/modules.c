// SPDX-License-Identifier: GPL-2.0-or-later
/* The modules a guest needs, by one table; what they depend on comes from depmod's files. */
#include "image/modules.h"

#include "image/cpio.h"
#include "image/decompress.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#define INDEX_MAX (16UL << 20)	/* modules.dep of a distribution kernel: about 500 KiB */
#define MODULE_MAX (64UL << 20)

/*
 * When to load what: see "Guest boot" in docs/architecture.md. Demand names are patterns over the kernel's own requests
 * (fs-*, net-pf-*, crypto-*) and the modaliases of devices. A module the kernel lacks or has built in is left out.
 */
static const struct wanted {
	const char *when, *name, *module;
} wanted[] = {
	{ "boot",   "squashfs",           "squashfs" },
	{ "boot",   "overlay",            "overlay" },
	{ "demand", "xen:vbd",            "xen_blkfront" },
	{ "demand", "xen:vif",            "xen_netfront" },
	{ "demand", "virtio:d00000001v*", "virtio_net" },
	{ "demand", "virtio:d00000002v*", "virtio_blk" },
	{ "demand", "pci:v00001AF4d*",    "virtio_pci" },
	{ "demand", "acpi*:LNRO0005:*",   "virtio_mmio" },
	{ "demand", "fs-ext4",            "ext4" },
	{ "demand", "crypto-crc32c",      "crc32c_generic" },
	{ "demand", "net-pf-10",          "ipv6" },
	{ "demand", "net-pf-17",          "af_packet" },
};

#define NR_WANTED (sizeof(wanted) / sizeof(wanted[0]))

/* "kernel/fs/squashfs/squashfs.ko.xz" is the module squashfs: as the kernel, "-" and "_" are the same. */
static size_t module_name(const char *path, size_t len, char *name, size_t size)
{
	const char *base = memrchr(path, '/', len);
	const char *dot;
	size_t n;

	base = base ? base + 1 : path;
	len -= base - path;
	dot = memmem(base, len, ".ko", 3);
	n = dot ? (size_t)(dot - base) : len;
	if (n >= size)
		n = size - 1;
	for (size_t i = 0; i < n; i++)
		name[i] = (char)(base[i] == '-' ? '_' : base[i]);
	name[n] = '\0';
	return n;
}

/* The line about @module in modules.dep or modules.builtin, or NULL; @line_len without the newline. */
static const char *find_line(const struct buf *index, const char *module, size_t *line_len)
{
	const char *p = buf_str(index), *end = p + index->len;

	while (p < end) {
		const char *nl = memchr(p, '\n', end - p);
		size_t len = (nl ? nl : end) - p;
		const char *colon = memchr(p, ':', len);
		char name[128];

		module_name(p, colon ? (size_t)(colon - p) : len, name, sizeof(name));
		if (!strcmp(name, module)) {
			*line_len = len;
			return p;
		}
		p += len + 1;
	}
	return NULL;
}

/* The files of "a.ko: b.ko c.ko" in load order: modules.dep names what is loaded first last. */
static char **load_order(const char *line, size_t len)
{
	auto_free char *copy = mem_strndup(line, len);
	auto_strv words = NULL;
	char **order = NULL, *save;

	for (char *w = strtok_r(copy, ": \t", &save); w; w = strtok_r(NULL, ": \t", &save))
		strv_add(&words, w);
	for (size_t i = strv_len(words); words && i--; )
		strv_add(&order, words[i]);
	return order;
}

static int read_module(const char *dir, const char *file, struct buf *out)
{
	auto_free char *path = *file == '/' ? mem_strdup(file) : mem_printf("%s/%s", dir, file);
	auto_buf packed = BUF_INIT;
	int err = file_read(path, MODULE_MAX, &packed);

	if (err)
		return err;
	if (decompress_format(packed.data, packed.len)) {
		err = decompress(packed.data, packed.len, MODULE_MAX, out);
		return err ? err_in(err, "%s", path) : 0;
	}
	buf_add(out, packed.data, packed.len);
	return 0;
}

struct packing {
	const char *dir;
	struct cpio cpio;
	struct buf list;	/* modules.list */
	char **packed;		/* names already in the archive */
};

static bool is_packed(const struct packing *p, const char *name)
{
	for (char **s = p->packed; s && *s; s++)
		if (!strcmp(*s, name))
			return true;
	return false;
}

static int pack_file(struct packing *p, const char *file)
{
	char name[128];
	auto_buf data = BUF_INIT;
	auto_free char *to = NULL;
	int err;

	module_name(file, strlen(file), name, sizeof(name));
	buf_addf(&p->list, " %s.ko", name);
	if (is_packed(p, name))
		return 0;
	err = read_module(p->dir, file, &data);
	if (err)
		return err;
	if (!p->packed) {
		cpio_dir(&p->cpio, "lib");
		cpio_dir(&p->cpio, "lib/hypha");
	}
	to = mem_printf("lib/hypha/%s.ko", name);
	cpio_file(&p->cpio, to, 0644, data.data, data.len);
	strv_add(&p->packed, name);
	return 0;
}

static int pack_group(struct packing *p, const struct wanted *w, const char *line, size_t len)
{
	auto_strv files = load_order(line, len);

	buf_addf(&p->list, "%s %s", w->when, w->name);
	for (char **f = files; f && *f; f++) {
		int err = pack_file(p, *f);

		if (err)
			return err_in(err, "module %s", w->module);
	}
	buf_addc(&p->list, '\n');
	return 0;
}

static int pack_all(struct packing *p, const struct buf *dep, const struct buf *builtin)
{
	for (size_t i = 0; i < NR_WANTED; i++) {
		size_t len;
		const char *line = find_line(dep, wanted[i].module, &len);
		int err;

		if (!line || find_line(builtin, wanted[i].module, &(size_t){ 0 }))
			continue;
		err = pack_group(p, &wanted[i], line, len);
		if (err)
			return err;
	}
	if (!p->packed)
		return 0;
	cpio_file(&p->cpio, "lib/hypha/modules.list", 0644, p->list.data, p->list.len);
	cpio_end(&p->cpio);
	return 0;
}

static int read_index(const char *dir, const char *name, bool needed, struct buf *out)
{
	auto_free char *path = mem_printf("%s/%s", dir, name);
	int err = file_read(path, INDEX_MAX, out);

	if (err == -ENOENT && needed)
		return err_set(err, "%s is missing: run depmod for this kernel", path);
	return err == -ENOENT ? 0 : err;
}

int modules_pack(const char *dir, struct buf *out)
{
	struct packing p = { .dir = dir, .cpio = { .out = BUF_INIT }, .list = BUF_INIT };
	auto_buf dep = BUF_INIT, builtin = BUF_INIT;
	int err = read_index(dir, "modules.dep", true, &dep);

	if (!err)
		err = read_index(dir, "modules.builtin", false, &builtin);
	if (!err)
		err = pack_all(&p, &dep, &builtin);
	if (!err && p.packed)
		buf_add(out, p.cpio.out.data, p.cpio.out.len);
	buf_clean(&p.cpio.out);
	buf_clean(&p.list);
	strv_free(p.packed);
	return err;
}
