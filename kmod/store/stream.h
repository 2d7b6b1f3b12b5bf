/* SPDX-License-Identifier: GPL-2.0-only */
/* The two byte streams of a xenstore ring (Xen's docs/misc/xenstore-ring.txt): messages cut and joined, indices distrusted. */
#ifndef HYPHA_STORE_STREAM_H
#define HYPHA_STORE_STREAM_H

#include "outbox.h"
#include "wire.h"

struct hypha_stream {
	struct xenstore_domain_interface *ring;	/* the guest's; may change under us */
	u32 req_cons, rsp_prod;			/* ours; what the ring says of them is not believed */
	bool dead;				/* broken by the guest; only a reconnect helps */
	bool moved;				/* bytes went in or out since it was last cleared */
	u32 got, sent;				/* bytes of @head and @data received; of the outbox' first message sent */
	struct xsd_sockmsg head;
	char data[XENSTORE_PAYLOAD_MAX];
};

/* Begin at the ring's own indices and announce what we can do. */
void hypha_stream_init(struct hypha_stream *s, void *ring);

/* Does the guest ask for a reconnect? Then drop everything and hypha_stream_reconnect(). */
bool hypha_stream_wants_reconnect(const struct hypha_stream *s);
/* Both streams empty, the connection as new. */
void hypha_stream_reconnect(struct hypha_stream *s);

/*
 * Take bytes until a request is complete: then 1, and @head and @data hold it until the next call. 0: there
 * were no more; if @moved, there may be meanwhile, and the guest need not tell (see serve()).
 * -EPROTO: index out of range, or a message too long: the stream is dead and has told the guest.
 */
int hypha_stream_receive(struct hypha_stream *s);
/* Write out messages until the outbox or the ring's free space is used up. 1: the ring was full; with @moved as above. 0; -EPROTO. */
int hypha_stream_send(struct hypha_stream *s, struct hypha_outbox *box);
/* Give up for another reason: XENSTORE_ERROR_*. */
void hypha_stream_kill(struct hypha_stream *s, u32 error);

#endif
