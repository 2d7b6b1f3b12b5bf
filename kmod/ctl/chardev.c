// SPDX-License-Identifier: GPL-2.0-only
/* /dev/hypha: the table of ioctls. */
#include "ctl.h"

#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/interface/xen.h>

#include "guest.h"
#include "xen/domctl.h"
#include "xen/host.h"

/* Tell the caller why, as far as it left room; a bad address loses the sentence, not the error. */
static void tell_reason(const struct hypha_create *arg, const struct hypha_reason *reason)
{
	size_t len = strlen(reason->text) + 1;

	if (!arg->reason || !arg->reason_len)
		return;
	if (len > arg->reason_len)
		len = arg->reason_len;
	if (copy_to_user(u64_to_user_ptr(arg->reason), reason->text, len - 1) ||
	    clear_user(u64_to_user_ptr(arg->reason) + len - 1, 1))
		pr_debug("hypha: reason address not writable\n");
}

/* As long as the caller's structure is. */
static int give_back(void __user *uarg, const void *arg, u32 usize, size_t ksize)
{
	return copy_to_user(uarg, arg, min_t(size_t, usize, ksize)) ? -EFAULT : 0;
}

/* Start it; from here on the guest is whole, whatever happens to the caller. */
static int start_guest(struct hypha_guest *g, struct hypha_create *arg, struct hypha_reason *reason)
{
	ktime_t start = ktime_get();
	int err = hypha_guest_unpause(g);

	/* somebody who saw the new guest in a dump may have been quicker */
	if (err == -EALREADY)
		err = 0;
	arg->phase_ns[HYPHA_PHASE_UNPAUSE] = ktime_to_ns(ktime_sub(ktime_get(), start));
	return err ? hypha_reason(reason, err, "unpausedomain: error %d", err) : 0;
}

static int create_guest(struct hypha_create *arg, void __user *uarg, struct hypha_reason *reason)
{
	struct hypha_guest_spec *spec = kzalloc(sizeof(*spec), GFP_KERNEL);
	struct hypha_guest *g;
	int err;

	if (!spec)
		return -ENOMEM;

	err = hypha_spec_load(spec, arg, reason);
	if (err)
		goto out;

	g = hypha_guest_create(spec, reason, arg->phase_ns);
	if (IS_ERR(g)) {
		err = PTR_ERR(g);
		goto out;
	}
	arg->id = hypha_guest_id(g);
	arg->domid = hypha_guest_domid(g);
	err = give_back(uarg, arg, arg->size, sizeof(*arg));
	if (err)
		hypha_reason(reason, err, "result: the structure cannot be written");
	else if (!(arg->flags & HYPHA_CREATE_PAUSED))
		err = start_guest(g, arg, reason);
	if (err) {
		hypha_guest_destroy(g);
		hypha_guest_remove(g);
	} else if (give_back(uarg, arg, arg->size, sizeof(*arg))) {
		pr_debug("hypha: result address not writable any more\n");
	}
	hypha_guest_put(g);
out:
	hypha_spec_clean(spec);
	kfree(spec);
	return err;
}

static long do_create(void *argp, void __user *uarg)
{
	struct hypha_reason *reason = kzalloc(sizeof(*reason), GFP_KERNEL);
	struct hypha_create *arg = argp;
	int err;

	if (!reason)
		return -ENOMEM;

	err = create_guest(arg, uarg, reason);
	if (err)
		tell_reason(arg, reason);
	kfree(reason);
	return err;
}

static long do_id(void *argp, int (*verb)(struct hypha_guest *))
{
	const struct hypha_id *arg = argp;
	struct hypha_guest *g = hypha_guest_find(arg->id);
	int err;

	if (!g)
		return -ENOENT;
	err = verb(g);
	hypha_guest_put(g);
	return err;
}

static long do_destroy(void *arg, void __user *uarg)
{
	return do_id(arg, hypha_guest_destroy);
}

static long do_remove(void *arg, void __user *uarg)
{
	return do_id(arg, hypha_guest_remove);
}

static long do_pause(void *arg, void __user *uarg)
{
	return do_id(arg, hypha_guest_pause);
}

static long do_unpause(void *arg, void __user *uarg)
{
	return do_id(arg, hypha_guest_unpause);
}

/* The caller gets its number before anybody can see the file: a copy that fails leaves nothing open. */
static int give_file(struct hypha_console_open *arg, void __user *uarg, struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	int err;

	arg->fd = fd;
	err = fd < 0 ? fd : give_back(uarg, arg, arg->size, sizeof(*arg));
	if (!err) {
		fd_install(fd, file);
		return 0;
	}
	if (fd >= 0)
		put_unused_fd(fd);
	fput(file);
	return err;
}

static long do_console(void *argp, void __user *uarg)
{
	struct hypha_console_open *arg = argp;
	struct hypha_guest *g;
	struct file *file;

	if (arg->flags & ~(HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE | HYPHA_CONSOLE_NONBLOCK | HYPHA_CONSOLE_FROM_END))
		return -EINVAL;
	if (!(arg->flags & (HYPHA_CONSOLE_READ | HYPHA_CONSOLE_WRITE)))
		return -EINVAL;
	if (arg->size < offsetofend(struct hypha_console_open, fd))
		return -EINVAL;
	g = hypha_guest_find(arg->id);
	if (!g)
		return -ENOENT;

	file = hypha_guest_open_console(g, arg->flags);
	hypha_guest_put(g);
	return IS_ERR(file) ? PTR_ERR(file) : give_file(arg, uarg, file);
}

static long do_shutdown(void *argp, void __user *uarg)
{
	const struct hypha_shutdown *arg = argp;
	bool sysrq = arg->action == HYPHA_SHUTDOWN_SYSRQ;
	struct hypha_guest *g;
	int err;

	if (arg->action > HYPHA_SHUTDOWN_SYSRQ)
		return -EINVAL;
	if (sysrq ? arg->sysrq <= ' ' || arg->sysrq > '~' : arg->sysrq)
		return -EINVAL;
	g = hypha_guest_find(arg->id);
	if (!g)
		return -ENOENT;
	err = hypha_guest_shutdown(g, arg->action, arg->sysrq);
	hypha_guest_put(g);
	return err;
}

static long do_set_memory(void *argp, void __user *uarg)
{
	const struct hypha_memory *arg = argp;
	struct hypha_guest *g = hypha_guest_find(arg->id);
	int err;

	if (!g)
		return -ENOENT;
	err = hypha_guest_set_memory(g, arg->target);
	hypha_guest_put(g);
	return err;
}

static long do_set_vcpus(void *argp, void __user *uarg)
{
	const struct hypha_vcpus *arg = argp;
	struct hypha_guest *g;
	int err;

	if (arg->pad)
		return -EINVAL;
	g = hypha_guest_find(arg->id);
	if (!g)
		return -ENOENT;
	err = hypha_guest_set_vcpus(g, arg->nr);
	hypha_guest_put(g);
	return err;
}

static void fill_xen(struct hypha_info *info)
{
	char extra[16];

	hypha_host_version(&info->xen_major, &info->xen_minor, extra);
	strscpy(info->xen_extra, extra, sizeof(info->xen_extra));
}

static void fill_net(struct hypha_info *info)
{
	struct hypha_net_settings net;

	hypha_net_get(&net);
	memcpy(info->net4, &net.prefixes.net4, sizeof(info->net4));
	memcpy(info->net6, &net.prefixes.net6, sizeof(info->net6));
	info->plen4 = net.prefixes.plen4;
	info->plen6 = net.prefixes.plen6;
}

static long do_info(void *argp, void __user *uarg)
{
	struct hypha_info *info = argp;
	struct hypha_physinfo phys;
	int err;

	if (info->pad)
		return -EINVAL;
	err = hypha_domctl_physinfo(&phys);
	if (err)
		return err;

	*info = (struct hypha_info){ .size = info->size };
	info->abi = HYPHA_ABI_VERSION;
	strscpy(info->module, HYPHA_VERSION, sizeof(info->module));
	fill_xen(info);
	fill_net(info);
	info->domctl = hypha_domctl_version();
	info->nr_cpus = phys.nr_cpus;
	info->total_bytes = phys.total_pages << PAGE_SHIFT;
	info->free_bytes = phys.free_pages << PAGE_SHIFT;
	hypha_guest_count(&info->nr_guests, &info->nr_exited);
	return give_back(uarg, info, info->size, sizeof(*info));
}

/* By number; the size in the request may be that of an older or newer structure. */
static const struct {
	size_t size;
	long (*fn)(void *arg, void __user *uarg);
} ioctls[] = {
	[_IOC_NR(HYPHA_CREATE)] = { sizeof(struct hypha_create), do_create },
	[_IOC_NR(HYPHA_DESTROY)] = { sizeof(struct hypha_id), do_destroy },
	[_IOC_NR(HYPHA_REMOVE)] = { sizeof(struct hypha_id), do_remove },
	[_IOC_NR(HYPHA_PAUSE)] = { sizeof(struct hypha_id), do_pause },
	[_IOC_NR(HYPHA_UNPAUSE)] = { sizeof(struct hypha_id), do_unpause },
	[_IOC_NR(HYPHA_CONSOLE)] = { sizeof(struct hypha_console_open), do_console },
	[_IOC_NR(HYPHA_SHUTDOWN)] = { sizeof(struct hypha_shutdown), do_shutdown },
	[_IOC_NR(HYPHA_SET_MEMORY)] = { sizeof(struct hypha_memory), do_set_memory },
	[_IOC_NR(HYPHA_SET_VCPUS)] = { sizeof(struct hypha_vcpus), do_set_vcpus },
	[_IOC_NR(HYPHA_INFO)] = { sizeof(struct hypha_info), do_info },
};

static long hypha_ioctl(struct file *file, unsigned int cmd, unsigned long uaddr)
{
	void __user *uarg = (void __user *)uaddr;
	unsigned int nr = _IOC_NR(cmd);
	u32 usize;
	void *arg;
	long ret;

	if (_IOC_TYPE(cmd) != HYPHA_IOC || nr >= ARRAY_SIZE(ioctls) || !ioctls[nr].fn)
		return -ENOTTY;
	if (get_user(usize, (u32 __user *)uarg))
		return -EFAULT;
	if (usize < sizeof(usize))
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;

	arg = kzalloc(ioctls[nr].size, GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	ret = copy_struct_from_user(arg, ioctls[nr].size, uarg, usize);
	if (!ret) {
		*(u32 *)arg = usize;	/* as checked, whatever it reads now */
		ret = ioctls[nr].fn(arg, uarg);
	}
	kfree(arg);
	return ret;
}

static int hypha_open(struct inode *inode, struct file *file)
{
	int err = security_locked_down(LOCKDOWN_XEN_USER_ACTIONS);

	if (err)
		return err;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = hypha_open,
	.unlocked_ioctl = hypha_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hypha",
	.mode = 0600,
	.fops = &fops,
};

int hypha_chardev_init(void)
{
	return misc_register(&device);
}

void hypha_chardev_exit(void)
{
	misc_deregister(&device);
}
