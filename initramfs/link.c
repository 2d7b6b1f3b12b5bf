// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnetlink(7) requests, one at a time, each acknowledged. */
#include "link.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr head;
	char body[128];		/* the largest: a route with two addresses and an interface */
};

int link_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	return fd;
}

/* Return: where the request's own structure of @size bytes goes, zeroed. */
static void *begin(struct request *r, int type, int flags, size_t size)
{
	*r = (struct request) {
		.head = { .nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags },
	};
	return r->body;
}

static void add(struct request *r, int type, const void *data, size_t len)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static size_t address_len(const struct net_address *a)
{
	return a->family == AF_INET6 ? 16 : 4;
}

static int run(int nl, const struct request *r)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[512];		/* the request, given back with an error */
	} answer;
	ssize_t n;

	if (send(nl, r, r->head.nlmsg_len, 0) < 0)
		return -errno;
	do
		n = recv(nl, &answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(answer.err)) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.err.error == -EEXIST ? 0 : answer.err.error;
}

int link_settle(int nl, int index)
{
	struct request r;
	struct ifinfomsg *link = begin(&r, RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = index;	/* changes nothing, but waits for the lock under which interfaces register */
	return run(nl, &r);
}

int link_up(int nl, int index)
{
	struct request r;
	struct ifinfomsg *link = begin(&r, RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = index;
	link->ifi_flags = link->ifi_change = IFF_UP;
	return run(nl, &r);
}

int link_set_mtu(int nl, int index, unsigned int mtu)
{
	struct request r;
	struct ifinfomsg *link = begin(&r, RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = index;
	add(&r, IFLA_MTU, &mtu, sizeof(mtu));
	return run(nl, &r);
}

int link_add_address(int nl, int index, const struct net_address *a)
{
	struct request r;
	struct ifaddrmsg *addr = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*addr));

	addr->ifa_family = a->family;
	addr->ifa_prefixlen = a->plen;
	addr->ifa_flags = IFA_F_PERMANENT | (a->family == AF_INET6 ? IFA_F_NODAD : 0);
	addr->ifa_scope = RT_SCOPE_UNIVERSE;
	addr->ifa_index = index;
	add(&r, IFA_LOCAL, a->bytes, address_len(a));
	add(&r, IFA_ADDRESS, a->bytes, address_len(a));
	return run(nl, &r);
}

static void begin_route(struct request *r, int family, int plen, int scope)
{
	struct rtmsg *route = begin(r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(*route));

	route->rtm_family = family;
	route->rtm_dst_len = plen;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_BOOT;
	route->rtm_scope = scope;
	route->rtm_type = RTN_UNICAST;
}

int link_add_host_route(int nl, int index, const struct net_address *to)
{
	struct request r;

	begin_route(&r, to->family, to->plen, RT_SCOPE_LINK);
	add(&r, RTA_DST, to->bytes, address_len(to));
	add(&r, RTA_OIF, &index, sizeof(index));
	return run(nl, &r);
}

int link_add_default_route(int nl, int index, const struct net_address *gateway)
{
	struct request r;

	begin_route(&r, gateway->family, 0, RT_SCOPE_UNIVERSE);
	add(&r, RTA_GATEWAY, gateway->bytes, address_len(gateway));
	add(&r, RTA_OIF, &index, sizeof(index));
	return run(nl, &r);
}
