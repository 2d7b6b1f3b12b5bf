// SPDX-License-Identifier: GPL-2.0-or-later
/* /dev/hypha: plain structs to ioctls. */
#include "libhypha/device.h"

#include "util/buf.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <hypha.h>
#include <hypha_netlink.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE "/dev/hypha"

_Static_assert(GUEST_NAME_MAX == HYPHA_NAME_MAX, "uapi");
_Static_assert(GUEST_CMDLINE_MAX == HYPHA_CMDLINE_MAX, "uapi");
_Static_assert(GUEST_VCPUS_MAX == HYPHA_VCPUS_MAX, "uapi");
_Static_assert(GUEST_DISKS_MAX == HYPHA_DISKS_MAX, "uapi");
_Static_assert(GUEST_LABELS_MAX <= HYPHA_LABELS_MAX, "uapi");
_Static_assert(GUEST_PHASES == HYPHA_PHASE_COUNT, "uapi");
_Static_assert(NIC_DNS_MAX == HYPHA_NIC_DNS_MAX && NIC_FORWARDS_MAX == HYPHA_FORWARDS_MAX, "uapi");
_Static_assert(NIC_MTU_MIN == HYPHA_MTU_MIN && NIC_MTU_MAX == HYPHA_MTU_MAX, "uapi");
_Static_assert(NIC_POLICY_STACK == HYPHA_POLICY_STACK && NIC_POLICY_GUEST_TO_GUEST == HYPHA_POLICY_GUEST_TO_GUEST &&
	       NIC_POLICY_GUEST_TO_HOST == HYPHA_POLICY_GUEST_TO_HOST, "uapi");

static const char *const phase_names[HYPHA_PHASE_COUNT] = {
	[HYPHA_PHASE_PARSE] = "parse",
	[HYPHA_PHASE_CREATE] = "create",
	[HYPHA_PHASE_POPULATE] = "populate",
	[HYPHA_PHASE_LOAD] = "load",
	[HYPHA_PHASE_TABLES] = "tables",
	[HYPHA_PHASE_RINGS] = "rings",
	[HYPHA_PHASE_PIN] = "pin",
	[HYPHA_PHASE_UNPAUSE] = "unpause",
};

const char *device_phase_name(unsigned int i)
{
	return i < HYPHA_PHASE_COUNT ? phase_names[i] : "?";
}

static bool under_xen(void)
{
	auto_buf type = BUF_INIT;

	return !file_read("/sys/hypervisor/type", 64, &type) && !strncmp(buf_str(&type), "xen", 3);
}

int device_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC), err = -errno;

	if (fd >= 0)
		return fd;
	if (geteuid() != 0)
		return err_set(-EPERM, "not root: hyphactl must run as root");
	if (!under_xen())
		return err_set(-ENODEV, "this machine does not run under Xen: hypha needs a Linux PV dom0 (boot it through xen)");
	if (err == -ENOENT || err == -ENXIO || err == -ENODEV)
		return err_set(-ENODEV, DEVICE " is missing: the hypha module is not loaded; run: modprobe hypha (dmesg says why if it refuses)");
	if (err == -EPERM)
		return err_set(err, DEVICE ": the kernel is locked down (/sys/kernel/security/lockdown), or CAP_SYS_ADMIN is missing");
	return err_sys(err, DEVICE);
}

/* EPERM and EFAULT apart, errors of the simple ioctls tell about the guest. */
static int id_error(int err, uint32_t id, const char *what)
{
	switch (err) {
	case ENOENT:
		return err_set(-err, "cannot %s guest %u: there is no such guest", what, id);
	case ESHUTDOWN:
		return err_set(-err, "cannot %s guest %u: it has exited", what, id);
	case EBUSY:
		return err_set(-err, "cannot %s guest %u: it has not exited", what, id);
	default:
		return err_sys(-err, "cannot %s guest %u", what, id);
	}
}

static int id_ioctl(int dev, unsigned long request, uint32_t id, const char *what)
{
	struct hypha_id arg = { .size = sizeof(arg), .id = id };

	return ioctl(dev, request, &arg) ? id_error(errno, id, what) : 0;
}

int device_destroy(int dev, uint32_t id)
{
	return id_ioctl(dev, HYPHA_DESTROY, id, "destroy");
}

int device_remove(int dev, uint32_t id)
{
	return id_ioctl(dev, HYPHA_REMOVE, id, "remove");
}

int device_pause(int dev, uint32_t id)
{
	int err = id_ioctl(dev, HYPHA_PAUSE, id, "pause");

	return err == -EALREADY ? err_set(err, "cannot pause guest %u: it is paused already", id) : err;
}

int device_unpause(int dev, uint32_t id)
{
	int err = id_ioctl(dev, HYPHA_UNPAUSE, id, "unpause");

	return err == -EALREADY ? err_set(err, "cannot unpause guest %u: it is not paused", id) : err;
}

int device_shutdown(int dev, uint32_t id, enum shutdown_action action, char sysrq)
{
	static const uint32_t actions[] = {
		[SHUTDOWN_POWEROFF] = HYPHA_SHUTDOWN_POWEROFF,
		[SHUTDOWN_REBOOT] = HYPHA_SHUTDOWN_REBOOT,
		[SHUTDOWN_SYSRQ] = HYPHA_SHUTDOWN_SYSRQ,
	};
	struct hypha_shutdown arg = {
		.size = sizeof(arg), .id = id, .action = actions[action], .sysrq = (unsigned char)sysrq,
	};

	return ioctl(dev, HYPHA_SHUTDOWN, &arg) ? id_error(errno, id, "shut down") : 0;
}

int device_set_memory(int dev, uint32_t id, uint64_t bytes)
{
	struct hypha_memory arg = { .size = sizeof(arg), .id = id, .target = bytes };

	return ioctl(dev, HYPHA_SET_MEMORY, &arg) ? id_error(errno, id, "set the memory of") : 0;
}

int device_set_vcpus(int dev, uint32_t id, unsigned int nr)
{
	struct hypha_vcpus arg = { .size = sizeof(arg), .id = id, .nr = nr };

	return ioctl(dev, HYPHA_SET_VCPUS, &arg) ? id_error(errno, id, "set the vCPUs of") : 0;
}

int device_console(int dev, uint32_t id, struct console_mode mode)
{
	struct hypha_console_open arg = { .size = sizeof(arg), .id = id, .fd = -1 };

	arg.flags = (mode.read ? HYPHA_CONSOLE_READ : 0) | (mode.write ? HYPHA_CONSOLE_WRITE : 0) |
		    (mode.nonblock ? HYPHA_CONSOLE_NONBLOCK : 0) | (mode.from_end ? HYPHA_CONSOLE_FROM_END : 0);
	return ioctl(dev, HYPHA_CONSOLE, &arg) ? id_error(errno, id, "open the console of") : arg.fd;
}

int device_info(int dev, struct host_info *info)
{
	struct hypha_info arg = { .size = sizeof(arg) };

	if (ioctl(dev, HYPHA_INFO, &arg))
		return err_sys(-errno, "cannot ask the module");
	*info = (struct host_info) {
		.abi = arg.abi, .xen_major = arg.xen_major, .xen_minor = arg.xen_minor, .domctl = arg.domctl,
		.nr_cpus = arg.nr_cpus, .nr_guests = arg.nr_guests, .nr_exited = arg.nr_exited,
		.total_bytes = arg.total_bytes, .free_bytes = arg.free_bytes,
		.plen4 = arg.plen4, .plen6 = arg.plen6,
	};
	memcpy(info->net4, arg.net4, sizeof(info->net4));
	memcpy(info->net6, arg.net6, sizeof(info->net6));
	memcpy(info->module, arg.module, sizeof(info->module) - 1);
	memcpy(info->xen_extra, arg.xen_extra, sizeof(info->xen_extra) - 1);
	return 0;
}

static uint64_t address(const void *p)
{
	return (uintptr_t)p;
}

static int fill_disks(struct hypha_disk *disks, const struct guest_spec *spec)
{
	if (spec->nr_disks > HYPHA_DISKS_MAX)
		return err_set(-EINVAL, "%zu disks: at most %d are possible", spec->nr_disks, HYPHA_DISKS_MAX);
	for (size_t i = 0; i < spec->nr_disks; i++)
		disks[i] = (struct hypha_disk) { spec->disks[i].fd, spec->disks[i].readonly ? HYPHA_DISK_RO : 0 };
	return 0;
}

static void fill_forwards(struct hypha_forward_spec *out, const struct nic_spec *nic)
{
	for (size_t i = 0; i < nic->nr_forwards; i++) {
		const struct forward_spec *f = &nic->forwards[i];

		out[i] = (struct hypha_forward_spec) {
			.proto = f->proto, .version = f->version,
			.nr_ports = f->nr_ports, .host_port = f->host_port, .guest_port = f->guest_port,
		};
		memcpy(out[i].addr, f->addr, sizeof(out[i].addr));
	}
}

static void fill_nic(struct hypha_nic *arg, const struct nic_spec *nic, struct hypha_forward_spec *forwards)
{
	fill_forwards(forwards, nic);
	*arg = (struct hypha_nic) {
		.mtu = nic->mtu, .policy = nic->policy, .nr_dns = nic->nr_dns,
		.forwards = address(forwards), .nr_forwards = nic->nr_forwards,
	};
	memcpy(arg->mac, nic->mac, sizeof(arg->mac));
	memcpy(arg->ip4, nic->ip4, sizeof(arg->ip4));
	memcpy(arg->ip6, nic->ip6, sizeof(arg->ip6));
	memcpy(arg->dns, nic->dns, sizeof(arg->dns));
}

static void fill_create(struct hypha_create *arg, const struct guest_spec *spec)
{
	*arg = (struct hypha_create) {
		.size = sizeof(*arg),
		.flags = (spec->paused ? HYPHA_CREATE_PAUSED : 0) | (spec->autoremove ? HYPHA_CREATE_AUTOREMOVE : 0) |
			 (spec->no_network ? HYPHA_CREATE_NO_NETWORK : 0),
		.kernel_fd = spec->kernel_fd,
		.nr_vcpus = spec->vcpus,
		.memory = spec->memory,
		.max_memory = spec->max_memory,
		.initrds = address(spec->initrds), .nr_initrds = spec->nr_initrds,
		.cmdline = address(spec->cmdline), .cmdline_len = strlen(spec->cmdline),
		.labels = address(spec->labels), .labels_len = strlen(spec->labels),
		.log_size = spec->log_size,
	};
	memcpy(arg->uuid, spec->uuid, sizeof(arg->uuid));
	strncpy(arg->name, spec->name, sizeof(arg->name) - 1);
}

static int create(int dev, struct hypha_create *arg)
{
	char reason[HYPHA_REASON_MAX] = "";
	int err;

	arg->reason = address(reason);
	arg->reason_len = sizeof(reason);
	if (!ioctl(dev, HYPHA_CREATE, arg))
		return 0;
	err = -errno;
	reason[sizeof(reason) - 1] = '\0';
	return reason[0] ? err_set(err, "%s", reason) : err_sys(err, "the module refused");
}

int device_create(int dev, const struct guest_spec *spec, struct guest_made *out)
{
	struct hypha_forward_spec forwards[HYPHA_FORWARDS_MAX];
	struct hypha_disk disks[HYPHA_DISKS_MAX];
	struct hypha_create arg;
	struct hypha_nic nic;
	int err = fill_disks(disks, spec);

	if (err)
		return err;
	fill_create(&arg, spec);
	arg.disks = address(disks);
	arg.nr_disks = spec->nr_disks;
	if (spec->nic) {
		fill_nic(&nic, spec->nic, forwards);
		arg.nic = address(&nic);
	}
	err = create(dev, &arg);
	if (err)
		return err;
	out->id = arg.id;
	out->domid = arg.domid;
	memcpy(out->phase_ns, arg.phase_ns, sizeof(out->phase_ns));
	return 0;
}
