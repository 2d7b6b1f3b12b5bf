// SPDX-License-Identifier: GPL-2.0-or-later
/* The netlink socket of libhypha. */
#include "libhypha/genl.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <netlink/genl/ctrl.h>
#include <sys/socket.h>

int genl_open(struct genl *g)
{
	int err;

	g->sk = nl_socket_alloc();
	if (!g->sk)
		return err_set(-ENOMEM, "netlink: no memory");
	err = genl_connect(g->sk);
	if (!err)
		err = g->family = genl_ctrl_resolve(g->sk, HYPHA_GENL_NAME);
	if (err >= 0)
		return 0;
	nl_socket_free(g->sk);
	g->sk = NULL;
	if (err != -NLE_OBJ_NOTFOUND)
		return err_set(-EIO, "netlink: %s", nl_geterror(err));
	return err_set(-ENODEV, "netlink family \"%s\" is missing: the hypha module is not loaded; run: modprobe hypha",
		       HYPHA_GENL_NAME);
}

void genl_close(struct genl *g)
{
	if (g->sk)
		nl_socket_free(g->sk);
	g->sk = NULL;
}

int genl_error(int err, const char *what)
{
	if (err == -EPERM)
		return err_set(err, "not root: hyphactl must run as root");
	return err == -EPROTO ? err : err_sys(err, "%s", what);	/* EPROTO: said where it was seen */
}

struct nl_msg *genl_message(struct genl *g, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0, flags, HYPHA_CMD_GUEST_GET, HYPHA_GENL_VERSION);
	return msg;
}

int genl_attrs(struct nlmsghdr *hdr, struct nlattr **attrs)
{
	return genlmsg_parse(hdr, 0, attrs, HYPHA_A_MAX, NULL) ? err_set(-EPROTO, "netlink: malformed message") : 0;
}

struct reply {
	struct genl *genl;
	genl_fn fn;
	void *arg;
	bool done, interrupted;
};

/* Return: 0 to go on, else the result of the request; done with 0 when @r->done. */
static int take_message(struct reply *r, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[HYPHA_A_MAX + 1];
	int err;

	r->interrupted |= hdr->nlmsg_flags & NLM_F_DUMP_INTR;
	if (hdr->nlmsg_type == NLMSG_DONE) {
		r->done = true;
		return hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) ? *(int *)NLMSG_DATA(hdr) : 0;
	}
	if (hdr->nlmsg_type == NLMSG_ERROR) {
		r->done = true;
		return ((struct nlmsgerr *)NLMSG_DATA(hdr))->error;
	}
	if (hdr->nlmsg_type != r->genl->family)
		return 0;
	r->done |= !(hdr->nlmsg_flags & NLM_F_MULTI);
	err = genl_attrs(hdr, attrs);
	return err ? err : r->fn(hdr, attrs, r->arg);
}

static int receive(struct reply *r, char *buf)
{
	int fd = nl_socket_get_fd(r->genl->sk);

	while (!r->done) {
		ssize_t len = recv(fd, buf, GENL_BUFFER, MSG_TRUNC);
		struct nlmsghdr *hdr = (struct nlmsghdr *)buf;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		if (len > GENL_BUFFER)
			return -EMSGSIZE;
		for (int left = len; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left)) {
			int err = take_message(r, hdr);

			if (err < 0)
				return err;
		}
	}
	return r->interrupted ? -EAGAIN : 0;
}

int genl_request(struct genl *g, struct nl_msg *msg, genl_fn fn, void *arg)
{
	auto_free char *buf = mem_alloc(GENL_BUFFER);
	struct reply r = { .genl = g, .fn = fn, .arg = arg };
	int err = nl_send_auto(g->sk, msg);

	nlmsg_free(msg);
	if (err < 0)
		return err_set(-EIO, "netlink: %s", nl_geterror(err));
	return receive(&r, buf);
}
