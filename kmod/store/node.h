/* SPDX-License-Identifier: GPL-2.0-only */
/* One node of the store: value, permissions, sorted children. Nodes are counted and shared between versions of the tree. */
#ifndef HYPHA_STORE_NODE_H
#define HYPHA_STORE_NODE_H

#include <linux/types.h>
#include <xen/interface/xen.h>

#include "quota.h"

#define HYPHA_PERM_NONE		0
#define HYPHA_PERM_READ		1
#define HYPHA_PERM_WRITE	2
#define HYPHA_PERM_OWNER	4	/* in answers only */

/* The first entry of a node names its owner and what everybody else may do. */
struct hypha_perm {
	domid_t domid;
	u8 access;
};

/*
 * A node with more than one reference belongs to several trees and is not to be changed: tree.c clones it first.
 * The root's name is empty.
 */
struct hypha_node {
	union {
		u64 generation;			/* changes with value, permissions and the list of children */
		struct hypha_node *next_dead;	/* while it is being freed */
	};
	struct hypha_node **children;	/* sorted by name, counted */
	void *value;
	u32 refs;
	u32 nr_children, max_children;
	u32 nr_owned;			/* nodes the guest owns, here and below */
	u16 value_len, name_len;
	u8 nr_perms;
	struct hypha_perm perms[HYPHA_QUOTA_PERMS];
	char name[];
};

/* A node without children and value, with one reference. NULL if there is no memory left for it. */
struct hypha_node *hypha_node_alloc(struct hypha_quota *quota, const char *name, size_t len);
/* A copy with one reference, sharing the children. NULL likewise. */
struct hypha_node *hypha_node_clone(struct hypha_quota *quota, const struct hypha_node *node);
struct hypha_node *hypha_node_get(struct hypha_node *node);
/* The last reference takes what is below along; no recursion, whatever the depth. NULL is fine. */
void hypha_node_put(struct hypha_quota *quota, struct hypha_node *node);

/* The child's place in @node->children, or -1 minus the place it would have. */
int hypha_node_find_child(const struct hypha_node *node, const char *name, size_t len);
/* Insert at the place found; takes over the caller's reference. 0 or -ENOMEM. */
int hypha_node_add_child(struct hypha_quota *quota, struct hypha_node *node, unsigned int place, struct hypha_node *child);
/* Take out a child and return the reference. */
struct hypha_node *hypha_node_del_child(struct hypha_node *node, unsigned int place);
/* 0 or -ENOMEM, then nothing has changed. */
int hypha_node_set_value(struct hypha_quota *quota, struct hypha_node *node, const void *value, size_t len);

/* What @domid may do with the node: HYPHA_PERM_* bits. Domain 0 may do everything. */
unsigned int hypha_node_access(const struct hypha_node *node, domid_t domid);

/* "n0": 7 bytes with the NUL suffice. Return: the length without it. */
int hypha_node_format_perm(const struct hypha_perm *perm, char out[8]);
/* -EINVAL. */
int hypha_node_parse_perm(const char *s, struct hypha_perm *perm);

#endif
