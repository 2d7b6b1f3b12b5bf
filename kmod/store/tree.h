/* SPDX-License-Identifier: GPL-2.0-only */
/* A version of the store's tree: what may be asked of it and done to it, by whom. */
#ifndef HYPHA_STORE_TREE_H
#define HYPHA_STORE_TREE_H

#include "node.h"

/*
 * Versions share nodes: a snapshot costs nothing, a change copies the path to it. All paths are canonical and absolute.
 * @who below: the acting domain; 0 is the host, bound neither by permissions nor by quotas.
 */
struct hypha_tree {
	struct hypha_node *root;
	struct hypha_quota *quota;
	u64 *generation;		/* of the store: the last one given to a node */
	domid_t guest;
};

/* A root that everybody may read. 0 or -ENOMEM. */
int hypha_tree_init(struct hypha_tree *tree, struct hypha_quota *quota, u64 *generation, domid_t guest);
void hypha_tree_snapshot(struct hypha_tree *copy, const struct hypha_tree *tree);
void hypha_tree_clean(struct hypha_tree *tree);

/* The node, or NULL. Valid until the tree changes. */
const struct hypha_node *hypha_tree_peek(const struct hypha_tree *tree, const char *path);
/* Its generation; 0: there is none. */
u64 hypha_tree_generation(const struct hypha_tree *tree, const char *path);
/* May @who learn that something happened to @path: is it, or else its parent, readable? */
bool hypha_tree_may_notice(const struct hypha_tree *tree, domid_t who, const char *path);

/* The node, if @who has the access @need (HYPHA_PERM_*). ERR_PTR: -ENOENT, -EACCES (also if @who may not even know). */
const struct hypha_node *hypha_tree_find(const struct hypha_tree *tree, domid_t who, const char *path, unsigned int need);

/* Set a value, creating the node and its parents; new nodes of a guest belong to it. -EACCES, -ENOSPC, -ENOMEM. */
int hypha_tree_write(struct hypha_tree *tree, domid_t who, const char *path, const void *value, size_t len);
/* Create if missing. @created may be NULL. Errors as above. */
int hypha_tree_mkdir(struct hypha_tree *tree, domid_t who, const char *path, bool *created);
/* Remove with all below. Missing is fine if the parent exists. -EINVAL (the root), -ENOENT (no parent), -EACCES, -ENOMEM. */
int hypha_tree_rm(struct hypha_tree *tree, domid_t who, const char *path);
/* @who must own the node; only the host may change the owner. -EACCES, -ENOENT, -EPERM, -ENOSPC (too many), -ENOMEM. */
int hypha_tree_set_perms(struct hypha_tree *tree, domid_t who, const char *path, const struct hypha_perm *perms, size_t nr);

#endif
