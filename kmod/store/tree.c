// SPDX-License-Identifier: GPL-2.0-only
/* The store's tree: nodes by path, copied on write, with permissions checked as xenstored does (tools/xenstored/core.c). */
#include "tree.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

/* A walk down a path, one name at a time. */
struct step {
	const char *name;
	size_t len;
};

static bool next_step(struct step *step)
{
	step->name += step->len;
	if (*step->name == '/')
		step->name++;
	step->len = strchrnul(step->name, '/') - step->name;
	return step->len > 0;
}

#define first_step(path) ((struct step){ .name = (path), .len = 0 })

int hypha_tree_init(struct hypha_tree *tree, struct hypha_quota *quota, u64 *generation, domid_t guest)
{
	*tree = (struct hypha_tree){ .quota = quota, .generation = generation, .guest = guest };
	tree->root = hypha_node_alloc(quota, "", 0);
	if (!tree->root)
		return -ENOMEM;

	tree->root->generation = ++*generation;
	tree->root->nr_perms = 1;
	tree->root->perms[0] = (struct hypha_perm){ .domid = 0, .access = HYPHA_PERM_READ };
	return 0;
}

void hypha_tree_snapshot(struct hypha_tree *copy, const struct hypha_tree *tree)
{
	*copy = *tree;
	hypha_node_get(copy->root);
}

void hypha_tree_clean(struct hypha_tree *tree)
{
	hypha_node_put(tree->quota, tree->root);
	tree->root = NULL;
}

/* The deepest existing node on the way to @path; @rest: the steps that are missing, NULL if none. */
static struct hypha_node *nearest(const struct hypha_tree *tree, const char *path, const char **rest)
{
	struct hypha_node *node = tree->root;
	struct step step = first_step(path);
	int place;

	while (next_step(&step)) {
		place = hypha_node_find_child(node, step.name, step.len);
		if (place < 0) {
			*rest = step.name;
			return node;
		}
		node = node->children[place];
	}
	*rest = NULL;
	return node;
}

const struct hypha_node *hypha_tree_peek(const struct hypha_tree *tree, const char *path)
{
	const char *rest;
	const struct hypha_node *node = nearest(tree, path, &rest);

	return rest ? NULL : node;
}

u64 hypha_tree_generation(const struct hypha_tree *tree, const char *path)
{
	const struct hypha_node *node = hypha_tree_peek(tree, path);

	return node ? node->generation : 0;
}

/* The node's parent; NULL if it does not exist. The root is its own. */
static const struct hypha_node *peek_parent(const struct hypha_tree *tree, const char *path)
{
	const struct hypha_node *node = tree->root;
	const char *last = strrchr(path, '/') + 1;
	struct step step = first_step(path);
	int place;

	while (next_step(&step) && step.name != last) {
		place = hypha_node_find_child(node, step.name, step.len);
		if (place < 0)
			return NULL;
		node = node->children[place];
	}
	return node;
}

bool hypha_tree_may_notice(const struct hypha_tree *tree, domid_t who, const char *path)
{
	const struct hypha_node *node = hypha_tree_peek(tree, path);

	if (node && (hypha_node_access(node, who) & HYPHA_PERM_READ))
		return true;
	node = peek_parent(tree, path);
	return node && (hypha_node_access(node, who) & HYPHA_PERM_READ);
}

const struct hypha_node *hypha_tree_find(const struct hypha_tree *tree, domid_t who, const char *path, unsigned int need)
{
	const char *rest;
	const struct hypha_node *node = nearest(tree, path, &rest);

	if (!rest)
		return (hypha_node_access(node, who) & need) == need ? node : ERR_PTR(-EACCES);

	/* Only who has that access above may know that it is missing. */
	return ERR_PTR(hypha_node_access(node, who) & need ? -ENOENT : -EACCES);
}

/*
 * Make every node on the way to @path, or down to before the step @stop, ours alone; return the last one and in @rest what is
 * missing. NULL: no memory, the tree reads as before.
 */
static struct hypha_node *own_path(struct hypha_tree *tree, const char *path, const char *stop, const char **rest)
{
	struct hypha_node **slot = &tree->root, *copy;
	struct step step = first_step(path);
	int place;

	for (;;) {
		if ((*slot)->refs > 1) {
			copy = hypha_node_clone(tree->quota, *slot);
			if (!copy)
				return NULL;
			hypha_node_put(tree->quota, *slot);
			*slot = copy;
		}
		*rest = NULL;
		if (!next_step(&step) || step.name == stop)
			return *slot;

		place = hypha_node_find_child(*slot, step.name, step.len);
		if (place < 0) {
			*rest = step.name;
			return *slot;
		}
		slot = &(*slot)->children[place];
	}
}

/* Count @delta nodes of the guest's on the way to @path, down to where it ends or @stop begins. */
static void count_owned(struct hypha_tree *tree, const char *path, const char *stop, int delta)
{
	struct hypha_node *node = tree->root;
	struct step step = first_step(path);
	int place;

	node->nr_owned += delta;
	while (delta && next_step(&step) && step.name != stop) {
		place = hypha_node_find_child(node, step.name, step.len);
		if (place < 0)
			return;
		node = node->children[place];
		node->nr_owned += delta;
	}
}

static unsigned int count_steps(const char *rest)
{
	struct step step = first_step(rest);
	unsigned int nr = 0;

	while (next_step(&step))
		nr++;
	return nr;
}

/* New nodes for all of @rest below each other, with the permissions of @parent; @leaf: the last one. */
static struct hypha_node *build_chain(struct hypha_tree *tree, domid_t who, const struct hypha_node *parent,
				      const char *rest, struct hypha_node **leaf)
{
	struct hypha_node *top = NULL, *last = NULL, *node;
	struct step step = first_step(rest);

	while (next_step(&step)) {
		node = hypha_node_alloc(tree->quota, step.name, step.len);
		if (!node || (last && hypha_node_add_child(tree->quota, last, 0, node))) {
			hypha_node_put(tree->quota, node);
			hypha_node_put(tree->quota, top);
			return NULL;
		}
		node->nr_perms = parent->nr_perms;
		memcpy(node->perms, parent->perms, sizeof(node->perms));
		if (who)
			node->perms[0].domid = who;
		node->generation = ++*tree->generation;
		top = top ?: node;
		last = node;
	}
	*leaf = last;
	return top;
}

/* nr_owned of a fresh chain, deepest first in value: the top counts all. */
static void count_chain(struct hypha_node *top, unsigned int nr)
{
	for (; nr; nr--, top = top->nr_children ? top->children[0] : NULL)
		top->nr_owned = nr;
}

/* Make what is missing of @path, hung in as the last step, so that a failure leaves nothing. */
static int create(struct hypha_tree *tree, domid_t who, const char *path, const void *value, size_t len)
{
	struct hypha_node *parent, *top, *leaf;
	unsigned int nr, owned;
	const char *rest;
	int err = -ENOMEM;

	parent = own_path(tree, path, NULL, &rest);
	if (!parent)
		return -ENOMEM;

	nr = count_steps(rest);
	if (who && tree->root->nr_owned + nr > HYPHA_QUOTA_NODES)
		return -ENOSPC;

	top = build_chain(tree, who, parent, rest, &leaf);
	if (!top)
		return -ENOMEM;

	owned = top->perms[0].domid == tree->guest ? nr : 0;
	count_chain(top, owned);
	if (!hypha_node_set_value(tree->quota, leaf, value, len))
		err = hypha_node_add_child(tree->quota, parent,
					   -1 - hypha_node_find_child(parent, top->name, top->name_len), top);
	if (err) {
		hypha_node_put(tree->quota, top);
		return err;
	}
	parent->generation = ++*tree->generation;
	count_owned(tree, path, rest, owned);
	return 0;
}

int hypha_tree_write(struct hypha_tree *tree, domid_t who, const char *path, const void *value, size_t len)
{
	const struct hypha_node *found = hypha_tree_find(tree, who, path, HYPHA_PERM_WRITE);
	struct hypha_node *node;
	const char *rest;
	int err;

	if (IS_ERR(found) && PTR_ERR(found) != -ENOENT)
		return PTR_ERR(found);
	if (len > (who ? HYPHA_QUOTA_VALUE : U16_MAX))
		return -ENOSPC;
	if (IS_ERR(found))
		return create(tree, who, path, value, len);

	node = own_path(tree, path, NULL, &rest);
	if (!node)
		return -ENOMEM;
	err = hypha_node_set_value(tree->quota, node, value, len);
	if (!err)
		node->generation = ++*tree->generation;
	return err;
}

int hypha_tree_mkdir(struct hypha_tree *tree, domid_t who, const char *path, bool *created)
{
	const struct hypha_node *found = hypha_tree_find(tree, who, path, HYPHA_PERM_WRITE);

	if (created)
		*created = IS_ERR(found);
	if (!IS_ERR(found))
		return 0;
	if (PTR_ERR(found) != -ENOENT)
		return PTR_ERR(found);

	return create(tree, who, path, NULL, 0);
}

static int rm_missing(const struct hypha_tree *tree, domid_t who, const char *path, int err)
{
	const struct hypha_node *parent;

	if (err != -ENOENT)
		return err;
	parent = peek_parent(tree, path);
	return parent && (hypha_node_access(parent, who) & HYPHA_PERM_READ) ? 0 : -ENOENT;
}

int hypha_tree_rm(struct hypha_tree *tree, domid_t who, const char *path)
{
	const struct hypha_node *found = hypha_tree_find(tree, who, path, HYPHA_PERM_WRITE);
	const char *last = strrchr(path, '/') + 1, *rest;
	struct hypha_node *parent, *node;

	if (IS_ERR(found))
		return rm_missing(tree, who, path, PTR_ERR(found));
	if (!*last)
		return -EINVAL;

	parent = own_path(tree, path, last, &rest);
	if (!parent)
		return -ENOMEM;

	node = hypha_node_del_child(parent, hypha_node_find_child(parent, last, strlen(last)));
	parent->generation = ++*tree->generation;
	count_owned(tree, path, last, -(int)node->nr_owned);
	hypha_node_put(tree->quota, node);
	return 0;
}

int hypha_tree_set_perms(struct hypha_tree *tree, domid_t who, const char *path, const struct hypha_perm *perms, size_t nr)
{
	const struct hypha_node *found = hypha_tree_find(tree, who, path, HYPHA_PERM_WRITE | HYPHA_PERM_OWNER);
	struct hypha_node *node;
	const char *rest;

	if (IS_ERR(found))
		return PTR_ERR(found);
	if (nr > HYPHA_QUOTA_PERMS)
		return -ENOSPC;
	if (who && perms[0].domid != found->perms[0].domid)
		return -EPERM;

	node = own_path(tree, path, NULL, &rest);
	if (!node)
		return -ENOMEM;

	count_owned(tree, path, NULL, (perms[0].domid == tree->guest) - (node->perms[0].domid == tree->guest));
	memcpy(node->perms, perms, nr * sizeof(*perms));
	node->nr_perms = nr;
	node->generation = ++*tree->generation;
	return 0;
}
