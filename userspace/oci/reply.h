/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came back for a request, besides the body. */
#ifndef HYPHA_OCI_REPLY_H
#define HYPHA_OCI_REPLY_H

#include "oci/auth.h"
#include "util/buf.h"

#include <stdbool.h>

struct http_reply {
	long status;			/* of the last hop, 200 also for the part that was asked for; 0: none arrived */
	char *type;			/* Content-Type without parameters, "" if absent */
	char *digest;			/* Docker-Content-Digest, "" if absent */
	struct challenges challenges;	/* of a 401 by the first host; those of redirect targets are not ours to answer */
	struct buf error;		/* the beginning of a body that came with another status than 200 */
	char *tried;			/* "; tried 6 times in 8 s" for the end of an error's text, "" if once */
};

/* The headers of the last reply on a libcurl handle. @first: it came from the host the request named. */
void reply_read(struct http_reply *reply, void *easy, bool first);
void http_reply_clean(struct http_reply *reply);
/* A header's value if it came exactly once, else NULL; valid until the handle's next use. */
const char *reply_header(void *easy, const char *name);

#endif
