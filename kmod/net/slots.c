// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets out of a transmit ring (Xen's io/netif.h): the first entry has the length of the whole packet, extra slots
 * follow it, then the other buffers, each with its own length; what they leave of the whole is the first one's.
 */
#include "net/slots.h"

#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/string.h>

/* A walk along a chain of entries. */
struct chain {
	void (*copy)(u32 i, union hypha_slot_wire *wire, void *ctx);
	void *ctx;
	u32 avail;
	u32 nr_data;		/* data slots seen, stored or not */
	u32 rest;		/* bytes of the whole that no slot has claimed */
	enum hypha_drop defect;	/* the first one found */
};

static void note(struct chain *c, enum hypha_drop defect)
{
	if (c->defect == HYPHA_DROP_NONE)
		c->defect = defect;
}

/* The next entry; the caller says what it is. */
static int next(struct chain *c, struct hypha_slots *out, union hypha_slot_wire *wire)
{
	if (out->nr_taken == c->avail)
		return -EAGAIN;
	c->copy(out->nr_taken++, wire, c->ctx);
	return 0;
}

static void add_data(struct chain *c, struct hypha_slots *out, const struct xen_netif_tx_request *tx, u16 len)
{
	out->id[out->nr_taken - 1] = tx->id;
	if (c->nr_data++ < HYPHA_SLOTS_MAX)
		out->slot[out->nr++] = (struct hypha_slot){ .ref = tx->gref, .offset = tx->offset, .len = len };
	else
		note(c, HYPHA_DROP_SLOTS);
}

static enum hypha_drop take_gso(const struct xen_netif_extra_info *extra, struct hypha_slots *out)
{
	if (extra->type != XEN_NETIF_EXTRA_TYPE_GSO || out->gso_size)
		return HYPHA_DROP_EXTRA;
	if (!extra->u.gso.size)
		return HYPHA_DROP_EXTRA;
	if (extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV4 && extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV6)
		return HYPHA_DROP_EXTRA;
	out->gso_size = extra->u.gso.size;
	out->gso_type = extra->u.gso.type;
	return HYPHA_DROP_NONE;
}

static int take_extras(struct chain *c, struct hypha_slots *out)
{
	union hypha_slot_wire wire;
	int err;

	do {
		if (out->nr_extras + 1 >= HYPHA_SLOTS_FATAL)
			return -EPROTO;
		err = next(c, out, &wire);
		if (err)
			return err;
		out->id[out->nr_taken - 1] = 0;
		out->nr_extras++;
		note(c, take_gso(&wire.extra, out));
	} while (wire.extra.flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return 0;
}

static int take_more(struct chain *c, struct hypha_slots *out)
{
	union hypha_slot_wire wire;
	int err;

	do {
		if (c->nr_data + 1 >= HYPHA_SLOTS_FATAL)
			return -EPROTO;
		err = next(c, out, &wire);
		if (err)
			return err;
		add_data(c, out, &wire.tx, wire.tx.size);
		if (wire.tx.size > c->rest || wire.tx.offset + wire.tx.size > HYPHA_SLOT_SIZE)
			note(c, HYPHA_DROP_SLOT);
		else
			c->rest -= wire.tx.size;
	} while (wire.tx.flags & XEN_NETTXF_more_data);
	return 0;
}

/* The first slot has what is left; then slots that carry nothing go. */
static void settle(struct chain *c, struct hypha_slots *out)
{
	u32 i, nr = 0;

	if (c->rest + out->slot[0].offset > HYPHA_SLOT_SIZE)
		note(c, HYPHA_DROP_SLOT);
	if (out->len < ETH_HLEN)
		note(c, HYPHA_DROP_RUNT);
	if (c->defect)
		return;

	out->slot[0].len = c->rest;
	for (i = 0; i < out->nr; i++)
		if (out->slot[i].len)
			out->slot[nr++] = out->slot[i];
	out->nr = nr;
}

int hypha_slots_take(void (*copy)(u32 i, union hypha_slot_wire *wire, void *ctx), void *ctx, u32 avail,
		     struct hypha_slots *out)
{
	struct chain c = { .copy = copy, .ctx = ctx, .avail = avail };
	union hypha_slot_wire first;
	int err;

	out->nr_taken = out->nr_extras = out->nr = 0;
	out->gso_size = 0;
	out->gso_type = XEN_NETIF_GSO_TYPE_NONE;

	err = next(&c, out, &first);
	if (err)
		return err;
	out->len = c.rest = first.tx.size;
	out->csum_blank = first.tx.flags & XEN_NETTXF_csum_blank;
	out->data_validated = first.tx.flags & XEN_NETTXF_data_validated;
	add_data(&c, out, &first.tx, 0);

	if (first.tx.flags & XEN_NETTXF_extra_info)
		err = take_extras(&c, out);
	if (!err && first.tx.flags & XEN_NETTXF_more_data)
		err = take_more(&c, out);
	if (err) {
		out->nr_taken = 0;
		return err;
	}
	settle(&c, out);
	return -(int)c.defect;
}
