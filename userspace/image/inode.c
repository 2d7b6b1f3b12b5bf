// SPDX-License-Identifier: GPL-2.0-or-later
/* What the names of a tree point to. */
#include "image/tree.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

struct inode *inode_new(mode_t mode)
{
	struct inode *inode = mem_alloc(sizeof(*inode));

	inode->refs = 1;
	inode->mode = mode;
	return inode;
}

struct inode *inode_get(struct inode *inode)
{
	inode->refs++;
	return inode;
}

void inode_put(struct inode *inode)
{
	if (!inode || --inode->refs)
		return;
	for (size_t i = 0; i < inode->nr_xattrs; i++) {
		free(inode->xattrs[i].name);
		free(inode->xattrs[i].value);
	}
	free(inode->xattrs);
	free(inode->blocks);
	free(inode->target);
	free(inode);
}

void inode_add_xattr(struct inode *inode, const char *name, const void *value, size_t len)
{
	struct xattr xattr = { mem_strdup(name), mem_alloc(len), len };
	size_t i = inode->nr_xattrs++;

	memcpy(xattr.value, value, len);
	inode->xattrs = mem_realloc(inode->xattrs, inode->nr_xattrs * sizeof(*inode->xattrs));
	for (; i && strcmp(inode->xattrs[i - 1].name, name) > 0; i--)
		inode->xattrs[i] = inode->xattrs[i - 1];
	inode->xattrs[i] = xattr;
}
