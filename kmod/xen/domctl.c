// SPDX-License-Identifier: GPL-2.0-only
/* Xen's domain control operations, over the interface version found at load time. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "xen/domctl.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/xen/interface.h>

#include "xen/host.h"
#include "xen/hypercall.h"

static_assert(sizeof(struct hypha_abi_domctl) == 144);
static_assert(sizeof(struct hypha_abi_sysctl) == 136);
static_assert(sizeof(struct hypha_abi_createdomain) == 44);
static_assert(offsetof(struct hypha_abi_dominfo, cpu_time) == 56);
static_assert(offsetof(struct hypha_abi_dominfo_list, num_domains) == 16);
static_assert(sizeof(struct vcpu_guest_context) == 5168);

/* Written once by hypha_domctl_probe(). */
static const struct hypha_abi_domctl_layout *layout __ro_after_init;
static u32 sysctl_version __ro_after_init;

static int domctl(struct hypha_abi_domctl *op, u32 cmd, domid_t domid)
{
	op->cmd = cmd;
	op->version = layout->version;
	op->domain = domid;
	return hypha_hypercall_domctl(op);
}

static int sysctl(struct hypha_abi_sysctl *op, u32 cmd)
{
	op->cmd = cmd;
	op->version = sysctl_version;
	return hypha_hypercall_sysctl(op);
}

static int refused(const char *what, u32 oldest, u32 newest, int err)
{
	if (err != -EACCES) {
		pr_err("Xen refuses a first %s: error %d\n", what, err);
		return err;
	}
	pr_err("this Xen speaks no %s interface version that hypha knows: tried %#x..%#x (Xen 4.14..4.22)\n", what, oldest, newest);
	return -ENODEV;
}

/* Xen answers another version than its own with -EACCES; getdomaininfo of dom0 is the same in all of them. */
static int probe_domctl(void)
{
	u32 version;
	int err = -EACCES;

	for (version = HYPHA_DOMCTL_VERSION_MAX; err == -EACCES && version >= HYPHA_DOMCTL_VERSION_MIN; version--) {
		struct hypha_abi_domctl op = { .cmd = HYPHA_ABI_GETDOMAININFO, .version = version, .domain = 0 };

		err = hypha_hypercall_domctl(&op);
		if (!err) {
			layout = hypha_abi_domctl_layout(version);
			return 0;
		}
	}
	return refused("domctl", HYPHA_DOMCTL_VERSION_MIN, HYPHA_DOMCTL_VERSION_MAX, err);
}

static int probe_sysctl(void)
{
	u32 version;
	int err = -EACCES;

	for (version = HYPHA_SYSCTL_VERSION_MAX; err == -EACCES && version >= HYPHA_SYSCTL_VERSION_MIN; version--) {
		struct hypha_abi_sysctl op = { .cmd = HYPHA_ABI_PHYSINFO, .version = version };

		err = hypha_hypercall_sysctl(&op);
		if (!err) {
			sysctl_version = version;
			return 0;
		}
	}
	return refused("sysctl", HYPHA_SYSCTL_VERSION_MIN, HYPHA_SYSCTL_VERSION_MAX, err);
}

int __init hypha_domctl_probe(void)
{
	return hypha_host_check() ?: probe_domctl() ?: probe_sysctl();
}

u32 hypha_domctl_version(void)
{
	return layout->version;
}

int hypha_domctl_create(const struct hypha_domctl_config *config, domid_t *domid)
{
	struct hypha_abi_domctl op = {
		.u.create = {
			.max_vcpus = config->max_vcpus,
			.max_evtchn_port = 1023,
			.max_grant_frames = -1,		/* Xen's defaults */
			.max_maptrack_frames = -1,
		},
	};
	u32 grant_opts = 1;	/* version 1 only; 0 is -EINVAL where the field exists */
	int err;

	memcpy(op.u.create.handle, config->handle, sizeof(op.u.create.handle));
	if (layout->grant_opts)
		memcpy(op.u.bytes + layout->grant_opts, &grant_opts, sizeof(grant_opts));

	err = domctl(&op, HYPHA_ABI_CREATEDOMAIN, layout->any_domid);
	if (!err)
		*domid = op.domain;
	return err;
}

int hypha_domctl_max_vcpus(domid_t domid, u32 nr)
{
	struct hypha_abi_domctl op = { .u.max_vcpus = nr };

	return domctl(&op, HYPHA_ABI_MAX_VCPUS, domid);
}

int hypha_domctl_max_mem(domid_t domid, u64 kib)
{
	struct hypha_abi_domctl op = { .u.max_mem_kib = kib };

	return domctl(&op, HYPHA_ABI_MAX_MEM, domid);
}

int hypha_domctl_native_tsc(domid_t domid)
{
	struct hypha_abi_domctl op = { .u.tsc = { .mode = HYPHA_ABI_TSC_NEVER_EMULATE } };

	return domctl(&op, HYPHA_ABI_SETTSCINFO, domid);
}

int hypha_domctl_hypercall_init(domid_t domid, u64 mfn)
{
	struct hypha_abi_domctl op = { .u.hypercall_mfn = mfn };

	return domctl(&op, HYPHA_ABI_HYPERCALL_INIT, domid);
}

int hypha_domctl_set_context(domid_t domid, u32 vcpu, const struct vcpu_guest_context *ctx)
{
	struct hypha_abi_domctl op = { .u.context = { .vcpu = vcpu, .context = (unsigned long)ctx } };

	return domctl(&op, HYPHA_ABI_SETVCPUCONTEXT, domid);
}

int hypha_domctl_pause(domid_t domid)
{
	struct hypha_abi_domctl op = {};

	return domctl(&op, HYPHA_ABI_PAUSEDOMAIN, domid);
}

int hypha_domctl_unpause(domid_t domid)
{
	struct hypha_abi_domctl op = {};

	return domctl(&op, HYPHA_ABI_UNPAUSEDOMAIN, domid);
}

int hypha_domctl_destroy(domid_t domid)
{
	struct hypha_abi_domctl op = {};

	return HYPHA_INSIST(domctl(&op, HYPHA_ABI_DESTROYDOMAIN, domid));
}

static void fill_info(struct hypha_domctl_info *info, const struct hypha_abi_dominfo *abi)
{
	*info = (struct hypha_domctl_info){
		.domid = abi->domain,
		.dying = abi->flags & HYPHA_ABI_DOMINF_DYING,
		.shutdown = abi->flags & HYPHA_ABI_DOMINF_SHUTDOWN,
		.paused = abi->flags & HYPHA_ABI_DOMINF_PAUSED,
		.shutdown_code = abi->flags >> HYPHA_ABI_DOMINF_CODE_SHIFT & HYPHA_ABI_DOMINF_CODE_MASK,
		.nr_online_vcpus = abi->nr_online_vcpus,
		.tot_pages = abi->tot_pages,
		.max_pages = abi->max_pages,
		.shared_info_frame = abi->shared_info_frame,
		.cpu_time = abi->cpu_time,
	};
}

int hypha_domctl_info(domid_t domid, struct hypha_domctl_info *info)
{
	struct hypha_abi_domctl op = {};
	int err;

	err = domctl(&op, HYPHA_ABI_GETDOMAININFO, domid);
	if (err)
		return err;
	if (op.u.info.domain != domid)
		return -ESRCH;	/* before Xen 4.18 a gone id is answered with the next one */
	fill_info(info, &op.u.info);
	return 0;
}

int hypha_domctl_info_list(domid_t first, struct hypha_domctl_info *infos, unsigned int max)
{
	struct hypha_abi_sysctl op;
	unsigned int i;
	u8 *buffer;
	int err;

	buffer = kvcalloc(max, layout->info_size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;

	op = (struct hypha_abi_sysctl){
		.u.list = { .first_domain = first, .max_domains = max, .buffer = (unsigned long)buffer },
	};
	err = sysctl(&op, HYPHA_ABI_GETDOMAININFOLIST);
	if (!err) {
		err = min(op.u.list.num_domains, max);
		for (i = 0; i < err; i++)
			fill_info(&infos[i], (const struct hypha_abi_dominfo *)(buffer + i * layout->info_size));
	}
	kvfree(buffer);
	return err;
}

int hypha_domctl_physinfo(struct hypha_physinfo *info)
{
	struct hypha_abi_sysctl op = {};
	unsigned int pages = hypha_abi_physinfo_pages(sysctl_version);
	int err;

	err = sysctl(&op, HYPHA_ABI_PHYSINFO);
	if (err)
		return err;
	info->nr_cpus = op.u.physinfo.nr_cpus;
	memcpy(&info->total_pages, op.u.bytes + pages, sizeof(info->total_pages));
	memcpy(&info->free_pages, op.u.bytes + pages + 8, sizeof(info->free_pages));
	return 0;
}
