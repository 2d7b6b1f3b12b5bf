// SPDX-License-Identifier: GPL-2.0-only
/* Tells user space that a guest has exited, by running a program: nobody has to wait for it, nothing is lost with a daemon. */
#include "guest_priv.h"

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/umh.h>
#include <linux/uuid.h>

static char *exit_helper = "/usr/sbin/hyphactl";
module_param(exit_helper, charp, 0644);
MODULE_PARM_DESC(exit_helper, "program run as PROGRAM exited UUID when a guest has exited; empty: none");

void hypha_helper_run(const struct hypha_guest *g)
{
	static char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", NULL };
	char uuid[UUID_STRING_LEN + 1];
	char *program, *argv[] = { NULL, "exited", uuid, NULL };
	int err;

	kernel_param_lock(THIS_MODULE);
	program = kstrdup(exit_helper, GFP_KERNEL);
	kernel_param_unlock(THIS_MODULE);
	if (!program)
		return;
	strreplace(program, '\n', '\0');	/* as echo wrote it */
	if (!*program)
		goto out;

	snprintf(uuid, sizeof(uuid), "%pUb", g->uuid);
	argv[0] = program;
	err = call_usermodehelper(program, argv, envp, UMH_WAIT_EXEC);
	if (err)
		pr_warn_ratelimited("hypha: exit helper %s: error %d; the record of %s stays in the kernel\n", program, err,
				    g->name);
out:
	kfree(program);
}
