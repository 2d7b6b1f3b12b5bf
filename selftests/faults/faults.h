/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files here share: a verb is one call to hypha that shall fail at each of its points in turn. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../uapi/hypha.h"
#include "../../uapi/hypha_netlink.h"

struct world {
	int dev;		/* /dev/hypha, -1 while the module is not loaded */
	int kernel, disk, module;
	int console;		/* of the guest, -1: none */
	__u32 guest;		/* 0: none */
	struct mnl_socket *nl;
	uint16_t family;
};

/* What must be the same before and after. */
struct state {
	__u32 nr_guests, nr_exited;
	__u64 free_bytes;
	unsigned int nr_fds;
};

struct verb {
	const char *name;
	int (*before)(struct world *w);	/* without faults; -errno ends the test */
	int (*call)(struct world *w);	/* with one; -errno or not */
	int (*after)(struct world *w);	/* without; undoes what call may have done, says -errno if what is left is wrong */
};

extern const struct verb ioctl_verbs[], netlink_verbs[], module_verbs[];	/* each ends with a verb without name */

/* On failure they print why. */
int world_open(struct world *w, const char *kernel, const char *module);
int guest_create(struct world *w, __u32 flags);
int guest_forget(struct world *w);
int netlink_open(struct world *w);
void netlink_close(struct world *w);
int complain(const char *what, int err);

#endif
