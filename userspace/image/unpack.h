/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacking a kernel into the cache. Only hypha-image calls it: see helper.h. */
#ifndef HYPHA_IMAGE_UNPACK_H
#define HYPHA_IMAGE_UNPACK_H

#include "image/kernel.h"

/**
 * kernel_unpack() - unpack and cache what is not in the cache
 * @cache: directory, made if missing, e.g. /var/lib/hypha/kernels; keyed by the file's digest
 * @path:  bzImage (gzip, xz, zstd, lz4, bzip2, lzma, lzo where supported) or vmlinux ELF
 * Return: 0, or -errno with err_text(): -ENOEXEC not a kernel, -ENOTSUP a compression this build lacks.
 */
int kernel_unpack(const char *cache, const char *path, struct kernel *k);

#endif
