/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink socket of libhypha: requests with their replies, and the attributes of a guest. Private to libhypha. */
#ifndef HYPHA_LIBHYPHA_GENL_H
#define HYPHA_LIBHYPHA_GENL_H

#include "libhypha/guest.h"

#include <netlink/genl/genl.h>

#define GENL_BUFFER (128 << 10)	/* bytes a received message may have */

#define GENL_SAID   256		/* bytes of the kernel's own words about a refusal, with NUL */
#define GENL_ATTRS  64		/* room for the attributes of any message */

struct genl {
	struct nl_sock *sk;
	int family;
	char said[GENL_SAID];	/* of the last request that failed; "" if it said nothing */
};

int genl_open(struct genl *g);		/* 0 or -errno; -ENODEV: the module is not there */
void genl_close(struct genl *g);
/* Sets the text for a failed request: what every one may fail with, else "@what: strerror". Return: @err. */
int genl_error(int err, const char *what);
/* The same, with what the kernel said instead of strerror, if it said something. */
int genl_refused(struct genl *g, int err, const char *what);

/* Called with each message and its attributes; < 0 ends the request. */
typedef int (*genl_fn)(struct nlmsghdr *hdr, struct nlattr **attrs, void *arg);
/* Send @msg (consumed) and hand on the replies. -EAGAIN: a dump was interrupted, start over. */
int genl_request(struct genl *g, struct nl_msg *msg, genl_fn fn, void *arg);
struct nl_msg *genl_message(struct genl *g, int flags);		/* of HYPHA_CMD_GUEST_GET */
struct nl_msg *genl_command(struct genl *g, int command, int flags);
/* Parse one received message of the family, into GENL_ATTRS. */
int genl_attrs(struct nlmsghdr *hdr, struct nlattr **attrs);

/* Attributes that become members of a structure: attribute @attr goes to byte @to, if it has as many bytes as its kind. */
enum genl_kind { GENL_U8, GENL_U16, GENL_U32, GENL_U64, GENL_MAC };
struct genl_field {
	int attr;
	enum genl_kind kind;
	size_t to;
};
void genl_fill(void *to, struct nlattr **attrs, const struct genl_field *fields, size_t nr);

/* @g is filled whole; clean it afterwards. -EPROTO if something mandatory is missing. */
int guest_from_message(struct nlmsghdr *hdr, struct nlattr **attrs, struct guest *g);

#endif
