// SPDX-License-Identifier: GPL-2.0-or-later
/* Transfers. Redirects are followed here, not by libcurl, so that every hop is checked; what may pass is tried again. */
#include "oci/transfer.h"

#include "oci/policy.h"
#include "oci/range.h"
#include "oci/route.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ERROR_BODY_MAX 8192
#define REDIRECT_BODY_MAX (1 << 20)
#define TELL_MS 1000		/* shorter waits before another try are not worth a word */

/* What is there of the body cannot be continued: the next try begins at the beginning. */
static int range_error(struct transfer *t)
{
	const char *value = reply_header(t->easy, "Content-Range");

	t->passing = true;
	err_set(-EPROTO, "asked for what is behind byte %llu, the server answers HTTP status %ld with \"%.80s\"",
		(unsigned long long)t->at, t->reply.status, value ? value : "");
	t->at = 0;
	return -EPROTO;
}

static bool is_range_asked_for(const struct transfer *t)
{
	const char *value = reply_header(t->easy, "Content-Range");
	struct range range;

	return value && !range_parse(value, &range) && range.first == t->at &&
	       (range.size == UINT64_MAX || range.size == t->request.size);
}

/* A body for the sink begins: where? */
static int begin_body(struct transfer *t)
{
	if (t->reply.status == 200)
		t->at = 0;
	else if (!is_range_asked_for(t))
		return range_error(t);
	t->begun = true;
	return t->request.begin ? t->request.begin(t->request.arg, t->at) : 0;
}

static bool is_body(const struct transfer *t)
{
	return t->reply.status == 200 || (t->reply.status == 206 && t->ranged);
}

static int take_data(struct transfer *t, const char *data, size_t len)
{
	int err = t->begun ? 0 : begin_body(t);

	if (!err)
		err = t->request.sink(t->request.arg, data, len);
	if (!err)
		t->at += len;
	return err;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static size_t take_body(char *data, size_t size, size_t nr, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * nr, room;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->reply.status);
	if (!is_body(t)) {
		t->passed_over += len;
		if (is_redirect(t->reply.status))	/* libcurl tells whereto at the body's end */
			return t->passed_over < REDIRECT_BODY_MAX ? len : CURL_WRITEFUNC_ERROR;
		room = ERROR_BODY_MAX - t->reply.error.len;
		buf_add(&t->reply.error, data, len < room ? len : room);
		return len < room ? len : CURL_WRITEFUNC_ERROR;
	}
	t->err = take_data(t, data, len);
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

void transfer_free_headers(struct transfer *t)
{
	for (struct curl_slist *h = t->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	t->headers = NULL;
}

/* Only what is not there yet, if some of it is. */
static void ask_range(struct transfer *t)
{
	auto_free char *range = mem_printf("%llu-", (unsigned long long)t->at);

	t->ranged = t->at > 0;
	if (t->ranged)
		curl_easy_setopt(t->easy, CURLOPT_RANGE, range);
}

int transfer_start(struct transfer *t)
{
	auto_free char *scheme = NULL, *host = NULL;
	CURL *e = t->easy;
	int err = http_check_url(t->url);

	if (!err)
		err = http_split_url(t->url, &scheme, &host);
	if (err)
		return err;
	curl_easy_reset(e);
	transfer_free_headers(t);
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
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, policy.connect_s);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, policy.stall_rate);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, policy.stall_s);
	curl_easy_setopt(e, CURLOPT_TIMEOUT, t->request.timeout);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 262144L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	if (t->request.form)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->request.form);
	route_set(e, host, t->http->proxy);
	if (t->retry.tries > 1)
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	ask_range(t);
	t->curl_error[0] = '\0';
	if (curl_multi_add_handle(t->http->multi, e))
		return err_set(-EIO, "libcurl refuses a transfer");
	return 0;
}

int transfer_restart(struct transfer *t)
{
	t->due_ms = 0;
	t->retry.tries++;
	t->hops = 0;
	t->begun = t->passing = false;
	t->err = 0;
	free(take_ptr(t->err_text));
	http_reply_clean(&t->reply);
	free(t->url);
	t->url = mem_strdup(t->request.url);
	if (!t->request.size)
		t->at = 0;
	return transfer_start(t);
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
	buf_reset(&t->reply.error);
	err = transfer_start(t);
	return err ? err_in(err, "redirected") : 0;
}

static const struct {
	CURLcode code;
	int err;
	bool passing;
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH, true },
	{ CURLE_COULDNT_RESOLVE_PROXY, -EHOSTUNREACH, true },
	{ CURLE_COULDNT_CONNECT, -ECONNREFUSED, true },
	{ CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT, true },
	{ CURLE_PARTIAL_FILE, -EPROTO, true },
	{ CURLE_GOT_NOTHING, -EPROTO, true },
	{ CURLE_HTTP2, -EPROTO, true },
	{ CURLE_HTTP2_STREAM, -EPROTO, true },
	{ CURLE_SSL_CONNECT_ERROR, -EPROTO, true },
	{ CURLE_RECV_ERROR, -ECONNRESET, true },
	{ CURLE_SEND_ERROR, -ECONNRESET, true },
	{ CURLE_PEER_FAILED_VERIFICATION, -EPERM, false },
};

static int judge_failure(struct transfer *t, CURLcode code)
{
	int err = -EIO;

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == code) {
			err = failures[i].err;
			t->passing = failures[i].passing;
		}
	return err_set(err, "%s", t->curl_error[0] ? t->curl_error : curl_easy_strerror(code));
}

/* A body came to its end; it may have been an empty one. */
static int judge_body(struct transfer *t)
{
	int err = t->begun ? 0 : begin_body(t);

	if (err)
		return err;
	if (t->at < t->request.size) {
		t->passing = true;
		return err_set(-EPROTO, "truncated: %llu of %llu bytes", (unsigned long long)t->at,
			       (unsigned long long)t->request.size);
	}
	if (!t->at) {	/* a connection that broke among the headers looks like this, a document does not */
		t->passing = true;
		return err_set(-EPROTO, "nothing in the body");
	}
	t->reply.status = 200;
	return 0;
}

/* What the last hop has come to: 0 if there is a reply, whatever it says. */
static int judge(struct transfer *t, CURLcode code)
{
	bool whole = t->begun && t->request.size && t->at == t->request.size;

	if (t->err)
		return err_set(t->err, "%s", t->err_text);
	if (is_body(t) && (code == CURLE_OK || whole))
		return judge_body(t);
	if (code != CURLE_OK && (code != CURLE_WRITE_ERROR || !t->reply.status))
		return judge_failure(t, code);
	if (t->reply.status == 416 && t->ranged)
		return range_error(t);
	t->passing = retry_status(t->reply.status);
	return 0;
}

/* How often and how long, for the user. */
static void describe_tries(struct transfer *t, long asked_s)
{
	auto_buf text = BUF_INIT;

	if (t->retry.tries > 1)
		buf_addf(&text, "; tried %u times in %lld s", t->retry.tries,
			 (long long)(clock_ms() - t->retry.began_ms + 500) / 1000);
	if (asked_s > policy.retry_after_max_s)
		buf_addf(&text, "; the server asks to wait %ld s", asked_s);
	t->reply.tried = buf_take(&text);
}

static void tell_wait(struct transfer *t, int err, long wait_ms)
{
	auto_free char *scheme = NULL, *host = NULL, *text = NULL;
	struct notices *n = &t->http->notices;
	long wait_s = (wait_ms + 500) / 1000;

	if (!n->tell || wait_ms < TELL_MS)
		return;
	text = err ? mem_strdup(err_text()) : mem_printf("HTTP status %ld", t->reply.status);
	err_set(0, "%s; trying again in %ld s", text, wait_s);	/* makes a stranger's words harmless */
	if (!http_split_url(t->request.url, &scheme, &host))
		err_in(0, "%s", host);
	n->tell(n->arg, err_text());
}

/* Is there another try? If not, the reply says how many there were. */
static bool try_again(struct transfer *t, int err)
{
	const char *value = t->reply.status ? reply_header(t->easy, "Retry-After") : NULL;
	long asked_s = value && t->passing ? retry_after(value, time(NULL)) : -1, wait_ms;

	if (!t->passing || asked_s > policy.retry_after_max_s || !retry_again(&t->retry, t->at, t->http->heard)) {
		describe_tries(t, asked_s);
		return false;
	}
	wait_ms = retry_backoff(t->retry.failures, arc4random());
	if (wait_ms < asked_s * 1000)
		wait_ms = asked_s * 1000;
	t->due_ms = clock_ms() + wait_ms;
	tell_wait(t, err, wait_ms);
	return true;
}

static bool is_refusal(long status)
{
	return status == 401 || status == 403 || status == 404 || status == 429 || status >= 500;
}

int transfer_finish(struct transfer *t, CURLcode code)
{
	int err;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->reply.status);
	curl_multi_remove_handle(t->http->multi, t->easy);
	if (t->reply.status) {
		t->http->heard = true;
		if (!t->hops)
			notices_read(&t->http->notices, t->easy);
	}
	err = judge(t, code);
	if (!err && is_redirect(t->reply.status)) {
		err = follow(t);
		if (!err)
			return 1;
	}
	if (try_again(t, err))
		return 1;
	t->http->unserved = err ? t->passing : is_refusal(t->reply.status);
	if (err)
		return err_set(err, "%s%s", err_text(), t->reply.tried);
	reply_read(&t->reply, t->easy, !t->hops);
	return 0;
}
