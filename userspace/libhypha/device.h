/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/hypha: everything that changes a guest. Errors are -errno with err_text(). */
#ifndef HYPHA_LIBHYPHA_DEVICE_H
#define HYPHA_LIBHYPHA_DEVICE_H

#include "libhypha/nic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_NAME_MAX		64	/* with its NUL */
#define GUEST_CMDLINE_MAX	1023
#define GUEST_VCPUS_MAX		32
#define GUEST_DISKS_MAX		16
#define GUEST_LABELS_MAX	(24 << 10)	/* half of what a netlink message to us surely holds */
#define GUEST_PHASES		8

struct disk_spec {
	int fd;
	bool readonly;
};

/* A guest to be made; nothing is kept. */
struct guest_spec {
	const char *name;
	uint8_t uuid[16];
	uint64_t memory, max_memory;	/* bytes; max 0: the same */
	unsigned int vcpus;
	int kernel_fd;
	const int *initrds;
	size_t nr_initrds;
	const struct disk_spec *disks;
	size_t nr_disks;
	const char *cmdline;
	const char *labels;		/* JSON text, see hyphactl/labels.h */
	bool paused, autoremove;
	uint32_t log_size;		/* 0: the module's default */
	const struct nic_spec *nic;	/* NULL: what the module does by itself */
	bool no_network;		/* not even that; @nic must be NULL */
};

struct guest_made {
	uint32_t id, domid;
	uint64_t phase_ns[GUEST_PHASES];
};

struct host_info {
	uint32_t abi, xen_major, xen_minor, domctl, nr_cpus, nr_guests, nr_exited;
	char module[32], xen_extra[16];
	uint64_t total_bytes, free_bytes;
	uint8_t net4[4], net6[16];	/* the guests' prefixes; the gateway is the first host address of each */
	unsigned int plen4, plen6;	/* plen4 0: no network; plen6 0: none of IPv6 */
};

enum shutdown_action { SHUTDOWN_POWEROFF, SHUTDOWN_REBOOT, SHUTDOWN_SYSRQ };

/* Return: a descriptor; the text says what to do when the device is missing, not ours, or this is not a Xen dom0. */
int device_open(void);
/* All or nothing; on failure the text is the module's own reason. -EEXIST: name or uuid in use; -EADDRINUSE: MAC, address or published port. */
int device_create(int dev, const struct guest_spec *spec, struct guest_made *out);
/* What phase_ns[i] measures, e.g. "populate". */
const char *device_phase_name(unsigned int i);
int device_destroy(int dev, uint32_t id);
int device_remove(int dev, uint32_t id);
int device_pause(int dev, uint32_t id);
int device_unpause(int dev, uint32_t id);
int device_shutdown(int dev, uint32_t id, enum shutdown_action action, char sysrq);
int device_set_memory(int dev, uint32_t id, uint64_t bytes);
int device_set_vcpus(int dev, uint32_t id, unsigned int nr);
int device_info(int dev, struct host_info *info);

/* A new descriptor on the guest's console; read() replays the log unless @from_end, then follows; 0 after exit. */
struct console_mode {
	bool read, write, nonblock, from_end;
};
int device_console(int dev, uint32_t id, struct console_mode mode);

#endif
