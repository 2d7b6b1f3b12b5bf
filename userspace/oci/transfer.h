/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request on its way through redirects and tries. Only http.c, which runs them, includes this. */
#ifndef HYPHA_OCI_TRANSFER_H
#define HYPHA_OCI_TRANSFER_H

#include "oci/http.h"
#include "oci/notices.h"
#include "oci/retry.h"

#include <curl/curl.h>

struct transfer {
	struct transfer *next;
	struct http *http;
	struct http_request request;
	CURL *easy;
	struct curl_slist *headers;
	char *url;			/* of the current hop; NULL: there is nothing to get, only to wait */
	unsigned int hops;
	struct retry retry;
	int64_t due_ms;			/* it waits until then; 0: it is under way */
	uint64_t at;			/* bytes of the whole body that are there */
	bool ranged;			/* this try asked for what is behind them */
	bool begun;			/* this try's body is one for the sink */
	bool passing;			/* what went wrong may pass */
	size_t passed_over;		/* bytes of bodies that are not for the sink */
	int err;			/* from begin() or the sink */
	char *err_text;
	struct http_reply reply;
	char curl_error[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	struct transfer *transfers;
	struct notices notices;
	char *proxy;			/* see http_proxy() */
	bool heard;			/* a server has answered at least once */
	bool unserved;			/* see http_is_unserved() */
};

void transfer_free_headers(struct transfer *t);
/* Start at its current URL. Return: 0, or -errno with err_text(). */
int transfer_start(struct transfer *t);
/* Its wait is over: from the first host on again. Return as above. */
int transfer_restart(struct transfer *t);
/* libcurl is done with it. Return: 1 it goes on (redirected, or to be tried again at due_ms), else what done() gets as @err. */
int transfer_finish(struct transfer *t, CURLcode code);

/* http.c: scheme and host:port of a URL. 0, or -EINVAL with err_text(). */
int http_split_url(const char *url, char **scheme, char **host);

#endif
