/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink socket of libhypha: requests with their replies, and the attributes of a guest. Private to libhypha. */
#ifndef HYPHA_LIBHYPHA_GENL_H
#define HYPHA_LIBHYPHA_GENL_H

#include "libhypha/guest.h"

#include <netlink/genl/genl.h>

#define GENL_BUFFER (128 << 10)	/* bytes a received message may have */

struct genl {
	struct nl_sock *sk;
	int family;
};

int genl_open(struct genl *g);		/* 0 or -errno; -ENODEV: the module is not there */
void genl_close(struct genl *g);
/* Sets the text for a failed request: what every one may fail with, else "@what: strerror". Return: @err. */
int genl_error(int err, const char *what);

/* Called with each message and its attributes; < 0 ends the request. */
typedef int (*genl_fn)(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg);
/* Send @msg (consumed) and hand on the replies. -EAGAIN: a dump was interrupted, start over. */
int genl_request(struct genl *g, struct nl_msg *msg, genl_fn fn, void *arg);
struct nl_msg *genl_message(struct genl *g, int flags);
/* Parse one received message of the family. */
int genl_attrs(struct nlmsghdr *hdr, struct nlattr **attrs);

/* @g is filled whole; clean it afterwards. -EPROTO if something mandatory is missing. */
int guest_from_message(struct nlmsghdr *hdr, struct nlattr **attrs, struct guest *g);

#endif
