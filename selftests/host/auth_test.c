// SPDX-License-Identifier: GPL-2.0-or-later
/* WWW-Authenticate, docker's configuration file, token requests and answers. */
// links: userspace/oci/challenge.c userspace/oci/credentials.c userspace/oci/document.c userspace/oci/token.c userspace/oci/http.c userspace/oci/http_get.c userspace/oci/transfer.c userspace/oci/reply.c userspace/oci/notices.c userspace/oci/retry.c userspace/oci/range.c userspace/oci/policy.c userspace/util/strv.c userspace/oci/reference.c userspace/util/digest.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c
// libs: -lcurl -ljansson -lcrypto -lmd
#include "test.h"

#include "oci/auth.h"
#include "oci/token.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <stdlib.h>

/* Challenges written as scheme{name=value|name=value}, joined by spaces. */
static void spell(const struct challenges *c, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < c->nr; i++) {
		at += snprintf(out + at, size - at, "%s%s{", i ? " " : "", c->list[i].scheme);
		for (size_t j = 0; j < c->list[i].nr_params; j++)
			at += snprintf(out + at, size - at, "%s%s=%s", j ? "|" : "", c->list[i].params[j].name,
				       c->list[i].params[j].value);
		at += snprintf(out + at, size - at, "}");
	}
}

static const struct {
	const char *header, *spelt, *name;
	bool bad;
} headers[] = {
	{ "Bearer realm=\"https://a/t\",service=\"s\"", "Bearer{realm=https://a/t|service=s}", "the usual", false },
	{ "Bearer realm=\"https://a/t\",scope=\"repository:x:pull,push\"", "Bearer{realm=https://a/t|scope=repository:x:pull,push}",
	  "comma inside quotes", false },
	{ "Bearer realm=\"https://auth.example.com/token\",service=\"registry.example.com\",other=fun,slashed=\"he\\\"\\l\\lo\"",
	  "Bearer{realm=https://auth.example.com/token|service=registry.example.com|other=fun|slashed=he\"llo}", "escapes", false },
	{ "bEARER realm=x", "bEARER{realm=x}", "unquoted value", false },
	{ "Basic realm=\"a=b==\"", "Basic{realm=a=b==}", "equals signs in a value", false },
	{ "Basic realm=a, Bearer realm=b, service=c", "Basic{realm=a} Bearer{realm=b|service=c}", "two challenges in one header", false },
	{ "Negotiate, Basic realm=a", "Negotiate{} Basic{realm=a}", "a scheme alone", false },
	{ "NTLM abc+/=, Basic realm=a", "NTLM{} Basic{realm=a}", "token68", false },
	{ "Basic", "Basic{}", "a scheme and nothing else", false },
	{ " , Basic realm = \"a\" ,, charset=\"UTF-8\" , ", "Basic{realm=a|charset=UTF-8}", "spaces and empty elements", false },
	{ "", "", "an empty header", false },
	{ "Bearer realm=\"https://a", "Bearer{}", "an open quote", true },
	{ "realm=\"a\"", "", "a parameter of nothing", true },
	{ "Bearer realm=\"a\" {}", "Bearer{realm=a}", "garbage", true },
};

static void check_headers(void)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct challenges c = { 0 };
		char spelt[512];
		int err = challenges_add(&c, headers[i].header);

		spell(&c, spelt, sizeof(spelt));
		ok_num(err < 0, headers[i].bad, "verdict on %s", headers[i].name);
		ok_str(spelt, headers[i].spelt, "reads %s", headers[i].name);
		challenges_clean(&c);
	}
}

static void check_every_cut(void)
{
	const char *whole = "Basic realm=\"a\\\"b\", NTLM abc==, Bearer realm=x,scope=\"r:x:pull,push\"";
	struct challenges c = { 0 };
	char cut[128];

	for (size_t len = 0; len <= strlen(whole); len++) {
		snprintf(cut, sizeof(cut), "%.*s", (int)len, whole);
		challenges_add(&c, cut);
		challenges_clean(&c);
	}
	ok(true, "survives every truncation");
}

static void check_lookup(void)
{
	struct challenges c = { 0 };

	challenges_add(&c, "Basic realm=one");
	challenges_add(&c, "Bearer realm=two");		/* a second header */
	ok(c.nr == 2 && challenges_find(&c, "bearer") == &c.list[1], "finds a scheme in any case, over two headers");
	ok_str(challenge_param(&c.list[1], "REALM"), "two", "finds a parameter in any case");
	ok(!challenges_find(&c, "Digest") && !challenge_param(&c.list[0], "scope"), "finds nothing that is not there");
	challenges_clean(&c);
}

static const struct {
	const char *name, *json, *host, *user, *password;
	int err;
} configs[] = {
	{ "user and password", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", "r.io", "u", "p", 0 },
	{ "colon in the password", "{\"auths\":{\"r.io\":{\"auth\":\"dTpwOnE=\"}}}", "r.io", "u", "p:q", 0 },
	{ "two pad characters", "{\"auths\":{\"r.io\":{\"auth\":\"dTpwcQ==\"}}}", "r.io", "u", "pq", 0 },
	{ "key as URL", "{\"auths\":{\"https://r.io/v1/\":{\"auth\":\"dTpw\"}}}", "r.io", "u", "p", 0 },
	{ "host with a port", "{\"auths\":{\"localhost:5000\":{\"auth\":\"dTpw\"}}}", "localhost:5000", "u", "p", 0 },
	{ "Docker Hub", "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"}}}", "docker.io", "u", "p", 0 },
	{ "plain fields", "{\"auths\":{\"r.io\":{\"username\":\"u\",\"password\":\"p\"}}}", "r.io", "u", "p", 0 },
	{ "no entry", "{\"auths\":{\"other.io\":{\"auth\":\"dTpw\"}}}", "r.io", NULL, NULL, 0 },
	{ "a longer host", "{\"auths\":{\"r.io.evil.com\":{\"auth\":\"dTpw\"}}}", "r.io", NULL, NULL, 0 },
	{ "another port", "{\"auths\":{\"r.io:444\":{\"auth\":\"dTpw\"}}}", "r.io", NULL, NULL, 0 },
	{ "a repository's key", "{\"auths\":{\"r.io/private\":{\"auth\":\"dTpw\"}}}", "r.io", NULL, NULL, 0 },
	{ "no auths at all", "{}", "r.io", NULL, NULL, 0 },
	{ "broken base64", "{\"auths\":{\"r.io\":{\"auth\":\"d!pw\"}}}", "r.io", NULL, NULL, -EBADMSG },
	{ "no colon", "{\"auths\":{\"r.io\":{\"auth\":\"dXA=\"}}}", "r.io", NULL, NULL, -EBADMSG },
	{ "broken JSON", "{\"auths\":", "r.io", NULL, NULL, -EBADMSG },
};

static void check_configs(void)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct credentials cred;
		int err = credentials_parse(configs[i].json, strlen(configs[i].json), configs[i].host, &cred);

		ok_num(err, configs[i].err, "verdict on credentials: %s", configs[i].name);
		ok_str(cred.user, configs[i].user, "user: %s", configs[i].name);
		ok_str(cred.password, configs[i].password, "password: %s", configs[i].name);
		credentials_clean(&cred);
	}
}

static void check_helper(void)
{
	const char *json = "{\"auths\":{\"r.io\":{}},\"credHelpers\":{\"r.io\":\"pass\"},\"credsStore\":\"desktop\"}";
	struct credentials cred;

	credentials_parse(json, strlen(json), "r.io", &cred);
	ok(cred.note && strstr(cred.note, "docker-credential-pass"), "names a credential helper it cannot ask");
	credentials_clean(&cred);
}

static void check_file(void)
{
	struct credentials cred;
	char *basic;

	setenv("DOCKER_CONFIG", ".", 1);
	ok(!credentials_load("r.io", &cred) && !cred.user, "no file is no credentials");
	file_write_atomic("config.json", configs[0].json, strlen(configs[0].json), 0600);
	ok(!credentials_load("r.io", &cred) && cred.user, "reads $DOCKER_CONFIG/config.json");
	basic = credentials_basic(&cred);
	ok_str(basic, "Basic dTpw", "encodes what it decoded");
	free(basic);
	credentials_clean(&cred);
	file_write_atomic("config.json", "{", 1, 0600);
	ok(credentials_load("r.io", &cred) == -EBADMSG && strstr(err_text(), "config.json"), "a damaged file is an error that names it");
	credentials_clean(&cred);
}

static const struct {
	const char *header, *url;
	bool tls;
} requests[] = {
	{ "Bearer realm=\"https://a/t\",service=\"s x\"", "https://a/t?service=s%20x&scope=repository%3Ax%3Apull", false },
	{ "Bearer realm=\"https://a/t?k=v\",scope=\"repository:y:pull\"", "https://a/t?k=v&scope=repository%3Ay%3Apull", false },
	{ "Bearer realm=\"http://127.0.0.1:1/t\"", "http://127.0.0.1:1/t?scope=repository%3Ax%3Apull", false },
	{ "Bearer realm=\"http://example.com/t\"", NULL, false },	/* credentials would go out in the clear */
	{ "Bearer realm=\"http://127.0.0.1:1/t\"", NULL, true },	/* a distant registry points at this machine */
	{ "Bearer realm=\"https://a/t\"", "https://a/t?scope=repository%3Ax%3Apull", true },
	{ "Bearer realm=\"https://u:p@a/t\"", NULL, false },
	{ "Bearer realm=\"file:///etc/passwd\"", NULL, false },
	{ "Bearer realm=\"gopher://a/\"", NULL, false },
	{ "Bearer realm=\"https://a/t#f\"", NULL, false },
	{ "Bearer realm=\"\"", NULL, false },
	{ "Bearer service=\"s\"", NULL, false },
};

static void check_requests(void)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct token_registry reg = { "repository:x:pull", requests[i].tls };
		struct challenges c = { 0 };
		char *url = NULL;

		challenges_add(&c, requests[i].header);
		token_url(&c.list[0], &reg, &url);
		ok_str(url, requests[i].url, "token request for %s", requests[i].header);
		free(url);
		challenges_clean(&c);
	}
}

static const struct {
	const char *body, *token;
} answers[] = {
	{ "{\"token\":\"abc\"}", "abc" },
	{ "{\"access_token\":\"def\"}", "def" },
	{ "{\"token\":\"abc\",\"access_token\":\"def\",\"expires_in\":60}", "abc" },
	{ "{}", NULL },
	{ "{\"token\":\"\"}", NULL },
	{ "{\"token\":7}", NULL },
	{ "{\"token\":\"a\\r\\nX-Evil: 1\"}", NULL },
	{ "{\"token\":\"a b\"}", NULL },
	{ "{\"token\":\"a\",\"token\":\"b\"}", NULL },
	{ "not json", NULL },
};

static const struct {
	const char *expires_in;
	long lifetime;
} lifetimes[] = {
	{ "300", 300 }, { "1", 1 }, { "null", 60 }, { "0", 60 }, { "-5", 60 }, { "\"300\"", 60 }, { "9000000000000", 86400 },
};

static void check_lifetimes(void)
{
	for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
		struct buf body = BUF_INIT;
		char *token = NULL;
		long lifetime = 0;

		buf_addf(&body, "{\"token\":\"t\",\"expires_in\":%s}", lifetimes[i].expires_in);
		token_parse(&body, &token, &lifetime);
		ok_num(lifetime, lifetimes[i].lifetime, "expires_in %s", lifetimes[i].expires_in);
		free(token);
		buf_clean(&body);
	}
}

static void check_answers(void)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct buf body = BUF_INIT;
		char *token = NULL;
		long lifetime = 0;

		buf_adds(&body, answers[i].body);
		token_parse(&body, &token, &lifetime);
		ok_str(token, answers[i].token, "token in answer %zu", i);
		free(token);
		buf_clean(&body);
	}
}

int main(void)
{
	check_headers();
	check_every_cut();
	check_lookup();
	check_configs();
	check_helper();
	check_file();
	check_requests();
	check_answers();
	check_lifetimes();
	return done();
}
