/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels between dom0 and a guest, without xenbus. */
#ifndef HYPHA_XEN_EVTCHN_H
#define HYPHA_XEN_EVTCHN_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>

/**
 * struct hypha_evtchn - one bound channel
 * @work:  called in hard-irq context for every event, and once right after binding (Xen marks a new port pending before
 *         its owner knows the irq); must be short: schedule something. The channel stays masked until hypha_evtchn_eoi().
 * @ctx:   for @work
 *
 * The rest is private. Embedded in its owner; zeroed before use.
 */
struct hypha_evtchn {
	void (*work)(void *ctx);
	void *ctx;
	spinlock_t lock;	/* @irq against an EOI that is being sent; process and softirq context, innermost */
	int irq;		/* > 0 while bound */
	evtchn_port_t port;	/* dom0's end, 0 while unbound */
	atomic_t pending;	/* events taken whose EOI is still owed: 0 or 1 */
};

/**
 * hypha_evtchn_alloc_unbound() - make a guest-side port that dom0 may bind
 * @domid: the guest
 * @port:  out: the guest's port, for its start_info
 *
 * Context: process. Return: 0 or -errno of EVTCHNOP_alloc_unbound.
 */
int hypha_evtchn_alloc_unbound(domid_t domid, evtchn_port_t *port);

/**
 * hypha_evtchn_bind() - bind dom0's end to a guest's port and start taking events
 * @ec:    filled; @work and @ctx must be set
 * @domid: the guest
 * @remote: the guest's port; an untrusted number
 * @name:  for /proc/interrupts; must outlive the binding
 *
 * Context: process, sleeps. Return: 0 or -errno.
 */
int hypha_evtchn_bind(struct hypha_evtchn *ec, domid_t domid, evtchn_port_t remote, const char *name);

/* Undo hypha_evtchn_bind(); after it returns @work does not run any more. No-op if unbound. Context: process, sleeps. */
void hypha_evtchn_unbind(struct hypha_evtchn *ec);

/* Send an event to the guest. Context: any. */
void hypha_evtchn_notify(const struct hypha_evtchn *ec);

/* Unmask after the ring is drained; @spurious: there was nothing to do. Context: any but hard irq. */
void hypha_evtchn_eoi(struct hypha_evtchn *ec, bool spurious);

#endif
