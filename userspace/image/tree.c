// SPDX-License-Identifier: GPL-2.0-or-later
/* A root file system in memory. Lookups are balanced trees, so no choice of names makes them slow. */
#include "image/tree.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct node *node_new(struct node *parent, const char *name, size_t len, struct inode *inode)
{
	struct node *node = mem_alloc(sizeof(*node) + len + 1);

	node->parent = parent;
	node->inode = inode;
	memcpy(node->name, name, len);
	if (parent)
		node->path_len = parent->path_len + !!parent->path_len + len;
	return node;
}

static bool is_dir(const struct node *node)
{
	return S_ISDIR(node->inode->mode);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->name, ((const struct node *)b)->name);
}

static struct node *find_child(const struct node *dir, const char *name, size_t len)
{
	union {
		struct node node;
		char room[sizeof(struct node) + TREE_NAME_MAX + 1];
	} key;
	void *found;

	if (len > TREE_NAME_MAX)
		return NULL;
	memcpy(key.node.name, name, len);
	key.node.name[len] = '\0';
	found = tfind(&key.node, &dir->children, compare);
	return found ? *(struct node **)found : NULL;
}

void tree_init(struct tree *tree)
{
	tree->root = node_new(NULL, "", 0, inode_new(S_IFDIR | 0755));
	tree->nr_nodes = 0;
	tree->max_nodes = TREE_NODES_MAX;
}

static void unlink_node(struct tree *tree, struct node *node)
{
	tdelete(node, &node->parent->children, compare);
	node->parent->nr_children--;
	tree->nr_nodes--;
	inode_put(node->inode);
	free(node);
}

void tree_empty(struct tree *tree, struct node *top)
{
	struct node *node = top, *child;

	for (;;) {
		if (node->children) {
			node = *(struct node **)node->children;		/* any child: down to a leaf */
			continue;
		}
		if (node == top)
			return;
		child = node;
		node = node->parent;
		unlink_node(tree, child);
	}
}

void tree_remove(struct tree *tree, struct node *node)
{
	tree_empty(tree, node);
	unlink_node(tree, node);
}

void tree_clean(struct tree *tree)
{
	if (!tree->root)
		return;
	tree_empty(tree, tree->root);
	inode_put(tree->root->inode);
	free(tree->root);
	tree->root = NULL;
}

struct each {
	int (*fn)(void *arg, struct node *child);
	void *arg;
	int ret;
};

static void visit(const void *entry, VISIT which, void *closure)
{
	struct each *each = closure;

	if (!each->ret && (which == postorder || which == leaf))	/* glibc's "postorder" is in order */
		each->ret = each->fn(each->arg, *(struct node *const *)entry);
}

int tree_each(struct node *node, int (*fn)(void *arg, struct node *child), void *arg)
{
	struct each each = { .fn = fn, .arg = arg };

	twalk_r(node->children, visit, &each);
	return each.ret;
}

void node_path(const struct node *node, char *out)
{
	out += node->path_len;
	*out = '\0';
	for (; node->parent; node = node->parent) {
		size_t len = strlen(node->name);

		out -= len;
		memcpy(out, node->name, len);
		if (node->parent->path_len)
			*--out = '/';
	}
}

void path_clean(const char *path, char *out)
{
	char *end = out;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && !memcmp(path, "..", 2)) {
			while (end > out && *--end != '/')
				;
		} else if (len && !(len == 1 && *path == '.')) {
			if (end > out)
				*end++ = '/';
			memmove(end, path, len);
			end += len;
		}
		path += len;
		path += *path == '/';
	}
	*end = '\0';
}

/* A walk from the root: where it is, and the text that is left, to which symlinks add. */
struct walk {
	struct tree *tree;
	struct node *at;
	char *rest;		/* owned */
	const char *next;	/* in it */
	unsigned int links;
};

static int walk_start(struct walk *w, struct tree *tree, const char *path)
{
	if (strlen(path) > TREE_PATH_MAX)
		return err_set(-ENAMETOOLONG, "path longer than %d bytes: %.80s…", TREE_PATH_MAX, path);
	*w = (struct walk){ .tree = tree, .at = tree->root, .rest = mem_strdup(path) };
	w->next = w->rest;
	return 0;
}

/* The next component's length; 0 at the end. */
static size_t walk_peek(struct walk *w)
{
	w->next += strspn(w->next, "/");
	return strcspn(w->next, "/");
}

/* Nothing but slashes after the next component? */
static bool walk_is_last(const struct walk *w, size_t len)
{
	return !w->next[len + strspn(w->next + len, "/")];
}

/* Put a symlink's target in front of what is left. */
static int walk_link(struct walk *w, const struct node *link, size_t len)
{
	char *rest;

	if (++w->links > TREE_LINKS_MAX)
		return err_set(-ELOOP, "more than %d symbolic links in one path, at %s", TREE_LINKS_MAX, link->name);
	w->tree->followed += strlen(link->inode->target);
	if (w->tree->followed > TREE_FOLLOWED_MAX)
		return err_set(-ELOOP, "symbolic links of more than %llu MiB to be followed in all, the limit", TREE_FOLLOWED_MAX >> 20);
	rest = mem_printf("%s/%s", link->inode->target, w->next + len);
	free(w->rest);
	w->rest = rest;
	w->next = rest;
	if (strlen(rest) > 2UL * TREE_PATH_MAX)
		return err_set(-ENAMETOOLONG, "path longer than %d bytes through symbolic link %s", TREE_PATH_MAX, link->name);
	if (*rest == '/')
		w->at = w->tree->root;
	return 0;
}

/* "." and ".." come from symlinks only. */
static bool walk_dots(struct walk *w, size_t len)
{
	if (len == 1 && *w->next == '.') {
		w->next += 1;
		return true;
	}
	if (len != 2 || memcmp(w->next, "..", 2))
		return false;
	if (w->at->parent)
		w->at = w->at->parent;
	w->next += 2;
	return true;
}

int tree_lookup(struct tree *tree, const char *path, struct node **node)
{
	struct walk w;
	size_t len;
	int err = walk_start(&w, tree, path);

	*node = NULL;
	if (err)
		return err;
	while (!err && (len = walk_peek(&w))) {
		struct node *child;

		if (walk_dots(&w, len))
			continue;
		child = find_child(w.at, w.next, len);
		if (!child)
			goto out;
		if (S_ISLNK(child->inode->mode) && !walk_is_last(&w, len)) {
			err = walk_link(&w, child, len);
			continue;
		}
		w.at = child;
		w.next += len;
	}
	if (!err)
		*node = w.at;
out:
	free(w.rest);
	return err;
}

struct node *node_child(const struct node *dir, const char *name)
{
	return find_child(dir, name, strlen(name));
}

/* Is the next component, @len bytes, one of the @path_len bytes the walk started with? If so, how long is @path up to it? */
static size_t spelt_out(const struct walk *w, size_t len, size_t path_len, size_t tail)
{
	size_t left = strlen(w->next);

	return left <= tail ? path_len - left + len : 0;
}

int tree_find_dir(struct tree *tree, const char *path, bool (*stop)(void *arg, const char *path, size_t len), void *arg,
		  struct node **dir)
{
	size_t len, path_len = strlen(path), tail = path_len;	/* tail: what is left of @path at most */
	struct walk w;
	int err = walk_start(&w, tree, path);

	*dir = NULL;
	if (err)
		return err;
	while (!err && (len = walk_peek(&w))) {
		struct node *child;
		size_t prefix;

		if (walk_dots(&w, len))
			continue;
		child = find_child(w.at, w.next, len);
		if (!child)
			goto out;
		if (S_ISLNK(child->inode->mode)) {
			prefix = spelt_out(&w, len, path_len, tail);
			if (prefix && stop && stop(arg, path, prefix))
				goto out;
			if (prefix)
				tail = path_len - prefix;
			err = walk_link(&w, child, len);
			continue;
		}
		w.at = child;
		w.next += len;
	}
	if (!err && is_dir(w.at))
		*dir = w.at;
out:
	free(w.rest);
	return err;
}

static int insert(struct tree *tree, struct node *dir, const char *name, size_t len, struct inode *inode)
{
	struct node *node;

	if (len > TREE_NAME_MAX)
		return err_set(-ENAMETOOLONG, "name longer than %d bytes: %.80s…", TREE_NAME_MAX, name);
	if (dir->path_len + 1 + len > TREE_PATH_MAX)
		return err_set(-ENAMETOOLONG, "path longer than %d bytes, ending in %.80s", TREE_PATH_MAX, name);
	if (tree->nr_nodes >= tree->max_nodes)
		return err_set(-E2BIG, "more than %zu files and directories, the limit (entries)", tree->max_nodes);
	node = node_new(dir, name, len, inode_get(inode));
	if (!tsearch(node, &dir->children, compare))
		abort();
	dir->nr_children++;
	tree->nr_nodes++;
	return 0;
}

/* The next component is a directory on the way: step into it, making it if it must be. */
static int step_into(struct walk *w, size_t len)
{
	struct node *child = find_child(w->at, w->next, len);
	struct inode *made;
	int err = 0;

	if (child && S_ISLNK(child->inode->mode))
		return walk_link(w, child, len);
	if (child && !is_dir(child)) {
		tree_remove(w->tree, child);
		child = NULL;
	}
	if (!child) {
		made = inode_new(S_IFDIR | 0755);
		err = insert(w->tree, w->at, w->next, len, made);
		inode_put(made);
		if (err)
			return err;
		child = find_child(w->at, w->next, len);
	}
	w->at = child;
	w->next += len;
	return 0;
}

static void replace_inode(struct node *node, struct inode *inode)
{
	inode_get(inode);
	inode_put(node->inode);
	node->inode = inode;
}

static int put(struct tree *tree, struct node *dir, const char *name, size_t len, struct inode *inode)
{
	struct node *old = find_child(dir, name, len);

	if (old && is_dir(old) && S_ISDIR(inode->mode)) {
		replace_inode(old, inode);
		return 0;
	}
	if (old && old->inode == inode)
		return 0;
	if (old)
		tree_remove(tree, old);
	return insert(tree, dir, name, len, inode);
}

static int put_root(struct tree *tree, struct inode *inode)
{
	if (!S_ISDIR(inode->mode))
		return err_set(-EINVAL, "the root directory cannot become anything else");
	replace_inode(tree->root, inode);
	return 0;
}

static int add(struct tree *tree, const char *path, struct inode *inode)
{
	struct walk w;
	size_t len;
	int err = walk_start(&w, tree, path);

	if (err)
		return err;
	for (;;) {
		len = walk_peek(&w);
		if (!len) {
			err = put_root(tree, inode);
			break;
		}
		if (walk_dots(&w, len))
			continue;
		if (walk_is_last(&w, len)) {
			err = put(tree, w.at, w.next, len, inode);
			break;
		}
		err = step_into(&w, len);
		if (err)
			break;
	}
	free(w.rest);
	return err;
}

int tree_add(struct tree *tree, const char *path, struct inode *inode)
{
	int err = add(tree, path, inode);

	inode_put(inode);
	return err;
}
