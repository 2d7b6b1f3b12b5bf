// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registry tokens (distribution docs/spec/auth/token.md, oauth.md): GET realm?service=…&scope=…, with Basic credentials if we
 * have any; or, with an identity token, POST it as a form.
 */
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

static void add_pair(struct buf *to, char before, const char *key, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);

	buf_addf(to, "%c%s=%s", before, key, escaped ? escaped : "");
	if (escaped)
		explicit_bzero(escaped, strlen(escaped));
	curl_free(escaped);
}

static void add_query(struct buf *url, const char *key, const char *value)
{
	add_pair(url, strchr(buf_str(url), '?') ? '&' : '?', key, value);
}

/* A challenge may ask for several scopes, with blanks between; in a query each stands by itself. */
static void add_scopes(struct buf *url, const char *scopes)
{
	auto_free char *copy = mem_strdup(scopes);
	char *rest;

	for (char *scope = strtok_r(copy, " ", &rest); scope; scope = strtok_r(NULL, " ", &rest))
		add_query(url, "scope", scope);
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
	add_scopes(&b, wanted ? wanted : reg->scope);
	*url = buf_take(&b);
	return 0;
}

static long read_lifetime(const json_t *answer)
{
	const json_t *value = json_object_get(answer, "expires_in");
	json_int_t seconds = json_is_integer(value) ? json_integer_value(value) : LIFETIME_DEFAULT_S;

	return seconds < 1 ? LIFETIME_DEFAULT_S : seconds < LIFETIME_MAX_S ? seconds : LIFETIME_MAX_S;
}

int token_parse(const struct buf *body, struct token *token)
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
	*token = (struct token){ mem_strdup(text), read_lifetime(answer) };
	return 0;
}

/* What a token server answered. */
static int take_answer(int err, const struct http_reply *reply, const struct credentials *cred, const struct buf *body,
		       struct token *token)
{
	if (err)
		return err;
	if (reply->status == 200)
		return token_parse(body, token);
	if (reply->status != 401 && reply->status != 403)
		return err_set(-EIO, "HTTP status %ld%s", reply->status, reply->tried);
	if (credentials_any(cred))
		return err_set(-EACCES, "the credentials were refused");
	return err_set(-EACCES, "no anonymous access%s%s", cred->note ? "; " : "", cred->note ? cred->note : "");
}

static int fetch_token(struct http *http, const char *url, const struct credentials *cred, struct token *token)
{
	auto_secret char *basic = cred->user ? credentials_basic(cred) : NULL;
	struct http_reply reply;
	auto_secret_buf body = BUF_INIT;
	int err = http_get(http, url, basic, NULL, TOKEN_MAX, &body, &reply);

	err = take_answer(err, &reply, cred, &body, token);
	http_reply_clean(&reply);
	return err;
}

/* An identity token for a token. @token stays empty if the server does not take forms. */
static int exchange(struct http *http, const struct challenge *c, const struct token_registry *reg,
		    const struct credentials *cred, struct token *token)
{
	const char *service = challenge_param(c, "service"), *scope = challenge_param(c, "scope");
	auto_secret_buf form = BUF_INIT, body = BUF_INIT;
	struct http_reply reply;
	int err;

	buf_adds(&form, "grant_type=refresh_token&client_id=hypha");
	add_pair(&form, '&', "service", service ? service : "");
	add_pair(&form, '&', "scope", scope ? scope : reg->scope);
	add_pair(&form, '&', "refresh_token", cred->identity);
	err = http_post(http, challenge_param(c, "realm"), form.data, TOKEN_MAX, &body, &reply);
	if (!err && reply.status == 400)	/* "invalid_grant" and the like */
		err = err_set(-EACCES, "the identity token was refused");
	else if (err || (reply.status != 404 && reply.status != 405))
		err = take_answer(err, &reply, cred, &body, token);
	http_reply_clean(&reply);
	return err;
}

/* @url: token_url()'s. */
static int get_token(const struct challenge *c, const struct token_registry *reg, const struct credentials *cred,
		     const char *url, struct token *token)
{
	struct credentials basic = { .user = "<token>", .password = cred->identity };
	struct http *http;
	int err = 0;

	if (credentials_any(cred) && !http_is_private(url))
		return err_set(-EPERM, "credentials are never sent over plain http");
	http = http_new();		/* its own: others may be under way */
	http_proxy(http, reg->proxy);
	if (cred->identity)
		err = exchange(http, c, reg, cred, token);
	if (!err && !token->text)
		err = fetch_token(http, url, cred->identity && !cred->user ? &basic : cred, token);
	http_free(http);
	return err;
}

static int answer_bearer(const struct challenge *c, const struct credentials *cred, const struct token_registry *reg,
			 char **authorization, long *lifetime)
{
	auto_free char *url = NULL;
	struct token token = { 0 };
	int err = token_url(c, reg, &url);

	if (err)
		return err;
	err = get_token(c, reg, cred, url, &token);
	if (err)
		return err_in(err, "token server %.*s", (int)strcspn(url, "?"), url);
	*authorization = mem_printf("Bearer %s", token.text);
	*lifetime = token.lifetime;
	mem_wipe(token.text);
	return 0;
}

static int no_way(const struct credentials *cred)
{
	if (cred->note)
		return err_set(-EACCES, "authentication required; %s", cred->note);
	if (cred->identity)
		return err_set(-EACCES, "authentication by name and password required, there is only an identity token");
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
