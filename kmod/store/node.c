// SPDX-License-Identifier: GPL-2.0-only
/* One node of the store. */
#include "node.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "wire.h"

static size_t node_size(size_t name_len)
{
	return sizeof(struct hypha_node) + name_len + 1;
}

static size_t children_size(u32 nr)
{
	return nr * sizeof(struct hypha_node *);
}

struct hypha_node *hypha_node_alloc(struct hypha_quota *quota, const char *name, size_t len)
{
	struct hypha_node *node;

	node = hypha_quota_alloc(quota, node_size(len));
	if (!node)
		return NULL;

	node->refs = 1;
	node->name_len = len;
	memcpy(node->name, name, len);
	return node;
}

static void free_one(struct hypha_quota *quota, struct hypha_node *node)
{
	hypha_quota_free(quota, node->children, children_size(node->max_children));
	hypha_quota_free(quota, node->value, node->value_len);
	hypha_quota_free(quota, node, node_size(node->name_len));
}

struct hypha_node *hypha_node_get(struct hypha_node *node)
{
	node->refs++;
	return node;
}

void hypha_node_put(struct hypha_quota *quota, struct hypha_node *node)
{
	struct hypha_node *dead = NULL, *child;
	u32 i;

	if (!node || --node->refs)
		return;

	node->next_dead = NULL;
	for (dead = node; dead; ) {
		node = dead;
		dead = node->next_dead;
		for (i = 0; i < node->nr_children; i++) {
			child = node->children[i];
			if (--child->refs)
				continue;
			child->next_dead = dead;
			dead = child;
		}
		free_one(quota, node);
	}
}

static int reserve_children(struct hypha_quota *quota, struct hypha_node *node, u32 nr)
{
	u32 max = max(node->max_children * 2, max(nr, 2u));
	struct hypha_node **children;

	if (nr <= node->max_children)
		return 0;

	children = hypha_quota_alloc(quota, children_size(max));
	if (!children)
		return -ENOMEM;

	if (node->nr_children)
		memcpy(children, node->children, children_size(node->nr_children));
	hypha_quota_free(quota, node->children, children_size(node->max_children));
	node->children = children;
	node->max_children = max;
	return 0;
}

struct hypha_node *hypha_node_clone(struct hypha_quota *quota, const struct hypha_node *node)
{
	struct hypha_node *copy;
	u32 i;

	copy = hypha_node_alloc(quota, node->name, node->name_len);
	if (!copy)
		return NULL;

	if (hypha_node_set_value(quota, copy, node->value, node->value_len) ||
	    (node->nr_children && reserve_children(quota, copy, node->nr_children))) {
		free_one(quota, copy);
		return NULL;
	}

	for (i = 0; i < node->nr_children; i++)
		copy->children[i] = hypha_node_get(node->children[i]);
	copy->nr_children = node->nr_children;
	copy->generation = node->generation;
	copy->nr_owned = node->nr_owned;
	copy->nr_perms = node->nr_perms;
	memcpy(copy->perms, node->perms, sizeof(copy->perms));
	return copy;
}

static int compare_name(const struct hypha_node *node, const char *name, size_t len)
{
	int diff = memcmp(node->name, name, min_t(size_t, node->name_len, len));

	return diff ?: (int)node->name_len - (int)len;
}

int hypha_node_find_child(const struct hypha_node *node, const char *name, size_t len)
{
	int low = 0, high = (int)node->nr_children - 1;

	while (low <= high) {
		int mid = low + (high - low) / 2;
		int diff = compare_name(node->children[mid], name, len);

		if (!diff)
			return mid;
		if (diff < 0)
			low = mid + 1;
		else
			high = mid - 1;
	}
	return -1 - low;
}

int hypha_node_add_child(struct hypha_quota *quota, struct hypha_node *node, unsigned int place, struct hypha_node *child)
{
	int err;

	err = reserve_children(quota, node, node->nr_children + 1);
	if (err)
		return err;

	memmove(node->children + place + 1, node->children + place, children_size(node->nr_children - place));
	node->children[place] = child;
	node->nr_children++;
	return 0;
}

struct hypha_node *hypha_node_del_child(struct hypha_node *node, unsigned int place)
{
	struct hypha_node *child = node->children[place];

	node->nr_children--;
	memmove(node->children + place, node->children + place + 1, children_size(node->nr_children - place));
	return child;
}

int hypha_node_set_value(struct hypha_quota *quota, struct hypha_node *node, const void *value, size_t len)
{
	void *copy = NULL;

	if (len) {
		copy = hypha_quota_alloc(quota, len);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, value, len);
	}
	hypha_quota_free(quota, node->value, node->value_len);
	node->value = copy;
	node->value_len = len;
	return 0;
}

unsigned int hypha_node_access(const struct hypha_node *node, domid_t domid)
{
	u8 i;

	if (domid == 0 || node->perms[0].domid == domid)
		return HYPHA_PERM_READ | HYPHA_PERM_WRITE | HYPHA_PERM_OWNER;

	for (i = 1; i < node->nr_perms; i++)
		if (node->perms[i].domid == domid)
			return node->perms[i].access;

	return node->perms[0].access;
}

static const char perm_letters[] = { 'n', 'r', 'w', 'b' };

int hypha_node_format_perm(const struct hypha_perm *perm, char out[8])
{
	return snprintf(out, 8, "%c%u", perm_letters[perm->access & 3], perm->domid);
}

int hypha_node_parse_perm(const char *s, struct hypha_perm *perm)
{
	u32 domid, i;

	for (i = 0; i < ARRAY_SIZE(perm_letters); i++)
		if (s[0] == perm_letters[i])
			break;
	if (i == ARRAY_SIZE(perm_letters) || hypha_wire_number(s + 1, U16_MAX, &domid))
		return -EINVAL;

	*perm = (struct hypha_perm){ .domid = domid, .access = i };
	return 0;
}
