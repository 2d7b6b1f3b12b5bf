// SPDX-License-Identifier: GPL-2.0-only
/* A guest's interface and its store: what netfront reads, and what its states ask of the vif (Xen's io/netif.h). */
#include "guest_priv.h"

#include <linux/etherdevice.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <net/ipv6.h>

#include "net/prefix.h"
#include "store/devstate.h"

struct paths {
	char frontend[48], backend[48];
};

static void fill_paths(const struct hypha_guest *g, struct paths *p)
{
	snprintf(p->frontend, sizeof(p->frontend), "%s/device/vif/0", g->home);
	snprintf(p->backend, sizeof(p->backend), "/local/domain/0/backend/vif/%u/0", g->domain.domid);
}

static int put_state(struct hypha_guest *g, const struct paths *p, int state)
{
	g->vif_state = state;
	return hypha_guest_put_key(g, 'r', p->backend, "state", "%d", state);
}

static int seed_backend(struct hypha_guest *g, const struct paths *p)
{
	const struct hypha_guest_key keys[] = {
		{ "frontend-id", g->domain.domid },
		{ "online", 1 },
		{ "handle", 0 },
		{ "feature-sg", 1 },
		{ "feature-gso-tcpv4", 1 },
		{ "feature-gso-tcpv6", 1 },
		{ "feature-ipv6-csum-offload", 1 },
		{ "feature-rx-copy", 1 },
		{ "feature-rx-flip", 0 },
		{ "feature-split-event-channels", 1 },
		{ "multi-queue-max-queues", hypha_vif_max_queues(g->vif) },
	};
	int err;

	err = hypha_guest_put_keys(g, p->backend, keys, ARRAY_SIZE(keys));
	if (!err)
		err = hypha_guest_put_key(g, 'r', p->backend, "frontend", "%s", p->frontend);
	if (!err)
		err = hypha_guest_put_key(g, 'r', p->backend, "mac", "%pM", g->last_nic.config.mac);
	if (!err)
		err = hypha_guest_put_key(g, 'r', p->backend, "hotplug-status", "connected");
	return err ? err : put_state(g, p, XenbusStateInitWait);
}

int hypha_guest_seed_vif(struct hypha_guest *g)
{
	struct paths p;
	int err;

	if (!g->vif)
		return 0;
	fill_paths(g, &p);
	err = seed_backend(g, &p);
	if (!err)
		err = hypha_store_put(g->store, 'b', p.frontend, "%s", "");
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "backend", "%s", p.backend);
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "backend-id", "0");
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "handle", "0");
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "mac", "%pM", g->last_nic.config.mac);
	if (!err)
		err = hypha_guest_put_key(g, 'b', p.frontend, "mtu", "%u", g->last_nic.config.mtu);
	return err ? err : hypha_guest_put_key(g, 'b', p.frontend, "state", "%d", XenbusStateInitialising);
}

/* What the frontend says it can do, by words that must be 1. */
static bool says(struct hypha_guest *g, const struct paths *p, const char *key)
{
	u32 value;

	return !hypha_guest_get_key(g, p->frontend, key, &value) && value == 1;
}

static const struct {
	const char *key;
	u32 feature;
	bool absent_means;	/* the key takes it away */
} features[] = {
	{ "feature-sg", HYPHA_VIF_SG, false },
	{ "feature-gso-tcpv4", HYPHA_VIF_GSO4, false },
	{ "feature-gso-tcpv6", HYPHA_VIF_GSO6, false },
	{ "feature-no-csum-offload", HYPHA_VIF_CSUM4, true },
	{ "feature-ipv6-csum-offload", HYPHA_VIF_CSUM6, false },
};

static int read_queue(struct hypha_guest *g, const char *dir, struct hypha_vif_ring *ring)
{
	int err;

	err = hypha_guest_get_key(g, dir, "tx-ring-ref", &ring->tx_ref);
	if (!err)
		err = hypha_guest_get_key(g, dir, "rx-ring-ref", &ring->rx_ref);
	if (err)
		return err;

	err = hypha_guest_get_key(g, dir, "event-channel-tx", &ring->tx_port);
	if (!err)
		return hypha_guest_get_key(g, dir, "event-channel-rx", &ring->rx_port);
	err = hypha_guest_get_key(g, dir, "event-channel", &ring->tx_port);
	ring->rx_port = ring->tx_port;
	return err;
}

/* One queue lies flat in the frontend's directory, several in one each. */
static int read_queues(struct hypha_guest *g, const struct paths *p, struct hypha_vif_rings *rings)
{
	char dir[sizeof(p->frontend) + sizeof("/queue-4294967295")];
	u32 i;
	int err;

	err = hypha_guest_get_key(g, p->frontend, "multi-queue-num-queues", &rings->nr_queues);
	if (err == -ENOENT)
		rings->nr_queues = 1;
	else if (err || !rings->nr_queues || rings->nr_queues > hypha_vif_max_queues(g->vif))
		return -EINVAL;
	if (rings->nr_queues == 1)
		return read_queue(g, p->frontend, &rings->queues[0]);

	for (i = 0; i < rings->nr_queues; i++) {
		snprintf(dir, sizeof(dir), "%s/queue-%u", p->frontend, i);
		err = read_queue(g, dir, &rings->queues[i]);
		if (err)
			return err;
	}
	return 0;
}

static int read_rings(struct hypha_guest *g, const struct paths *p, struct hypha_vif_rings *rings)
{
	unsigned int i;

	rings->rx_copy = says(g, p, "request-rx-copy");
	rings->rx_notify = says(g, p, "feature-rx-notify");
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (says(g, p, features[i].key) != features[i].absent_means)
			rings->features |= features[i].feature;
	return read_queues(g, p, rings);
}

/* The frontend's fault is its loss: the interface closes. */
static int connect_vif(struct hypha_guest *g, const struct paths *p)
{
	struct hypha_vif_rings rings = { };
	int err;

	err = read_rings(g, p, &rings);
	if (!err)
		err = hypha_vif_connect(g->vif, &rings);
	if (err)
		pr_debug_ratelimited("hypha: %s: vif: frontend not accepted: %d\n", g->name, err);
	return err;
}

static void take_step(struct hypha_guest *g, const struct paths *p, const struct hypha_devstate_step *step)
{
	enum xenbus_state next = step->next;

	switch (step->action) {
	case HYPHA_DEV_CONNECT:
		if (connect_vif(g, p))
			next = XenbusStateClosing;
		break;
	case HYPHA_DEV_DISCONNECT:
		hypha_vif_disconnect(g->vif);
		break;
	default:	/* what is offered does not change */
		break;
	}
	put_state(g, p, next);
}

void hypha_guest_update_vif(struct hypha_guest *g)
{
	struct hypha_devstate_step step;
	struct paths p;
	u32 state;

	if (!g->vif)
		return;
	fill_paths(g, &p);
	while (!hypha_guest_get_key(g, p.frontend, "state", &state)) {
		step = hypha_devstate_step(g->vif_state, state);
		if (step.action == HYPHA_DEV_NONE)
			break;
		take_step(g, &p, &step);
	}
}

/* Why not: the sentence for whoever launches */

struct taken {
	const struct hypha_endpoint_config *config;
	struct hypha_reason *reason;
};

static void tell_owner(struct hypha_guest *g, void *ctx)
{
	const struct hypha_endpoint_config *theirs = &g->last_nic.config;
	struct taken *t = ctx;

	if (!g->last_nic.present)
		return;
	if (t->config->ip4 && t->config->ip4 == theirs->ip4)
		hypha_reason(t->reason, 0, "nic: address %pI4 is guest %s's", &theirs->ip4, g->name);
	else if (!ipv6_addr_any(&t->config->ip6) && ipv6_addr_equal(&t->config->ip6, &theirs->ip6))
		hypha_reason(t->reason, 0, "nic: address %pI6c is guest %s's", &theirs->ip6, g->name);
	else if (ether_addr_equal(t->config->mac, theirs->mac))
		hypha_reason(t->reason, 0, "nic: MAC %pM is guest %s's", theirs->mac, g->name);
}

static int tell_range(const struct hypha_endpoint_config *c, const struct hypha_prefixes *p, struct hypha_reason *reason)
{
	if (c->ip4 && !hypha_prefix_has4(p, c->ip4))
		return hypha_reason(reason, -ERANGE, "nic: address %pI4 is not in the guests' prefix %pI4/%u", &c->ip4, &p->net4,
				    p->plen4);
	return hypha_reason(reason, -ERANGE, "nic: address %pI6c is not in the guests' prefix %pI6c/%u", &c->ip6, &p->net6,
			    p->plen6);
}

static int tell_reserved(const struct hypha_endpoint_config *c, const struct hypha_prefixes *p, struct hypha_reason *reason)
{
	if (c->ip4 && hypha_prefix_check4(p, c->ip4))
		return hypha_reason(reason, -EADDRNOTAVAIL, "nic: address %pI4 is reserved in %pI4/%u", &c->ip4, &p->net4, p->plen4);
	if (!ipv6_addr_any(&c->ip6) && hypha_prefix_check6(p, &c->ip6))
		return hypha_reason(reason, -EADDRNOTAVAIL, "nic: address %pI6c is reserved in %pI6c/%u", &c->ip6, &p->net6, p->plen6);
	return hypha_reason(reason, -EADDRNOTAVAIL, "nic: no address is free in %pI4/%u and %pI6c/%u", &p->net4, p->plen4,
			    &p->net6, p->plen6);
}

static int tell_refused(int err, const struct hypha_endpoint_config *c, struct hypha_reason *reason)
{
	struct taken taken = { .config = c, .reason = reason };
	struct hypha_net_settings net;

	hypha_net_get(&net);
	switch (err) {
	case -EADDRINUSE:
		hypha_guest_for_each_living(tell_owner, &taken);
		return hypha_reason(reason, err, "nic: its MAC or address is that of a guest about to start or stop");
	case -ERANGE:
		return tell_range(c, &net.prefixes, reason);
	case -EADDRNOTAVAIL:
		return tell_reserved(c, &net.prefixes, reason);
	case -EINVAL:
		return hypha_reason(reason, err, "nic: MAC %pM must be that of one station, not a group's", c->mac);
	default:
		return hypha_reason(reason, err, "nic: error %d", err);
	}
}

static int tell_forward(int err, u32 index, const struct hypha_forward *f, u32 owner, struct hypha_reason *reason)
{
	const char *proto = f->proto == IPPROTO_TCP ? "tcp" : f->proto == IPPROTO_UDP ? "udp" : "?";
	struct hypha_guest *other;

	if (err != -EADDRINUSE)
		return hypha_reason(reason, err, "nic: forward %u: %s host port %u, guest port %u, %u of them, protocol %u: error %d",
				    index, proto, f->host_port, f->guest_port, f->nr_ports, f->proto, err);
	if (owner == f->guest)
		return hypha_reason(reason, err, "nic: forward %u: %s port %u of the host is named twice", index, proto, f->host_port);
	other = hypha_guest_find(owner);
	hypha_reason(reason, err, "nic: forward %u: %s port %u of the host is guest %s's", index, proto, f->host_port,
		     other ? hypha_guest_name(other) : "?");
	hypha_guest_put(other);
	return err;
}

static int add_forwards(struct hypha_guest *g, const struct hypha_guest_nic_spec *spec, struct hypha_reason *reason)
{
	u32 i, owner = 0;
	int err;

	for (i = 0; i < spec->nr_forwards; i++) {
		struct hypha_forward forward = spec->forwards[i];

		forward.guest = g->id;
		err = hypha_endpoint_add_forward(hypha_vif_endpoint(g->vif), &forward, &owner);
		if (err)
			return tell_forward(err, i, &forward, owner, reason);
	}
	return 0;
}

int hypha_guest_add_vif(struct hypha_guest *g, const struct hypha_guest_nic_spec *spec, struct hypha_reason *reason)
{
	struct hypha_endpoint_config *config = &g->last_nic.config;
	struct hypha_vif *vif;
	int err;

	if (g->flags & HYPHA_CREATE_NO_NETWORK)
		return 0;
	*config = spec->config;
	config->guest = g->id;
	vif = hypha_vif_alloc(g->domain.domid, g->vcpus, config);
	if (IS_ERR(vif))
		return tell_refused(PTR_ERR(vif), &spec->config, reason);

	g->vif = vif;
	g->last_nic.present = true;
	err = add_forwards(g, spec, reason);
	if (err)
		hypha_guest_free_vif(g);
	return err;
}

void hypha_guest_free_vif(struct hypha_guest *g)
{
	hypha_vif_free(g->vif);
	g->vif = NULL;
}
