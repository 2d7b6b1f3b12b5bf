// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands of the netlink family, made to fail: do and dump, and joining a group. */
#include "faults.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER	32768

static __attribute__((aligned(8))) char buffer[BUFFER];
static unsigned int seq;

static struct nlmsghdr *request(uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++seq;
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static int talk(struct world *w, const struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	unsigned int port = mnl_socket_get_portid(w->nl), sent = seq;
	ssize_t n;
	int ret = 1;

	if (mnl_socket_sendto(w->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (ret > 0) {
		n = mnl_socket_recvfrom(w->nl, buffer, BUFFER);
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buffer, n, sent, port, cb, data);
		if (ret < 0 && errno != ESRCH && errno != EPROTO)	/* of an older one that broke off */
			return -errno;
		if (ret < 0)
			ret = 1;
	}
	return 0;
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)data = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

int netlink_open(struct world *w)
{
	struct timeval patience = { .tv_sec = 2 };
	struct nlmsghdr *nlh = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	int err;

	w->nl = mnl_socket_open(NETLINK_GENERIC);
	if (!w->nl || mnl_socket_bind(w->nl, 0, MNL_SOCKET_AUTOPID))
		return complain("netlink", -errno);
	setsockopt(mnl_socket_get_fd(w->nl), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, HYPHA_GENL_NAME);
	err = talk(w, nlh, take_family, &w->family);
	return err ? complain("the family hypha", err) : 0;
}

void netlink_close(struct world *w)
{
	if (w->nl)
		mnl_socket_close(w->nl);
	w->nl = NULL;
}

static void put_guest(struct nlmsghdr *nlh, const struct world *w)
{
	mnl_attr_put_u32(nlh, HYPHA_N_GUEST, w->guest);
}

static void put_forward(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, HYPHA_N_FORWARD);

	mnl_attr_put_u8(nlh, HYPHA_N_FORWARD_PROTO, IPPROTO_UDP);
	mnl_attr_put_u16(nlh, HYPHA_N_FORWARD_HOST, 5000);
	mnl_attr_put_u16(nlh, HYPHA_N_FORWARD_GUEST, 50);
	mnl_attr_nest_end(nlh, nest);
}

static int a_guest(struct world *w) { return guest_create(w, 0); }

/* Each call has a socket of its own: what a failed one left unread is nobody's. */
static int answered(struct world *w, const struct nlmsghdr *nlh)
{
	return talk(w, nlh, NULL, NULL);
}

static int dump(struct world *w, uint8_t cmd)
{
	return answered(w, request(w->family, cmd, NLM_F_DUMP));
}

static int get_guest(struct world *w)
{
	struct nlmsghdr *nlh = request(w->family, HYPHA_CMD_GUEST_GET, NLM_F_ACK);

	mnl_attr_put_u32(nlh, HYPHA_A_ID, w->guest);
	return answered(w, nlh);
}

static int net_get(struct world *w) { return answered(w, request(w->family, HYPHA_CMD_NET_GET, NLM_F_ACK)); }

static int net_set(struct world *w)
{
	struct nlmsghdr *nlh = request(w->family, HYPHA_CMD_NET_SET, NLM_F_ACK);

	mnl_attr_put_u32(nlh, HYPHA_N_MAX_GUEST_FLOWS, 1000);
	mnl_attr_put_u32(nlh, HYPHA_N_DNS, htonl(0x01020304));
	return answered(w, nlh);
}

static int net_prefix(struct world *w)
{
	struct nlmsghdr *nlh = request(w->family, HYPHA_CMD_NET_SET, NLM_F_ACK);

	mnl_attr_put_u32(nlh, HYPHA_N_NET4, htonl(0x0a4b0000));
	mnl_attr_put_u8(nlh, HYPHA_N_PLEN4, 16);
	return answered(w, nlh);
}

static int vif_get(struct world *w)
{
	struct nlmsghdr *nlh = request(w->family, HYPHA_CMD_VIF_GET, NLM_F_ACK);

	put_guest(nlh, w);
	return answered(w, nlh);
}

static int vif_set(struct world *w)
{
	struct nlmsghdr *nlh = request(w->family, HYPHA_CMD_VIF_SET, NLM_F_ACK);

	put_guest(nlh, w);
	mnl_attr_put_u32(nlh, HYPHA_N_POLICY, HYPHA_POLICY_GUEST_TO_HOST);
	return answered(w, nlh);
}

static int flow_del(struct world *w) { return answered(w, request(w->family, HYPHA_CMD_FLOW_DEL, NLM_F_ACK)); }

static int forward(struct world *w, uint8_t cmd)
{
	struct nlmsghdr *nlh = request(w->family, cmd, NLM_F_ACK);

	put_guest(nlh, w);
	put_forward(nlh);
	return answered(w, nlh);
}

static int forward_add(struct world *w) { return forward(w, HYPHA_CMD_FORWARD_ADD); }
static int forward_del(struct world *w) { return forward(w, HYPHA_CMD_FORWARD_DEL); }
static int dump_guests(struct world *w) { return dump(w, HYPHA_CMD_GUEST_GET); }
static int dump_vifs(struct world *w) { return dump(w, HYPHA_CMD_VIF_GET); }
static int dump_flows(struct world *w) { return dump(w, HYPHA_CMD_FLOW_GET); }
static int dump_forwards(struct world *w) { return dump(w, HYPHA_CMD_FORWARD_GET); }

static int a_forward(struct world *w)
{
	int err = a_guest(w);

	return err ?: forward_add(w);
}

static int after(struct world *w)
{
	int err = guest_forget(w);

	netlink_close(w);
	return err ?: netlink_open(w);
}

const struct verb netlink_verbs[] = {
	{ "guest-get", a_guest, get_guest, after },
	{ "guest-dump", a_guest, dump_guests, after },
	{ "net-get", NULL, net_get, after },
	{ "net-set", NULL, net_set, after },
	{ "net-prefix", NULL, net_prefix, after },
	{ "vif-get", a_guest, vif_get, after },
	{ "vif-dump", a_guest, dump_vifs, after },
	{ "vif-set", a_guest, vif_set, after },
	{ "flow-dump", a_guest, dump_flows, after },
	{ "flow-del", a_guest, flow_del, after },
	{ "forward-add", a_guest, forward_add, after },
	{ "forward-del", a_forward, forward_del, after },
	{ "forward-dump", a_forward, dump_forwards, after },
	{ 0 },
};
