/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests as the kernel knows them, read over generic netlink into plain structs. */
#ifndef HYPHA_LIBHYPHA_GUEST_H
#define HYPHA_LIBHYPHA_GUEST_H

#include "libhypha/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum guest_state {
	GUEST_CREATED,
	GUEST_RUNNING,
	GUEST_PAUSED,
	GUEST_EXITED,
	GUEST_VANISHED,		/* never told by the kernel: recorded, but the kernel does not know it */
};

enum guest_exit { EXIT_POWEROFF, EXIT_REBOOT, EXIT_CRASH, EXIT_KILLED, EXIT_VANISHED };

struct guest_disk {
	uint32_t index;
	bool readonly, broken;
	uint64_t size, rd_reqs, rd_bytes, wr_reqs, wr_bytes, flushes, errors;
};

struct guest {
	uint32_t id, domid;
	uint8_t uuid[16];
	char name[GUEST_NAME_MAX];
	enum guest_state state;
	bool autoremove, ready;				/* ready: its command was started */
	uint64_t memory, memory_target, memory_max;	/* bytes */
	uint32_t vcpus, vcpus_online;
	uint64_t cpu_time, uptime;			/* ns */
	uint64_t created, exited;			/* ns since the epoch; 0 not yet */
	enum guest_exit exit_reason;			/* if exited */
	int exit_code;					/* 0..255, -1 none reported */
	uint64_t log_bytes, log_dropped;
	uint64_t store_requests, store_errors;
	uint32_t store_nodes, store_watches;
	struct guest_disk disks[GUEST_DISKS_MAX];
	size_t nr_disks;
	char *labels;					/* NUL-terminated, never NULL */
};

void guest_clean(struct guest *g);
const char *guest_state_name(enum guest_state state);
const char *guest_exit_name(enum guest_exit reason);

/* All, living and exited, in the order of their ids. Free with guests_free(). 0 or -errno with err_text(). */
int guest_dump(struct guest **guests, size_t *nr);
void guests_free(struct guest *guests, size_t nr);
/* One guest. -ENOENT if the kernel knows none. */
int guest_get_id(uint32_t id, struct guest *g);
int guest_get_uuid(const uint8_t uuid[16], struct guest *g);

#endif
