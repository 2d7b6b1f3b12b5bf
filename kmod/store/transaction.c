// SPDX-License-Identifier: GPL-2.0-only
/* Transactions by snapshot, log and replay. */
#include "transaction.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

struct entry {
	struct list_head link;
	struct hypha_op op;	/* its pointers are into @data */
	size_t size;
	char data[] __aligned(8);	/* the operation's data, then its path */
};

void hypha_transaction_init(struct hypha_transactions *all)
{
	*all = (struct hypha_transactions){ };
	INIT_LIST_HEAD(&all->list);
}

void hypha_transaction_clean(struct hypha_transactions *all)
{
	struct hypha_transaction *t, *next;

	list_for_each_entry_safe(t, next, &all->list, link)
		hypha_transaction_abort(all, t);
}

struct hypha_transaction *hypha_transaction_find(const struct hypha_transactions *all, u32 id)
{
	struct hypha_transaction *t;

	list_for_each_entry(t, &all->list, link)
		if (t->id == id)
			return t;

	return NULL;
}

struct hypha_transaction *hypha_transaction_start(struct hypha_transactions *all, const struct hypha_tree *live)
{
	struct hypha_transaction *t;

	if (all->nr >= HYPHA_QUOTA_TRANSACTIONS)
		return ERR_PTR(-ENOSPC);

	t = hypha_quota_alloc(live->quota, sizeof(*t));
	if (!t)
		return ERR_PTR(-ENOMEM);

	do {
		t->id = ++all->last_id;
	} while (!t->id || hypha_transaction_find(all, t->id));
	INIT_LIST_HEAD(&t->log);
	hypha_tree_snapshot(&t->base, live);
	hypha_tree_snapshot(&t->tree, live);
	list_add_tail(&t->link, &all->list);
	all->nr++;
	return t;
}

static void drop_entry(struct hypha_transaction *t, struct entry *e)
{
	list_del(&e->link);
	t->nr--;
	hypha_quota_free(t->base.quota, e, sizeof(*e) + e->size);
}

void hypha_transaction_abort(struct hypha_transactions *all, struct hypha_transaction *t)
{
	struct hypha_quota *quota = t->base.quota;
	struct entry *e, *next;

	list_for_each_entry_safe(e, next, &t->log, link)
		drop_entry(t, e);
	hypha_tree_clean(&t->tree);
	hypha_tree_clean(&t->base);
	list_del(&t->link);
	all->nr--;
	hypha_quota_free(quota, t, sizeof(*t));
}

int hypha_op_apply(struct hypha_tree *tree, const struct hypha_op *op)
{
	switch (op->kind) {
	case HYPHA_OP_READ:
		return 0;
	case HYPHA_OP_WRITE:
		return hypha_tree_write(tree, tree->guest, op->path, op->data, op->len);
	case HYPHA_OP_MKDIR:
		return hypha_tree_mkdir(tree, tree->guest, op->path, NULL);
	case HYPHA_OP_RM:
		return hypha_tree_rm(tree, tree->guest, op->path);
	case HYPHA_OP_SET_PERMS:
		return hypha_tree_set_perms(tree, tree->guest, op->path, op->data, op->len / sizeof(struct hypha_perm));
	}
	return -EINVAL;
}

static bool has_entry(const struct hypha_transaction *t, const char *path)
{
	const struct entry *e;

	list_for_each_entry(e, &t->log, link)
		if (!strcmp(e->op.path, path))
			return true;

	return false;
}

static struct entry *add_entry(struct hypha_transaction *t, const struct hypha_op *op)
{
	size_t path_size = strlen(op->path) + 1, size = op->len + path_size;
	struct entry *e;

	if (t->nr >= HYPHA_QUOTA_TRANSACTION_PATHS)
		return ERR_PTR(-ENOSPC);

	e = hypha_quota_alloc(t->base.quota, sizeof(*e) + size);
	if (!e)
		return ERR_PTR(-ENOMEM);

	if (op->len)
		memcpy(e->data, op->data, op->len);
	memcpy(e->data + op->len, op->path, path_size);
	e->op = (struct hypha_op){ .kind = op->kind, .path = e->data + op->len, .data = e->data, .len = op->len };
	e->size = size;
	list_add_tail(&e->link, &t->log);
	t->nr++;
	return e;
}

/* Also an operation that fails has looked at its path: the answer must still be true at commit. */
int hypha_transaction_do(struct hypha_transaction *t, const struct hypha_op *op)
{
	struct entry *e;
	int err;

	if (op->kind == HYPHA_OP_READ && has_entry(t, op->path))
		return 0;

	e = add_entry(t, op);
	if (IS_ERR(e))
		return PTR_ERR(e);

	err = hypha_op_apply(&t->tree, op);
	if (err)
		e->op.kind = HYPHA_OP_READ;
	return err;
}

static bool conflicts(const struct hypha_transaction *t, const struct hypha_tree *live)
{
	const struct entry *e;

	if (t->base.root == live->root)
		return false;

	list_for_each_entry(e, &t->log, link) {
		if (hypha_tree_generation(&t->base, e->op.path) != hypha_tree_generation(live, e->op.path))
			return true;
		cond_resched();	/* a thousand paths, each a thousand deep */
	}

	return false;
}

/* An operation that succeeded in the transaction and is refused now: somebody changed what it stands on. */
static int replay(const struct hypha_transaction *t, struct hypha_tree *work)
{
	const struct entry *e;
	int err;

	list_for_each_entry(e, &t->log, link) {
		err = hypha_op_apply(work, &e->op);
		if (err)
			return err == -ENOSPC || err == -ENOMEM ? err : -EAGAIN;
		cond_resched();
	}
	return 0;
}

static void publish(const struct hypha_transaction *t, struct hypha_tree *live, const struct hypha_tree *work,
		    hypha_commit_fn fn, void *ctx)
{
	struct hypha_tree before = *live;
	const struct entry *e;

	*live = *work;
	list_for_each_entry(e, &t->log, link) {
		if (e->op.kind != HYPHA_OP_READ)
			fn(ctx, &e->op, &before);
		cond_resched();
	}
	hypha_tree_clean(&before);
}

int hypha_transaction_commit(struct hypha_transactions *all, struct hypha_transaction *t, struct hypha_tree *live,
			     hypha_commit_fn fn, void *ctx)
{
	struct hypha_tree work;
	int err = -EAGAIN;

	if (!conflicts(t, live)) {
		hypha_tree_snapshot(&work, live);
		err = replay(t, &work);
		if (err)
			hypha_tree_clean(&work);
		else
			publish(t, live, &work, fn, ctx);
	}
	hypha_transaction_abort(all, t);
	return err;
}
