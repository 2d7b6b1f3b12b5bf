// SPDX-License-Identifier: GPL-2.0-or-later
/* HTTP requests over libcurl's multi interface. Redirects are followed here, not by libcurl, so that every hop is checked. */
#include "oci/http.h"

#include "oci/reference.h"
#include "oci/registries.h"
#include "oci/route.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ERROR_BODY_MAX 8192
#define CONNECT_TIMEOUT_S 15L
#define STALL_S 30L		/* at less than STALL_RATE */
#define STALL_RATE 128L		/* bytes a second */
#define DOCUMENT_S 120L		/* for a whole document */
#define TICK_MS 100
#define TRIES 3		/* at one hop that answers with nothing */

struct transfer {
	struct transfer *next;
	struct http *http;
	struct http_request request;
	CURL *easy;
	struct curl_slist *headers;
	char *url;			/* of the current hop */
	unsigned int hops;
	unsigned int tries;		/* at this hop, that brought no reply */
	int err;			/* from the sink */
	char *err_text;
	struct http_reply reply;
	char curl_error[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	struct transfer *transfers;
	char *proxy;			/* see http_proxy() */
};

void http_reply_clean(struct http_reply *reply)
{
	free(reply->type);
	free(reply->digest);
	challenges_clean(&reply->challenges);
	buf_clean(&reply->error);
	memset(reply, 0, sizeof(*reply));
}

struct http *http_new(void)
{
	static bool initialised;
	struct http *http = mem_alloc(sizeof(*http));

	if (!initialised)
		curl_global_init(CURL_GLOBAL_DEFAULT);
	initialised = true;
	http->multi = curl_multi_init();
	if (!http->multi)
		abort();
	return http;
}

/* Scheme and host[:port] of a URL. */
static int split_url(const char *url, char **scheme, char **host)
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
	int err = split_url(url, &scheme, &host);

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

	return !split_url(url, &scheme, &host) && (!strcasecmp(scheme, "https") || host_is_loopback(host));
}

void http_proxy(struct http *http, const char *proxy)
{
	free(http->proxy);
	http->proxy = proxy ? mem_strdup(proxy) : NULL;
}

static size_t take_body(char *data, size_t size, size_t nr, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * nr, room;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		room = ERROR_BODY_MAX - t->reply.error.len;
		buf_add(&t->reply.error, data, len < room ? len : room);
		return len < room ? len : CURL_WRITEFUNC_ERROR;
	}
	t->err = t->request.sink(t->request.arg, data, len);
	if (!t->err)
		return len;
	t->err_text = mem_strdup(err_text());
	return CURL_WRITEFUNC_ERROR;
}

static void add_header(struct transfer *t, const char *name, const char *value)
{
	auto_secret char *line = mem_printf("%s: %s", name, value);

	t->headers = curl_slist_append(t->headers, line);
}

static void free_headers(struct transfer *t)
{
	for (struct curl_slist *h = t->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	t->headers = NULL;
}

/* (Re)start @t at its current URL. */
static int start(struct transfer *t)
{
	auto_free char *scheme = NULL, *host = NULL;
	CURL *e = t->easy;
	int err = http_check_url(t->url);

	if (!err)
		err = split_url(t->url, &scheme, &host);
	if (err)
		return err;
	curl_easy_reset(e);
	free_headers(t);
	if (t->request.accept)
		add_header(t, "Accept", t->request.accept);
	if (t->request.authorization && !t->hops)
		add_header(t, "Authorization", t->request.authorization);
	curl_easy_setopt(e, CURLOPT_URL, t->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "hypha");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, STALL_RATE);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, STALL_S);
	curl_easy_setopt(e, CURLOPT_TIMEOUT, t->request.timeout);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 262144L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	if (t->request.form)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->request.form);
	route_set(e, host, t->http->proxy);
	if (t->tries)
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	t->curl_error[0] = '\0';
	if (curl_multi_add_handle(t->http->multi, e))
		return err_set(-EIO, "libcurl refuses a transfer");
	return 0;
}

static void unlink_transfer(struct transfer *t)
{
	struct transfer **p = &t->http->transfers;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
}

static void free_transfer(struct transfer *t)
{
	curl_multi_remove_handle(t->http->multi, t->easy);
	curl_easy_cleanup(t->easy);
	free_headers(t);
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
	free(http->proxy);
	free(http);
}

int http_add(struct http *http, const struct http_request *request)
{
	struct transfer *t = mem_alloc(sizeof(*t));
	int err;

	t->http = http;
	t->request = *request;
	t->request.url = NULL;
	t->request.authorization = request->authorization ? mem_strdup(request->authorization) : NULL;
	t->request.accept = request->accept ? mem_strdup(request->accept) : NULL;
	t->request.form = request->form ? mem_strdup(request->form) : NULL;
	t->url = mem_strdup(request->url);
	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	err = start(t);
	if (err) {
		free_transfer(t);
		return err;
	}
	t->next = http->transfers;
	http->transfers = t;
	return 0;
}

void http_cancel(struct http *http)
{
	struct transfer *t;

	while ((t = http->transfers)) {
		http->transfers = t->next;
		t->request.done(t->request.arg, err_set(-ECANCELED, "canceled"), &t->reply);
		free_transfer(t);
	}
}

static char *header_value(CURL *easy, const char *name, size_t index)
{
	struct curl_header *h;

	if (curl_easy_header(easy, name, index, CURLH_HEADER, -1, &h))
		return NULL;
	return mem_strdup(h->value);
}

static void read_headers(struct transfer *t)
{
	char *value;

	t->reply.type = header_value(t->easy, "Content-Type", 0);
	if (!t->reply.type)
		t->reply.type = mem_strdup("");
	t->reply.type[strcspn(t->reply.type, "; \t")] = '\0';
	t->reply.digest = header_value(t->easy, "Docker-Content-Digest", 0);
	if (!t->reply.digest)
		t->reply.digest = mem_strdup("");
	for (size_t i = 0; !t->hops && (value = header_value(t->easy, "WWW-Authenticate", i)); i++) {
		challenges_add(&t->reply.challenges, value);	/* what is malformed is no challenge */
		free(value);
	}
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static int follow(struct transfer *t)
{
	const char *target = NULL;
	char *url;
	int err;

	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &target);
	if (!target)
		return err_set(-EBADMSG, "redirected to nowhere");
	if (t->request.form)
		return err_set(-EPERM, "redirected to \"%.200s\" with credentials", target);
	if (++t->hops > HTTP_REDIRECTS)
		return err_set(-ELOOP, "more than %d redirects", HTTP_REDIRECTS);
	if (!strncasecmp(t->url, "https:", 6) && strncasecmp(target, "https:", 6))
		return err_set(-EPERM, "redirected from https to \"%.200s\"", target);
	url = mem_strdup(target);
	free(t->url);
	t->url = url;
	t->tries = 0;
	buf_reset(&t->reply.error);
	err = start(t);
	return err ? err_in(err, "redirected") : 0;
}

static const struct {
	CURLcode code;
	int err;
} curl_errnos[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH },
	{ CURLE_COULDNT_CONNECT, -ECONNREFUSED },
	{ CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT },
	{ CURLE_PARTIAL_FILE, -EPROTO },
	{ CURLE_GOT_NOTHING, -EPROTO },
	{ CURLE_RECV_ERROR, -ECONNRESET },
	{ CURLE_SEND_ERROR, -ECONNRESET },
	{ CURLE_PEER_FAILED_VERIFICATION, -EPERM },
};

/* libcurl's verdict on the last hop as ours. */
static int judge(struct transfer *t, CURLcode code)
{
	int err = -EIO;

	if (t->err)
		return err_set(t->err, "%s", t->err_text);
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && t->reply.status && t->reply.status != 200))
		return 0;
	for (size_t i = 0; i < sizeof(curl_errnos) / sizeof(curl_errnos[0]); i++)
		if (curl_errnos[i].code == code)
			err = curl_errnos[i].err;
	return err_set(err, "%s", t->curl_error[0] ? t->curl_error : curl_easy_strerror(code));
}

/* The server closed the connection, as it may while it is idle, before a byte of a reply: nothing was taken yet. */
static bool start_again(struct transfer *t, CURLcode code)
{
	if (code != CURLE_GOT_NOTHING && code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR)
		return false;
	return !t->err && !t->reply.status && ++t->tries < TRIES && !start(t);
}

static void finish(struct transfer *t, CURLcode code)
{
	int err;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->reply.status);
	curl_multi_remove_handle(t->http->multi, t->easy);
	if (start_again(t, code))
		return;
	err = judge(t, code);
	if (!err && is_redirect(t->reply.status)) {
		err = follow(t);
		if (!err)
			return;
	} else if (!err) {
		read_headers(t);
	}
	unlink_transfer(t);
	t->request.done(t->request.arg, err, &t->reply);
	free_transfer(t);
}

static void finish_all(struct http *http)
{
	struct transfer *t;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left))) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		finish(t, msg->data.result);
	}
}

int http_run(struct http *http, void (*tick)(void *arg), void *arg)
{
	int running;

	while (http->transfers) {
		if (curl_multi_perform(http->multi, &running))
			return err_set(-EIO, "libcurl failed");
		finish_all(http);
		if (tick)
			tick(arg);
		if (http->transfers && curl_multi_poll(http->multi, NULL, 0, TICK_MS, NULL))
			return err_set(-EIO, "libcurl failed");
	}
	return 0;
}

struct get {
	struct buf *body;
	size_t max;
	struct http_reply *reply;
	int err;
	char *text;
};

static int get_sink(void *arg, const void *data, size_t len)
{
	struct get *get = arg;

	if (len > get->max - get->body->len)
		return err_set(-EFBIG, "document larger than %zu bytes", get->max);
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

static int get_document(struct http *http, struct http_request *request, size_t max, struct buf *body, struct http_reply *reply)
{
	struct get get = { .body = body, .max = max, .reply = reply };
	int err;

	request->timeout = DOCUMENT_S;
	request->sink = get_sink;
	request->done = get_done;
	request->arg = &get;
	buf_reset(body);
	memset(reply, 0, sizeof(*reply));
	err = http_add(http, request);
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

	return get_document(http, &request, max, body, reply);
}

int http_post(struct http *http, const char *url, const char *form, size_t max, struct buf *body, struct http_reply *reply)
{
	struct http_request request = { .url = url, .form = form };

	return get_document(http, &request, max, body, reply);
}
