/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP requests, several at once over one connection pool, with the rules of a distrustful and patient client. */
#ifndef HYPHA_OCI_HTTP_H
#define HYPHA_OCI_HTTP_H

#include "oci/reply.h"
#include "util/buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The rules: no TLS only towards this machine itself, or as configured (registries.h); at most HTTP_REDIRECTS redirects, never
 * from TLS to plain; the Authorization header goes to the first host only, never to a redirect's target; nothing is decoded in
 * passing. What fails in a way that may pass is tried again, as policy.h says, from the first host on.
 */
#define HTTP_REDIRECTS 5

struct http_request {
	const char *url;
	const char *authorization;	/* value for the first hop, or NULL */
	const char *accept;		/* or NULL */
	const char *form;		/* to POST, or NULL: GET; never sent on to a redirect's target */
	long timeout;			/* seconds for one try, 0: none as long as data comes */
	/*
	 * Bytes of the whole body: a shorter one is a broken transfer, which the next try continues. 0: not known; then each
	 * try begins at the beginning.
	 */
	uint64_t size;
	uint64_t from;			/* with @size: what is before is here already */
	/* The body of a 200 begins at this byte of the whole: 0, or behind what came before. May be called again. */
	int (*begin)(void *arg, uint64_t at);
	/* More of it. Return of both: 0, or -errno with err_text(), which ends the transfer. */
	int (*sink)(void *arg, const void *data, size_t len);
	/*
	 * The transfer is over: @err is 0 if a reply arrived whole (see @reply->status), else -errno with err_text().
	 * May add further requests. @reply is cleaned afterwards.
	 */
	void (*done)(void *arg, int err, struct http_reply *reply);
	void *arg;
};

struct http;

/* What http_new() would do the first time: libraries read their configuration. */
void http_start(void);
/* The certificates that count where the configuration names none: a file, a directory; either may be NULL. */
void http_certificates(const char **file, const char **dir);
struct http *http_new(void);
/* The proxy towards hosts the configuration says nothing of, as where a registry sends us; NULL: the environment's. */
void http_proxy(struct http *http, const char *proxy);
void http_free(struct http *http);	/* ends what is under way without calling done() */
/* Who gets to know what servers want to be known, and that something is tried again. */
void http_listen(struct http *http, void (*tell)(void *arg, const char *text), void *arg);
/* The request is copied, its strings too. Return: 0, or -errno with err_text(); then done() is not called. */
int http_add(struct http *http, const struct http_request *request);
/* Call done() after @ms, as if something had been under way so long. */
void http_wait(struct http *http, long ms, void (*done)(void *arg, int err, struct http_reply *reply), void *arg);
/*
 * Has the last request that ended not been served, for reasons of the server's or of the line to it: no reply after all tries, or
 * 401, 403, 404, 429, 5xx?
 */
bool http_is_unserved(const struct http *http);
/* End everything under way: each done() gets -ECANCELED. */
void http_cancel(struct http *http);
/* Until nothing is under way. @tick is called a few times a second (may be NULL). Return: 0 or -errno with err_text(). */
int http_run(struct http *http, void (*tick)(void *arg), void *arg);

/*
 * One document into memory; more than @max bytes is an error.
 * Return: 0 if a reply arrived (see @reply->status), else -errno with err_text(). Clean @reply in either case.
 */
int http_get(struct http *http, const char *url, const char *authorization, const char *accept, size_t max,
	     struct buf *body, struct http_reply *reply);
/* As http_get(), for the answer to a form. */
int http_post(struct http *http, const char *url, const char *form, size_t max, struct buf *body, struct http_reply *reply);

/* May credentials be sent to this URL? Only by TLS, or to this machine itself. */
bool http_is_private(const char *url);
/* May we talk to this URL at all? 0, or -EINVAL/-EPERM with err_text(). */
int http_check_url(const char *url);

#endif
