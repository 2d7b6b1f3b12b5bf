// SPDX-License-Identifier: GPL-2.0-or-later
/* newc cpio: an ASCII header, the name and the data, each padded to 4 bytes (Documentation/driver-api/early-userspace/buffer-format.rst). */
#include "image/cpio.h"

#include <string.h>
#include <sys/stat.h>

static void pad(struct cpio *c)
{
	static const char zeros[4];

	buf_add(&c->out, zeros, -c->out.len & 3);
}

static void entry(struct cpio *c, unsigned int inode, const char *name, mode_t mode, const void *data, size_t len)
{
	unsigned int nlink = S_ISDIR(mode) ? 2 : 1;

	/* magic ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check */
	buf_addf(&c->out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 inode, mode, 0, 0, nlink, 0, (unsigned int)len, 0, 0, 0, 0, (unsigned int)strlen(name) + 1, 0);
	buf_add(&c->out, name, strlen(name) + 1);
	pad(c);
	buf_add(&c->out, data, len);
	pad(c);
}

void cpio_dir(struct cpio *c, const char *name)
{
	entry(c, ++c->inode, name, S_IFDIR | 0755, NULL, 0);
}

void cpio_file(struct cpio *c, const char *name, mode_t perm, const void *data, size_t len)
{
	entry(c, ++c->inode, name, S_IFREG | perm, data, len);
}

void cpio_end(struct cpio *c)
{
	entry(c, 0, "TRAILER!!!", 0, NULL, 0);
}
