/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes newc cpio archives as the kernel's initramfs reads them; the same calls give the same bytes. */
#ifndef HYPHA_IMAGE_CPIO_H
#define HYPHA_IMAGE_CPIO_H

#include "util/buf.h"

#include <sys/types.h>

/* Start with { BUF_INIT, 0 }; free @out with buf_clean(). */
struct cpio {
	struct buf out;
	unsigned int inode;	/* of the latest entry */
};

/* @name has no leading slash; a directory must come before what is in it. */
void cpio_dir(struct cpio *c, const char *name);
void cpio_file(struct cpio *c, const char *name, mode_t perm, const void *data, size_t len);
/* The trailer: nothing may follow but another archive. */
void cpio_end(struct cpio *c);

#endif
