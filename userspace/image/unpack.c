// SPDX-License-Identifier: GPL-2.0-or-later
/* From any packaged kernel to a cached plain ELF and a cached modules cpio. */
#include "image/unpack.h"

#include "image/bzimage.h"
#include "image/decompress.h"
#include "image/kernel.h"
#include "image/modpath.h"
#include "image/modules.h"
#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/file.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define FILE_MAX (1UL << 30)	/* a vmlinux with its debug information */
#define ELF_MAX (512UL << 20)	/* unpacked from a bzImage */

/* The file being prepared. */
struct source {
	const char *cache, *path;
	int fd;
	struct stat st;
	const void *map;	/* whole file, or MAP_FAILED */
};

static int open_source(struct source *s)
{
	s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (s->fd < 0 || fstat(s->fd, &s->st))
		return err_sys(-errno, "cannot read it");
	if (!S_ISREG(s->st.st_mode))
		return err_set(-ENOEXEC, "not a regular file");
	if (!s->st.st_size)
		return err_set(-ENOEXEC, "the file is empty");
	if ((uint64_t)s->st.st_size > FILE_MAX)
		return err_set(-EFBIG, "%lld bytes is no kernel's size", (long long)s->st.st_size);
	return 0;
}

static void close_source(struct source *s)
{
	if (s->map != MAP_FAILED)
		munmap((void *)s->map, s->st.st_size);
	if (s->fd >= 0)
		close(s->fd);
}

static int map_source(struct source *s)
{
	s->map = mmap(NULL, s->st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, s->fd, 0);
	return s->map == MAP_FAILED ? err_sys(-errno, "cannot map it") : 0;
}

/* Only a hint: failing to write it is no failure. A file changed this very moment may change again with the same ctime. */
static void index_add(const struct source *s, const struct kernel *k)
{
	auto_free char *path = kernel_record_path(s->cache, &s->st), *dir = mem_printf("%s/index", s->cache);
	auto_free char *modules = modules_find(s->path, k->release), *stamp = modules_stamp(modules);
	auto_buf text = BUF_INIT;

	if (time(NULL) - s->st.st_ctim.tv_sec < 2 || strchr(k->elf, '\n') || file_mkdirs(dir, 0755))
		return;
	kernel_format(k, &text);
	buf_addf(&text, "%s\n", stamp);
	file_write_atomic(path, text.data, text.len, 0644);
}

/* The compressed part and the release, from a bzImage or from a whole file that is compressed. */
static int find_payload(const struct source *s, struct bzimage *b)
{
	if (decompress_format(s->map, s->st.st_size)) {
		*b = (struct bzimage){ .payload = s->map, .payload_len = s->st.st_size };
		return 0;
	}
	return bzimage_parse(s->map, s->st.st_size, b);
}

static int unpack(const struct bzimage *b, struct buf *elf)
{
	int err;

	if (b->payload_len >= 4 && !memcmp(b->payload, "\177ELF", 4)) {	/* CONFIG_KERNEL_UNCOMPRESSED */
		buf_add(elf, b->payload, b->payload_len);
		return vmlinux_check(elf->data, elf->len);
	}
	err = decompress(b->payload, b->payload_len, ELF_MAX, elf);
	return err ? err : vmlinux_check(elf->data, elf->len);
}

static int cache_elf(const struct source *s, struct kernel *k)
{
	struct bzimage b;
	struct digest d;
	char release[RELEASE_MAX];
	auto_buf elf = BUF_INIT;
	int err = find_payload(s, &b);

	if (err)
		return err;
	digest_of(s->map, s->st.st_size, &d);
	k->elf = mem_printf("%s/%s.elf", s->cache, digest_hex(&d));
	if (access(k->elf, R_OK) || !b.release[0]) {
		err = unpack(&b, &elf);
		if (err)
			return err;
		vmlinux_release(elf.data, elf.len, release);
	}
	k->release = mem_strdup(b.release[0] ? b.release : release);
	return access(k->elf, R_OK) ? file_write_atomic(k->elf, elf.data, elf.len, 0644) : 0;
}

/* A plain ELF needs no copy. */
static int use_elf(const struct source *s, struct kernel *k)
{
	char release[RELEASE_MAX];
	int err = vmlinux_check(s->map, s->st.st_size);

	if (err)
		return err;
	vmlinux_release(s->map, s->st.st_size, release);
	k->release = mem_strdup(release);
	k->elf = realpath(s->path, NULL);
	return k->elf ? 0 : err_sys(-errno, "realpath");
}

static int cache_modules(const struct source *s, struct kernel *k)
{
	auto_free char *dir = modules_find(s->path, k->release);
	struct digest d;
	auto_buf cpio = BUF_INIT;
	int err;

	if (!dir)
		return 0;
	err = modules_pack(dir, &cpio);
	if (err || !cpio.len)
		return err;
	digest_of(cpio.data, cpio.len, &d);
	k->modules = mem_printf("%s/modules-%s-%.16s.cpio", s->cache, k->release, digest_hex(&d));
	return access(k->modules, R_OK) ? file_write_atomic(k->modules, cpio.data, cpio.len, 0644) : 0;
}

static int prepare(struct source *s, struct kernel *k)
{
	int err = open_source(s);

	if (err || !kernel_lookup(s->cache, s->path, k))
		return err;
	err = map_source(s);
	if (err)
		return err;
	if (s->st.st_size >= 4 && !memcmp(s->map, "\177ELF", 4))
		err = use_elf(s, k);
	else
		err = cache_elf(s, k);
	if (!err)
		err = cache_modules(s, k);
	if (!err)
		index_add(s, k);
	return err;
}

int kernel_unpack(const char *cache, const char *path, struct kernel *k)
{
	struct source s = { .cache = cache, .path = path, .fd = -1, .map = MAP_FAILED };
	int err = file_mkdirs(cache, 0755);

	*k = (struct kernel){};
	if (!err)
		err = prepare(&s, k);
	close_source(&s);
	if (!err)
		return 0;
	kernel_clean(k);
	return err_in(err, "kernel %s", path);
}
