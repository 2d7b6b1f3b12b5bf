// SPDX-License-Identifier: GPL-2.0-or-later
/* Registry tokens (distribution docs/spec/auth/token.md): GET realm?service=…&scope=…, with Basic credentials if we have any. */
#include "oci/token.h"

#include "oci/document.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define TOKEN_MAX (1 << 20)
#define LIFETIME_DEFAULT_S 60	/* "expires_in" of one that does not say */
#define LIFETIME_MAX_S 86400

static void add_query(struct buf *url, const char *key, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);

	buf_addf(url, "%c%s=%s", strchr(buf_str(url), '?') ? '&' : '?', key, escaped ? escaped : "");
	curl_free(escaped);
}

int token_url(const struct challenge *c, const struct token_registry *reg, char **url)
{
	const char *realm = challenge_param(c, "realm"), *service = challenge_param(c, "service");
	const char *wanted = challenge_param(c, "scope");
	auto_buf b = BUF_INIT;
	int err;

	if (!realm)
		return err_set(-EBADMSG, "the registry's Bearer challenge names no realm");
	err = http_check_url(realm);
	if (!err && reg->tls && strncasecmp(realm, "https:", 6))
		err = err_set(-EPERM, "%.200s is not https, as the registry is", realm);
	if (err)
		return err_in(err, "token server");
	if (strchr(realm, '#'))
		return err_set(-EBADMSG, "token server: not a usable URL: \"%.200s\"", realm);
	buf_adds(&b, realm);
	if (service)
		add_query(&b, "service", service);
	add_query(&b, "scope", wanted ? wanted : reg->scope);
	*url = buf_take(&b);
	return 0;
}

static long read_lifetime(const json_t *answer)
{
	const json_t *value = json_object_get(answer, "expires_in");
	json_int_t seconds = json_is_integer(value) ? json_integer_value(value) : LIFETIME_DEFAULT_S;

	return seconds < 1 ? LIFETIME_DEFAULT_S : seconds < LIFETIME_MAX_S ? seconds : LIFETIME_MAX_S;
}

int token_parse(const struct buf *body, char **token, long *lifetime)
{
	auto_json json_t *answer = NULL;
	const char *text;
	int err = document_parse(buf_str(body), body->len, &answer);

	if (err)
		return err;
	text = document_string(answer, "token");
	if (text && !*text)
		text = document_string(answer, "access_token");
	if (!text || !*text)
		return err_set(-EBADMSG, "no token in the answer");
	for (const char *p = text; *p; p++)	/* it becomes a header's value */
		if (*p <= ' ' || *p >= 0x7f)
			return err_set(-EBADMSG, "the token has characters a token cannot have");
	*token = mem_strdup(text);
	*lifetime = read_lifetime(answer);
	return 0;
}

static int fetch_token(const char *url, const struct credentials *cred, char **token, long *lifetime)
{
	auto_free char *basic = cred->user ? credentials_basic(cred) : NULL;
	struct http *http = http_new();		/* its own: others may be under way */
	struct http_reply reply;
	auto_buf body = BUF_INIT;
	int err = http_get(http, url, basic, NULL, TOKEN_MAX, &body, &reply);

	if (!err && (reply.status == 401 || reply.status == 403))
		err = err_set(-EACCES, "%s", cred->user ? "the credentials were refused" : "no anonymous access");
	else if (!err && reply.status != 200)
		err = err_set(-EIO, "HTTP status %ld%s", reply.status, reply.tried);
	if (!err)
		err = token_parse(&body, token, lifetime);
	http_reply_clean(&reply);
	http_free(http);
	return err;
}

static int answer_bearer(const struct challenge *c, const struct credentials *cred, const struct token_registry *reg,
			 char **authorization, long *lifetime)
{
	auto_free char *url = NULL, *token = NULL;
	int err = token_url(c, reg, &url);

	if (err)
		return err;
	err = fetch_token(url, cred, &token, lifetime);
	if (err)
		return err_in(err, "token server %.*s", (int)strcspn(url, "?"), url);
	*authorization = mem_printf("Bearer %s", token);
	return 0;
}

static int no_way(const struct credentials *cred)
{
	if (cred->note)
		return err_set(-EACCES, "authentication required; %s", cred->note);
	return err_set(-EACCES, "authentication required; log in (docker login) so that ~/.docker/config.json has credentials");
}

int token_authorize(const struct challenges *challenges, const struct credentials *cred,
		    const struct token_registry *reg, char **authorization, long *lifetime)
{
	const struct challenge *bearer = challenges_find(challenges, "Bearer");

	if (bearer)
		return answer_bearer(bearer, cred, reg, authorization, lifetime);
	if (!challenges_find(challenges, "Basic"))
		return err_set(-EACCES, "authentication required in a way not supported");
	if (!cred->user)
		return no_way(cred);
	*authorization = credentials_basic(cred);
	*lifetime = 0;
	return 0;
}
