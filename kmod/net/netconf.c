// SPDX-License-Identifier: GPL-2.0-only
/*
 * hypha0's state and addresses, set over rtnetlink by a socket of the kernel's own: the one interface for it that modules
 * have, and the one whose checks and notifications ip(8) and network managers know.
 */
#include "net_priv.h"

#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

struct request {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
	};
	u8 attrs[64];
};

static void put(struct request *r, u16 type, const void *data, u16 len)
{
	struct nlattr *a = (void *)r + NLMSG_ALIGN(r->h.nlmsg_len);

	a->nla_type = type;
	a->nla_len = nla_attr_size(len);
	memcpy(nla_data(a), data, len);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + nla_total_size(len);
}

/* rtnetlink works within sendmsg; its answer, an ack or an error, is there at once. */
static int talk(struct request *r)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr err;
		u8 rest[256];
	} answer;
	struct kvec out = { r, r->h.nlmsg_len }, in = { &answer, sizeof(answer) };
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, PF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sock);
	if (err)
		return err;
	r->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	err = kernel_sendmsg(sock, &msg, &out, 1, out.iov_len);
	if (err >= 0) {
		struct msghdr reply = { };

		err = kernel_recvmsg(sock, &reply, &in, 1, sizeof(answer), MSG_DONTWAIT);
		if (err >= (int)NLMSG_LENGTH(sizeof(int)) && answer.h.nlmsg_type == NLMSG_ERROR)
			err = answer.err.error;
		else if (err >= 0)
			err = -EPROTO;
	}
	sock_release(sock);
	return err;
}

int hypha_netconf_up(struct net_device *dev)
{
	struct request r = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)), .nlmsg_type = RTM_NEWLINK },
		.link = { .ifi_family = AF_UNSPEC, .ifi_index = dev->ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP },
	};

	return talk(&r);
}

static int address(struct net_device *dev, bool add, u8 family, u8 plen, const void *ip, u16 len)
{
	const u32 flags = IFA_F_NODAD;
	struct request r = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.addr)), .nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR },
		.addr = { .ifa_family = family, .ifa_prefixlen = plen, .ifa_index = dev->ifindex },
	};

	if (add)
		r.h.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	put(&r, IFA_LOCAL, ip, len);
	if (family == AF_INET6 && add)
		put(&r, IFA_FLAGS, &flags, sizeof(flags));
	return talk(&r);
}

/* A host without IPv6 has guests without it. */
int hypha_netconf_addresses(struct net_device *dev, const struct hypha_prefixes *p, bool add)
{
	__be32 ip4 = hypha_prefix_gateway4(p);
	struct in6_addr ip6;
	int err;

	hypha_prefix_gateway6(p, &ip6);
	err = address(dev, add, AF_INET, p->plen4, &ip4, sizeof(ip4));
	if (err)
		return err;
	err = address(dev, add, AF_INET6, p->plen6, &ip6, sizeof(ip6));
	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP || err == -EACCES ? 0 : err;
}
