/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files and directories: read, write atomically, make, remove. Errors are -errno with err_text() naming the path. */
#ifndef HYPHA_UTIL_FILE_H
#define HYPHA_UTIL_FILE_H

#include "util/buf.h"

#include <stddef.h>
#include <sys/types.h>

/* The whole file, at most @max bytes (-EFBIG beyond). */
int file_read(const char *path, size_t max, struct buf *out);
/* All of @len bytes, past EINTR and short writes. 0 or -errno, no err_text(). */
int file_write_all(int fd, const void *data, size_t len);
/* Write to a temporary file beside @path, fsync, rename over it, fsync the directory: readers see old, new or nothing. */
int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode);
/* As `mkdir -p`. */
int file_mkdirs(const char *path, mode_t mode);
/* As `rm -rf`, never following symlinks; nothing there is no error. */
int file_remove_tree(const char *path);
/* fsync() of a directory, so that renames in it last. */
int file_sync_dir(const char *path);

#endif
