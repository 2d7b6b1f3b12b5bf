// SPDX-License-Identifier: GPL-2.0-only
/* The two byte streams of a xenstore ring. */
#include "stream.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "xen/ring.h"

void hypha_stream_init(struct hypha_stream *s, void *ring)
{
	memset(s, 0, sizeof(*s));
	s->ring = ring;
	s->req_cons = READ_ONCE(s->ring->req_cons);
	s->rsp_prod = READ_ONCE(s->ring->rsp_prod);
	WRITE_ONCE(s->ring->server_features, XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
}

bool hypha_stream_wants_reconnect(const struct hypha_stream *s)
{
	return READ_ONCE(s->ring->connection) == XENSTORE_RECONNECT;
}

void hypha_stream_reconnect(struct hypha_stream *s)
{
	struct xenstore_domain_interface *ring = s->ring;

	s->req_cons = 0;
	s->rsp_prod = 0;
	s->got = 0;
	s->sent = 0;
	s->dead = false;
	s->moved = true;
	WRITE_ONCE(ring->req_cons, 0);
	WRITE_ONCE(ring->req_prod, 0);
	WRITE_ONCE(ring->rsp_cons, 0);
	WRITE_ONCE(ring->rsp_prod, 0);
	WRITE_ONCE(ring->error, XENSTORE_ERROR_NONE);
	virt_wmb();	/* all of it before the guest may look again */
	WRITE_ONCE(ring->connection, XENSTORE_CONNECTED);
}

void hypha_stream_kill(struct hypha_stream *s, u32 error)
{
	s->dead = true;
	WRITE_ONCE(s->ring->error, error);
}

/* Up to @len bytes out of the ring. */
static int take(struct hypha_stream *s, void *to, u32 len)
{
	u32 at = MASK_XENSTORE_IDX(s->req_cons), first;
	int used = hypha_ring_used(READ_ONCE(s->ring->req_prod), s->req_cons, XENSTORE_RING_SIZE);

	if (used < 0) {
		hypha_stream_kill(s, XENSTORE_ERROR_RINGIDX);
		return used;
	}
	virt_rmb();	/* the index before the bytes */
	len = min_t(u32, len, used);
	first = min_t(u32, len, XENSTORE_RING_SIZE - at);
	memcpy(to, s->ring->req + at, first);
	memcpy(to + first, s->ring->req, len - first);
	virt_mb();	/* the bytes before the room is given back */
	s->req_cons += len;
	WRITE_ONCE(s->ring->req_cons, s->req_cons);
	s->moved |= len > 0;
	return len;
}

/* As many of @len bytes as there is room for. */
static int give(struct hypha_stream *s, const void *from, u32 len)
{
	u32 at = MASK_XENSTORE_IDX(s->rsp_prod), first;
	int used = hypha_ring_used(s->rsp_prod, READ_ONCE(s->ring->rsp_cons), XENSTORE_RING_SIZE);

	if (used < 0) {
		hypha_stream_kill(s, XENSTORE_ERROR_RINGIDX);
		return used;
	}
	virt_mb();	/* the index before we overwrite what it has given back */
	len = min_t(u32, len, XENSTORE_RING_SIZE - used);
	first = min_t(u32, len, XENSTORE_RING_SIZE - at);
	memcpy(s->ring->rsp + at, from, first);
	memcpy(s->ring->rsp, from + first, len - first);
	virt_wmb();	/* the bytes before the index */
	s->rsp_prod += len;
	WRITE_ONCE(s->ring->rsp_prod, s->rsp_prod);
	s->moved |= len > 0;
	return len;
}

/* Fill @to up to @size, of which s->got bytes counted from @base are there. 1: complete, 0: the ring held less. */
static int fill(struct hypha_stream *s, void *to, u32 base, u32 size)
{
	u32 have = s->got - base;
	int len;

	if (have == size)
		return 1;
	len = take(s, to + have, size - have);
	if (len < 0)
		return len;
	s->got += len;
	return have + len == size;
}

int hypha_stream_receive(struct hypha_stream *s)
{
	int done;

	if (s->dead)
		return -EPROTO;

	if (s->got >= sizeof(s->head) && s->got == sizeof(s->head) + s->head.len)
		s->got = 0;	/* the last one was taken */
	if (s->got < sizeof(s->head)) {
		done = fill(s, &s->head, 0, sizeof(s->head));
		if (done <= 0)
			return done;
		if (s->head.len > XENSTORE_PAYLOAD_MAX) {
			hypha_stream_kill(s, XENSTORE_ERROR_PROTO);
			return -EPROTO;
		}
	}
	return fill(s, s->data, sizeof(s->head), s->head.len);
}

int hypha_stream_send(struct hypha_stream *s, struct hypha_outbox *box)
{
	struct hypha_message *message;
	u32 size;
	int len;

	if (s->dead)
		return -EPROTO;

	while ((message = hypha_outbox_peek(box))) {
		size = sizeof(message->head) + message->head.len;
		len = give(s, (const char *)message + offsetof(struct hypha_message, head) + s->sent, size - s->sent);
		if (len < 0)
			return len;
		s->sent += len;
		if (s->sent < size)
			return 1;
		hypha_outbox_pop(box);
		s->sent = 0;
	}
	return 0;
}
