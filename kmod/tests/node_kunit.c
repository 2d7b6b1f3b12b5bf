// SPDX-License-Identifier: GPL-2.0-only
/* Nodes and the tree they make. */
#include <kunit/test.h>

#include "../store/node.c"
#include "../store/tree.c"

#define GUEST	7

struct fixture {
	struct hypha_quota quota;
	u64 generation;
	struct hypha_tree tree;
};

/* /g belongs to the guest, /r may be read by it, /n not. */
static int init(struct kunit *test)
{
	static const struct hypha_perm mine[] = { { GUEST, HYPHA_PERM_NONE } };
	static const struct hypha_perm readable[] = { { 0, HYPHA_PERM_NONE }, { GUEST, HYPHA_PERM_READ } };
	static const struct hypha_perm hidden[] = { { 0, HYPHA_PERM_NONE } };
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	test->priv = f;
	hypha_quota_init(&f->quota);
	return hypha_tree_init(&f->tree, &f->quota, &f->generation, GUEST) ?:
	       hypha_tree_write(&f->tree, 0, "/g", "", 0) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/g", mine, 1) ?:
	       hypha_tree_write(&f->tree, 0, "/r/x", "rx", 2) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/r/x", readable, 2) ?:
	       hypha_tree_write(&f->tree, 0, "/n", "", 0) ?:
	       hypha_tree_set_perms(&f->tree, 0, "/n", hidden, 1) ?:
	       hypha_tree_write(&f->tree, 0, "/n/x", "nx", 2);
}

static void exit_empty(struct kunit *test)
{
	struct fixture *f = test->priv;

	hypha_tree_clean(&f->tree);
	KUNIT_EXPECT_EQ(test, f->quota.used, 0);
}

static int write_str(struct fixture *f, const char *path, const char *value)
{
	return hypha_tree_write(&f->tree, GUEST, path, value, strlen(value));
}

static bool holds(const struct hypha_tree *tree, const char *path, const char *value)
{
	const struct hypha_node *node = hypha_tree_peek(tree, path);

	return node && node->value_len == strlen(value) && !memcmp(node->value, value, node->value_len);
}

static u32 count(const struct hypha_node *node)
{
	u32 nr = node->perms[0].domid == GUEST, i;

	for (i = 0; i < node->nr_children; i++)
		nr += count(node->children[i]);
	return nr;
}

static void a_write_makes_its_parents(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, write_str(f, "/g/a/b/c", "v"), 0);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a/b/c", "v"));
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a/b", ""));
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a", ""));
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 4);
	KUNIT_EXPECT_EQ(test, write_str(f, "/g/a/b/c", "longer"), 0);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a/b/c", "longer"));
	KUNIT_EXPECT_EQ(test, write_str(f, "/g/a/b/c", ""), 0);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a/b/c", ""));
}

static void children_are_sorted_and_found(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct hypha_node *dir;
	char path[16];
	u32 i;

	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "/g/%u", (i * 7919) % 300);
		KUNIT_ASSERT_EQ(test, write_str(f, path, path), 0);
	}
	dir = hypha_tree_peek(&f->tree, "/g");
	KUNIT_ASSERT_EQ(test, dir->nr_children, 300);
	for (i = 1; i < 300; i++)
		KUNIT_EXPECT_LT(test, strcmp(dir->children[i - 1]->name, dir->children[i]->name), 0);
	for (i = 0; i < 300; i += 2) {
		snprintf(path, sizeof(path), "/g/%u", i);
		KUNIT_ASSERT_EQ(test, hypha_tree_rm(&f->tree, GUEST, path), 0);
	}
	for (i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "/g/%u", i);
		KUNIT_EXPECT_EQ(test, holds(&f->tree, path, path), i % 2);
	}
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 151);
}

static void removal_takes_what_is_below(struct kunit *test)
{
	struct fixture *f = test->priv;

	write_str(f, "/g/a/b/c", "v");
	write_str(f, "/g/a/d", "v");
	write_str(f, "/g/ab", "v");
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/g/a"), 0);
	KUNIT_EXPECT_NULL(test, hypha_tree_peek(&f->tree, "/g/a"));
	KUNIT_EXPECT_NULL(test, hypha_tree_peek(&f->tree, "/g/a/b/c"));
	KUNIT_EXPECT_NOT_NULL(test, hypha_tree_peek(&f->tree, "/g/ab"));
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 2);

	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/g/a"), 0);	/* missing is fine */
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/g/x/y"), -ENOENT);	/* but not its parent */
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, 0, "/"), -EINVAL);
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/"), -EACCES);
}

static void permissions_hold(struct kunit *test)
{
	static const struct { const char *path; unsigned int need; int err; } cases[] = {
		{ "/g", HYPHA_PERM_READ, 0 },
		{ "/g", HYPHA_PERM_WRITE | HYPHA_PERM_OWNER, 0 },
		{ "/g/missing", HYPHA_PERM_READ, -ENOENT },
		{ "/g/missing/deep", HYPHA_PERM_WRITE, -ENOENT },
		{ "/r/x", HYPHA_PERM_READ, 0 },
		{ "/r/x", HYPHA_PERM_WRITE, -EACCES },
		{ "/r/x", HYPHA_PERM_WRITE | HYPHA_PERM_OWNER, -EACCES },
		{ "/r/missing", HYPHA_PERM_READ, -ENOENT },
		{ "/r/missing", HYPHA_PERM_WRITE, -EACCES },	/* not to be learned by writing */
		{ "/n", HYPHA_PERM_READ, -EACCES },
		{ "/n/x", HYPHA_PERM_READ, -EACCES },
		{ "/n/missing", HYPHA_PERM_READ, -EACCES },	/* as if it were there */
		{ "/", HYPHA_PERM_READ, 0 },
		{ "/", HYPHA_PERM_WRITE, -EACCES },
		{ "/missing", HYPHA_PERM_READ, -ENOENT },
	};
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct hypha_node *node = hypha_tree_find(&f->tree, GUEST, cases[i].path, cases[i].need);

		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(node), cases[i].err, "%s for %u", cases[i].path, cases[i].need);
	}
	KUNIT_EXPECT_EQ(test, write_str(f, "/r/x", "v"), -EACCES);
	KUNIT_EXPECT_EQ(test, write_str(f, "/r/new", "v"), -EACCES);
	KUNIT_EXPECT_EQ(test, hypha_tree_mkdir(&f->tree, GUEST, "/new", NULL), -EACCES);
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/r/x"), -EACCES);
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/n/missing"), -EACCES);
}

static void new_nodes_inherit_and_belong_to_their_maker(struct kunit *test)
{
	static const struct hypha_perm perms[] = { { GUEST, HYPHA_PERM_NONE }, { 3, HYPHA_PERM_READ | HYPHA_PERM_WRITE } };
	static const struct hypha_perm let_in[] = { { 0, HYPHA_PERM_NONE }, { GUEST, HYPHA_PERM_WRITE } };
	struct fixture *f = test->priv;
	const struct hypha_node *node;

	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, GUEST, "/g", perms, 2), 0);
	write_str(f, "/g/a/b", "v");
	node = hypha_tree_peek(&f->tree, "/g/a/b");
	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_EXPECT_EQ(test, node->nr_perms, 2);
	KUNIT_EXPECT_EQ(test, node->perms[0].domid, GUEST);
	KUNIT_EXPECT_EQ(test, hypha_node_access(node, 3), HYPHA_PERM_READ | HYPHA_PERM_WRITE);
	KUNIT_EXPECT_EQ(test, hypha_node_access(node, 4), HYPHA_PERM_NONE);

	/* Where it was only let in, what it makes is its own nevertheless. */
	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, 0, "/r", let_in, 2), 0);
	KUNIT_EXPECT_EQ(test, write_str(f, "/r/mine", "v"), 0);
	KUNIT_EXPECT_EQ(test, hypha_tree_peek(&f->tree, "/r/mine")->perms[0].domid, GUEST);

	/* The host's nodes below the guest's stay the guest's. */
	hypha_tree_write(&f->tree, 0, "/g/host", "v", 1);
	KUNIT_EXPECT_EQ(test, hypha_tree_peek(&f->tree, "/g/host")->perms[0].domid, GUEST);
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, count(f->tree.root));
}

static void only_the_host_gives_nodes_away(struct kunit *test)
{
	static const struct hypha_perm away[] = { { 0, HYPHA_PERM_WRITE } }, mine[] = { { GUEST, HYPHA_PERM_NONE } };
	struct fixture *f = test->priv;

	write_str(f, "/g/a", "v");
	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, GUEST, "/g/a", away, 1), -EPERM);
	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, GUEST, "/r/x", mine, 1), -EACCES);
	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, 0, "/g/a", away, 1), 0);
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 1);
	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, 0, "/r/x", mine, 1), 0);
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 2);
	/* It may write in there now, and a node of the host's in it stays writable by the entry it inherited. */
	KUNIT_EXPECT_EQ(test, write_str(f, "/g/a", "w"), 0);
	KUNIT_EXPECT_EQ(test, hypha_tree_set_perms(&f->tree, GUEST, "/g/a", mine, 1), -EACCES);
}

static void permission_words_are_parsed_strictly(struct kunit *test)
{
	static const char *const bad[] = { "", "n", "x7", "n-1", "n65536", "n7 ", "7", "N7", "n 7" };
	struct hypha_perm perm;
	char word[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, hypha_node_parse_perm(bad[i], &perm), -EINVAL, "'%s'", bad[i]);
	for (i = 0; i < 4; i++) {
		perm = (struct hypha_perm){ .domid = 65535, .access = i };
		KUNIT_EXPECT_EQ(test, hypha_node_format_perm(&perm, word), 6);
		perm = (struct hypha_perm){ };
		KUNIT_EXPECT_EQ(test, hypha_node_parse_perm(word, &perm), 0);
		KUNIT_EXPECT_EQ(test, perm.access, i);
		KUNIT_EXPECT_EQ(test, perm.domid, 65535);
	}
}

static void a_snapshot_does_not_change(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hypha_tree old;

	write_str(f, "/g/a/b", "old");
	write_str(f, "/g/gone", "old");
	hypha_tree_snapshot(&old, &f->tree);
	write_str(f, "/g/a/b", "new");
	write_str(f, "/g/a/new", "new");
	hypha_tree_rm(&f->tree, GUEST, "/g/gone");

	KUNIT_EXPECT_TRUE(test, holds(&old, "/g/a/b", "old"));
	KUNIT_EXPECT_TRUE(test, holds(&old, "/g/gone", "old"));
	KUNIT_EXPECT_NULL(test, hypha_tree_peek(&old, "/g/a/new"));
	KUNIT_EXPECT_EQ(test, old.root->nr_owned, count(old.root));
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a/b", "new"));
	KUNIT_EXPECT_NULL(test, hypha_tree_peek(&f->tree, "/g/gone"));
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, count(f->tree.root));
	KUNIT_EXPECT_NE(test, hypha_tree_generation(&old, "/g/a"), hypha_tree_generation(&f->tree, "/g/a"));
	KUNIT_EXPECT_EQ(test, hypha_tree_generation(&old, "/r/x"), hypha_tree_generation(&f->tree, "/r/x"));
	hypha_tree_clean(&old);
	KUNIT_EXPECT_TRUE(test, holds(&f->tree, "/g/a/b", "new"));
}

static void hundred_thousand_nodes_end_at_the_quota(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i, refused = 0;
	char path[24];
	int err;

	for (i = 0; i < 100000; i++) {
		snprintf(path, sizeof(path), "/g/%u/%u", i % 100, i);
		err = write_str(f, path, "x");
		KUNIT_ASSERT_TRUE(test, err == 0 || err == -ENOSPC);
		refused += !!err;
	}
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, HYPHA_QUOTA_NODES);
	KUNIT_EXPECT_EQ(test, count(f->tree.root), HYPHA_QUOTA_NODES);
	KUNIT_EXPECT_GT(test, refused, 99000);
	/* The host is not bound, and what is there can still be changed and removed. */
	KUNIT_EXPECT_EQ(test, hypha_tree_write(&f->tree, 0, "/g/host", "v", 1), 0);
	KUNIT_EXPECT_EQ(test, write_str(f, "/g/0/0", "y"), 0);
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/g/0"), 0);
	KUNIT_EXPECT_EQ(test, write_str(f, "/g/again", "y"), 0);
}

static void the_deepest_path_is_no_danger(struct kunit *test)
{
	char *path = kunit_kzalloc(test, 3073, GFP_KERNEL);
	struct fixture *f = test->priv;
	struct hypha_tree old;
	int i;

	strcpy(path, "/g");
	for (i = 2; i + 2 <= 3072; i += 2)
		memcpy(path + i, "/x", 2);
	KUNIT_EXPECT_EQ(test, write_str(f, path, "v"), -ENOSPC);
	path[1998] = '\0';	/* /g and 998 below: 999 nodes */
	KUNIT_EXPECT_EQ(test, write_str(f, path, "v"), 0);
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 999);
	hypha_tree_snapshot(&old, &f->tree);
	KUNIT_EXPECT_EQ(test, write_str(f, path, "w"), 0);
	KUNIT_EXPECT_EQ(test, hypha_tree_rm(&f->tree, GUEST, "/g/x"), 0);
	KUNIT_EXPECT_TRUE(test, holds(&old, path, "v"));
	hypha_tree_clean(&old);
	KUNIT_EXPECT_EQ(test, f->tree.root->nr_owned, 1);
}

static void a_value_is_bounded(struct kunit *test)
{
	char *value = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, hypha_tree_write(&f->tree, GUEST, "/g/v", value, HYPHA_QUOTA_VALUE), 0);
	KUNIT_EXPECT_EQ(test, hypha_tree_write(&f->tree, GUEST, "/g/v", value, HYPHA_QUOTA_VALUE + 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, hypha_tree_write(&f->tree, GUEST, "/g/w", value, HYPHA_QUOTA_VALUE + 1), -ENOSPC);
	KUNIT_EXPECT_NULL(test, hypha_tree_peek(&f->tree, "/g/w"));
	KUNIT_EXPECT_EQ(test, hypha_tree_write(&f->tree, 0, "/g/w", value, 4096), 0);
}

/* Run out of memory at every possible allocation of every operation: what failed must have changed nothing. */
static void no_memory_leaves_no_trace(struct kunit *test)
{
	static const struct hypha_perm perms[] = { { GUEST, HYPHA_PERM_READ } };
	struct fixture *f = test->priv;
	struct hypha_tree old, work;
	unsigned int op, room;
	int err;

	write_str(f, "/g/a/b/c", "value");
	write_str(f, "/g/a/d", "value");
	for (op = 0; op < 4; op++) {
		for (room = 0, err = -ENOMEM; err; room += 8) {
			hypha_tree_snapshot(&old, &f->tree);
			hypha_tree_snapshot(&work, &f->tree);
			f->quota.limit = f->quota.used + room;
			err = op == 0 ? hypha_tree_write(&work, GUEST, "/g/a/x/y/z", "some value", 10) :
			      op == 1 ? hypha_tree_write(&work, GUEST, "/g/a/b/c", "some other value", 16) :
			      op == 2 ? hypha_tree_rm(&work, GUEST, "/g/a/b") :
					hypha_tree_set_perms(&work, GUEST, "/g/a/b", perms, 1);
			f->quota.limit = HYPHA_QUOTA_MEMORY;
			KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
			KUNIT_EXPECT_EQ(test, work.root->nr_owned, count(work.root));
			if (err) {
				KUNIT_EXPECT_TRUE(test, holds(&work, "/g/a/b/c", "value"));
				KUNIT_EXPECT_NULL(test, hypha_tree_peek(&work, "/g/a/x"));
				KUNIT_EXPECT_EQ(test, work.root->nr_owned, 5);
			}
			hypha_tree_clean(&work);
			hypha_tree_clean(&old);
		}
		KUNIT_EXPECT_GT_MSG(test, room, 100, "operation %u", op);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_write_makes_its_parents),
	KUNIT_CASE(children_are_sorted_and_found),
	KUNIT_CASE(removal_takes_what_is_below),
	KUNIT_CASE(permissions_hold),
	KUNIT_CASE(new_nodes_inherit_and_belong_to_their_maker),
	KUNIT_CASE(only_the_host_gives_nodes_away),
	KUNIT_CASE(permission_words_are_parsed_strictly),
	KUNIT_CASE(a_snapshot_does_not_change),
	KUNIT_CASE(hundred_thousand_nodes_end_at_the_quota),
	KUNIT_CASE(the_deepest_path_is_no_danger),
	KUNIT_CASE(a_value_is_bounded),
	KUNIT_CASE(no_memory_leaves_no_trace),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_store_node", .init = init, .exit = exit_empty, .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
