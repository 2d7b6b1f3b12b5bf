// SPDX-License-Identifier: GPL-2.0-only
/* From the words of HYPHA_CREATE to a checked spec: every number and every address the caller gave is looked at here. */
#include "ctl.h"

#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "guest.h"

static_assert(sizeof(((struct hypha_nic *)0)->dns) == sizeof(((struct hypha_guest_nic_spec *)0)->dns));

static int check_name(const struct hypha_create *arg, struct hypha_reason *reason)
{
	size_t i, len = strnlen(arg->name, sizeof(arg->name));

	if (!len || len == sizeof(arg->name))
		return hypha_reason(reason, -EINVAL, "name: must have 1..%d characters", HYPHA_NAME_MAX - 1);
	for (i = 0; i < len; i++)
		if (!isascii(arg->name[i]) || !(isalnum(arg->name[i]) || (i && strchr("_.-", arg->name[i]))))
			return hypha_reason(reason, -EINVAL, "name: character %zu must be one of A-Z a-z 0-9, after the first also _ . -",
					    i + 1);
	return 0;
}

static int check_memory(const struct hypha_create *arg, struct hypha_reason *reason)
{
	if (!arg->memory || !PAGE_ALIGNED(arg->memory) || !PAGE_ALIGNED(arg->max_memory))
		return hypha_reason(reason, -EINVAL, "memory: %llu (max %llu) bytes must be a multiple of %lu, not 0",
				    arg->memory, arg->max_memory, PAGE_SIZE);
	if (arg->max_memory && arg->max_memory < arg->memory)
		return hypha_reason(reason, -EINVAL, "memory: max %llu bytes is less than %llu at boot", arg->max_memory,
				    arg->memory);
	if (arg->memory >> 43 || arg->max_memory >> 43)
		return hypha_reason(reason, -EINVAL, "memory: %llu MiB are beyond 8 TiB",
				    max(arg->memory, arg->max_memory) >> 20);
	return 0;
}

static int check_numbers(const struct hypha_create *arg, struct hypha_reason *reason)
{
	if (arg->flags & ~(HYPHA_CREATE_PAUSED | HYPHA_CREATE_AUTOREMOVE | HYPHA_CREATE_NO_NETWORK))
		return hypha_reason(reason, -EINVAL, "flags: 0x%x has bits this module does not know", arg->flags);
	if (!arg->nr_vcpus || arg->nr_vcpus > HYPHA_VCPUS_MAX)
		return hypha_reason(reason, -EINVAL, "vCPUs: %u, must be 1..%d", arg->nr_vcpus, HYPHA_VCPUS_MAX);
	if (arg->cmdline_len > HYPHA_CMDLINE_MAX)
		return hypha_reason(reason, -EINVAL, "command line: %u bytes, Xen takes at most %d", arg->cmdline_len,
				    HYPHA_CMDLINE_MAX);
	if (arg->nr_initrds > HYPHA_INITRDS_MAX)
		return hypha_reason(reason, -EINVAL, "initrd: %u parts, at most %d", arg->nr_initrds, HYPHA_INITRDS_MAX);
	if (arg->nr_disks > HYPHA_DISKS_MAX)
		return hypha_reason(reason, -EINVAL, "disks: %u, at most %d", arg->nr_disks, HYPHA_DISKS_MAX);
	if (arg->labels_len > HYPHA_LABELS_MAX)
		return hypha_reason(reason, -EINVAL, "labels: %u bytes, at most %d", arg->labels_len, HYPHA_LABELS_MAX);
	if (arg->log_size > HYPHA_LOG_MAX)
		return hypha_reason(reason, -EINVAL, "console log: %u bytes, at most %d", arg->log_size, HYPHA_LOG_MAX);
	if (!memchr_inv(arg->uuid, 0, sizeof(arg->uuid)))
		return hypha_reason(reason, -EINVAL, "uuid: must not be all zero");
	return 0;
}

static int load_cmdline(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	char *text = memdup_user_nul(u64_to_user_ptr(arg->cmdline), arg->cmdline_len);

	if (IS_ERR(text))
		return hypha_reason(reason, PTR_ERR(text), "command line: its address cannot be read");
	spec->domain.cmdline = text;
	if (strlen(text) != arg->cmdline_len)
		return hypha_reason(reason, -EINVAL, "command line: NUL at byte %zu", strlen(text));
	return 0;
}

static int load_labels(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	void *labels;

	if (!arg->labels_len)
		return 0;
	labels = vmemdup_user(u64_to_user_ptr(arg->labels), arg->labels_len);
	if (IS_ERR(labels))
		return hypha_reason(reason, PTR_ERR(labels), "labels: their address cannot be read");
	spec->labels = labels;
	spec->labels_len = arg->labels_len;
	return 0;
}

/* A counted file the caller can read: regular, or a block device if @bdev. */
static struct file *load_file(int fd, bool bdev, bool write, const char *what, struct hypha_reason *reason)
{
	struct file *file = fget(fd);
	umode_t mode;

	if (!file)
		return ERR_PTR(hypha_reason(reason, -EBADF, "%s: fd %d is not open", what, fd));

	mode = file_inode(file)->i_mode;
	if (!S_ISREG(mode) && !(bdev && S_ISBLK(mode))) {
		hypha_reason(reason, -EINVAL, "%s: fd %d is not a regular file%s", what, fd, bdev ? " or block device" : "");
		fput(file);
		return ERR_PTR(-EINVAL);
	}
	if (!(file->f_mode & FMODE_READ) || (write && !(file->f_mode & FMODE_WRITE))) {
		hypha_reason(reason, -EACCES, "%s: fd %d is not open for %s", what, fd, write ? "reading and writing" : "reading");
		fput(file);
		return ERR_PTR(-EACCES);
	}
	return file;
}

static int load_kernel(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	struct file *file = load_file(arg->kernel_fd, false, false, "kernel", reason);

	if (IS_ERR(file))
		return PTR_ERR(file);
	spec->domain.kernel = file;
	return 0;
}

static int load_initrds(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	struct hypha_domain_spec *dom = &spec->domain;
	__s32 fds[HYPHA_INITRDS_MAX];
	struct file *file;

	if (!arg->nr_initrds)
		return 0;
	if (copy_from_user(fds, u64_to_user_ptr(arg->initrds), arg->nr_initrds * sizeof(*fds)))
		return hypha_reason(reason, -EFAULT, "initrd: the address of its fds cannot be read");

	dom->initrds = kcalloc(arg->nr_initrds, sizeof(*dom->initrds), GFP_KERNEL);
	if (!dom->initrds)
		return -ENOMEM;
	for (; dom->nr_initrds < arg->nr_initrds; dom->nr_initrds++) {
		file = load_file(fds[dom->nr_initrds], false, false, "initrd", reason);
		if (IS_ERR(file))
			return PTR_ERR(file);
		dom->initrds[dom->nr_initrds] = file;
	}
	return 0;
}

static int load_disks(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	struct hypha_disk disks[HYPHA_DISKS_MAX];
	struct file *file;
	char what[16];

	if (copy_from_user(disks, u64_to_user_ptr(arg->disks), arg->nr_disks * sizeof(*disks)))
		return hypha_reason(reason, -EFAULT, "disks: their address cannot be read");

	for (; spec->nr_disks < arg->nr_disks; spec->nr_disks++) {
		const struct hypha_disk *disk = &disks[spec->nr_disks];
		bool readonly = disk->flags & HYPHA_DISK_RO;

		if (disk->flags & ~HYPHA_DISK_RO)
			return hypha_reason(reason, -EINVAL, "disk %u: flags 0x%x are not known", spec->nr_disks, disk->flags);
		snprintf(what, sizeof(what), "disk %u", spec->nr_disks);
		file = load_file(disk->fd, true, !readonly, what, reason);
		if (IS_ERR(file))
			return PTR_ERR(file);
		spec->disks[spec->nr_disks] = (struct hypha_guest_disk_spec){ .file = file, .readonly = readonly };
	}
	return 0;
}

static int check_nic(const struct hypha_nic *nic, struct hypha_reason *reason)
{
	if (nic->mtu && (nic->mtu < HYPHA_MTU_MIN || nic->mtu > HYPHA_MTU_MAX))
		return hypha_reason(reason, -EINVAL, "nic: MTU %u, must be %d..%d", nic->mtu, HYPHA_MTU_MIN, HYPHA_MTU_MAX);
	if (nic->policy & ~HYPHA_POLICY_ALL)
		return hypha_reason(reason, -EINVAL, "nic: policy 0x%x has bits this module does not know", nic->policy);
	if (nic->nr_forwards > HYPHA_FORWARDS_MAX)
		return hypha_reason(reason, -EINVAL, "nic: %u forwards, at most %d", nic->nr_forwards, HYPHA_FORWARDS_MAX);
	if (nic->nr_dns > HYPHA_NIC_DNS_MAX)
		return hypha_reason(reason, -EINVAL, "nic: %u resolvers, at most %d", nic->nr_dns, HYPHA_NIC_DNS_MAX);
	return 0;
}

static int load_forwards(struct hypha_guest_nic_spec *spec, const struct hypha_nic *nic, struct hypha_reason *reason)
{
	size_t size = nic->nr_forwards * sizeof(struct hypha_forward_spec);
	struct hypha_forward_spec *words;
	u32 i;

	if (!nic->nr_forwards)
		return 0;
	words = memdup_user(u64_to_user_ptr(nic->forwards), size);
	if (IS_ERR(words))
		return hypha_reason(reason, PTR_ERR(words), "nic: the address of its forwards cannot be read");
	spec->forwards = kcalloc(nic->nr_forwards, sizeof(*spec->forwards), GFP_KERNEL);
	for (i = 0; spec->forwards && i < nic->nr_forwards; i++) {
		spec->forwards[i] = (struct hypha_forward){
			.proto = words[i].proto,
			.version = words[i].version,
			.host_port = words[i].host_port,
			.nr_ports = words[i].nr_ports,
			.guest_port = words[i].guest_port,
		};
		memcpy(&spec->forwards[i].addr, words[i].addr, sizeof(words[i].addr));
	}
	kfree(words);
	spec->nr_forwards = i;
	return spec->forwards ? 0 : -ENOMEM;
}

static int load_nic(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	struct hypha_endpoint_config *config = &spec->nic.config;
	struct hypha_nic nic = { };
	int err;

	if (arg->flags & HYPHA_CREATE_NO_NETWORK && arg->nic)
		return hypha_reason(reason, -EINVAL, "nic: there is one, and the flag that there is no network");
	if (arg->nic && copy_from_user(&nic, u64_to_user_ptr(arg->nic), sizeof(nic)))
		return hypha_reason(reason, -EFAULT, "nic: its address cannot be read");
	err = check_nic(&nic, reason);
	if (err)
		return err;

	memcpy(config->mac, nic.mac, sizeof(config->mac));
	memcpy(&config->ip4, nic.ip4, sizeof(config->ip4));
	memcpy(&config->ip6, nic.ip6, sizeof(config->ip6));
	config->mtu = nic.mtu ?: ETH_DATA_LEN;
	config->policy = nic.policy;
	memcpy(spec->nic.dns, nic.dns, sizeof(spec->nic.dns));
	spec->nic.nr_dns = nic.nr_dns;
	return load_forwards(&spec->nic, &nic, reason);
}

static const struct {
	int (*load)(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason);
} parts[] = { { load_cmdline }, { load_labels }, { load_kernel }, { load_initrds }, { load_disks }, { load_nic } };

int hypha_spec_load(struct hypha_guest_spec *spec, const struct hypha_create *arg, struct hypha_reason *reason)
{
	unsigned int i;
	int err;

	err = check_name(arg, reason);
	if (!err)
		err = check_memory(arg, reason);
	if (!err)
		err = check_numbers(arg, reason);

	spec->domain.memory = arg->memory;
	spec->domain.max_memory = arg->max_memory ?: arg->memory;
	spec->domain.nr_vcpus = arg->nr_vcpus;
	spec->log_size = arg->log_size ?: HYPHA_LOG_DEFAULT;
	spec->flags = arg->flags;
	memcpy(spec->domain.uuid, arg->uuid, sizeof(arg->uuid));
	strscpy(spec->name, arg->name, sizeof(spec->name));

	for (i = 0; !err && i < ARRAY_SIZE(parts); i++)
		err = parts[i].load(spec, arg, reason);
	return err;
}

void hypha_spec_clean(struct hypha_guest_spec *spec)
{
	struct hypha_domain_spec *dom = &spec->domain;

	while (spec->nr_disks)
		fput(spec->disks[--spec->nr_disks].file);
	while (dom->nr_initrds)
		fput(dom->initrds[--dom->nr_initrds]);
	kfree(dom->initrds);
	if (dom->kernel)
		fput(dom->kernel);
	kfree(spec->nic.forwards);
	kvfree(spec->labels);
	kfree(dom->cmdline);
}
