// SPDX-License-Identifier: GPL-2.0-only
/* Transactions, by example and against a model that copies everything. */
#include <kunit/test.h>

#include "../store/transaction.c"

#include <linux/slab.h>

#define GUEST	7

struct fixture {
	struct hypha_quota quota;
	u64 generation;
	struct hypha_tree tree;
	struct hypha_transactions all;
	unsigned int heard;
	char last[64];
};

static int init(struct kunit *test)
{
	static const struct hypha_perm mine[] = { { GUEST, HYPHA_PERM_NONE } };
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	test->priv = f;
	hypha_quota_init(&f->quota);
	hypha_transaction_init(&f->all);
	return hypha_tree_init(&f->tree, &f->quota, &f->generation, GUEST) ?:
	       hypha_tree_write(&f->tree, 0, "/r", "", 0) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/r", mine, 1);
}

static void exit_empty(struct kunit *test)
{
	struct fixture *f = test->priv;

	hypha_transaction_clean(&f->all);
	hypha_tree_clean(&f->tree);
	KUNIT_EXPECT_EQ(test, f->quota.used, 0);
}

static void hear(void *ctx, const struct hypha_op *op, const struct hypha_tree *before)
{
	struct fixture *f = ctx;

	f->heard++;
	strscpy(f->last, op->path, sizeof(f->last));
}

static int commit(struct fixture *f, struct hypha_transaction *t)
{
	f->heard = 0;
	return hypha_transaction_commit(&f->all, t, &f->tree, hear, f);
}

static int twrite(struct hypha_transaction *t, const char *path, const char *value)
{
	const struct hypha_op op = { HYPHA_OP_WRITE, path, value, strlen(value) };

	return hypha_transaction_do(t, &op);
}

static int tdo(struct hypha_transaction *t, enum hypha_op_kind kind, const char *path)
{
	const struct hypha_op op = { kind, path };

	return hypha_transaction_do(t, &op);
}

static int lwrite(struct fixture *f, const char *path, const char *value)
{
	return hypha_tree_write(&f->tree, GUEST, path, value, strlen(value));
}

static bool holds(const struct hypha_tree *tree, const char *path, const char *value)
{
	const struct hypha_node *node = hypha_tree_peek(tree, path);

	if (!value)
		return !node;
	return node && node->value_len == strlen(value) && !memcmp(node->value, value, node->value_len);
}

static void nothing_is_seen_before_the_commit(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_transaction *t = hypha_transaction_start(&f->all, &f->tree);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	KUNIT_EXPECT_EQ(test, twrite(t, "/r/a/b", "v"), 0);
	KUNIT_EXPECT_TRUE(test, holds(&t->tree, "/r/a/b", "v"));
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r/a", NULL));
	KUNIT_EXPECT_EQ(test, commit(f, t), 0);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r/a/b", "v"));
	KUNIT_EXPECT_EQ(test, f->heard, 1);
	KUNIT_EXPECT_STREQ(test, f->last, "/r/a/b");
	KUNIT_EXPECT_EQ(test, f->all.nr, 0);
}

static void an_aborted_one_leaves_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_transaction *t;
	size_t used = f->quota.used;

	t = hypha_transaction_start(&f->all, &f->tree);
	twrite(t, "/r/a/b", "v");
	tdo(t, HYPHA_OP_RM, "/r");
	hypha_transaction_abort(&f->all, t);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r/a", NULL));
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r", ""));
	KUNIT_EXPECT_EQ(test, f->quota.used, used);
}

static void what_was_read_must_still_be_true(struct kunit *test)
{
	static const struct conflict {
		const char *name;
		enum hypha_op_kind kind;	/* in the transaction */
		const char *path;
		const char *written, *removed;	/* meanwhile */
		int err;
	} table[] = {
		{ "same_value_written_elsewhere", HYPHA_OP_READ, "/r/a", "/r/b", NULL, 0 },
		{ "value_read_was_changed", HYPHA_OP_READ, "/r/a", "/r/a", NULL, -EAGAIN },
		{ "value_read_was_removed", HYPHA_OP_READ, "/r/a", NULL, "/r/a", -EAGAIN },
		{ "missing_was_created", HYPHA_OP_READ, "/r/new", "/r/new", NULL, -EAGAIN },
		{ "still_missing", HYPHA_OP_READ, "/r/new", "/r/newer", NULL, 0 },
		{ "list_of_children_grew", HYPHA_OP_READ, "/r", "/r/new", NULL, -EAGAIN },
		{ "list_of_children_is_the_same", HYPHA_OP_READ, "/r", "/r/a", NULL, 0 },
		{ "written_by_both", HYPHA_OP_WRITE, "/r/a", "/r/a", NULL, -EAGAIN },
		{ "created_by_both", HYPHA_OP_WRITE, "/r/new", "/r/new", NULL, -EAGAIN },
		{ "siblings_created", HYPHA_OP_WRITE, "/r/new", "/r/newer", NULL, 0 },
		{ "parent_is_gone", HYPHA_OP_WRITE, "/r/a/x", NULL, "/r", -EAGAIN },
		{ "removed_and_changed", HYPHA_OP_RM, "/r/a", "/r/a", NULL, -EAGAIN },
		{ "removed_by_both", HYPHA_OP_RM, "/r/a", NULL, "/r/a", -EAGAIN },
		{ "created_by_the_other_when_made_sure_of", HYPHA_OP_MKDIR, "/r/new", "/r/new", NULL, -EAGAIN },
	};
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const struct conflict *c = &table[i];
		static const struct hypha_perm mine[] = { { GUEST, HYPHA_PERM_NONE } };
		struct hypha_transaction *t;

		hypha_tree_rm(&f->tree, 0, "/r");
		hypha_tree_write(&f->tree, 0, "/r", "", 0);
		hypha_tree_set_perms(&f->tree, 0, "/r", mine, 1);
		lwrite(f, "/r/a", "a");
		lwrite(f, "/r/b", "b");

		t = hypha_transaction_start(&f->all, &f->tree);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
		tdo(t, c->kind, c->path);
		twrite(t, "/r/b/mark", "m");
		if (c->written)
			lwrite(f, c->written, "meanwhile");
		if (c->removed)
			hypha_tree_rm(&f->tree, 0, c->removed);
		KUNIT_EXPECT_EQ_MSG(test, commit(f, t), c->err, "%s", c->name);
		KUNIT_EXPECT_TRUE_MSG(test, holds(&f->tree, "/r/b/mark", c->err ? NULL : "m"), "%s", c->name);
		KUNIT_EXPECT_EQ_MSG(test, !f->heard, !!c->err, "%s", c->name);
		if (c->written && c->err)
			KUNIT_EXPECT_TRUE_MSG(test, holds(&f->tree, c->written, "meanwhile"), "%s", c->name);
	}
}

static void two_that_cross_cannot_both_win(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_transaction *a, *b;

	lwrite(f, "/r/x", "1");
	lwrite(f, "/r/y", "1");
	a = hypha_transaction_start(&f->all, &f->tree);
	b = hypha_transaction_start(&f->all, &f->tree);
	tdo(a, HYPHA_OP_READ, "/r/x");
	tdo(b, HYPHA_OP_READ, "/r/y");
	twrite(a, "/r/y", "2");
	twrite(b, "/r/x", "2");
	KUNIT_EXPECT_EQ(test, commit(f, a), 0);
	KUNIT_EXPECT_EQ(test, commit(f, b), -EAGAIN);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r/x", "1"));
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r/y", "2"));
}

static void endless_ones_end_at_the_quota(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_transaction *t;
	char path[16];
	u32 i, j, id = 0;

	for (i = 0; i < 1000; i++) {
		t = hypha_transaction_start(&f->all, &f->tree);
		KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(t), i < HYPHA_QUOTA_TRANSACTIONS ? 0 : -ENOSPC);
		for (j = 0; !IS_ERR(t) && j < 2000; j++) {
			snprintf(path, sizeof(path), "/r/%u", j);
			KUNIT_ASSERT_EQ(test, tdo(t, HYPHA_OP_READ, path), j < HYPHA_QUOTA_TRANSACTION_PATHS ? 0 : -ENOSPC);
		}
	}
	KUNIT_EXPECT_LE(test, f->quota.peak, HYPHA_QUOTA_MEMORY);
	t = hypha_transaction_find(&f->all, 3);
	KUNIT_ASSERT_NOT_NULL(test, t);
	hypha_transaction_abort(&f->all, t);
	KUNIT_EXPECT_NULL(test, hypha_transaction_find(&f->all, 3));

	/* Ids go round without meeting one that is open, and 0 is none. */
	f->all.last_id = U32_MAX - 2;
	for (i = 0; i < 20; i++) {
		t = hypha_transaction_start(&f->all, &f->tree);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
		KUNIT_EXPECT_NE(test, t->id, 0);
		KUNIT_EXPECT_NE(test, t->id, id);
		id = t->id;
		KUNIT_EXPECT_PTR_EQ(test, hypha_transaction_find(&f->all, id), t);
		hypha_transaction_abort(&f->all, t);
	}
}

static void big_ones_end_at_the_memory_quota(struct kunit *test)
{
	char *value = kunit_kzalloc(test, HYPHA_QUOTA_VALUE, GFP_KERNEL), path[16];
	struct hypha_op op = { HYPHA_OP_WRITE, path, value, HYPHA_QUOTA_VALUE };
	struct fixture *f = test->priv;
	struct hypha_transaction *t;
	bool refused = false;
	u32 i, j;
	int err;

	for (i = 0; i < HYPHA_QUOTA_TRANSACTIONS; i++) {
		t = hypha_transaction_start(&f->all, &f->tree);
		for (j = 0; !IS_ERR(t) && j < 900; j++) {
			snprintf(path, sizeof(path), "/r/%u", j);
			err = hypha_transaction_do(t, &op);
			KUNIT_ASSERT_TRUE(test, !err || err == -ENOMEM);
			refused |= err == -ENOMEM;
		}
	}
	KUNIT_EXPECT_TRUE(test, refused);
	KUNIT_EXPECT_LE(test, f->quota.peak, HYPHA_QUOTA_MEMORY);
}

static void the_node_quota_holds_at_commit(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_transaction *t;
	char path[16];
	u32 i;

	t = hypha_transaction_start(&f->all, &f->tree);
	for (i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "/r/t%u", i);
		KUNIT_ASSERT_EQ(test, twrite(t, path, ""), 0);
		snprintf(path, sizeof(path), "/r/l%u", i);
		KUNIT_ASSERT_EQ(test, lwrite(f, path, ""), 0);
	}
	KUNIT_EXPECT_EQ(test, commit(f, t), -ENOSPC);
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 601);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/r/t0", NULL));
}

/* ---- the model: /r and three levels of three names; every version a full copy ---- */

#define FANOUT	3
#define PATHS	(1 + FANOUT + FANOUT * FANOUT + FANOUT * FANOUT * FANOUT)

struct model_node {
	bool exists;
	u32 value;
	u64 generation;
};

struct model {
	struct model_node nodes[PATHS];
};

/* Heap order: node 0 is /r, the children of i are 3i+1..3i+3. */
static int parent_of(int i)
{
	return (i - 1) / FANOUT;
}

static void path_of(int i, char *out)
{
	char up[32];

	if (i == 0) {
		strcpy(out, "/r");
		return;
	}
	path_of(parent_of(i), up);
	sprintf(out, "%s/%c", up, 'a' + (i - 1) % FANOUT);
}

static void model_create(struct model *m, int i, u64 *generation)
{
	if (m->nodes[i].exists)
		return;
	if (i) {
		bool attach = m->nodes[parent_of(i)].exists;

		model_create(m, parent_of(i), generation);
		if (attach)
			m->nodes[parent_of(i)].generation = ++*generation;
	}
	m->nodes[i] = (struct model_node){ .exists = true, .generation = ++*generation };
}

static void model_write(struct model *m, int i, u32 value, u64 *generation)
{
	model_create(m, i, generation);
	m->nodes[i].value = value;
	m->nodes[i].generation = ++*generation;
}

static void model_drop(struct model *m, int i)
{
	int c;

	m->nodes[i] = (struct model_node){ };
	for (c = 1; c <= FANOUT && i * FANOUT + c < PATHS; c++)
		model_drop(m, i * FANOUT + c);
}

static int model_rm(struct model *m, int i, u64 *generation)
{
	if (!m->nodes[i].exists)
		return m->nodes[parent_of(i)].exists ? 0 : -ENOENT;
	model_drop(m, i);
	m->nodes[parent_of(i)].generation = ++*generation;
	return 0;
}

static int model_apply(struct model *m, enum hypha_op_kind kind, int i, u32 value, u64 *generation)
{
	switch (kind) {
	case HYPHA_OP_WRITE:
		model_write(m, i, value, generation);
		return 0;
	case HYPHA_OP_MKDIR:
		model_create(m, i, generation);
		return 0;
	case HYPHA_OP_RM:
		return model_rm(m, i, generation);
	default:
		return 0;
	}
}

static bool same(const struct hypha_tree *tree, const struct model *m)
{
	char path[32];
	int i;

	for (i = 0; i < PATHS; i++) {
		const struct hypha_node *node;
		u32 value = 0;

		path_of(i, path);
		node = hypha_tree_peek(tree, path);
		if (!!node != m->nodes[i].exists)
			return false;
		if (node && node->value_len == sizeof(value))
			memcpy(&value, node->value, sizeof(value));
		if (node && value != m->nodes[i].value)
			return false;
	}
	return true;
}

#define OPEN	4
#define LOG	16

struct model_op {
	enum hypha_op_kind kind;
	int i;
	u32 value;
};

struct model_transaction {
	struct hypha_transaction *real;
	struct model base, own;
	struct model_op log[LOG];
	int nr;
};

struct world {
	struct model live;
	struct model_transaction open[OPEN];
	u64 generation;
	u32 seed, commits, conflicts;
};

static u32 rnd(struct world *w, u32 below)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % below;
}

static struct model_op random_op(struct world *w)
{
	static const enum hypha_op_kind kinds[] = {
		HYPHA_OP_READ, HYPHA_OP_READ, HYPHA_OP_WRITE, HYPHA_OP_WRITE, HYPHA_OP_WRITE, HYPHA_OP_MKDIR, HYPHA_OP_RM,
	};

	return (struct model_op){ kinds[rnd(w, ARRAY_SIZE(kinds))], 1 + rnd(w, PATHS - 1), 1 + rnd(w, 1000) };
}

static bool model_conflicts(const struct model_transaction *t, const struct model *live)
{
	int k;

	for (k = 0; k < t->nr; k++)
		if (t->base.nodes[t->log[k].i].generation != live->nodes[t->log[k].i].generation)
			return true;
	return false;
}

/* Replay on a copy; an operation that went well before and does not now is a conflict as well. */
static int model_commit(struct world *w, struct model_transaction *t, struct model *copy)
{
	struct model own = t->base;
	u64 scratch = 0;
	int k;

	if (model_conflicts(t, &w->live))
		return -EAGAIN;
	*copy = w->live;
	for (k = 0; k < t->nr; k++) {
		const struct model_op *op = &t->log[k];

		if (model_apply(&own, op->kind, op->i, op->value, &scratch))
			continue;
		if (model_apply(copy, op->kind, op->i, op->value, &w->generation))
			return -EAGAIN;
	}
	w->live = *copy;
	return 0;
}

static void step_live(struct kunit *test, struct world *w, const struct model_op *m)
{
	struct fixture *f = test->priv;
	struct hypha_op op = { .kind = m->kind, .data = &m->value, .len = m->kind == HYPHA_OP_WRITE ? 4 : 0 };
	char path[32];

	path_of(m->i, path);
	op.path = path;
	KUNIT_ASSERT_EQ(test, hypha_op_apply(&f->tree, &op), model_apply(&w->live, m->kind, m->i, m->value, &w->generation));
	KUNIT_ASSERT_TRUE(test, same(&f->tree, &w->live));
}

static void step_transaction(struct kunit *test, struct world *w, struct model_transaction *t, const struct model_op *m)
{
	struct hypha_op op = { .kind = m->kind, .data = &m->value, .len = m->kind == HYPHA_OP_WRITE ? 4 : 0 };
	u64 scratch = U64_MAX / 2;
	char path[32];

	path_of(m->i, path);
	op.path = path;
	t->log[t->nr++] = *m;
	KUNIT_ASSERT_EQ(test, hypha_transaction_do(t->real, &op), model_apply(&t->own, m->kind, m->i, m->value, &scratch));
	KUNIT_ASSERT_TRUE(test, same(&t->real->tree, &t->own));
}

static void end_transaction(struct kunit *test, struct world *w, struct model_transaction *t, struct model *copy)
{
	struct fixture *f = test->priv;
	int err;

	if (rnd(w, 8) == 0) {
		hypha_transaction_abort(&f->all, t->real);
	} else {
		err = model_commit(w, t, copy);
		KUNIT_ASSERT_EQ(test, commit(f, t->real), err);
		if (err)
			w->conflicts++;
		else
			w->commits++;
	}
	t->real = NULL;
	KUNIT_ASSERT_TRUE(test, same(&f->tree, &w->live));
}

static void start_transaction(struct kunit *test, struct world *w, struct model_transaction *t)
{
	struct fixture *f = test->priv;

	t->real = hypha_transaction_start(&f->all, &f->tree);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->real);
	t->base = w->live;
	t->own = w->live;
	t->nr = 0;
}

static void it_is_what_a_simple_model_does(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct model *copy = kunit_kzalloc(test, sizeof(*copy), GFP_KERNEL);
	struct model_op op;
	int i, k;

	w->seed = 20240229;
	w->live.nodes[0] = (struct model_node){ .exists = true, .generation = ++w->generation };
	for (i = 0; i < 12000; i++) {
		struct model_transaction *t = &w->open[rnd(w, OPEN)];

		op = random_op(w);
		if (rnd(w, 6) == 0)
			step_live(test, w, &op);
		else if (!t->real)
			start_transaction(test, w, t);
		else if (t->nr == LOG || rnd(w, 6) == 0)
			end_transaction(test, w, t, copy);
		else
			step_transaction(test, w, t, &op);
		for (k = 0; k < OPEN; k++)
			if (w->open[k].real)
				KUNIT_ASSERT_TRUE(test, same(&w->open[k].real->tree, &w->open[k].own));
	}
	/* The seed is good for both ends. */
	KUNIT_EXPECT_GT(test, w->commits, 300);
	KUNIT_EXPECT_GT(test, w->conflicts, 300);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(nothing_is_seen_before_the_commit),
	KUNIT_CASE(an_aborted_one_leaves_nothing),
	KUNIT_CASE(what_was_read_must_still_be_true),
	KUNIT_CASE(two_that_cross_cannot_both_win),
	KUNIT_CASE(endless_ones_end_at_the_quota),
	KUNIT_CASE(big_ones_end_at_the_memory_quota),
	KUNIT_CASE(the_node_quota_holds_at_commit),
	KUNIT_CASE(it_is_what_a_simple_model_does),
	{ }
};

static struct kunit_suite suite = {
	.name = "hypha_store_transaction", .init = init, .exit = exit_empty, .test_cases = cases,
};
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
