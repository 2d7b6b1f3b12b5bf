// SPDX-License-Identifier: GPL-2.0-or-later
/* Notices: picked out of headers, made harmless, bounded, never twice. */
#include "oci/notices.h"

#include "oci/reply.h"
#include "util/mem.h"
#include "util/strv.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

char *notices_warning(const char *value)
{
	char *text, *to;

	if (strncmp(value, "299 - \"", 7))
		return NULL;
	text = to = mem_strdup(value + 7);
	for (const char *p = text; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		*to++ = (char)(*p >= ' ' && *p < 0x7f ? *p : '?');
	}
	*to = '\0';
	return text;
}

/* "100;w=21600": a number, and the seconds it is for if that is told. */
static bool quantity(const char *text, unsigned long *value, unsigned long *window)
{
	const char *w = strstr(text, ";w=");
	char *end;

	*value = strtoul(text, &end, 10);
	*window = w ? strtoul(w + 3, NULL, 10) : 0;
	return end != text && *text >= '0' && *text <= '9' && (!*end || *end == ';');
}

char *notices_limit(const char *limit, const char *remaining, bool all)
{
	unsigned long of, left, window, ignored;

	if (!quantity(limit, &of, &window) || !quantity(remaining, &left, &ignored) || (left > of / 10 && !all))
		return NULL;
	if (!window)
		return mem_printf("rate limit: %lu of %lu requests are left", left, of);
	return mem_printf("rate limit: %lu of %lu requests in %lu s are left", left, of, window);
}

static bool is_seen(const struct notices *n, const char *text)
{
	for (char **s = n->seen; s && *s; s++)
		if (!strcmp(*s, text))
			return true;
	return false;
}

static void tell_warning(struct notices *n, const char *value)
{
	char *text = notices_warning(value);
	size_t len = text ? strlen(text) : 0;

	if (!len || is_seen(n, text) || n->bytes + len > NOTICES_MAX) {
		free(text);
		return;
	}
	n->bytes += len;
	strv_take(&n->seen, text);
	text = mem_printf("the registry warns: %s", text);
	n->tell(n->arg, text);
	free(text);
}

static void tell_limit(struct notices *n, CURL *easy)
{
	const char *limit = reply_header(easy, "RateLimit-Limit"), *remaining = reply_header(easy, "RateLimit-Remaining");
	char *text;
	long status = 0;

	if (!limit || !remaining || n->limit_told)
		return;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	text = notices_limit(limit, remaining, status == 429);
	if (!text)
		return;
	n->limit_told = true;
	n->tell(n->arg, text);
	free(text);
}

void notices_read(struct notices *n, void *easy)
{
	struct curl_header *h;

	if (!n->tell)
		return;
	for (size_t i = 0; !curl_easy_header(easy, "Warning", i, CURLH_HEADER, -1, &h); i++)
		tell_warning(n, h->value);
	tell_limit(n, easy);
}

void notices_clean(struct notices *n)
{
	strv_free(n->seen);
}
