// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network's engine without Xen: an endpoint on any Ethernet device of the host, in practice one end of a veth whose
 * other end is a guest's. /proc/hypha_nat/state takes commands, one per write, and shows what the engine says of itself.
 *
 *	attach DEVICE GUEST MAC IP4 IP6 MTU	zeros: the engine picks
 *	detach GUEST
 *	policy GUEST BITS
 *	forward|unforward GUEST tcp|udp VERSION ADDRESS HOSTPORT PORTS GUESTPORT
 *	dns ADDRESS…
 *	ports MIN MAX
 *	limits MAX GUEST HALFOPEN
 *	flush GUEST
 *
 * /proc/hypha_nat/flows shows the flows, lookups what they cost. A write fails with the engine's errno.
 */
#include "net/net.h"

#include "lookup.h"

#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <net/ipv6.h>

#define LINE_MAX	256
#define WORDS_MAX	9

struct guest {
	struct list_head link;
	struct net_device *dev;
	struct hypha_endpoint *ep;
	struct hypha_endpoint_config config;
};

static LIST_HEAD(guests);
static DEFINE_MUTEX(lock);	/* guests, and one command at a time */
static atomic64_t events[HYPHA_FLOW_EVENT_DESTROY + 1];

/* ---- the device ---- */

static rx_handler_result_t receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);
	struct guest *guest;

	if (!skb)
		return RX_HANDLER_CONSUMED;
	guest = rcu_dereference(skb->dev->rx_handler_data);
	skb_push(skb, ETH_HLEN);
	if (skb_is_gso(skb))
		skb_shinfo(skb)->gso_type |= SKB_GSO_DODGY;
	hypha_endpoint_receive(guest->ep, skb);
	return RX_HANDLER_CONSUMED;
}

static void deliver(void *ctx, struct sk_buff *skb)
{
	struct guest *guest = ctx;

	skb->dev = guest->dev;
	skb_reset_mac_header(skb);
	dev_queue_xmit(skb);
}

static const struct hypha_endpoint_ops ops = { .deliver = deliver };

static void observe(enum hypha_flow_event event, const struct hypha_flow *flow)
{
	atomic64_inc(&events[event]);
}

static struct guest *find_guest(const char *word)
{
	struct guest *guest;
	u32 id;

	if (kstrtou32(word, 0, &id))
		return NULL;
	list_for_each_entry(guest, &guests, link)
		if (guest->config.guest == id)
			return guest;
	return NULL;
}

static void detach(struct guest *guest)
{
	rtnl_lock();
	netdev_rx_handler_unregister(guest->dev);	/* waits for those inside */
	rtnl_unlock();
	hypha_endpoint_del(guest->ep);
	dev_put(guest->dev);
	list_del(&guest->link);
	kfree(guest);
}

/* ---- commands: words[0] is the name ---- */

static int parse_config(char **words, struct hypha_endpoint_config *config)
{
	if (kstrtou32(words[2], 0, &config->guest) || !mac_pton(words[3], config->mac) || kstrtou32(words[6], 0, &config->mtu) ||
	    !in4_pton(words[4], -1, (u8 *)&config->ip4, -1, NULL) || !in6_pton(words[5], -1, config->ip6.s6_addr, -1, NULL))
		return -EINVAL;
	return 0;
}

static int do_attach(char **words, int nr)
{
	struct guest *guest = kzalloc(sizeof(*guest), GFP_KERNEL);
	int err;

	if (!guest)
		return -ENOMEM;
	err = parse_config(words, &guest->config);
	if (err)
		goto err_free;
	err = -ENODEV;
	guest->dev = dev_get_by_name(&init_net, words[1]);
	if (!guest->dev)
		goto err_free;
	guest->ep = hypha_endpoint_add(&guest->config, &ops, guest);
	err = PTR_ERR_OR_ZERO(guest->ep);
	if (err)
		goto err_put;
	rtnl_lock();
	err = netdev_rx_handler_register(guest->dev, receive, guest);
	rtnl_unlock();
	if (err)
		goto err_del;
	list_add_tail(&guest->link, &guests);
	return 0;

err_del:
	hypha_endpoint_del(guest->ep);
err_put:
	dev_put(guest->dev);
err_free:
	kfree(guest);
	return err;
}

static int do_detach(char **words, int nr)
{
	struct guest *guest = find_guest(words[1]);

	if (!guest)
		return -ENOENT;
	detach(guest);
	return 0;
}

static int do_policy(char **words, int nr)
{
	struct guest *guest = find_guest(words[1]);
	u32 policy;

	if (!guest)
		return -ENOENT;
	if (kstrtou32(words[2], 0, &policy))
		return -EINVAL;
	return hypha_endpoint_set_policy(guest->ep, policy);
}

static int parse_address(const char *word, struct in6_addr *addr)
{
	__be32 ip4;

	if (in4_pton(word, -1, (u8 *)&ip4, -1, NULL))
		hypha_addr_set4(addr, ip4);
	else if (!in6_pton(word, -1, addr->s6_addr, -1, NULL))
		return -EINVAL;
	return 0;
}

static int parse_forward(char **words, struct hypha_forward *f)
{
	f->proto = strcmp(words[2], "tcp") ? IPPROTO_UDP : IPPROTO_TCP;
	if (kstrtou8(words[3], 0, &f->version) || parse_address(words[4], &f->addr) || kstrtou16(words[5], 0, &f->host_port) ||
	    kstrtou16(words[6], 0, &f->nr_ports) || kstrtou16(words[7], 0, &f->guest_port))
		return -EINVAL;
	return 0;
}

static int do_forward(char **words, int nr)
{
	struct guest *guest = find_guest(words[1]);
	struct hypha_forward forward = { };
	u32 owner = 0;
	int err;

	if (!guest)
		return -ENOENT;
	err = parse_forward(words, &forward);
	if (err)
		return err;
	forward.guest = guest->config.guest;
	if (!strcmp(words[0], "unforward"))
		return hypha_endpoint_del_forward(guest->ep, &forward) ? 0 : -ENOENT;
	return hypha_endpoint_add_forward(guest->ep, &forward, &owner);
}

static int do_dns(char **words, int nr)
{
	struct in6_addr dns[HYPHA_DNS_MAX];
	int i;

	if (nr - 1 > HYPHA_DNS_MAX)
		return -E2BIG;
	for (i = 1; i < nr; i++)
		if (parse_address(words[i], &dns[i - 1]))
			return -EINVAL;
	hypha_net_set_dns(dns, nr - 1);
	return 0;
}

static int do_ports(char **words, int nr)
{
	struct hypha_net_settings s;

	hypha_net_get(&s);
	if (kstrtou16(words[1], 0, &s.ports.min) || kstrtou16(words[2], 0, &s.ports.max))
		return -EINVAL;
	return hypha_net_set(&s);
}

static int do_limits(char **words, int nr)
{
	struct hypha_net_settings s;

	hypha_net_get(&s);
	if (kstrtou32(words[1], 0, &s.limits.max) || kstrtou32(words[2], 0, &s.limits.max_per_guest) ||
	    kstrtou32(words[3], 0, &s.limits.max_half_open_per_guest))
		return -EINVAL;
	return hypha_net_set(&s);
}

static int do_flush(char **words, int nr)
{
	u32 guest;

	if (kstrtou32(words[1], 0, &guest))
		return -EINVAL;
	hypha_net_flush_flows(guest, NULL, NULL);
	return 0;
}

static const struct {
	const char *name;
	int min, max;		/* words, the name included */
	int (*run)(char **words, int nr);
} commands[] = {
	{ "attach", 7, 7, do_attach },
	{ "detach", 2, 2, do_detach },
	{ "policy", 3, 3, do_policy },
	{ "forward", 8, 8, do_forward },
	{ "unforward", 8, 8, do_forward },
	{ "dns", 1, 1 + HYPHA_DNS_MAX, do_dns },
	{ "ports", 3, 3, do_ports },
	{ "limits", 4, 4, do_limits },
	{ "flush", 2, 2, do_flush },
};

static int run_command(char *line)
{
	char *words[WORDS_MAX];
	int i, nr = 0, err = -EINVAL;
	char *word;

	while ((word = strsep(&line, " \n")) && nr < WORDS_MAX)
		if (*word)
			words[nr++] = word;
	for (i = 0; nr && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(words[0], commands[i].name) || nr < commands[i].min || nr > commands[i].max)
			continue;
		mutex_lock(&lock);
		err = commands[i].run(words, nr);
		mutex_unlock(&lock);
	}
	return err;
}

static ssize_t write_state(struct file *file, const char __user *data, size_t len, loff_t *pos)
{
	char line[LINE_MAX];
	int err;

	if (len >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, data, len))
		return -EFAULT;
	line[len] = 0;
	err = run_command(line);
	return err ?: len;
}

/* ---- what it shows: lines of words ---- */

static const char * const drop_names[HYPHA_DROP_COUNT] = {
#define DROP_NAME(name, text, what) [HYPHA_DROP_##name] = text,
	HYPHA_DROPS(DROP_NAME)
#undef DROP_NAME
};

static void show_drops(struct seq_file *m, u32 guest, const u64 *drops)
{
	int i;

	for (i = 0; i < HYPHA_DROP_COUNT; i++)
		if (drops[i])
			seq_printf(m, "drop %u %s %llu\n", guest, drop_names[i], drops[i]);
}

static void show_guest(struct seq_file *m, struct guest *guest)
{
	u64 drops[HYPHA_DROP_COUNT];
	struct hypha_endpoint_config c;
	struct hypha_wire w;
	u32 flows, half_open;

	hypha_endpoint_get_config(guest->ep, &c);
	hypha_endpoint_get_wire(guest->ep, &w);
	hypha_endpoint_counts(guest->ep, &flows, &half_open);
	hypha_endpoint_drops(guest->ep, drops);
	seq_printf(m, "guest %u %s %pM %pI4 %pI6c %u %u %u %u %pM %pI6c\n", c.guest, guest->dev->name, c.mac, &c.ip4, &c.ip6,
		   c.mtu, c.policy, flows, half_open, w.gateway_mac, &w.gateway_ll);
	show_drops(m, c.guest, drops);
}

static bool show_forward(const struct hypha_forward *f, void *ctx)
{
	seq_printf(ctx, "forward %u %s %u %pI6c %u %u %u %llu\n", f->guest, f->proto == IPPROTO_TCP ? "tcp" : "udp", f->version,
		   &f->addr, f->host_port, f->nr_ports, f->guest_port, f->hits);
	return true;
}

static int show_state(struct seq_file *m, void *v)
{
	u64 drops[HYPHA_DROP_COUNT];
	struct hypha_net_settings s;
	struct in6_addr gateway6;
	struct guest *guest;
	__be32 gateway4;

	mutex_lock(&lock);
	hypha_net_get(&s);
	gateway4 = hypha_prefix_gateway4(&s.prefixes);
	hypha_prefix_gateway6(&s.prefixes, &gateway6);
	seq_printf(m, "gateway %pI4 %pI6c\n", &gateway4, &gateway6);
	seq_printf(m, "prefix %pI4/%u %pI6c/%u\n", &s.prefixes.net4, s.prefixes.plen4, &s.prefixes.net6, s.prefixes.plen6);
	seq_printf(m, "ports %u %u\n", s.ports.min, s.ports.max);
	seq_printf(m, "limits %u %u %u\n", s.limits.max, s.limits.max_per_guest, s.limits.max_half_open_per_guest);
	seq_printf(m, "flows %u\n", hypha_net_nr_flows());
	seq_printf(m, "events %lld %lld %lld\n", atomic64_read(&events[0]), atomic64_read(&events[1]), atomic64_read(&events[2]));
	list_for_each_entry(guest, &guests, link)
		show_guest(m, guest);
	hypha_net_drops(drops);
	show_drops(m, 0, drops);
	hypha_net_walk_forwards(0, show_forward, m);
	mutex_unlock(&lock);
	return 0;
}

static bool show_flow(struct hypha_flow *f, void *ctx)
{
	int d;

	seq_printf(ctx, "%llu %u %u %u %x", f->id, f->owner->guest, f->tuple[0].proto, f->state, f->flags);
	for (d = 0; d < 2; d++)
		seq_printf(ctx, " %pI6c %u %pI6c %u %llu", &f->tuple[d].src, ntohs(f->tuple[d].sport), &f->tuple[d].dst,
			   ntohs(f->tuple[d].dport), f->packets[d]);
	seq_putc(ctx, '\n');
	return true;
}

static int show_flows(struct seq_file *m, void *v)
{
	hypha_net_walk_flows(0, 0, show_flow, m);
	return 0;
}

static int open_state(struct inode *inode, struct file *file)
{
	return single_open(file, show_state, NULL);
}

static const struct proc_ops state_ops = {
	.proc_open = open_state,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = write_state,
};

static int __init nat_init(void)
{
	struct proc_dir_entry *dir;
	int err;

	err = hypha_net_init();
	if (err)
		return err;
	hypha_net_set_observer(observe);
	dir = proc_mkdir("hypha_nat", NULL);
	if (!dir || !proc_create("state", 0600, dir, &state_ops) || !proc_create_single("flows", 0400, dir, show_flows) ||
	    !proc_create_single("lookups", 0400, dir, lookup_show)) {
		remove_proc_subtree("hypha_nat", NULL);
		hypha_net_exit();
		return -ENOMEM;
	}
	return 0;
}

static void __exit nat_exit(void)
{
	struct guest *guest, *next;

	remove_proc_subtree("hypha_nat", NULL);
	list_for_each_entry_safe(guest, next, &guests, link)
		detach(guest);
	hypha_net_set_observer(NULL);
	hypha_net_exit();
}

module_init(nat_init);
module_exit(nat_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("hypha's network on a plain Ethernet device");
