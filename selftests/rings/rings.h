/* SPDX-License-Identifier: GPL-2.0-only */
/* A frontend in dom0 itself, as good or as bad as a test wants it, and how tests report. */
#ifndef RINGS_H
#define RINGS_H

#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/io/blkif.h>

#include "block/vbd.h"

/* Report whether @cond holds. */
void check(bool cond, const char *what);
#define CHECK(cond) check(cond, #cond)
void start_test(const char *name);
void end_test(void);

/* A page granted to dom0, that is to ourselves. */
struct granted {
	void *va;
	grant_ref_t ref;
};

int granted_alloc(struct granted *page);
void granted_free(struct granted *page);

#define FRONT_BUFFERS 256

struct front {
	struct hypha_vbd *vbd;
	struct hypha_vbd_ring desc;
	unsigned int nr_pages;
	void *va;			/* of the ring; its pages are granted */
	struct blkif_front_ring ring;
	evtchn_port_t port;
	struct granted buf[FRONT_BUFFERS];
	struct granted indirect;
};

/* Unconnected, with buffers; @order of the ring. */
int front_alloc(struct front *f, unsigned int order);
void front_free(struct front *f);

int front_open(struct front *f, const char *path, bool readonly);	/* alloc the vbd and connect */
void front_close(struct front *f);

struct blkif_request *front_slot(struct front *f);
void front_push(struct front *f);	/* and notify */
void front_kick(struct front *f);
/* The next response within a second; or NULL. */
const struct blkif_response *front_wait(struct front *f);

evtchn_port_t port_alloc(void);
void port_send(evtchn_port_t port);
void port_close(evtchn_port_t port);

void test_block(void);
void test_console(void);

extern char *rings_dir, *rings_tmpfs;

#endif
