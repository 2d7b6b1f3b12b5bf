// SPDX-License-Identifier: GPL-2.0-only
/* A Xen made up in memory: what kmod/xen/grant.h and evtchn.h promise, without one. */
#include "fake.h"

#include <linux/bottom_half.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "net/vif_priv.h"

struct channel {
	struct hypha_evtchn *ec;
	bool latched;		/* came while masked */
	u32 to_guest;
};

struct grant grants[NR_REFS];
u32 nr_hypercalls, nr_mapped;
static struct channel channels[NR_PORTS];

static struct grant *find_grant(grant_ref_t ref)
{
	return ref < NR_REFS && grants[ref].valid ? &grants[ref] : NULL;
}

int hypha_grant_map_ring(struct hypha_grant_ring *ring, domid_t domid, const grant_ref_t *refs, unsigned int nr)
{
	struct grant *grant = find_grant(refs[0]);

	if (nr != 1 || !grant || grant->readonly)
		return -EACCES;
	ring->va = grant->page;
	ring->nr_pages = nr;
	nr_mapped++;
	return 0;
}

void hypha_grant_unmap_ring(struct hypha_grant_ring *ring)
{
	if (ring->va)
		nr_mapped--;
	ring->va = NULL;
}

void hypha_grant_fill_to_guest(struct gnttab_copy *op, domid_t domid, grant_ref_t ref, unsigned int ref_offset,
			       struct page *page, unsigned int offset, unsigned int len)
{
	*op = (struct gnttab_copy){
		.source = { .u.gmfn = page_to_pfn(page), .domid = DOMID_SELF, .offset = offset },
		.dest = { .u.ref = ref, .domid = domid, .offset = ref_offset },
		.len = len, .flags = GNTCOPY_dest_gref, .status = GNTST_general_error,
	};
}

void hypha_grant_fill_from_guest(struct gnttab_copy *op, domid_t domid, grant_ref_t ref, unsigned int ref_offset,
				 struct page *page, unsigned int offset, unsigned int len)
{
	*op = (struct gnttab_copy){
		.source = { .u.ref = ref, .domid = domid, .offset = ref_offset },
		.dest = { .u.gmfn = page_to_pfn(page), .domid = DOMID_SELF, .offset = offset },
		.len = len, .flags = GNTCOPY_source_gref, .status = GNTST_general_error,
	};
}

static s16 copy_one(const struct gnttab_copy *op)
{
	bool to_guest = op->flags == GNTCOPY_dest_gref;
	struct grant *grant = find_grant(to_guest ? op->dest.u.ref : op->source.u.ref);
	void *host = page_address(pfn_to_page(to_guest ? op->source.u.gmfn : op->dest.u.gmfn));

	if (op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	if (!grant || (to_guest && grant->readonly))
		return GNTST_bad_gntref;
	if (to_guest)
		memcpy(grant->page + op->dest.offset, host + op->source.offset, op->len);
	else
		memcpy(host + op->dest.offset, grant->page + op->source.offset, op->len);
	return GNTST_okay;
}

int hypha_grant_copy(struct gnttab_copy *ops, unsigned int nr)
{
	nr_hypercalls++;
	for (; nr; nr--, ops++)
		ops->status = copy_one(ops);
	return 0;
}

static void deliver(struct hypha_evtchn *ec)
{
	unsigned long flags;

	atomic_set(&ec->pending, 1);
	local_irq_save(flags);
	ec->work(ec->ctx);
	local_irq_restore(flags);
}

int hypha_evtchn_bind(struct hypha_evtchn *ec, domid_t domid, evtchn_port_t remote, const char *name)
{
	if (!remote || remote >= NR_PORTS || channels[remote].ec)
		return -EINVAL;
	spin_lock_init(&ec->lock);
	ec->irq = ec->port = remote;
	channels[remote] = (struct channel){ .ec = ec };
	deliver(ec);	/* as Xen does */
	return 0;
}

void hypha_evtchn_unbind(struct hypha_evtchn *ec)
{
	if (ec->irq > 0)
		channels[ec->irq].ec = NULL;
	ec->irq = 0;
}

void hypha_evtchn_notify(const struct hypha_evtchn *ec)
{
	if (ec->irq > 0)
		channels[ec->irq].to_guest++;
}

void hypha_evtchn_eoi(struct hypha_evtchn *ec, bool spurious)
{
	if (ec->irq > 0 && atomic_xchg(&ec->pending, 0) && channels[ec->irq].latched) {
		channels[ec->irq].latched = false;
		deliver(ec);
	}
}

void send_event(u32 port)
{
	struct channel *c = &channels[port];

	if (!c->ec)
		return;
	local_bh_disable();
	if (atomic_read(&c->ec->pending))
		c->latched = true;
	else
		deliver(c->ec);
	local_bh_enable();
}

u32 take_events(u32 port)
{
	u32 nr = channels[port].to_guest;

	channels[port].to_guest = 0;
	return nr;
}

bool is_bound(u32 port)
{
	return channels[port].ec;
}

bool is_masked(u32 port)
{
	return channels[port].ec && atomic_read(&channels[port].ec->pending);
}
