// SPDX-License-Identifier: GPL-2.0-only
/* What runs below us: is it a Xen that can run PV guests, and are we its dom0? */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "xen/host.h"

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <xen/interface/xen.h>

#include <xen/interface/version.h>
#include <xen/xen.h>

#include "xen/hypercall.h"

/* Xen built without CONFIG_PV does not list this one. */
#define PV64_CAPABILITY	"xen-3.0-x86_64"

static bool is_listed(struct xen_capabilities_info *caps, const char *name)
{
	char *rest = caps->info, *word;

	caps->info[sizeof(caps->info) - 1] = '\0';

	while ((word = strsep(&rest, " ")))
		if (!strcmp(word, name))
			return true;
	return false;
}

static const char *refusal(void)
{
	struct xen_capabilities_info caps = {};

	if (!xen_domain())
		return "this machine does not run under Xen: boot Xen with this kernel as its dom0";
	if (!xen_initial_domain())
		return "this is a Xen guest, not dom0: guests can only be built from dom0";
	if (!xen_pv_domain())
		return "dom0 is not a PV domain: hypha needs a PV dom0, so remove dom0=pvh from Xen's command line";
	if (hypha_hypercall_version(XENVER_capabilities, &caps))
		return "Xen does not say what guests it can run";
	if (!is_listed(&caps, PV64_CAPABILITY))
		return "this Xen cannot run 64-bit PV guests (no " PV64_CAPABILITY " among its capabilities): it was built without CONFIG_PV";
	return NULL;
}

int hypha_host_check(void)
{
	const char *why = refusal();

	if (!why)
		return 0;
	pr_err("%s\n", why);
	return -ENODEV;
}

void hypha_host_version(u32 *major, u32 *minor, char extra[16])
{
	struct xen_extraversion info = {};
	int version = hypha_hypercall_version(XENVER_version, NULL);

	*major = version < 0 ? 0 : version >> 16;
	*minor = version < 0 ? 0 : version & 0xffff;
	if (hypha_hypercall_version(XENVER_extraversion, &info))
		info.extraversion[0] = '\0';
	strscpy(extra, info.extraversion, 16);
}
