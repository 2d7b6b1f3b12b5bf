// SPDX-License-Identifier: GPL-2.0-only
/* A guest's console ring: drained at every event into the log, fed by writers; both ends' indices are checked. */
#include "console.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/interface/io/console.h>

#include "console_priv.h"
#include "../xen/ring.h"

/*
 * A guest that prints without end costs dom0 at most this much copying per tick. It waits meanwhile: a full ring makes
 * its console driver yield.
 */
#define DRAIN_BUDGET	(64 << 10)

static void *alloc_chunk(void)
{
	return (void *)__get_free_page(GFP_KERNEL);
}

static void free_log(struct hypha_log *log)
{
	u32 i;

	for (i = 0; i < log->nr_chunks; i++)
		free_page((unsigned long)log->chunks[i]);
	kvfree(log->chunks);
}

bool hypha_console_writable(struct hypha_con *con)
{
	u32 used = READ_ONCE(con->in_prod) - READ_ONCE(con->in_cons);

	return used != sizeof(con->ring->in) || smp_load_acquire(&con->closed);
}

/* Readers are woken at most once a tick, however small the pieces in which the guest prints. */
static void wake_readers(struct hypha_con *con)
{
	if (!wq_has_sleeper(&con->readers))
		return;
	if (time_before(jiffies, con->next_wake)) {
		queue_delayed_work(system_unbound_wq, &con->wake, 1);
		return;
	}
	con->next_wake = jiffies + 1;
	wake_up_interruptible(&con->readers);
}

static void wake_work(struct work_struct *work)
{
	struct hypha_con *con = container_of(work, struct hypha_con, wake.work);

	wake_up_interruptible(&con->readers);
}

/* Move what is in the ring now to the log. Return: bytes moved. */
static u32 drain_once(struct hypha_con *con)
{
	struct xencons_interface *ring = con->ring;
	u32 prod = READ_ONCE(ring->out_prod);
	int used = hypha_ring_used(prod, con->out_cons, sizeof(ring->out));
	u32 from = MASK_XENCONS_IDX(con->out_cons, ring->out);
	u32 first;

	lockdep_assert_held(&con->lock);
	if (used <= 0) {
		/* Nonsense loses the guest what it may have printed; go on from its idea of the ring. */
		if (used < 0)
			con->out_cons = prod;
		return 0;
	}

	virt_rmb();	/* bytes after the index that covers them */
	first = min_t(u32, used, sizeof(ring->out) - from);
	hypha_log_append(&con->log, ring->out + from, first);
	hypha_log_append(&con->log, ring->out, used - first);
	con->out_cons += used;
	virt_mb();	/* the guest may overwrite them only now */
	WRITE_ONCE(ring->out_cons, con->out_cons);

	return used;
}

/* Did the guest take input since the last event? */
static bool input_was_taken(struct hypha_con *con)
{
	u32 cons = READ_ONCE(con->ring->in_cons);
	bool moved = cons != con->in_cons_event;

	lockdep_assert_held(&con->lock);
	con->in_cons_event = cons;
	WRITE_ONCE(con->in_cons, cons);
	return moved;
}

static void drain_work(struct work_struct *work)
{
	struct hypha_con *con = container_of(work, struct hypha_con, drain.work);
	u32 n, total = 0;
	bool taken;

	mutex_lock(&con->lock);
	if (!con->ring) {	/* being disconnected: the channel is no longer ours to use */
		mutex_unlock(&con->lock);
		return;
	}
	do {
		n = drain_once(con);
		total += n;
	} while (n && total < DRAIN_BUDGET);
	taken = input_was_taken(con);
	mutex_unlock(&con->lock);

	if (total)
		wake_readers(con);
	if (hypha_console_writable(con))
		wake_up_interruptible(&con->writers);
	/* It was full at some time: a frontend that sleeps then, unlike Linux', wants to know. */
	if (total >= sizeof(con->ring->out))
		hypha_evtchn_notify(&con->ec);

	if (n)
		queue_delayed_work(system_unbound_wq, &con->drain, 1);
	else
		hypha_evtchn_eoi(&con->ec, !total && !taken);
}

/* Hard irq. */
static void handle_event(void *ctx)
{
	struct hypha_con *con = ctx;

	queue_delayed_work(system_unbound_wq, &con->drain, 0);
}

struct hypha_con *hypha_console_alloc(size_t log_size)
{
	u32 size = clamp_t(size_t, log_size, 1, U32_MAX);
	struct hypha_con *con = kzalloc(sizeof(*con), GFP_KERNEL);
	void **chunks;

	if (!con)
		return ERR_PTR(-ENOMEM);
	chunks = kvcalloc(hypha_log_nr_chunks(size), sizeof(*chunks), GFP_KERNEL);
	if (!chunks) {
		kfree(con);
		return ERR_PTR(-ENOMEM);
	}

	refcount_set(&con->refs, 1);
	mutex_init(&con->lock);
	mutex_init(&con->writer);
	init_waitqueue_head(&con->readers);
	init_waitqueue_head(&con->writers);
	con->next_wake = jiffies;
	hypha_log_init(&con->log, size, chunks, alloc_chunk);
	INIT_DELAYED_WORK(&con->drain, drain_work);
	INIT_DELAYED_WORK(&con->wake, wake_work);
	con->ec.work = handle_event;
	con->ec.ctx = con;

	return con;
}

struct hypha_con *hypha_console_get(struct hypha_con *con)
{
	refcount_inc(&con->refs);
	return con;
}

void hypha_console_put(struct hypha_con *con)
{
	if (!refcount_dec_and_test(&con->refs))
		return;
	free_log(&con->log);
	kfree(con);
}

static void set_ring(struct hypha_con *con, struct xencons_interface *ring)
{
	mutex_lock(&con->lock);
	con->ring = ring;
	mutex_unlock(&con->lock);
}

/*
 * Without a ring nobody uses the channel: writers notify under the lock, and the work that saw the ring is waited for
 * before the channel goes. What an event queues meanwhile finds no ring.
 */
static void stop(struct hypha_con *con)
{
	set_ring(con, NULL);
	cancel_delayed_work_sync(&con->drain);
	hypha_evtchn_unbind(&con->ec);
	cancel_delayed_work_sync(&con->drain);
	cancel_delayed_work_sync(&con->wake);
}

int hypha_console_connect(struct hypha_con *con, domid_t domid, void *ring_va, evtchn_port_t port)
{
	int err;

	set_ring(con, ring_va);
	err = hypha_evtchn_bind(&con->ec, domid, port, "hypha-console");
	if (err)
		stop(con);
	return err;
}

void hypha_console_disconnect(struct hypha_con *con)
{
	struct xencons_interface *ring = con->ring;	/* set and cleared by our caller alone */

	if (!ring)
		return;
	stop(con);

	mutex_lock(&con->lock);
	con->ring = ring;
	drain_once(con);
	con->ring = NULL;
	smp_store_release(&con->closed, true);
	mutex_unlock(&con->lock);

	wake_up_interruptible_all(&con->readers);
	wake_up_interruptible_all(&con->writers);
}

size_t hypha_console_read(struct hypha_con *con, u64 *pos, void *buf, size_t len)
{
	size_t n;

	mutex_lock(&con->lock);
	n = hypha_log_read(&con->log, pos, buf, len);
	mutex_unlock(&con->lock);
	return n;
}

bool hypha_console_readable(struct hypha_con *con, u64 pos)
{
	return READ_ONCE(con->log.end) > pos || smp_load_acquire(&con->closed);
}

/* Space in the guest's input. Return: bytes, -EPIPE closed or not connected, -EIO nonsense. */
static int input_space(struct hypha_con *con)
{
	u32 size = sizeof(con->ring->in);
	int used;

	lockdep_assert_held(&con->lock);
	if (!con->ring)
		return -EPIPE;
	WRITE_ONCE(con->in_cons, READ_ONCE(con->ring->in_cons));
	used = hypha_ring_used(con->in_prod, con->in_cons, size);
	return used < 0 ? -EIO : (int)size - used;
}

static void put_input(struct hypha_con *con, const u8 *data, u32 len)
{
	struct xencons_interface *ring = con->ring;
	u32 to = MASK_XENCONS_IDX(con->in_prod, ring->in);
	u32 first = min_t(u32, len, sizeof(ring->in) - to);

	lockdep_assert_held(&con->lock);
	virt_mb();	/* overwrite only what the guest has taken */
	memcpy(ring->in + to, data, first);
	memcpy(ring->in, data + first, len - first);
	WRITE_ONCE(con->in_prod, con->in_prod + len);
	virt_wmb();	/* bytes before the index that covers them */
	WRITE_ONCE(ring->in_prod, con->in_prod);
	hypha_evtchn_notify(&con->ec);
}

ssize_t hypha_console_feed(struct hypha_con *con, const void *data, size_t len)
{
	int n;

	mutex_lock(&con->lock);
	n = input_space(con);
	if (n > 0) {
		n = min_t(size_t, n, len);
		put_input(con, data, n);
	}
	mutex_unlock(&con->lock);
	return n;
}

void hypha_console_stats(struct hypha_con *con, u64 *bytes, u64 *dropped)
{
	mutex_lock(&con->lock);
	*bytes = con->log.end;
	*dropped = con->log.start;
	mutex_unlock(&con->lock);
}
