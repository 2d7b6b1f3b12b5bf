/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libhypha's calls of the network: what they send, what they make of answers, and whose words a refusal has. */
// links: userspace/libhypha/net.c userspace/libhypha/net_attrs.c userspace/libhypha/net_names.c userspace/libhypha/genl.c
// links: userspace/libhypha/guest_attrs.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c
// libs: -I/usr/include/libnl3 -lnl-genl-3 -lnl-3
#include "libhypha/net.h"

#include "test.h"
#include "util/buf.h"
#include "util/error.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <sys/socket.h>

/* --- the kernel: these stand before those of libnl and libc --- */

#define FAMILY 31

static struct buf request, reply;	/* reply: one datagram, given once */

int genl_connect(struct nl_sock *sk)
{
	(void)sk;
	return 0;
}

int genl_ctrl_resolve(struct nl_sock *sk, const char *name)
{
	(void)sk;
	return strcmp(name, "hypha") ? -NLE_OBJ_NOTFOUND : FAMILY;
}

int nl_send_auto(struct nl_sock *sk, struct nl_msg *msg)
{
	(void)sk;
	buf_reset(&request);
	buf_add(&request, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	return 1;
}

ssize_t recv(int fd, void *to, size_t len, int flags)
{
	size_t n = reply.len;

	(void)fd, (void)flags;
	if (!n || n > len) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(to, reply.data, n);
	buf_reset(&reply);
	return n;
}

/* --- answers --- */

static struct nl_msg *begin(int command, int flags)
{
	struct nl_msg *m = nlmsg_alloc_size(32768);

	genlmsg_put(m, 1, 1, FAMILY, 0, flags, command, 1);
	return m;
}

static void give(struct nl_msg *m)
{
	buf_add(&reply, nlmsg_hdr(m), nlmsg_hdr(m)->nlmsg_len);
	nlmsg_free(m);
}

/* As the kernel ends a request: the request comes back whole, or capped to its header; then the text. */
static void give_error(int code, bool capped, const char *text)
{
	struct nlmsgerr e = { .error = code, .msg = { .nlmsg_len = capped || !code ? 500 : 40 } };
	size_t extra = capped || !code ? 0 : e.msg.nlmsg_len - NLMSG_HDRLEN;
	struct nl_msg *m = nlmsg_alloc();

	nlmsg_put(m, 1, 1, NLMSG_ERROR, 0, (capped ? NLM_F_CAPPED : 0) | (text ? NLM_F_ACK_TLVS : 0));
	memcpy(nlmsg_reserve(m, sizeof(e), 4), &e, sizeof(e));
	if (extra)
		memset(nlmsg_reserve(m, extra, 4), 0xff, extra);
	if (text)
		nla_put_string(m, NLMSGERR_ATTR_MSG, text);
	give(m);
}

static void give_done(int code, const char *text)
{
	struct nl_msg *m = nlmsg_alloc();

	nlmsg_put(m, 1, 1, NLMSG_DONE, 0, NLM_F_MULTI | (text ? NLM_F_ACK_TLVS : 0));
	memcpy(nlmsg_reserve(m, sizeof(code), 4), &code, sizeof(code));
	if (text)
		nla_put_string(m, NLMSGERR_ATTR_MSG, text);
	give(m);
}

/* --- what was sent --- */

static struct genlmsghdr *sent(struct nlattr **attrs)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)request.data;

	genlmsg_parse(hdr, 0, attrs, HYPHA_N_MAX, NULL);
	return nlmsg_data(hdr);
}

static bool is_dump(void)
{
	return (((struct nlmsghdr *)request.data)->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static struct net_addr addr(const char *text)
{
	struct net_addr a;

	if (net_addr_parse(text, &a))
		abort();
	return a;
}

static int count_flow(const struct net_flow *f, void *arg)
{
	struct net_flow *last = arg;

	*last = *f;
	return 0;
}

static void check_flow_request(void)
{
	struct nlattr *a[HYPHA_N_MAX + 1];
	struct net_query q = { .guest = 3, .proto = IPPROTO_TCP, .version = 6 };
	struct net_flow last;

	give_done(0, NULL);
	ok_num(net_flow_dump(&q, count_flow, &last), 0, "flows: an empty dump");
	ok(sent(a)->cmd == HYPHA_CMD_FLOW_GET && is_dump(), "flows: a dump is asked for");
	ok(nla_get_u32(a[HYPHA_N_GUEST]) == 3 && nla_get_u8(a[HYPHA_N_PROTO]) == 6 && nla_get_u8(a[HYPHA_N_VERSION]) == 6,
	   "flows: with the filters");
	q = (struct net_query) { 0 };
	give_done(0, NULL);
	net_flow_dump(&q, count_flow, &last);
	sent(a);
	ok(!a[HYPHA_N_GUEST] && !a[HYPHA_N_PROTO] && !a[HYPHA_N_VERSION], "flows: none that is not wanted");
}

static void put_tuple(struct nl_msg *m, int attr, int family)
{
	struct nlattr *nest = nla_nest_start(m, attr);
	uint8_t src[16] = { 1, 2, 3, 4 }, dst[16] = { 5, 6, 7, 8 };

	nla_put_u32(m, HYPHA_N_TUPLE_FROM, 3);
	nla_put(m, HYPHA_N_TUPLE_SRC, family == 4 ? 4 : 16, src);
	nla_put(m, HYPHA_N_TUPLE_DST, family == 4 ? 4 : 16, dst);
	nla_put_u16(m, HYPHA_N_TUPLE_SPORT, 1000);
	nla_put_u16(m, HYPHA_N_TUPLE_DPORT, 80);
	nla_put_u64(m, HYPHA_N_TUPLE_PACKETS, 1ull << 40);
	nla_put_u64(m, HYPHA_N_TUPLE_BYTES, 9);
	nla_nest_end(m, nest);
}

static struct nl_msg *a_flow(uint64_t id, int family)
{
	struct nl_msg *m = begin(HYPHA_CMD_FLOW_GET, NLM_F_MULTI);

	nla_put_u64(m, HYPHA_N_FLOW_ID, id);
	nla_put_u32(m, HYPHA_N_GUEST, 3);
	nla_put_u32(m, HYPHA_N_FLOW_FLAGS, HYPHA_FLOW_REPLIED | HYPHA_FLOW_DNS);
	nla_put_u32(m, HYPHA_N_FLOW_STATE, HYPHA_FLOW_ESTABLISHED);
	nla_put_u8(m, HYPHA_N_VERSION, family);
	nla_put_u8(m, HYPHA_N_PROTO, IPPROTO_TCP);
	put_tuple(m, HYPHA_N_ORIG, family);
	put_tuple(m, HYPHA_N_REPLY, family);
	nla_put_u64(m, HYPHA_N_AGE, 5);
	nla_put_u64(m, HYPHA_N_REMAINING, 6);
	return m;
}

static void check_flow_answer(void)
{
	struct net_flow f = { 0 };
	char text[NET_ADDR_TEXT];

	give(a_flow(1ull << 33, 4));
	give_done(0, NULL);
	ok_num(net_flow_dump(&(struct net_query) { 0 }, count_flow, &f), 0, "a flow");
	ok(f.id == 1ull << 33 && f.guest == 3 && f.flags == (1u << FLOW_REPLIED | 1u << FLOW_DNS) && f.state == FLOW_ESTABLISHED &&
	   f.version == 4 && f.proto == 6 && f.age == 5 && f.remaining == 6, "a flow: its numbers");
	ok(f.orig.from == 3 && f.orig.sport == 1000 && f.reply.dport == 80 && f.orig.packets == 1ull << 40 && f.orig.bytes == 9,
	   "a flow: its tuples");
	ok_str(net_addr_text(&f.orig.src, text), "1.2.3.4", "a flow: its addresses");
	give(a_flow(1, 6));
	give_done(0, NULL);
	net_flow_dump(&(struct net_query) { 0 }, count_flow, &f);
	ok_str(net_addr_text(&f.orig.dst, text), "506:708::", "a flow: its IPv6 addresses");
	give(begin(HYPHA_CMD_FLOW_GET, NLM_F_MULTI));
	give_done(0, NULL);
	ok(net_flow_dump(&(struct net_query) { 0 }, count_flow, &f) == -EPROTO && strstr(err_text(), "incomplete"),
	   "a flow without anything is refused");
}

static void check_changes(void)
{
	struct net_change c = {
		.net4 = addr("10.80.0.0"), .plen4 = 16, .net6 = addr("fd01::"), .plen6 = 64, .dns = { addr("9.9.9.9"), addr("::1") },
		.nr_dns = 2, .port_min = 62000, .port_max = 63000, .max_flows = 7,
	};
	struct nlattr *a[HYPHA_N_MAX + 1];

	give_error(0, true, NULL);
	ok_num(net_host_set(&c), 0, "settings");
	ok(sent(a)->cmd == HYPHA_CMD_NET_SET && nla_len(a[HYPHA_N_NET4]) == 4 && nla_len(a[HYPHA_N_NET6]) == 16 &&
	   nla_len(a[HYPHA_N_PLEN4]) == 1 && nla_get_u8(a[HYPHA_N_PLEN6]) == 64, "settings: prefixes");
	ok(nla_get_u16(a[HYPHA_N_PORT_MIN]) == 62000 && nla_get_u16(a[HYPHA_N_PORT_MAX]) == 63000 &&
	   nla_get_u32(a[HYPHA_N_MAX_FLOWS]) == 7 && !a[HYPHA_N_MAX_GUEST_FLOWS] && !a[HYPHA_N_MAX_HALF_OPEN], "settings: numbers");
	ok(nla_len(a[HYPHA_N_DNS]) == 16, "settings: the last resolver is IPv6");
	c = (struct net_change) { .max_half_open = 1 };
	give_error(0, true, NULL);
	net_host_set(&c);
	sent(a);
	ok(!a[HYPHA_N_NET4] && !a[HYPHA_N_PLEN6] && !a[HYPHA_N_DNS] && !a[HYPHA_N_PORT_MIN], "settings: what is not named stays");
	give_error(0, true, NULL);
	ok_num(net_vif_set_policy(4, &(struct net_policy) { .stack = true, .guest_to_host = true }), 0, "a policy");
	ok(sent(a)->cmd == HYPHA_CMD_VIF_SET && nla_get_u32(a[HYPHA_N_GUEST]) == 4 &&
	   nla_get_u32(a[HYPHA_N_POLICY]) == (HYPHA_POLICY_STACK | HYPHA_POLICY_GUEST_TO_HOST), "a policy: its bits");
}

static void check_forwards(void)
{
	struct forward_spec spec = { IPPROTO_UDP, 4, 3, 9000, 90, { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 } }, any = { 6, 0, 1, 80, 80, { 0 } };
	struct nlattr *a[HYPHA_N_MAX + 1], *f[HYPHA_N_FORWARD_MAX + 1];
	uint32_t count;
	struct nl_msg *m;

	give_error(0, true, NULL);
	ok_num(net_forward_add(3, &spec), 0, "a forward");
	ok(sent(a)->cmd == HYPHA_CMD_FORWARD_ADD && a[HYPHA_N_FORWARD]->nla_type & NLA_F_NESTED, "a forward: nested, and says so");
	nla_parse_nested(f, HYPHA_N_FORWARD_MAX, a[HYPHA_N_FORWARD], NULL);
	ok(nla_get_u8(f[HYPHA_N_FORWARD_PROTO]) == IPPROTO_UDP && nla_get_u16(f[HYPHA_N_FORWARD_HOST]) == 9000 &&
	   nla_get_u16(f[HYPHA_N_FORWARD_PORTS]) == 3 && nla_get_u16(f[HYPHA_N_FORWARD_GUEST]) == 90, "a forward: its ports");
	ok(nla_len(f[HYPHA_N_FORWARD_ADDR]) == 4 && !memcmp(nla_data(f[HYPHA_N_FORWARD_ADDR]), "\300\0\2\1", 4), "a forward: its address");
	m = begin(HYPHA_CMD_FORWARD_DEL, 0);
	nla_put_u32(m, HYPHA_N_COUNT, 2);
	give(m);
	ok(!net_forward_del(3, &any, &count) && count == 2, "forwards that went are counted");
	sent(a);
	nla_parse_nested(f, HYPHA_N_FORWARD_MAX, a[HYPHA_N_FORWARD], NULL);
	ok(!f[HYPHA_N_FORWARD_ADDR] && !f[HYPHA_N_FORWARD_VERSION], "any address of any version is not said");
	m = begin(HYPHA_CMD_FORWARD_DEL, 0);
	nla_put_u32(m, HYPHA_N_COUNT, 5);
	give(m);
	net_forward_del(3, NULL, &count);
	sent(a);
	ok(!a[HYPHA_N_FORWARD] && count == 5, "all of a guest's");
}

static void check_vif(void)
{
	struct nl_msg *m = begin(HYPHA_CMD_VIF_GET, 0);
	struct net_vif v;

	nla_put_u32(m, HYPHA_N_GUEST, 3);
	nla_put_string(m, HYPHA_N_GUEST_NAME, "web");
	nla_put(m, HYPHA_N_MAC, 6, "\2\0\0\0\0\3");
	nla_put_u32(m, HYPHA_N_STATE, HYPHA_VIF_CONNECTED);
	nla_put_u32(m, HYPHA_N_POLICY, HYPHA_POLICY_GUEST_TO_GUEST);
	nla_put(m, HYPHA_N_IP4, 4, "\12\113\0\3");
	nla_put_u32(m, HYPHA_N_MTU, 1500);
	for (int i = 0; i < 12; i++) {	/* more than there may be */
		struct nlattr *nest = nla_nest_start(m, HYPHA_N_QUEUE);

		nla_put_u32(m, HYPHA_N_QUEUE_INDEX, i);
		nla_put_u64(m, HYPHA_N_QUEUE_RX_BYTES, 100 + i);
		nla_nest_end(m, nest);
	}
	for (int i = 0; i < 70; i++) {
		struct nlattr *nest = nla_nest_start(m, HYPHA_N_DROP);

		nla_put_u32(m, HYPHA_N_DROP_REASON, i);
		nla_put_string(m, HYPHA_N_DROP_NAME, "a-name-that-is-longer-than-any-of-ours");
		nla_put_u64(m, HYPHA_N_DROP_COUNT, i);
		nla_nest_end(m, nest);
	}
	give(m);
	ok_num(net_vif_get(3, &v), 0, "an interface");
	ok(v.guest == 3 && !strcmp(v.name, "web") && v.state == VIF_CONNECTED && v.mac[5] == 3 && v.ip4.version == 4 &&
	   !v.ip6.version && v.mtu == 1500 && v.policy.guest_to_guest && !v.policy.stack, "an interface: what it is");
	ok(v.nr_queues == NET_QUEUES_MAX && v.queues[7].rx_bytes == 107, "an interface: no more queues than there is room for");
	ok(v.drops.nr == NET_DROPS_MAX && strlen(v.drops.drop[63].name) == sizeof(v.drops.drop[0].name) - 1, "nor drops, nor names");
}

static void check_refusals(void)
{
	struct net_vif v;
	struct net_flow f;
	uint32_t count;

	give_error(-ENOENT, true, "no such guest: 7");
	ok(net_vif_get(7, &v) == -ENOENT, "refused: the errno");
	ok_str(err_text(), "cannot ask for the interface: no such guest: 7", "refused: the kernel's words, the request capped");
	give_error(-EBUSY, false, "in use");
	net_vif_get(7, &v);
	ok_str(err_text(), "cannot ask for the interface: in use", "refused: the kernel's words behind the whole request");
	give_error(-EBUSY, false, NULL);
	net_vif_get(7, &v);
	ok_str(err_text(), "cannot ask for the interface: Device or resource busy", "refused without words");
	give_error(-EPERM, true, "whatever");
	net_vif_get(7, &v);
	ok(strstr(err_text(), "root"), "not root is said in ours");
	give_done(-EINVAL, "IP protocol 9");
	ok(net_flow_dump(&(struct net_query) { .proto = 9 }, count_flow, &f) == -EINVAL && strstr(err_text(), "IP protocol 9"),
	   "a dump that is refused at its end");
	give_error(-ENOENT, true, "no such flow: 9");
	ok(net_flow_del(9) == -ENOENT && strstr(err_text(), "flow 9: no such flow"), "a flow that is not there");
	give_error(-ENOENT, true, "none");
	ok(net_flow_flush(&(struct net_query) { 0 }, &count) == -ENOENT && !count, "nothing flushed is nothing counted");
}

int main(void)
{
	check_flow_request();
	check_flow_answer();
	check_changes();
	check_forwards();
	check_vif();
	check_refusals();
	buf_clean(&request);
	buf_clean(&reply);
	return done();
}
