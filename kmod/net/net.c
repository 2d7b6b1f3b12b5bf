// SPDX-License-Identifier: GPL-2.0-only
/* The network as a whole: made and undone, its settings, its clock. */
#include "net_priv.h"

#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>

#define EXPIRE_MAX	8192	/* flows looked at ending in one go */

static char *net4 = "10.75.0.0/16";
module_param(net4, charp, 0444);
MODULE_PARM_DESC(net4, "guests' IPv4 prefix (10.75.0.0/16); the host is its first address");

static char *net6 = "";
module_param(net6, charp, 0444);
MODULE_PARM_DESC(net6, "guests' IPv6 prefix (default: a ULA /64 made of this host's name)");

struct hypha_net hypha_net = {
	.lock = __MUTEX_INITIALIZER(hypha_net.lock),
	.ports = { 61001, 65535 },
	.limits = { .max = 262144, .max_per_guest = 65536, .max_half_open_per_guest = 8192 },
};

static struct delayed_work clock;

static void tick(struct work_struct *work)
{
	while (hypha_flow_expire(hypha_net.flows, hypha_nat_now(), EXPIRE_MAX) == EXPIRE_MAX)
		cond_resched();
	queue_delayed_work(system_unbound_wq, &clock, HZ);
}

/* The same at each load on the same host, and most likely another one than the neighbour's. */
static void stable_ula(struct hypha_prefixes *p)
{
	const siphash_key_t key = { { 0x6879706861207631ULL, 0x756c61207072656fULL } };
	const char *name = init_utsname()->nodename;
	u64 seed[2];

	seed[0] = siphash(name, strlen(name), &key);
	seed[1] = siphash(seed, sizeof(seed[0]), &key);
	hypha_prefix_ula((const u8 *)seed, p);
}

static int parse_prefixes(struct hypha_prefixes *p)
{
	if (hypha_prefix_parse4(net4, p)) {
		pr_err("hypha: net4=%s is no IPv4 prefix of 8 to 30 bits, such as 10.75.0.0/16\n", net4);
		return -EINVAL;
	}
	if (!*net6) {
		stable_ula(p);
	} else if (hypha_prefix_parse6(net6, p)) {
		pr_err("hypha: net6=%s is no IPv6 prefix of 48 to 112 bits, such as fd12:3456:789a::/64\n", net6);
		return -EINVAL;
	}
	return 0;
}

static void take_prefixes(const struct hypha_prefixes *p)
{
	hypha_net.prefixes = *p;
	hypha_net.gateway4 = hypha_prefix_gateway4(p);
	hypha_prefix_gateway6(p, &hypha_net.gateway6);
}

int hypha_net_init(void)
{
	struct hypha_prefixes prefixes = { };
	int err = parse_prefixes(&prefixes);

	if (err)
		return err;
	take_prefixes(&prefixes);
	eth_random_addr(hypha_net.gateway_mac);
	hypha_forwards_init(&hypha_net.forwards);
	hypha_net.flows = hypha_flow_table_alloc(HYPHA_FLOW_BITS, &hypha_net.limits, hypha_nat_flow_gone);
	if (!hypha_net.flows)
		return -ENOMEM;
	err = hypha_host_init();
	if (err) {
		hypha_flow_table_free(hypha_net.flows);
		return err;
	}
	INIT_DELAYED_WORK(&clock, tick);
	queue_delayed_work(system_unbound_wq, &clock, HZ);
	return 0;
}

void hypha_net_exit(void)
{
	cancel_delayed_work_sync(&clock);
	hypha_host_exit();
	hypha_flow_flush(hypha_net.flows, NULL, NULL, NULL);
	rcu_barrier();
	hypha_flow_table_free(hypha_net.flows);
	kfree(rcu_dereference_protected(hypha_net.resolvers, true));
}

void hypha_net_get(struct hypha_net_settings *s)
{
	const struct hypha_resolvers *r;

	mutex_lock(&hypha_net.lock);
	s->prefixes = hypha_net.prefixes;
	s->ports = hypha_net.ports;
	s->limits = hypha_net.limits;
	r = rcu_dereference_protected(hypha_net.resolvers, lockdep_is_held(&hypha_net.lock));
	s->nr_dns = r ? r->nr : 0;
	memcpy(s->dns, r ? r->addr : s->dns, s->nr_dns * sizeof(s->dns[0]));
	mutex_unlock(&hypha_net.lock);
}

static void set_dns(const struct in6_addr *dns, u32 nr)
{
	struct hypha_resolvers *r, *old;

	old = rcu_dereference_protected(hypha_net.resolvers, lockdep_is_held(&hypha_net.lock));
	if (old && old->nr == nr && !memcmp(old->addr, dns, nr * sizeof(*dns)))
		return;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return;		/* the old ones stay */
	r->nr = nr;
	memcpy(r->addr, dns, nr * sizeof(*dns));
	rcu_assign_pointer(hypha_net.resolvers, r);
	if (old)
		kfree_rcu(old, rcu);
}

void hypha_net_set_dns(const struct in6_addr *dns, u32 nr)
{
	mutex_lock(&hypha_net.lock);
	set_dns(dns, min_t(u32, nr, HYPHA_DNS_MAX));
	mutex_unlock(&hypha_net.lock);
}

/* Under the lock. */
static int change_prefixes(const struct hypha_prefixes *p)
{
	struct hypha_prefixes before = hypha_net.prefixes;
	int err;

	if (before.net4 == p->net4 && before.plen4 == p->plen4 && before.plen6 == p->plen6 &&
	    ipv6_addr_equal(&before.net6, &p->net6))
		return 0;
	if (hypha_net.nr_endpoints)
		return -EBUSY;
	err = hypha_netconf_addresses(hypha_net.dev, p, true);
	if (err)
		return err;
	hypha_netconf_addresses(hypha_net.dev, &before, false);
	take_prefixes(p);
	return 0;
}

int hypha_net_set(const struct hypha_net_settings *s)
{
	int err;

	if (!s->ports.min || s->ports.min > s->ports.max || s->nr_dns > HYPHA_DNS_MAX || !s->limits.max ||
	    !s->limits.max_per_guest || !s->limits.max_half_open_per_guest)
		return -EINVAL;
	mutex_lock(&hypha_net.lock);
	err = change_prefixes(&s->prefixes);
	if (!err) {
		hypha_net.ports = s->ports;
		hypha_net.limits = s->limits;
		hypha_flow_set_limits(hypha_net.flows, &s->limits);
		set_dns(s->dns, s->nr_dns);
	}
	mutex_unlock(&hypha_net.lock);
	return err;
}

void hypha_net_drops(u64 drops[HYPHA_DROP_COUNT])
{
	unsigned int i;

	for (i = 0; i < HYPHA_DROP_COUNT; i++)
		drops[i] = atomic64_read(&hypha_net.drops[i]);
}

u32 hypha_net_nr_flows(void)
{
	return hypha_flow_count(hypha_net.flows);
}

struct filter {
	u32 guest;
	bool (*match)(const struct hypha_flow *flow, void *ctx);
	bool (*visit)(struct hypha_flow *flow, void *ctx);
	void *ctx;
};

static bool is_of(const struct hypha_flow *flow, u32 guest)
{
	return !guest || flow->tuple[0].from == guest || flow->tuple[1].from == guest;
}

static bool visit_of(struct hypha_flow *flow, void *ctx)
{
	const struct filter *f = ctx;

	return !is_of(flow, f->guest) || f->visit(flow, f->ctx);
}

void hypha_net_walk_flows(u32 guest, u64 after, bool (*visit)(struct hypha_flow *flow, void *ctx), void *ctx)
{
	struct filter f = { .guest = guest, .visit = visit, .ctx = ctx };

	hypha_flow_walk(hypha_net.flows, after, visit_of, &f);
}

static bool match_of(const struct hypha_flow *flow, void *ctx)
{
	const struct filter *f = ctx;

	return is_of(flow, f->guest) && (!f->match || f->match(flow, f->ctx));
}

u32 hypha_net_flush_flows(u32 guest, bool (*match)(const struct hypha_flow *flow, void *ctx), void *ctx)
{
	struct filter f = { .guest = guest, .match = match, .ctx = ctx };

	return hypha_flow_flush(hypha_net.flows, NULL, match_of, &f);
}

/* The old one may still run: the caller's module is ours. */
void hypha_net_set_observer(void (*observe)(enum hypha_flow_event event, const struct hypha_flow *flow))
{
	WRITE_ONCE(hypha_net.observe, observe);
	synchronize_net();
}
