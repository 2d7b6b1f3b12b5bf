// SPDX-License-Identifier: GPL-2.0-or-later
/* Layers as lists of changes, and what they do to a tree (image-spec layer.md "Applying Changesets"). */
#include "image/layer.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MARK ".wh."
#define MARK_LEN 4UL

static struct layer_entry *append(struct layer *layer, enum layer_kind kind, const char *path)
{
	size_t n = layer->nr;

	if (!(n & (n - 1)))
		layer->list = mem_realloc(layer->list, (n ? 2 * n : 1) * sizeof(*layer->list));
	layer->nr++;
	layer->list[n] = (struct layer_entry){ .kind = kind, .path = mem_strdup(path) };
	return &layer->list[n];
}

/* aufs' own bookkeeping: anything with a component ".wh..wh.…", except the opaque marker as the last one. */
static bool is_bookkeeping(const char *path)
{
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, MARK MARK, 2 * MARK_LEN) && strcmp(p, MARK MARK ".opq"))
			return true;
	}
	return false;
}

/* @base: the last component, in the clean path @path. */
static int add_marker(struct layer *layer, char *path, char *base)
{
	const char *name = base + MARK_LEN;
	bool opaque = !strcmp(name, MARK ".opq");

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return err_set(-EBADMSG, "whiteout of nothing");
	if (opaque)
		base[base > path ? -1 : 0] = '\0';
	else
		memmove(base, name, strlen(name) + 1);
	append(layer, opaque ? LAYER_OPAQUE : LAYER_WHITEOUT, path);
	return 0;
}

static int add_entry(struct layer *layer, char *path, const char *target, struct inode *inode)
{
	char *base = strrchr(path, '/');
	struct layer_entry *entry;

	base = base ? base + 1 : path;
	if (is_bookkeeping(path))
		return 0;
	if (!strncmp(base, MARK, MARK_LEN))
		return add_marker(layer, path, base);
	if (!strncmp(path, MARK, MARK_LEN) || strstr(path, "/" MARK))
		return err_set(-EBADMSG, "a whiteout's name as a directory");
	if (strlen(path) > TREE_PATH_MAX)
		return err_set(-ENAMETOOLONG, "path longer than %d bytes", TREE_PATH_MAX);
	entry = append(layer, target ? LAYER_LINK : LAYER_ADD, path);
	if (target) {
		entry->target = mem_alloc(strlen(target) + 1);
		path_clean(target, entry->target);
	} else {
		entry->inode = inode_get(inode);
	}
	return 0;
}

int layer_add(struct layer *layer, const char *path, const char *target, struct inode *inode)
{
	auto_free char *clean = mem_alloc(strlen(path) + 1);
	int err;

	path_clean(path, clean);
	err = add_entry(layer, clean, target, inode);
	inode_put(inode);
	return err;
}

void layer_clean(struct layer *layer)
{
	for (size_t i = 0; i < layer->nr; i++) {
		free(layer->list[i].path);
		free(layer->list[i].target);
		inode_put(layer->list[i].inode);
	}
	free(layer->list);
	free(layer->fragments);
	*layer = (struct layer){ 0 };
}

/* The layer's own directories, sorted by path; made when first asked for. */
struct own_dirs {
	const struct layer *layer;
	const char **list;
	size_t nr;
	bool made;
};

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void make_own_dirs(struct own_dirs *own)
{
	const struct layer *layer = own->layer;

	own->made = true;
	own->list = mem_alloc((layer->nr + 1) * sizeof(*own->list));
	for (size_t i = 0; i < layer->nr; i++)
		if (layer->list[i].kind == LAYER_ADD && S_ISDIR(layer->list[i].inode->mode))
			own->list[own->nr++] = layer->list[i].path;
	qsort(own->list, own->nr, sizeof(*own->list), compare_text);
}

/*
 * Where this layer replaces a symlink by a directory, markers inside mean that new directory, below which there is
 * nothing to hide: they must not act on what the old symlink pointed to.
 */
static bool is_own_dir(void *arg, const char *path, size_t len)
{
	struct own_dirs *own = arg;
	auto_free char *prefix = mem_strndup(path, len);

	if (!own->made)
		make_own_dirs(own);
	return bsearch(&prefix, own->list, own->nr, sizeof(*own->list), compare_text);
}

static int whiteout(struct tree *tree, char *path, struct own_dirs *own)
{
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct node *dir, *node;
	int err;

	if (slash)
		*slash = '\0';
	err = tree_find_dir(tree, slash ? path : "", is_own_dir, own, &dir);
	node = !err && dir ? node_child(dir, name) : NULL;
	if (node)
		tree_remove(tree, node);
	return err;
}

static int opaque(struct tree *tree, const char *path, struct own_dirs *own)
{
	struct node *dir;
	int err = tree_find_dir(tree, path, is_own_dir, own, &dir);

	if (!err && dir)
		tree_empty(tree, dir);
	return err;
}

static int merge_marker(struct tree *tree, const struct layer_entry *entry, struct own_dirs *own)
{
	auto_free char *path = mem_strdup(entry->path);

	switch (entry->kind) {
	case LAYER_WHITEOUT:
		return whiteout(tree, path, own);
	case LAYER_OPAQUE:
		return opaque(tree, path, own);
	default:
		return 0;
	}
}

static int add_link(struct tree *tree, const struct layer_entry *entry)
{
	struct node *target;
	int err = tree_lookup(tree, entry->target, &target);

	if (err)
		return err_in(err, "hard link to %s", entry->target);
	if (!target)
		return err_set(-EBADMSG, "hard link to %s, which is not there", entry->target);
	if (S_ISDIR(target->inode->mode))
		return err_set(-EBADMSG, "hard link to %s, which is a directory", entry->target);
	return tree_add(tree, entry->path, inode_get(target->inode));
}

static int merge_entry(struct tree *tree, const struct layer_entry *entry)
{
	switch (entry->kind) {
	case LAYER_ADD:
		return tree_add(tree, entry->path, inode_get(entry->inode));
	case LAYER_LINK:
		return add_link(tree, entry);
	default:
		return 0;
	}
}

int layer_merge(const struct layer *layer, struct tree *tree)
{
	struct own_dirs own = { .layer = layer };
	const struct layer_entry *entry = layer->list, *end = entry + layer->nr;
	int err = 0;

	for (; !err && entry < end; entry++)
		err = merge_marker(tree, entry, &own);
	for (entry = err ? entry : layer->list; !err && entry < end; entry++)
		err = merge_entry(tree, entry);
	free(own.list);
	return err ? err_in(err, "/%s", entry[-1].path) : 0;
}
