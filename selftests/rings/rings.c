// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block and console backends against a frontend in dom0 itself: dom0 grants pages to itself and plays the guest, a
 * good one and every kind of bad one, without a domain. Loading it runs the tests; results are KTAP lines in the log.
 *
 *	insmod hypha_rings.ko dir=/var/lib/hypha tmpfs=/dev/shm
 *
 * @dir must be on a filesystem whose files the page cache serves (ext4; not overlayfs), @tmpfs on one where it does not.
 */
#include "rings.h"

#include <linux/module.h>
#include <xen/xen.h>

char *rings_dir = "/var/lib/hypha", *rings_tmpfs = "/dev/shm";
module_param_named(dir, rings_dir, charp, 0);
module_param_named(tmpfs, rings_tmpfs, charp, 0);

static int nr_tests, nr_failed;
static bool failed;
static const char *current_test;

void start_test(const char *name)
{
	failed = false;
	current_test = name;
}

void check(bool cond, const char *what)
{
	if (cond)
		return;
	failed = true;
	pr_info("# %s: %s\n", current_test, what);
}

void end_test(void)
{
	pr_info("KTAP %s %d %s\n", failed ? "not ok" : "ok", ++nr_tests, current_test);
	nr_failed += failed;
}

static int __init rings_init(void)
{
	if (!xen_initial_domain())
		return -ENODEV;
	test_console();
	test_block();
	pr_info("KTAP 1..%d\n", nr_tests);
	return nr_failed ? -EINVAL : 0;
}

static void __exit rings_exit(void)
{
}

module_init(rings_init);
module_exit(rings_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("hypha's ring backends against a frontend in dom0");
