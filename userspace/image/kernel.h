/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest kernel in any packaging becomes a cached plain ELF, and its modules one cached cpio. */
#ifndef HYPHA_IMAGE_KERNEL_H
#define HYPHA_IMAGE_KERNEL_H

struct kernel {
	char *elf;		/* path of the plain ELF64 */
	char *modules;		/* path of the modules cpio, NULL if the kernel needs none (or none were found) */
	char *release;		/* e.g. 6.1.0-56-cloud-amd64, "" if unknown */
};

/* The default kernel's path: newest /boot/vmlinuz-*-cloud-amd64, else -ENOENT with a text that says what to install. */
int kernel_default(char **path);
/**
 * kernel_prepare() - unpack and cache
 * @cache: directory, made if missing, e.g. /var/lib/hypha/kernels; keyed by the file's digest
 * @path:  bzImage (gzip, xz, zstd, lz4, bzip2, lzma, lzo where supported) or vmlinux ELF
 * Return: 0, or -errno with err_text(): -ENOEXEC not a kernel, -ENOTSUP a compression this build lacks.
 */
int kernel_prepare(const char *cache, const char *path, struct kernel *k);
void kernel_clean(struct kernel *k);

#endif
