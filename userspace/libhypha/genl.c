// SPDX-License-Identifier: GPL-2.0-or-later
/* The netlink socket of libhypha. */
#include "libhypha/genl.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(GENL_ATTRS > HYPHA_A_MAX && GENL_ATTRS > HYPHA_N_MAX, "every attribute has its place");

/* Refusals come with a text then; without it only the errno is told. */
static void say_more(struct genl *g)
{
	int on = 1;

	setsockopt(nl_socket_get_fd(g->sk), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
}

int genl_open(struct genl *g)
{
	int err;

	g->sk = nl_socket_alloc();
	if (!g->sk)
		return err_set(-ENOMEM, "netlink: no memory");
	g->said[0] = '\0';
	err = genl_connect(g->sk);
	if (!err)
		say_more(g);
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

int genl_refused(struct genl *g, int err, const char *what)
{
	if (err == -EPERM || err == -EPROTO || !g->said[0])
		return genl_error(err, what);
	return err_set(err, "%s: %s", what, g->said);
}

struct nl_msg *genl_command(struct genl *g, int command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0, flags, command, HYPHA_GENL_VERSION);
	return msg;
}

struct nl_msg *genl_message(struct genl *g, int flags)
{
	return genl_command(g, HYPHA_CMD_GUEST_GET, flags);
}

void genl_fill(void *to, struct nlattr **attrs, const struct genl_field *f, size_t nr)
{
	static const size_t sizes[] = { [GENL_U8] = 1, [GENL_U16] = 2, [GENL_U32] = 4, [GENL_U64] = 8, [GENL_MAC] = 6 };

	for (; nr--; f++)
		if (attrs[f->attr] && (size_t)nla_len(attrs[f->attr]) >= sizes[f->kind])
			memcpy((char *)to + f->to, nla_data(attrs[f->attr]), sizes[f->kind]);
}

int genl_attrs(struct nlmsghdr *hdr, struct nlattr **attrs)
{
	return genlmsg_parse(hdr, 0, attrs, GENL_ATTRS - 1, NULL) ? err_set(-EPROTO, "netlink: malformed message") : 0;
}

struct reply {
	struct genl *genl;
	genl_fn fn;
	void *arg;
	bool done, interrupted;
};

/* What follows @offset bytes of an end or error message: attributes, the text among them. */
static void keep_said(struct genl *g, struct nlmsghdr *hdr, size_t offset)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	size_t len = hdr->nlmsg_len - NLMSG_HDRLEN;

	g->said[0] = '\0';
	offset = NLMSG_ALIGN(offset);
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) || offset >= len)
		return;
	if (!nla_parse(attrs, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)NLMSG_DATA(hdr) + offset), (int)(len - offset), NULL) &&
	    attrs[NLMSGERR_ATTR_MSG])
		nla_strlcpy(g->said, attrs[NLMSGERR_ATTR_MSG], sizeof(g->said));
}

static int take_end(struct reply *r, struct nlmsghdr *hdr)
{
	int code;

	r->done = true;
	if (hdr->nlmsg_len < NLMSG_LENGTH(sizeof(code)))
		return 0;
	memcpy(&code, NLMSG_DATA(hdr), sizeof(code));
	if (code < 0)
		keep_said(r->genl, hdr, sizeof(code));
	return code;
}

/* The request, or only its header (NLM_F_CAPPED), comes back between the error and the text. */
static int take_error(struct reply *r, struct nlmsghdr *hdr)
{
	struct nlmsgerr *e = NLMSG_DATA(hdr);

	r->done = true;
	if (hdr->nlmsg_len < NLMSG_LENGTH(sizeof(*e)))
		return -EPROTO;
	if (e->error)
		keep_said(r->genl, hdr, sizeof(*e) + (hdr->nlmsg_flags & NLM_F_CAPPED ? 0 : e->msg.nlmsg_len - NLMSG_HDRLEN));
	return e->error;
}

/* Return: 0 to go on, else the result of the request; done with 0 when @r->done. */
static int take_message(struct reply *r, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[GENL_ATTRS];
	int err;

	r->interrupted |= hdr->nlmsg_flags & NLM_F_DUMP_INTR;
	if (hdr->nlmsg_type == NLMSG_DONE)
		return take_end(r, hdr);
	if (hdr->nlmsg_type == NLMSG_ERROR)
		return take_error(r, hdr);
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
