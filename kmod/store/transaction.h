/* SPDX-License-Identifier: GPL-2.0-only */
/* Transactions: a snapshot to work on, a log of what was looked at and done, and a commit that does it again for all to see. */
#ifndef HYPHA_STORE_TRANSACTION_H
#define HYPHA_STORE_TRANSACTION_H

#include <linux/list.h>

#include "tree.h"

enum hypha_op_kind {
	HYPHA_OP_READ,		/* the path was looked at, there or not */
	HYPHA_OP_WRITE,
	HYPHA_OP_MKDIR,
	HYPHA_OP_RM,
	HYPHA_OP_SET_PERMS,
};

/* Something the guest does to one path; @data is the value, or for SET_PERMS an array of struct hypha_perm. */
struct hypha_op {
	enum hypha_op_kind kind;
	const char *path;
	const void *data;
	size_t len;
};

struct hypha_transaction {
	struct list_head link;
	u32 id;			/* never 0 */
	unsigned int nr;	/* entries of @log */
	struct list_head log;
	struct hypha_tree base;	/* when it started */
	struct hypha_tree tree;	/* what it sees */
};

struct hypha_transactions {
	struct list_head list;
	unsigned int nr;
	u32 last_id;
};

/* A reader of what a commit did, called once per operation in their order, when all are visible. */
typedef void (*hypha_commit_fn)(void *ctx, const struct hypha_op *op, const struct hypha_tree *before);

void hypha_transaction_init(struct hypha_transactions *all);
void hypha_transaction_clean(struct hypha_transactions *all);

/* ERR_PTR: -ENOSPC (too many open), -ENOMEM. */
struct hypha_transaction *hypha_transaction_start(struct hypha_transactions *all, const struct hypha_tree *live);
/* NULL: there is none. */
struct hypha_transaction *hypha_transaction_find(const struct hypha_transactions *all, u32 id);
/* End it without effect. */
void hypha_transaction_abort(struct hypha_transactions *all, struct hypha_transaction *t);

/* Do @op to @tree in the guest's name (nothing for READ). The errors of hypha_tree_*(). */
int hypha_op_apply(struct hypha_tree *tree, const struct hypha_op *op);
/* The same within a transaction, remembering it. Further: -ENOSPC (it has done too much). */
int hypha_transaction_do(struct hypha_transaction *t, const struct hypha_op *op);

/**
 * hypha_transaction_commit() - make a transaction's operations visible, all or none, and end it
 * @live: the tree everybody sees
 * @fn:   called for each change
 *
 * Return: 0; -EAGAIN: a path it looked at or changed was changed by somebody else meanwhile; -ENOSPC, -ENOMEM.
 */
int hypha_transaction_commit(struct hypha_transactions *all, struct hypha_transaction *t, struct hypha_tree *live,
			     hypha_commit_fn fn, void *ctx);

#endif
