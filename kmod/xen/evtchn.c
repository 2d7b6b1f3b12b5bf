// SPDX-License-Identifier: GPL-2.0-only
/* Event channels between dom0 and a guest, without xenbus. */
#include "evtchn.h"	/* not "xen/evtchn.h": Linux has one too */

#include <linux/errno.h>
#include <linux/interrupt.h>

#include <xen/events.h>

#include "xen/hypercall.h"

int hypha_evtchn_alloc_unbound(domid_t domid, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound op = { .dom = domid, .remote_dom = DOMID_SELF };
	int err;

	err = hypha_hypercall_evtchn(EVTCHNOP_alloc_unbound, &op);
	if (!err)
		*port = op.port;
	return err;
}

static irqreturn_t handler(int irq, void *data)
{
	struct hypha_evtchn *ec = data;

	atomic_set(&ec->pending, 1);
	ec->work(ec->ctx);
	return IRQ_HANDLED;
}

/* Close @port unless the irq layer did so already: only if it still is our end of the guest's port. */
static void close_port(evtchn_port_t port, domid_t domid, evtchn_port_t remote)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };
	struct evtchn_close op = { .port = port };

	if (HYPHA_INSIST(hypha_hypercall_evtchn(EVTCHNOP_status, &status)))
		return;
	if (status.status == EVTCHNSTAT_interdomain && status.u.interdomain.dom == domid &&
	    status.u.interdomain.port == remote)
		HYPHA_INSIST(hypha_hypercall_evtchn(EVTCHNOP_close, &op));
}

/*
 * Xen marks the new port pending, so the handler may run, and its work finish, before the irq is known here: such an EOI
 * stays owed (see hypha_evtchn_eoi()). Running the work once more, with the irq known, pays it.
 */
static void start(struct hypha_evtchn *ec, int irq)
{
	unsigned long flags;

	spin_lock_irqsave(&ec->lock, flags);
	ec->irq = irq;
	spin_unlock_irqrestore(&ec->lock, flags);

	local_irq_save(flags);	/* as in the handler */
	ec->work(ec->ctx);
	local_irq_restore(flags);
}

int hypha_evtchn_bind(struct hypha_evtchn *ec, domid_t domid, evtchn_port_t remote, const char *name)
{
	struct evtchn_bind_interdomain op = { .remote_dom = domid, .remote_port = remote };
	int err;

	err = hypha_hypercall_evtchn(EVTCHNOP_bind_interdomain, &op);
	if (err)
		return err;

	spin_lock_init(&ec->lock);
	atomic_set(&ec->pending, 0);
	ec->irq = 0;
	ec->port = op.local_port;	/* now: what the first event starts may notify before the irq is known */
	err = bind_evtchn_to_irqhandler_lateeoi(op.local_port, handler, 0, name, ec);
	if (err < 0) {
		ec->port = 0;
		close_port(op.local_port, domid, remote);
		return err;
	}
	start(ec, err);
	return 0;
}

void hypha_evtchn_unbind(struct hypha_evtchn *ec)
{
	unsigned long flags;
	int irq;

	if (ec->irq <= 0)
		return;
	spin_lock_irqsave(&ec->lock, flags);
	irq = ec->irq;
	ec->irq = 0;
	WRITE_ONCE(ec->port, 0);
	spin_unlock_irqrestore(&ec->lock, flags);
	unbind_from_irqhandler(irq, ec);	/* closes the port */
}

void hypha_evtchn_notify(const struct hypha_evtchn *ec)
{
	evtchn_port_t port = READ_ONCE(ec->port);

	if (port)
		notify_remote_via_evtchn(port);
}

void hypha_evtchn_eoi(struct hypha_evtchn *ec, bool spurious)
{
	unsigned long flags;

	spin_lock_irqsave(&ec->lock, flags);
	if (ec->irq > 0 && atomic_xchg(&ec->pending, 0))
		xen_irq_lateeoi(ec->irq, spurious ? XEN_EOI_FLAG_SPURIOUS : 0);
	spin_unlock_irqrestore(&ec->lock, flags);
}
