// SPDX-License-Identifier: GPL-2.0-or-later
/* HTTP requests over libcurl's multi interface. */
#include "oci/http.h"

#include "oci/registries.h"
#include "oci/transfer.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TICK_MS 100

void http_start(void)
{
	static bool started;

	if (!started)
		curl_global_init(CURL_GLOBAL_DEFAULT);
	started = true;
}

void http_certificates(const char **file, const char **dir)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	*file = info->cainfo;
	*dir = info->capath;
}

struct http *http_new(void)
{
	struct http *http = mem_alloc(sizeof(*http));

	http_start();
	http->multi = curl_multi_init();
	if (!http->multi)
		abort();
	return http;
}

int http_split_url(const char *url, char **scheme, char **host)
{
	CURLU *u = curl_url();
	char *s = NULL, *h = NULL, *p = NULL;
	int err = 0;

	if (!u || curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) ||
	    curl_url_get(u, CURLUPART_SCHEME, &s, 0) || curl_url_get(u, CURLUPART_HOST, &h, 0)) {
		err = err_set(-EINVAL, "not a usable URL: \"%.200s\"", url);
	} else {
		curl_url_get(u, CURLUPART_PORT, &p, CURLU_DEFAULT_PORT);
		*scheme = mem_strdup(s);
		*host = mem_printf("%s:%s", h, p ? p : "");
	}
	curl_free(s);
	curl_free(h);
	curl_free(p);
	curl_url_cleanup(u);
	return err;
}

int http_check_url(const char *url)
{
	auto_free char *scheme = NULL, *host = NULL;
	int err = http_split_url(url, &scheme, &host);

	if (err)
		return err;
	if (!strcasecmp(scheme, "https") || (!strcasecmp(scheme, "http") && registries_allow_http(host)))
		return 0;
	if (!strcasecmp(scheme, "http"))
		return err_set(-EPERM, "%s: plain http is only spoken to this machine itself, or with insecure-http = yes", host);
	return err_set(-EPERM, "%s: scheme not allowed: %s", host, scheme);
}

bool http_is_private(const char *url)
{
	auto_free char *scheme = NULL, *host = NULL;

	return !http_split_url(url, &scheme, &host) && (!strcasecmp(scheme, "https") || host_is_loopback(host));
}

void http_proxy(struct http *http, const char *proxy)
{
	free(http->proxy);
	http->proxy = proxy ? mem_strdup(proxy) : NULL;
}

static void unlink_transfer(struct http *http, struct transfer *t)
{
	struct transfer **p = &http->transfers;

	while (*p && *p != t)
		p = &(*p)->next;
	if (*p)
		*p = t->next;
}

static void free_transfer(struct transfer *t)
{
	curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	transfer_free_headers(t);
	free((char *)t->request.url);
	mem_wipe((char *)t->request.authorization);
	mem_wipe((char *)t->request.form);
	free((char *)t->request.accept);
	free(t->url);
	free(t->err_text);
	http_reply_clean(&t->reply);
	free(t);
}

void http_free(struct http *http)
{
	struct transfer *t;

	if (!http)
		return;
	while ((t = http->transfers)) {
		http->transfers = t->next;
		free_transfer(t);
	}
	curl_multi_cleanup(http->multi);
	notices_clean(&http->notices);
	free(http->proxy);
	free(http);
}

void http_listen(struct http *http, void (*tell)(void *arg, const char *text), void *arg)
{
	http->notices.tell = tell;
	http->notices.arg = arg;
}

static struct transfer *add_transfer(struct http *http)
{
	struct transfer *t = mem_alloc(sizeof(*t));

	t->http = http;
	t->retry.began_ms = clock_ms();
	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	t->next = http->transfers;
	http->transfers = t;
	return t;
}

int http_add(struct http *http, const struct http_request *request)
{
	struct transfer *t = add_transfer(http);
	int err;

	t->request = *request;
	t->request.url = mem_strdup(request->url);
	t->request.authorization = request->authorization ? mem_strdup(request->authorization) : NULL;
	t->request.accept = request->accept ? mem_strdup(request->accept) : NULL;
	t->request.form = request->form ? mem_strdup(request->form) : NULL;
	t->url = mem_strdup(request->url);
	t->at = t->retry.reached = request->from;
	t->retry.tries = 1;
	err = transfer_start(t);
	if (err) {
		unlink_transfer(http, t);
		free_transfer(t);
	}
	return err;
}

void http_wait(struct http *http, long ms, void (*done)(void *arg, int err, struct http_reply *reply), void *arg)
{
	struct transfer *t = add_transfer(http);

	t->request.done = done;
	t->request.arg = arg;
	t->due_ms = t->retry.began_ms + ms;
}

/* @err with its text, or 0: done() hears of it. */
static void end_transfer(struct http *http, struct transfer *t, int err)
{
	unlink_transfer(http, t);
	t->request.done(t->request.arg, err, &t->reply);
	free_transfer(t);
}

bool http_is_unserved(const struct http *http)
{
	return http->unserved;
}

void http_cancel(struct http *http)
{
	while (http->transfers)
		end_transfer(http, http->transfers, err_set(-ECANCELED, "canceled"));
}

static void finish_all(struct http *http)
{
	struct transfer *t;
	CURLMsg *msg;
	int left, err;

	while ((msg = curl_multi_info_read(http->multi, &left))) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		err = transfer_finish(t, msg->data.result);
		if (err <= 0)
			end_transfer(http, t, err);
	}
}

static struct transfer *find_due(const struct http *http, int64_t now)
{
	struct transfer *t = http->transfers;

	while (t && (!t->due_ms || t->due_ms > now))
		t = t->next;
	return t;
}

static void start_due(struct http *http)
{
	struct transfer *t;

	while ((t = find_due(http, clock_ms()))) {
		int err = t->url ? transfer_restart(t) : 0;

		if (err || !t->url)
			end_transfer(http, t, err);
	}
}

/* Milliseconds until there may be something to do. */
static int next_due(const struct http *http)
{
	int64_t now = clock_ms(), next = now + TICK_MS;

	for (const struct transfer *t = http->transfers; t; t = t->next)
		if (t->due_ms && t->due_ms < next)
			next = t->due_ms;
	return next > now ? (int)(next - now) : 0;
}

int http_run(struct http *http, void (*tick)(void *arg), void *arg)
{
	int running;

	while (http->transfers) {
		start_due(http);
		if (curl_multi_perform(http->multi, &running))
			return err_set(-EIO, "libcurl failed");
		finish_all(http);
		if (tick)
			tick(arg);
		if (http->transfers && curl_multi_poll(http->multi, NULL, 0, next_due(http), NULL))
			return err_set(-EIO, "libcurl failed");
	}
	return 0;
}
