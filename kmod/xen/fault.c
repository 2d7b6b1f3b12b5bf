// SPDX-License-Identifier: GPL-2.0-only
/* Where fault injection lets hypercalls fail. */
#include "xen/fault.h"

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fault-inject.h>

static DECLARE_FAULT_ATTR(attr);
static u32 only;	/* 0: any hypercall, else this one; __HYPERVISOR_set_trap_table is none of ours */
static struct dentry *dir;

int hypha_fault_hypercall(unsigned int hypercall)
{
	if (only && only != hypercall)
		return 0;
	return should_fail(&attr, 1) ? -ENOMEM : 0;
}

void hypha_fault_init(void)
{
	dir = fault_create_debugfs_attr("hypha_fail_hypercall", NULL, &attr);
	if (!IS_ERR(dir))
		debugfs_create_u32("only", 0600, dir, &only);
}

void hypha_fault_exit(void)
{
	debugfs_remove(dir);	/* knows errors */
}

#endif
