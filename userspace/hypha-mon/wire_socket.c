// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel: one socket that has joined the groups, one to ask by. */
#include "hypha-mon/wire.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS		UINT64_C(1000000000)
#define BUFFER		(128 << 10)	/* bytes of one datagram */
#define QUEUE		(16 << 20)	/* bytes that may wait in the joined socket, if not said otherwise */
#define CONTROL_GROUP	GENL_ID_CTRL	/* "notify" of the controller: net/netlink/genetlink.c of Linux gives it the id of its family */
#define CALM		(NS / 4)	/* between two losses */

struct wire_socket {
	struct wire wire;
	struct mnl_socket *heard, *asked;
	uint16_t family;
	uint32_t groups[MESSAGE_GROUPS];	/* ids, 0 not there */
	bool gone;				/* the family */
	uint64_t deadline, tick, lost;		/* ns, monotonic; 0 none */
	sigset_t unblocked;
	uint32_t seq;
	char *rest;				/* of the datagram in @buf, not handed on yet */
	int left;
	char *buf, *answers;
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static int failed(const char *what)
{
	if (errno == EPERM)
		return err_set(-EPERM, "not root: hypha-mon must run as root");
	return err_sys(-errno, "netlink: %s", what);
}

static int unloaded(void)
{
	return err_set(-ENODEV, "the hypha module was unloaded");
}

/* --- asking --- */

static int send_request(struct wire_socket *s, uint16_t type, uint16_t flags, uint8_t command, uint8_t version, const char *name)
{
	char buf[256];
	struct nlmsghdr *hdr = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	hdr->nlmsg_type = type;
	hdr->nlmsg_flags = NLM_F_REQUEST | flags;
	hdr->nlmsg_seq = ++s->seq;
	genl = mnl_nlmsg_put_extra_header(hdr, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
	if (name)
		mnl_attr_put_strz(hdr, CTRL_ATTR_FAMILY_NAME, name);
	return mnl_socket_sendto(s->asked, hdr, hdr->nlmsg_len) < 0 ? failed("send") : 0;
}

struct answer {
	struct wire_socket *socket;
	wire_fn fn;
	void *arg;
	bool done, interrupted;
	int code;	/* what the kernel said, or the callback */
};

static void take_answer(struct answer *a, const struct nlmsghdr *hdr)
{
	a->interrupted |= hdr->nlmsg_flags & NLM_F_DUMP_INTR;
	switch (hdr->nlmsg_type) {
	case NLMSG_DONE:
	case NLMSG_ERROR:
		a->done = true;
		if (mnl_nlmsg_get_payload_len(hdr) >= sizeof(a->code) && !a->code)
			memcpy(&a->code, mnl_nlmsg_get_payload(hdr), sizeof(a->code));
		break;
	case NLMSG_NOOP:
		break;
	default:
		a->done |= !(hdr->nlmsg_flags & NLM_F_MULTI);
		if (!a->code)
			a->code = a->fn(hdr, hdr->nlmsg_len, a->arg);
	}
}

/* To the end, even if the callback has failed: the next answer must not find the rest of this one. */
static int receive_answers(struct wire_socket *s, struct answer *a)
{
	while (!a->done) {
		int left = mnl_socket_recvfrom(s->asked, s->answers, BUFFER);
		const struct nlmsghdr *hdr = (const struct nlmsghdr *)s->answers;

		if (left < 0 && errno == EINTR)
			continue;
		if (left < 0)
			return failed("receive");
		s->wire.now = clock_ns(CLOCK_REALTIME);
		for (; mnl_nlmsg_ok(hdr, left) && !a->done; hdr = mnl_nlmsg_next(hdr, &left))
			if (hdr->nlmsg_seq == s->seq)
				take_answer(a, hdr);
	}
	return 0;
}

static int dump(struct wire *w, enum message_dump what, wire_fn fn, void *arg)
{
	struct wire_socket *s = (struct wire_socket *)w;
	struct answer a = { .socket = s, .fn = fn, .arg = arg };
	int err = send_request(s, s->family, NLM_F_DUMP, message_dump_command(what), message_family_version(), NULL);

	if (!err)
		err = receive_answers(s, &a);
	if (err)
		return err;
	if (a.code == -EPROTO)	/* said where it was seen */
		return a.code;
	if (a.code == -EPERM)
		return err_set(a.code, "not root: hypha-mon must run as root");
	if (a.code == -ENOENT || a.code == -EPROTONOSUPPORT)	/* the family is gone; the module that answers for it is going */
		return unloaded();
	if (a.code && a.code != -EAGAIN)
		return err_sys(a.code, "asking for everything");
	return a.interrupted ? -EAGAIN : 0;
}

/* --- hearing --- */

/* All that waits is from before the loss or part of it: everything is asked for anyway. */
static void forget_queue(struct wire_socket *s)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct timespec calm = { 0, CALM };

	if (s->lost && now - s->lost < 4 * CALM)
		nanosleep(&calm, NULL);
	while (recv(mnl_socket_get_fd(s->heard), s->buf, BUFFER, MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		if (clock_ns(CLOCK_MONOTONIC) - now > 2 * NS)
			break;
	s->lost = clock_ns(CLOCK_MONOTONIC);
	s->left = 0;
}

/* The kernel tells everybody when a family goes. */
static bool is_farewell(const struct wire_socket *s, const struct nlmsghdr *hdr)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(hdr);
	const struct nlattr *a;

	if (hdr->nlmsg_type != GENL_ID_CTRL || mnl_nlmsg_get_payload_len(hdr) < sizeof(*genl) || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_for_each(a, hdr, sizeof(*genl))
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID && !mnl_attr_validate(a, MNL_TYPE_U16))
			return mnl_attr_get_u16(a) == s->family;
	return false;
}

/* Take the next message of what was received. Return: is there one? */
static bool take_rest(struct wire_socket *s, struct wire_item *item)
{
	const struct nlmsghdr *hdr = (const struct nlmsghdr *)s->rest;

	while (s->left > 0 && mnl_nlmsg_ok(hdr, s->left)) {
		const struct nlmsghdr *this = hdr;

		hdr = mnl_nlmsg_next(hdr, &s->left);
		s->rest = (char *)hdr;
		s->gone |= is_farewell(s, this);
		if (this->nlmsg_type != s->family)
			continue;
		*item = (struct wire_item) { WIRE_MESSAGE, this, this->nlmsg_len };
		return true;
	}
	s->left = 0;
	return false;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return !a ? b : !b ? a : a < b ? a : b;
}

/* Return: 1 there is something to receive, 0 look at the clock, -errno. */
static int wait_for_it(struct wire_socket *s)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(s->heard), .events = POLLIN };
	uint64_t until = earliest(s->deadline, s->tick), now = clock_ns(CLOCK_MONOTONIC);
	uint64_t wait = until > now ? until - now : 0;
	struct timespec t = { wait / NS, wait % NS };
	int n = ppoll(&p, 1, until ? &t : NULL, &s->unblocked);

	if (n < 0 && errno != EINTR)
		return failed("wait");
	return n > 0;
}

/* Is the time over for something? */
static bool is_due(struct wire_socket *s, struct wire_item *item)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	s->wire.now = clock_ns(CLOCK_REALTIME);
	if (stopped)
		item->event = WIRE_END;
	else if (s->deadline && now >= s->deadline)
		item->event = WIRE_TIMEOUT;
	else if (s->tick && now >= s->tick)
		item->event = WIRE_TICK;
	else
		return false;
	if (item->event == WIRE_TICK)
		s->tick = now + NS;
	return true;
}

static int next(struct wire *w, struct wire_item *item)
{
	struct wire_socket *s = (struct wire_socket *)w;

	*item = (struct wire_item) { .event = WIRE_END };
	while (!take_rest(s, item)) {
		int n;

		if (s->gone)
			return unloaded();
		if (is_due(s, item))
			return 0;
		n = wait_for_it(s);
		if (n < 0)
			return n;
		if (!n)
			continue;
		s->rest = s->buf;
		s->left = mnl_socket_recvfrom(s->heard, s->buf, BUFFER);
		s->wire.now = clock_ns(CLOCK_REALTIME);
		if (s->left < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			forget_queue(s);
			item->event = WIRE_LOST;
			return 0;
		}
		if (s->left < 0 && errno != EINTR && errno != EAGAIN)
			return failed("receive");
	}
	return 0;
}

/* --- beginning and end --- */

static void keep_group(struct wire_socket *s, const struct nlattr *nest)
{
	const char *name = "";
	const struct nlattr *a;
	uint32_t id = 0;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME && !mnl_attr_validate(a, MNL_TYPE_NUL_STRING))
			name = mnl_attr_get_str(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_ID && !mnl_attr_validate(a, MNL_TYPE_U32))
			id = mnl_attr_get_u32(a);
	}
	for (enum message_group g = 0; g < MESSAGE_GROUPS; g++)
		if (!strcmp(name, message_group_name(g)))
			s->groups[g] = id;
}

static int keep_family(const void *data, size_t len, void *arg)
{
	struct wire_socket *s = arg;
	const struct nlattr *a, *group;

	(void)len;
	mnl_attr_for_each(a, (const struct nlmsghdr *)data, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID && !mnl_attr_validate(a, MNL_TYPE_U16))
			s->family = mnl_attr_get_u16(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GROUPS && !mnl_attr_validate(a, MNL_TYPE_NESTED))
			mnl_attr_for_each_nested(group, a)
				keep_group(s, group);
	}
	return 0;
}

static int resolve(struct wire_socket *s)
{
	struct answer a = { .socket = s, .fn = keep_family, .arg = s };
	int err = send_request(s, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1, message_family());

	if (!err)
		err = receive_answers(s, &a);
	if (err)
		return err;
	if (a.code == -ENOENT || (!a.code && !s->family))
		return err_set(-ENODEV, "netlink family \"%s\" is missing: the hypha module is not loaded; run: modprobe hypha",
			       message_family());
	return a.code ? err_sys(a.code, "netlink: asking for family \"%s\"", message_family()) : 0;
}

static int join(struct wire_socket *s, uint32_t id)
{
	return mnl_socket_setsockopt(s->heard, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)) < 0 ? failed("joining a group") : 0;
}

static int join_group(struct wire_socket *s, enum message_group group)
{
	if (!s->groups[group])
		return err_set(-EPROTO, "the module has no group \"%s\": module and hypha-mon do not match", message_group_name(group));
	return join(s, s->groups[group]);
}

static int open_both(struct wire_socket *s, unsigned int groups, int queue)
{
	int err;

	s->heard = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	s->asked = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!s->heard || !s->asked || mnl_socket_bind(s->heard, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_bind(s->asked, 0, MNL_SOCKET_AUTOPID) < 0)
		return failed("socket");
	setsockopt(mnl_socket_get_fd(s->heard), SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue));
	err = resolve(s);
	if (!err)
		err = join(s, CONTROL_GROUP);
	for (enum message_group g = 0; !err && g < MESSAGE_GROUPS; g++)
		if (groups >> g & 1)
			err = join_group(s, g);
	return err;
}

/* Signals are let in only while waiting. */
static void catch_signals(struct wire_socket *s)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &s->unblocked);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void finish(struct wire *w)
{
	struct wire_socket *s = (struct wire_socket *)w;

	if (s->heard)
		mnl_socket_close(s->heard);
	if (s->asked)
		mnl_socket_close(s->asked);
	free(s->buf);
	free(s->answers);
	free(s);
}

struct wire *wire_socket_open(unsigned int groups, bool ticks, uint64_t timeout_ns, uint32_t queue)
{
	struct wire_socket *s = mem_alloc(sizeof(*s));
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	s->wire = (struct wire) { .dump = dump, .next = next, .close = finish, .now = clock_ns(CLOCK_REALTIME) };
	s->buf = mem_alloc(BUFFER);
	s->answers = mem_alloc(BUFFER);
	s->deadline = timeout_ns ? now + timeout_ns : 0;
	s->tick = ticks ? now + NS : 0;
	if (open_both(s, groups, queue ? queue : QUEUE)) {
		finish(&s->wire);
		return NULL;
	}
	catch_signals(s);
	return &s->wire;
}
