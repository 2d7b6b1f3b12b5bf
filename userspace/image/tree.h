/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root file system in memory: names, attributes, and where each file's blocks lie. No host path is ever made from it. */
#ifndef HYPHA_IMAGE_TREE_H
#define HYPHA_IMAGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TREE_PATH_MAX 4096	/* bytes, of any path in it */
#define TREE_NAME_MAX 255	/* bytes, of one component */
#define TREE_LINKS_MAX 40	/* symlinks followed in one path, as the kernel's limit */
#define TREE_NODES_MAX 1000000	/* names in the whole tree, unless the tree says otherwise */

struct xattr {
	char *name;
	void *value;
	size_t len;
};

/* What names point to; counted. */
struct inode {
	unsigned int refs;
	mode_t mode;		/* type and permissions */
	uint32_t uid, gid, mtime, major, minor;
	uint64_t size;
	uint32_t *blocks;	/* of a regular file: see spool.h; none of a small one */
	size_t nr_blocks;
	uint64_t data;		/* where they begin, first in their layer's spool, then in the squashfs */
	uint32_t fragment, fragment_at;	/* of a small file: in which it is, of its layer's, then of the squashfs', and where there */
	char *target;		/* of a symlink */
	struct xattr *xattrs;	/* sorted by name */
	size_t nr_xattrs;
	uint32_t number, links;	/* in the squashfs; number 0: not in it */
	uint64_t where;		/* of its entry in the table of inodes, once it is */
	bool written;
};

struct inode *inode_new(mode_t mode);
struct inode *inode_get(struct inode *inode);
void inode_put(struct inode *inode);
void inode_add_xattr(struct inode *inode, const char *name, const void *value, size_t len);

struct node {
	struct node *parent;	/* NULL: the root */
	struct inode *inode;
	void *children;		/* tsearch() tree by name */
	size_t nr_children;
	size_t path_len;	/* of the path from the root */
	char name[];
};

struct tree {
	struct node *root;
	size_t nr_nodes, max_nodes;
	uint64_t followed;	/* bytes of symbolic links' targets that were gone through in all walks */
};

#define TREE_FOLLOWED_MAX (256ULL << 20)

void tree_init(struct tree *tree);
void tree_clean(struct tree *tree);

/*
 * A path as archives have them, made canonical by its text alone: no leading or doubled '/', no '.', '..' clamped at
 * the root. @out has strlen(path) + 1 bytes. "" is the root.
 */
void path_clean(const char *path, char *out);

/*
 * Look a clean path up; symlinks in its directories are followed inside the root, the last component is not.
 * Return: 0 and the node, NULL if there is none; or -ELOOP, -ENAMETOOLONG with err_text().
 */
int tree_lookup(struct tree *tree, const char *path, struct node **node);

/*
 * The directory a clean path means, symlinks followed to the end. @stop (may be NULL) is asked before a symlink that is
 * spelt out in @path, as its first @len bytes, is followed: true ends the walk with nothing found.
 * Return: 0 and the directory, NULL if there is none; or -ELOOP, -ENAMETOOLONG with err_text().
 */
int tree_find_dir(struct tree *tree, const char *path, bool (*stop)(void *arg, const char *path, size_t len), void *arg,
		  struct node **dir);
/* An entry of a directory, or NULL. */
struct node *node_child(const struct node *dir, const char *name);

/*
 * Put @inode (a reference is taken over, also on failure) under a clean path. Missing directories on the way become
 * 0755 root:root; what is no directory there gives way to one. Directory over directory keeps the children and takes the new attributes; all
 * else replaces. Return: 0, or -errno with err_text().
 */
int tree_add(struct tree *tree, const char *path, struct inode *inode);

/* Remove a node that is not the root, and all below it. */
void tree_remove(struct tree *tree, struct node *node);
/* Remove what is in a directory. */
void tree_empty(struct tree *tree, struct node *node);

/* Children in byte order of their names; stops at the first result other than 0 and returns it. */
int tree_each(struct node *node, int (*fn)(void *arg, struct node *child), void *arg);
/* Append "a/b/c"; @out has node->path_len + 1 bytes. */
void node_path(const struct node *node, char *out);

#endif
