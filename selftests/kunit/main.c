// SPDX-License-Identifier: GPL-2.0-only
/* main.c - the module of all suites: runs them when loaded. list.h, made by run, names them. */
#include "suites.h"

#include <linux/module.h>

#define SUITES(name) extern const struct hypha_suites name;
#include "list.h"
#undef SUITES

#define SUITES(name) &name,
static const struct hypha_suites * const files[] = {
#include "list.h"
};
#undef SUITES

static int __init hypha_kunit_init(void)
{
	int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		nr += files[i]->nr;

	/* Two more than there are suites: run itself adds whether the log is clean, and whether hypha refuses to load here. */
	pr_info("KTAP version 1\n");
	pr_info("1..%d\n", nr + 2);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		__kunit_test_suites_init(files[i]->suites, files[i]->nr);
	return 0;
}

static void __exit hypha_kunit_exit(void)
{
}

module_init(hypha_kunit_init);
module_exit(hypha_kunit_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("hypha's KUnit suites");
