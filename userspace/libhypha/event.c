// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's events. */
#include "libhypha/event.h"

#include "libhypha/genl.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <netlink/genl/ctrl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

_Static_assert((int)EVENT_DESTROYED == HYPHA_EVENT_DESTROYED && (int)EVENT_READY == HYPHA_EVENT_READY, "uapi");

struct event_source {
	struct genl genl;
	char buf[GENL_BUFFER];
};

int event_open(struct event_source **out)
{
	struct event_source *src = mem_alloc(sizeof(*src));
	int err = genl_open(&src->genl);
	int group;

	if (err) {
		free(src);
		return err;
	}
	group = genl_ctrl_resolve_grp(src->genl.sk, HYPHA_GENL_NAME, HYPHA_GENL_MCGRP_EVENTS);
	err = group < 0 ? group : nl_socket_add_membership(src->genl.sk, group);
	if (err < 0) {
		event_close(src);
		if (err == -NLE_PERM)
			return genl_error(-EPERM, NULL);
		return err_set(-EIO, "cannot subscribe to events: %s", nl_geterror(err));
	}
	nl_socket_set_buffer_size(src->genl.sk, 1 << 20, 0);	/* a guess that fails loudly: event_next() tells of losses */
	*out = src;
	return 0;
}

void event_close(struct event_source *src)
{
	if (!src)
		return;
	genl_close(&src->genl);
	free(src);
}

int event_fd(struct event_source *src)
{
	return nl_socket_get_fd(src->genl.sk);
}

/* Return: 1 an event, 0 something else, -errno. */
static int parse(struct event_source *src, struct nlmsghdr *hdr, struct event *ev)
{
	struct nlattr *attrs[GENL_ATTRS];
	int err;

	if (hdr->nlmsg_type != src->genl.family)
		return 0;
	err = genl_attrs(hdr, attrs);
	if (err)
		return err;
	if (!attrs[HYPHA_A_EVENT])
		return 0;
	err = guest_from_message(hdr, attrs, &ev->guest);
	if (err)
		return err;
	ev->type = nla_get_u32(attrs[HYPHA_A_EVENT]);
	ev->seq = attrs[HYPHA_A_SEQ] ? nla_get_u64(attrs[HYPHA_A_SEQ]) : 0;
	ev->time = attrs[HYPHA_A_TIME] ? nla_get_u64(attrs[HYPHA_A_TIME]) : 0;
	return 1;
}

/* A multicast datagram holds one message. */
static int receive(struct event_source *src, struct event *ev)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)src->buf;
	ssize_t len = recv(event_fd(src), src->buf, sizeof(src->buf), MSG_DONTWAIT | MSG_TRUNC);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (len < 0)
		return err_sys(-errno, "events");
	if (len > (ssize_t)sizeof(src->buf))
		return err_set(-ENOBUFS, "events: one of %zd bytes was cut", len);
	return nlmsg_ok(hdr, len) ? parse(src, hdr, ev) : 0;
}

int event_next(struct event_source *src, int timeout_ms, struct event *ev)
{
	struct pollfd p = { .fd = event_fd(src), .events = POLLIN };
	int n = poll(&p, 1, timeout_ms);

	if (n < 0 && errno != EINTR)
		return err_sys(-errno, "events");
	return n > 0 ? receive(src, ev) : 0;
}
