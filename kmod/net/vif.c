// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual network interface's lifetime: its endpoint as long as the guest, its queues as long as the frontend wants them.
 *
 * A session is whole before its polls are let loose, and found by deliver() under RCU: it goes in reverse, after a grace
 * period. Softirqs never take anything down: a guest that breaks a ring sets a flag, its owner disconnects.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "vif_priv.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

static_assert(__CONST_RING_SIZE(xen_netif_tx, PAGE_SIZE) == HYPHA_VIF_RING);
static_assert(__CONST_RING_SIZE(xen_netif_rx, PAGE_SIZE) == HYPHA_VIF_RING);

static const struct {
	u32 feature, needs;
	netdev_features_t offload;
} offloads[] = {
	{ HYPHA_VIF_CSUM4, 0, NETIF_F_IP_CSUM },
	{ HYPHA_VIF_CSUM6, 0, NETIF_F_IPV6_CSUM },
	{ HYPHA_VIF_GSO4, HYPHA_VIF_SG | HYPHA_VIF_CSUM4, NETIF_F_TSO | NETIF_F_TSO_ECN | NETIF_F_TSO_MANGLEID },
	{ HYPHA_VIF_GSO6, HYPHA_VIF_SG | HYPHA_VIF_CSUM6, NETIF_F_TSO6 | NETIF_F_TSO_ECN },
};

/* A super-packet has several buffers, and its checksum is not filled in. */
static void agree(struct hypha_vif_session *s, u32 features)
{
	u32 i;

	s->features = features;
	s->offloads = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_GSO_ROBUST;
	for (i = 0; i < ARRAY_SIZE(offloads); i++) {
		if ((features & offloads[i].needs) != offloads[i].needs)
			s->features &= ~offloads[i].feature;
		if (s->features & offloads[i].feature)
			s->offloads |= offloads[i].offload;
	}
}

void hypha_vif_break(struct hypha_vif_queue *q)
{
	struct hypha_vif_session *s;
	u32 i;

	if (xchg(&q->vif->broken, true))
		return;
	hypha_vif_drop(q, HYPHA_DROP_RING);
	pr_debug_ratelimited("domain %u: network ring that cannot be, vif off\n", q->vif->domid);

	rcu_read_lock();
	s = rcu_dereference(q->vif->session);
	for (i = 0; s && i < s->nr_queues; i++)
		napi_schedule(&s->queues[i]->rx.napi);	/* to drop what waits */
	rcu_read_unlock();
}

/* Hard irq. Polls that are not let loose yet, or no more, do not run. */
static void handle_tx(void *ctx)
{
	struct hypha_vif_queue *q = ctx;

	napi_schedule(&q->tx.napi);
	if (!q->split)
		napi_schedule(&q->rx.napi);
}

static void handle_rx(void *ctx)
{
	struct hypha_vif_queue *q = ctx;

	napi_schedule(&q->rx.napi);
}

/* Nothing happened for long: the poll drops what waited. */
static void look_for_stale(struct timer_list *timer)
{
	struct hypha_vif_queue *q = from_timer(q, timer, rx.stale);

	napi_schedule(&q->rx.napi);
}

static void free_memory(struct hypha_vif_queue *q)
{
	if (q->rx.stage.va)
		free_pages_exact(q->rx.stage.va, HYPHA_VIF_STAGE_SIZE);
	if (q->tx.stage.va)
		free_pages_exact(q->tx.stage.va, HYPHA_VIF_STAGE_SIZE);
	kvfree(q);
}

static struct hypha_vif_queue *alloc_queue(struct hypha_vif *vif, u32 index)
{
	struct hypha_vif_queue *q = kvzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	q->tx.stage.va = alloc_pages_exact(HYPHA_VIF_STAGE_SIZE, GFP_KERNEL);
	q->rx.stage.va = alloc_pages_exact(HYPHA_VIF_STAGE_SIZE, GFP_KERNEL);
	if (!q->tx.stage.va || !q->rx.stage.va) {
		free_memory(q);
		return NULL;
	}
	q->vif = vif;
	q->counters = &vif->counters[index];
	q->tx.ec = (struct hypha_evtchn){ .work = handle_tx, .ctx = q };
	q->rx.ec = (struct hypha_evtchn){ .work = handle_rx, .ctx = q };
	skb_queue_head_init(&q->rx.queue);
	timer_setup(&q->rx.stale, look_for_stale, 0);
	netif_napi_add(vif->dev, &q->tx.napi, hypha_vif_tx_poll);
	netif_napi_add(vif->dev, &q->rx.napi, hypha_vif_rx_poll);
	return q;
}

/* Its polls do not run; what is not bound is passed over. Nobody finds it any more after a grace period. */
static void unhook_queue(struct hypha_vif_queue *q)
{
	hypha_evtchn_unbind(&q->rx.ec);
	hypha_evtchn_unbind(&q->tx.ec);
	del_timer_sync(&q->rx.stale);
	__netif_napi_del(&q->rx.napi);
	__netif_napi_del(&q->tx.napi);
}

/* What is not mapped is passed over. */
static void free_queue(struct hypha_vif_queue *q)
{
	hypha_vif_rx_purge(q, HYPHA_DROP_NOT_CONNECTED);
	hypha_grant_unmap_ring(&q->rx.page);
	hypha_grant_unmap_ring(&q->tx.page);
	free_memory(q);
}

static int map_queue(struct hypha_vif_queue *q, const struct hypha_vif_ring *ring)
{
	domid_t domid = q->vif->domid;
	int err;

	err = hypha_grant_map_ring(&q->tx.page, domid, &ring->tx_ref, 1);
	if (err)
		return err;
	err = hypha_grant_map_ring(&q->rx.page, domid, &ring->rx_ref, 1);
	if (err)
		return err;
	err = hypha_vif_tx_attach(&q->tx);
	return err ? err : hypha_vif_rx_attach(&q->rx);
}

static int bind_queue(struct hypha_vif_queue *q, const struct hypha_vif_ring *ring)
{
	int err;

	q->split = ring->tx_port != ring->rx_port;
	err = hypha_evtchn_bind(&q->tx.ec, q->vif->domid, ring->tx_port, "hypha-vif-tx");
	if (err || !q->split)
		return err;
	return hypha_evtchn_bind(&q->rx.ec, q->vif->domid, ring->rx_port, "hypha-vif-rx");
}

/* Its polls do not run, and no new user finds it. */
static void free_session(struct hypha_vif_session *s)
{
	u32 i;

	for (i = 0; i < s->nr_queues; i++)
		unhook_queue(s->queues[i]);
	synchronize_net();
	while (s->nr_queues)
		free_queue(s->queues[--s->nr_queues]);
	kfree(s);
}

static int add_queues(struct hypha_vif_session *s, struct hypha_vif *vif, const struct hypha_vif_rings *rings)
{
	struct hypha_vif_queue *q;
	int err;

	while (s->nr_queues < rings->nr_queues) {
		const struct hypha_vif_ring *ring = &rings->queues[s->nr_queues];

		q = alloc_queue(vif, s->nr_queues);
		if (!q)
			return -ENOMEM;
		s->queues[s->nr_queues++] = q;
		err = map_queue(q, ring);
		if (!err)
			err = bind_queue(q, ring);
		if (err)
			return err;
	}
	return 0;
}

static struct hypha_vif_session *alloc_session(struct hypha_vif *vif, const struct hypha_vif_rings *rings)
{
	struct hypha_vif_session *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	agree(s, rings->features);
	err = add_queues(s, vif, rings);
	if (err) {
		free_session(s);
		return ERR_PTR(err);
	}
	return s;
}

/* Events before this found the polls not loose: look once, whatever came. */
static void start(struct hypha_vif_session *s)
{
	u32 i;

	for (i = 0; i < s->nr_queues; i++) {
		struct hypha_vif_queue *q = s->queues[i];

		napi_enable(&q->tx.napi);
		napi_enable(&q->rx.napi);
		local_bh_disable();
		napi_schedule(&q->tx.napi);
		napi_schedule(&q->rx.napi);
		local_bh_enable();
	}
}

static void stop(struct hypha_vif_session *s)
{
	u32 i;

	for (i = 0; i < s->nr_queues; i++) {
		napi_disable(&s->queues[i]->tx.napi);
		napi_disable(&s->queues[i]->rx.napi);
	}
}

/* Its owner connects, disconnects and frees; nobody else does, and one at a time. */
static struct hypha_vif_session *session_of(struct hypha_vif *vif)
{
	return rcu_dereference_protected(vif->session, true);
}

int hypha_vif_connect(struct hypha_vif *vif, const struct hypha_vif_rings *rings)
{
	struct hypha_vif_session *s;

	if (session_of(vif))
		return -EBUSY;
	if (!rings->nr_queues || rings->nr_queues > vif->max_queues || !rings->rx_copy || !rings->rx_notify)
		return -EINVAL;
	s = alloc_session(vif, rings);
	if (IS_ERR(s))
		return PTR_ERR(s);

	WRITE_ONCE(vif->broken, false);
	rcu_assign_pointer(vif->session, s);
	start(s);
	return 0;
}

void hypha_vif_disconnect(struct hypha_vif *vif)
{
	struct hypha_vif_session *s = session_of(vif);

	if (!s)
		return;
	stop(s);
	RCU_INIT_POINTER(vif->session, NULL);
	free_session(s);
}

static const struct hypha_endpoint_ops ops = { .deliver = hypha_vif_deliver };

struct hypha_vif *hypha_vif_alloc(domid_t domid, u32 max_queues, struct hypha_endpoint_config *config)
{
	struct hypha_vif *vif = kzalloc(sizeof(*vif), GFP_KERNEL);
	struct hypha_endpoint *ep;
	int err = -ENOMEM;

	if (!vif)
		return ERR_PTR(err);
	vif->domid = domid;
	vif->max_queues = clamp_t(u32, max_queues, 1, HYPHA_VIF_QUEUES);
	vif->dev = kzalloc(sizeof(*vif->dev), GFP_KERNEL);
	if (!vif->dev)
		goto err_free;
	init_dummy_netdev(vif->dev);
	vif->dev->gro_flush_timeout = HYPHA_VIF_LOOK_AGAIN_NS;
	vif->dev->napi_defer_hard_irqs = 1;	/* if the poll says it had work */

	ep = hypha_endpoint_add(config, &ops, vif);
	if (IS_ERR(ep)) {
		err = PTR_ERR(ep);
		goto err_dev;
	}
	WRITE_ONCE(vif->ep, ep);
	return vif;

err_dev:
	kfree(vif->dev);
err_free:
	kfree(vif);
	return ERR_PTR(err);
}

void hypha_vif_free(struct hypha_vif *vif)
{
	if (!vif)
		return;
	hypha_vif_disconnect(vif);
	hypha_endpoint_del(vif->ep);
	kfree(vif->dev);
	kfree(vif);
}

struct hypha_endpoint *hypha_vif_endpoint(struct hypha_vif *vif)
{
	return vif->ep;
}

u32 hypha_vif_max_queues(const struct hypha_vif *vif)
{
	return vif->max_queues;
}

static void fill_counters(const struct hypha_vif_counters *c, struct hypha_vif_queue_stats *stats)
{
	*stats = (struct hypha_vif_queue_stats){
		.tx_packets = READ_ONCE(c->tx_packets),
		.tx_bytes = READ_ONCE(c->tx_bytes),
		.rx_packets = READ_ONCE(c->rx_packets),
		.rx_bytes = READ_ONCE(c->rx_bytes),
		.drops = atomic64_read(&c->drops),
	};
}

void hypha_vif_stats(struct hypha_vif *vif, struct hypha_vif_stats *stats)
{
	struct hypha_vif_session *s;
	u32 i;

	*stats = (struct hypha_vif_stats){ .state = HYPHA_VIF_WAITING };
	for (i = 0; i < HYPHA_VIF_QUEUES; i++)
		fill_counters(&vif->counters[i], &stats->queues[i]);

	rcu_read_lock();
	s = rcu_dereference(vif->session);
	if (s) {
		stats->state = READ_ONCE(vif->broken) ? HYPHA_VIF_BROKEN : HYPHA_VIF_CONNECTED;
		stats->features = s->features;
		stats->nr_queues = s->nr_queues;
		for (i = 0; i < s->nr_queues; i++)
			stats->queues[i].backlog = READ_ONCE(s->queues[i]->rx.backlog);
	}
	rcu_read_unlock();
}
