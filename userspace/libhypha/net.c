// SPDX-License-Identifier: GPL-2.0-or-later
/* The guests' network: requests to the kernel. */
#include "libhypha/net.h"

#include "libhypha/genl.h"
#include "libhypha/net_attrs.h"
#include "util/error.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <inttypes.h>
#include <stdio.h>

/* Puts a request's attributes; 0 or -NLE_*. */
typedef int (*put_fn)(struct nl_msg *msg, const void *arg);

static int ask(struct genl *genl, int command, int flags, put_fn put, const void *with, genl_fn fn, void *arg)
{
	struct nl_msg *msg = genl_command(genl, command, flags);

	if (msg && (!put || !put(msg, with)))
		return genl_request(genl, msg, fn, arg);
	nlmsg_free(msg);
	return -ENOMEM;
}

static int request(int command, put_fn put, const void *with, genl_fn fn, void *arg, const char *what)
{
	struct genl genl;
	int err = genl_open(&genl);

	if (err)
		return err;
	err = ask(&genl, command, 0, put, with, fn, arg);
	genl_close(&genl);
	return err ? genl_refused(&genl, err, what) : 0;
}

/* An interrupted dump is handed on as far as it came; its caller was told all there is, maybe not of one moment. */
static int dump(int command, put_fn put, const void *with, genl_fn fn, void *arg, const char *what)
{
	struct genl genl;
	int err = genl_open(&genl);

	if (err)
		return err;
	err = ask(&genl, command, NLM_F_DUMP, put, with, fn, arg);
	genl_close(&genl);
	return err && err != -EAGAIN ? genl_refused(&genl, err, what) : 0;
}

static int put_guest(struct nl_msg *msg, const void *arg)
{
	const uint32_t *guest = arg;

	return *guest ? nla_put_u32(msg, HYPHA_N_GUEST, *guest) : 0;
}

static int no_reply(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	(void)hdr, (void)attrs, (void)arg;
	return 0;
}

static int take_count(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	uint32_t *count = arg;

	(void)hdr;
	if (attrs[HYPHA_N_COUNT] && nla_len(attrs[HYPHA_N_COUNT]) >= 4)
		*count = nla_get_u32(attrs[HYPHA_N_COUNT]);
	return 0;
}

/* --- the host --- */

static int take_host(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	return net_host_from(hdr, attrs, arg);
}

int net_host_get(struct net_host *host)
{
	*host = (struct net_host) { 0 };
	return request(HYPHA_CMD_NET_GET, NULL, NULL, take_host, host, "cannot read the network's settings");
}

static int put_prefix(struct nl_msg *msg, int attr, const struct net_addr *net, int len_attr, uint8_t plen)
{
	return net->version ? net_addr_put(msg, attr, net) ?: nla_put_u8(msg, len_attr, plen) : 0;
}

static int put_number(struct nl_msg *msg, int attr, uint32_t value)
{
	return value ? nla_put_u32(msg, attr, value) : 0;
}

static int put_change(struct nl_msg *msg, const void *arg)
{
	const struct net_change *c = arg;
	int err = put_prefix(msg, HYPHA_N_NET4, &c->net4, HYPHA_N_PLEN4, c->plen4) ?:
		  put_prefix(msg, HYPHA_N_NET6, &c->net6, HYPHA_N_PLEN6, c->plen6);

	for (size_t i = 0; !err && i < c->nr_dns; i++)
		err = net_addr_put(msg, HYPHA_N_DNS, &c->dns[i]);
	if (!err && c->port_max)
		err = nla_put_u16(msg, HYPHA_N_PORT_MIN, c->port_min) ?: nla_put_u16(msg, HYPHA_N_PORT_MAX, c->port_max);
	return err ?: put_number(msg, HYPHA_N_MAX_FLOWS, c->max_flows) ?:
		      put_number(msg, HYPHA_N_MAX_GUEST_FLOWS, c->max_guest_flows) ?:
		      put_number(msg, HYPHA_N_MAX_HALF_OPEN, c->max_half_open);
}

int net_host_set(const struct net_change *change)
{
	return request(HYPHA_CMD_NET_SET, put_change, change, no_reply, NULL, "cannot change the network's settings");
}

/* --- interfaces --- */

struct vif_taker {
	net_vif_fn fn;
	void *arg;
};

static int take_vif(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	struct vif_taker *t = arg;
	struct net_vif vif;
	int err = net_vif_from(hdr, attrs, &vif);

	return err ? err : t->fn(&vif, t->arg);
}

int net_vif_dump(net_vif_fn fn, void *arg)
{
	struct vif_taker t = { fn, arg };

	return dump(HYPHA_CMD_VIF_GET, NULL, NULL, take_vif, &t, "cannot list interfaces");
}

static int take_one_vif(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	return net_vif_from(hdr, attrs, arg);
}

int net_vif_get(uint32_t guest, struct net_vif *vif)
{
	*vif = (struct net_vif) { 0 };
	return request(HYPHA_CMD_VIF_GET, put_guest, &guest, take_one_vif, vif, "cannot ask for the interface");
}

struct policy_change {
	uint32_t guest, policy;
};

static int put_policy(struct nl_msg *msg, const void *arg)
{
	const struct policy_change *c = arg;

	return put_guest(msg, &c->guest) ?: nla_put_u32(msg, HYPHA_N_POLICY, c->policy);
}

int net_vif_set_policy(uint32_t guest, const struct net_policy *p)
{
	struct policy_change c = {
		guest, (p->stack ? HYPHA_POLICY_STACK : 0) | (p->guest_to_guest ? HYPHA_POLICY_GUEST_TO_GUEST : 0) |
		       (p->guest_to_host ? HYPHA_POLICY_GUEST_TO_HOST : 0),
	};

	return request(HYPHA_CMD_VIF_SET, put_policy, &c, no_reply, NULL, "cannot set the policy");
}

/* --- flows --- */

struct flow_taker {
	net_flow_fn fn;
	void *arg;
};

static int take_flow(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	struct flow_taker *t = arg;
	struct net_flow flow;
	int err = net_flow_from(attrs, &flow);

	(void)hdr;
	return err ? err : t->fn(&flow, t->arg);
}

static int put_query(struct nl_msg *msg, const void *arg)
{
	const struct net_query *q = arg;
	int err = put_guest(msg, &q->guest);

	if (!err && q->proto)
		err = nla_put_u8(msg, HYPHA_N_PROTO, q->proto);
	if (!err && q->version)
		err = nla_put_u8(msg, HYPHA_N_VERSION, q->version);
	return err;
}

int net_flow_dump(const struct net_query *query, net_flow_fn fn, void *arg)
{
	struct flow_taker t = { fn, arg };

	return dump(HYPHA_CMD_FLOW_GET, put_query, query, take_flow, &t, "cannot list flows");
}

static int put_flow_id(struct nl_msg *msg, const void *arg)
{
	return nla_put_u64(msg, HYPHA_N_FLOW_ID, *(const uint64_t *)arg);
}

int net_flow_del(uint64_t id)
{
	char what[64];
	uint32_t count = 1;
	int err;

	snprintf(what, sizeof(what), "cannot delete flow %" PRIu64, id);
	err = request(HYPHA_CMD_FLOW_DEL, put_flow_id, &id, take_count, &count, what);
	if (!err && !count)
		err = err_set(-ENOENT, "%s: there is none", what);
	return err;
}

int net_flow_flush(const struct net_query *query, uint32_t *count)
{
	*count = 0;
	return request(HYPHA_CMD_FLOW_DEL, put_query, query, take_count, count, "cannot delete flows");
}

/* --- forwards --- */

struct forward_taker {
	net_forward_fn fn;
	void *arg;
};

static int take_forward(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg)
{
	struct forward_taker *t = arg;
	struct net_forward forward;
	int err = net_forward_from(attrs, &forward);

	(void)hdr;
	return err ? err : t->fn(&forward, t->arg);
}

int net_forward_dump(uint32_t guest, net_forward_fn fn, void *arg)
{
	struct forward_taker t = { fn, arg };

	return dump(HYPHA_CMD_FORWARD_GET, put_guest, &guest, take_forward, &t, "cannot list forwards");
}

struct forward_change {
	uint32_t guest;
	const struct forward_spec *forward;
};

static int put_forward(struct nl_msg *msg, const void *arg)
{
	const struct forward_change *c = arg;

	return put_guest(msg, &c->guest) ?: c->forward ? net_forward_put(msg, c->forward) : 0;
}

int net_forward_add(uint32_t guest, const struct forward_spec *forward)
{
	struct forward_change c = { guest, forward };

	return request(HYPHA_CMD_FORWARD_ADD, put_forward, &c, no_reply, NULL, "cannot forward");
}

int net_forward_del(uint32_t guest, const struct forward_spec *forward, uint32_t *count)
{
	struct forward_change c = { guest, forward };

	*count = 0;
	return request(HYPHA_CMD_FORWARD_DEL, put_forward, &c, take_count, count, "cannot delete forwards");
}
