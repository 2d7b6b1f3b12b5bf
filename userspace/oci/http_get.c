// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole documents by HTTP. */
#include "oci/http.h"

#include "oci/policy.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct get {
	struct buf *body;
	size_t max;
	struct http_reply *reply;
	int err;
	char *text;
};

static int get_begin(void *arg, uint64_t at)
{
	struct get *get = arg;

	(void)at;	/* always the beginning: the size is not known */
	buf_reset(get->body);
	return 0;
}

static int get_sink(void *arg, const void *data, size_t len)
{
	struct get *get = arg;

	if (len > get->max - get->body->len)
		return err_set(-EFBIG, "document larger than %zu bytes, the limit", get->max);
	buf_add(get->body, data, len);
	return 0;
}

static void get_done(void *arg, int err, struct http_reply *reply)
{
	struct get *get = arg;

	get->err = err;
	get->text = err ? mem_strdup(err_text()) : NULL;
	*get->reply = *reply;
	memset(reply, 0, sizeof(*reply));
}

static int get_document(struct http *http, struct http_request request, size_t max, struct buf *body, struct http_reply *reply)
{
	struct get get = { .body = body, .max = max, .reply = reply };
	int err;

	request.timeout = policy.document_s;
	request.begin = get_begin;
	request.sink = get_sink;
	request.done = get_done;
	request.arg = &get;
	buf_reset(body);
	memset(reply, 0, sizeof(*reply));
	err = http_add(http, &request);
	if (!err)
		err = http_run(http, NULL, NULL);
	if (!err && get.err)
		err = err_set(get.err, "%s", get.text);
	free(get.text);
	return err;
}

int http_get(struct http *http, const char *url, const char *authorization, const char *accept, size_t max,
	     struct buf *body, struct http_reply *reply)
{
	struct http_request request = { .url = url, .authorization = authorization, .accept = accept };

	return get_document(http, request, max, body, reply);
}

int http_post(struct http *http, const char *url, const char *form, size_t max, struct buf *body, struct http_reply *reply)
{
	struct http_request request = { .url = url, .form = form };

	return get_document(http, request, max, body, reply);
}
