// SPDX-License-Identifier: GPL-2.0-only
/* A guest's store at work: the lock, the ring and its event channel, the worker that serves it. */
#include "store.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <asm/barrier.h>

#include "session.h"
#include "stream.h"
#include "../xen/evtchn.h"	/* Linux has a xen/evtchn.h too */

#define REQUESTS_PER_RUN	64	/* then others may have the worker's CPU */

struct hypha_store {
	struct mutex lock;	/* everything below but the work item; process context; innermost */
	struct hypha_session session;
	struct hypha_stream stream;
	struct hypha_evtchn evtchn;
	const struct hypha_store_ops *ops;
	void *ctx;
	bool connected;
	u32 faults;
	struct work_struct work;	/* the only one that touches the ring */
};

struct hypha_store *hypha_store_alloc(domid_t domid, const struct hypha_store_ops *ops, void *ctx)
{
	struct hypha_store *store;
	int err;

	store = kvzalloc(sizeof(*store), GFP_KERNEL);
	if (!store)
		return ERR_PTR(-ENOMEM);

	mutex_init(&store->lock);
	store->ops = ops;
	store->ctx = ctx;
	err = hypha_session_init(&store->session, domid, ops ? ops->watched : NULL);
	if (err) {
		kvfree(store);
		return ERR_PTR(err);
	}
	return store;
}

void hypha_store_free(struct hypha_store *store)
{
	if (!store)
		return;
	hypha_store_disconnect(store);
	hypha_session_clean(&store->session);
	mutex_destroy(&store->lock);
	kvfree(store);
}

/* Tell the owner what the last request changed. The lock is dropped meanwhile: the owner may look and write. */
static void tell_changes(struct hypha_store *store)
{
	struct hypha_change *change;

	lockdep_assert_held(&store->lock);
	while ((change = hypha_session_take_change(&store->session))) {
		mutex_unlock(&store->lock);
		store->ops->changed(store->ctx, change->path);
		mutex_lock(&store->lock);
		hypha_change_free(&store->session, change);
	}
}

/* The guest broke the protocol: whatever it had open is gone. */
static void give_up(struct hypha_store *store)
{
	store->faults++;
	pr_debug_ratelimited("hypha: domain %u broke its xenstore ring\n", store->session.domid);
	hypha_session_reset(&store->session);
}

static void reconnect(struct hypha_store *store)
{
	hypha_session_reset(&store->session);
	hypha_stream_reconnect(&store->stream);
}

/* One step: send what there is, answer one request. True: there may be more to do. */
static bool serve_one(struct hypha_store *store)
{
	struct hypha_session *session = &store->session;
	struct hypha_stream *stream = &store->stream;
	int got;

	if (hypha_stream_wants_reconnect(stream))
		reconnect(store);
	if (stream->dead)
		return false;

	got = hypha_stream_send(stream, &session->outbox);
	if (got >= 0)
		got = hypha_outbox_accepts(&session->outbox) ? hypha_stream_receive(stream) : 0;
	if (got > 0 && hypha_session_request(session, &stream->head, stream->data)) {
		hypha_stream_kill(stream, XENSTORE_ERROR_COMM);
		got = -ENOMEM;
	}
	if (got < 0)
		give_up(store);
	return got > 0;
}

/*
 * Never waits for the guest: with the response ring full it notifies and returns, and the guest's next event brings it back.
 * The event channel stays masked until the end, so a new event cannot be lost in between.
 *
 * Not all that the guest does is told, though. Linux notifies only if it finds, after it moved its index, that we had taken all
 * there was before, or that there was no room (xb_write(), xb_read()); with ours just between a look and a step it finds neither.
 * So who has moved anything looks once more, after its index has become visible; the hypercall between gives the guest's, which it
 * stores without a barrier before it looks, the time to do so, too.
 */
static void serve(struct work_struct *work)
{
	struct hypha_store *store = container_of(work, struct hypha_store, work);
	struct hypha_stream *stream = &store->stream;
	unsigned int left = REQUESTS_PER_RUN;
	bool served = false, more = true;

	mutex_lock(&store->lock);
	while (store->connected && more && left--) {
		more = serve_one(store);
		tell_changes(store);
		if (stream->moved && store->connected && (!more || !left)) {
			stream->moved = false;
			served = more = true;
			hypha_evtchn_notify(&store->evtchn);
			virt_mb();
		}
		/* A busy guest must not keep the host from its store. */
		mutex_unlock(&store->lock);
		cond_resched();
		mutex_lock(&store->lock);
	}
	more = more && store->connected;
	mutex_unlock(&store->lock);

	if (more)
		queue_work(system_unbound_wq, &store->work);
	else
		hypha_evtchn_eoi(&store->evtchn, !served);
}

static void on_event(void *ctx)
{
	struct hypha_store *store = ctx;

	queue_work(system_unbound_wq, &store->work);
}

int hypha_store_connect(struct hypha_store *store, void *ring_va, evtchn_port_t port)
{
	int err;

	mutex_lock(&store->lock);
	if (store->connected) {
		mutex_unlock(&store->lock);
		return -EBUSY;
	}
	INIT_WORK(&store->work, serve);
	hypha_stream_init(&store->stream, ring_va);
	store->evtchn = (struct hypha_evtchn){ .work = on_event, .ctx = store };
	store->connected = true;
	mutex_unlock(&store->lock);

	err = hypha_evtchn_bind(&store->evtchn, store->session.domid, port, "hypha-store");
	if (err)
		hypha_store_disconnect(store);
	return err;
}

void hypha_store_disconnect(struct hypha_store *store)
{
	bool was;

	mutex_lock(&store->lock);
	was = store->connected;
	store->connected = false;
	mutex_unlock(&store->lock);
	if (!was)
		return;

	/* First no new events, then no work: what runs meanwhile finds it disconnected. */
	hypha_evtchn_unbind(&store->evtchn);
	cancel_work_sync(&store->work);

	mutex_lock(&store->lock);
	hypha_session_reset(&store->session);
	store->stream.ring = NULL;
	mutex_unlock(&store->lock);
}

/* After the host changed something: the worker sends what that has put into the outbox. */
static void kick(struct hypha_store *store)
{
	lockdep_assert_held(&store->lock);
	if (store->connected && hypha_outbox_peek(&store->session.outbox))
		queue_work(system_unbound_wq, &store->work);
}

int hypha_store_put(struct hypha_store *store, char guest_access, const char *path, const char *fmt, ...)
{
	va_list args;
	char *value;
	int err;

	va_start(args, fmt);
	value = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!value)
		return -ENOMEM;

	mutex_lock(&store->lock);
	err = hypha_session_put(&store->session, guest_access, path, value, strlen(value));
	kick(store);
	mutex_unlock(&store->lock);
	kfree(value);
	return err;
}

int hypha_store_rm(struct hypha_store *store, const char *path)
{
	int err;

	mutex_lock(&store->lock);
	err = hypha_session_rm(&store->session, path);
	kick(store);
	mutex_unlock(&store->lock);
	return err;
}

int hypha_store_get(struct hypha_store *store, const char *path, char *buf, size_t size)
{
	int len;

	mutex_lock(&store->lock);
	len = hypha_session_get(&store->session, path, buf, size);
	mutex_unlock(&store->lock);
	return len;
}

int hypha_store_get_u32(struct hypha_store *store, const char *path, u32 *value)
{
	char buf[16];
	int len = hypha_store_get(store, path, buf, sizeof(buf));

	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	if (strlen(buf) != len)
		return -EINVAL;

	return hypha_wire_number(buf, U32_MAX, value);
}

void hypha_store_stats(struct hypha_store *store, struct hypha_store_stats *stats)
{
	const struct hypha_session *s = &store->session;

	mutex_lock(&store->lock);
	*stats = (struct hypha_store_stats){
		.requests = s->requests,
		.errors = s->errors,
		.dropped = s->outbox.dropped,
		.nodes = s->tree.root->nr_owned,
		.watches = s->watches.nr,
		.transactions = s->transactions.nr,
		.faults = store->faults,
		.memory = s->quota.used,
		.memory_peak = s->quota.peak,
	};
	mutex_unlock(&store->lock);
}
