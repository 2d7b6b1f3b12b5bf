// SPDX-License-Identifier: GPL-2.0-or-later
/* WWW-Authenticate, credential files and helpers, token requests and answers. */
// links: userspace/oci/challenge.c userspace/oci/credentials.c userspace/oci/credhelper.c userspace/oci/document.c
// links: userspace/oci/token.c userspace/oci/http.c userspace/oci/http_get.c userspace/oci/transfer.c userspace/oci/reply.c userspace/oci/notices.c
// links: userspace/oci/retry.c userspace/oci/range.c userspace/oci/policy.c userspace/oci/route.c userspace/oci/registries.c userspace/oci/reference.c
// links: userspace/util/base64.c userspace/util/conf.c userspace/util/limits.c userspace/util/digest.c userspace/util/hex.c
// links: userspace/util/error.c userspace/util/mem.c userspace/util/buf.c userspace/util/file.c userspace/util/strv.c
// libs: -lcurl -ljansson -lcrypto -lmd
#include "test.h"

#include "oci/auth.h"
#include "oci/token.h"
#include "util/error.h"
#include "util/file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

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
	{ "Bearer scope=\"repository:a:pull repository:b:pull,push\",realm=\"x\"", "Bearer{scope=repository:a:pull repository:b:pull,push|realm=x}",
	  "two scopes", false },
	{ "BASIC REALM=\"A\"", "BASIC{REALM=A}", "all in upper case", false },
	{ "Bearer\trealm=\"a\"\t,\tservice=\"b\"", "Bearer{realm=a|service=b}", "tabs", false },
	{ "Bearer realm=\"\"", "Bearer{realm=}", "an empty value", false },
	{ "Bearer realm=\"a\\\\b\"", "Bearer{realm=a\\b}", "an escaped backslash", false },
	{ "Bearer realm=\"a\\\"", "Bearer{}", "an escaped end of the quote", true },
	{ "Bearer realm=a;b", "Bearer{realm=a;b}", "a semicolon in a token", false },
	{ "Basic realm=\"a\",Basic realm=\"b\"", "Basic{realm=a} Basic{realm=b}", "one scheme twice", false },
	{ "Negotiate,Bearer realm=\"a\",NTLM,Basic realm=\"b\"", "Negotiate{} Bearer{realm=a} NTLM{} Basic{realm=b}", "four of them", false },
	{ "Bearer realm=\"a\", error=\"invalid_token\", error_description=\"The token, it expired\"",
	  "Bearer{realm=a|error=invalid_token|error_description=The token, it expired}", "an error beside", false },
	{ "Digest qop=\"auth,auth-int\", nonce=\"a=\", Basic realm=\"b\"", "Digest{qop=auth,auth-int|nonce=a=} Basic{realm=b}", "Digest before Basic", false },
	{ ",,,", "", "commas alone", false },
	{ "=", "", "an equals sign alone", true },
	{ "Bearer =a", "", "a value without a name", true },
	{ "Basic realm=\"a\" charset=\"b\"", "Basic{realm=a|charset=b}", "no comma between", false },
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

/* dTpw: u:p; eDp5: x:y; ejp3: z:w */
static const struct {
	const char *name, *json, *host, *path;
	const char *user, *password, *identity;
	int err;
} configs[] = {
	{ "user and password", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}}}", "r.io", "a", "u", "p", NULL, 0 },
	{ "colon in the password", "{\"auths\":{\"r.io\":{\"auth\":\"dTpwOnE=\"}}}", "r.io", "a", "u", "p:q", NULL, 0 },
	{ "two pad characters", "{\"auths\":{\"r.io\":{\"auth\":\"dTpwcQ==\"}}}", "r.io", "a", "u", "pq", NULL, 0 },
	{ "NULs behind", "{\"auths\":{\"r.io\":{\"auth\":\"dTpwAAAA\"}}}", "r.io", "a", "u", "p", NULL, 0 },
	{ "an empty password", "{\"auths\":{\"r.io\":{\"auth\":\"dTo=\"}}}", "r.io", "a", "u", "", NULL, 0 },
	{ "key as URL", "{\"auths\":{\"https://r.io/v1/\":{\"auth\":\"dTpw\"}}}", "r.io", "a", "u", "p", NULL, 0 },
	{ "host with a port", "{\"auths\":{\"localhost:5000\":{\"auth\":\"dTpw\"}}}", "localhost:5000", "a", "u", "p", NULL, 0 },
	{ "host in other case", "{\"auths\":{\"R.io\":{\"auth\":\"dTpw\"}}}", "r.IO", "a", "u", "p", NULL, 0 },
	{ "IPv6", "{\"auths\":{\"[::1]:5000\":{\"auth\":\"dTpw\"}}}", "[::1]:5000", "a", "u", "p", NULL, 0 },
	{ "Docker Hub", "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"}}}", "docker.io", "library/a", "u", "p", NULL, 0 },
	{ "Docker Hub by its name", "{\"auths\":{\"docker.io\":{\"auth\":\"dTpw\"}}}", "docker.io", "library/a", "u", "p", NULL, 0 },
	{ "Docker Hub's namespace", "{\"auths\":{\"docker.io\":{\"auth\":\"dTpw\"},\"docker.io/me\":{\"auth\":\"eDp5\"}}}", "docker.io", "me/a", "x", "y", NULL, 0 },
	{ "plain fields", "{\"auths\":{\"r.io\":{\"username\":\"u\",\"password\":\"p\"}}}", "r.io", "a", "u", "p", NULL, 0 },
	{ "no entry", "{\"auths\":{\"other.io\":{\"auth\":\"dTpw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "an empty entry", "{\"auths\":{\"r.io\":{}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "a longer host", "{\"auths\":{\"r.io.evil.com\":{\"auth\":\"dTpw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "a host it ends with", "{\"auths\":{\"evil-r.io\":{\"auth\":\"dTpw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "another port", "{\"auths\":{\"r.io:444\":{\"auth\":\"dTpw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "the port that is usual", "{\"auths\":{\"r.io:443\":{\"auth\":\"dTpw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "another repository's", "{\"auths\":{\"r.io/private\":{\"auth\":\"dTpw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "a repository it begins with", "{\"auths\":{\"r.io/a\":{\"auth\":\"dTpw\"}}}", "r.io", "ab", NULL, NULL, NULL, 0 },
	{ "repository, namespace, host: the repository",
	  "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"},\"r.io/n/a\":{\"auth\":\"ejp3\"},\"r.io/n\":{\"auth\":\"eDp5\"}}}", "r.io", "n/a", "z", "w", NULL, 0 },
	{ "namespace and host: the namespace",
	  "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"},\"r.io/n/a\":{\"auth\":\"ejp3\"},\"r.io/n\":{\"auth\":\"eDp5\"}}}", "r.io", "n/b", "x", "y", NULL, 0 },
	{ "neither: the host",
	  "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"},\"r.io/n/a\":{\"auth\":\"ejp3\"},\"r.io/n\":{\"auth\":\"eDp5\"}}}", "r.io", "m/a", "u", "p", NULL, 0 },
	{ "an outer namespace", "{\"auths\":{\"r.io/n\":{\"auth\":\"eDp5\"}}}", "r.io", "n/o/a", "x", "y", NULL, 0 },
	{ "a namespace on another port", "{\"auths\":{\"r.io/n\":{\"auth\":\"eDp5\"}}}", "r.io:5000", "n/a", NULL, NULL, NULL, 0 },
	{ "identity token", "{\"auths\":{\"r.io\":{\"identitytoken\":\"i\"}}}", "r.io", "a", NULL, NULL, "i", 0 },
	{ "identity token and a name", "{\"auths\":{\"r.io\":{\"auth\":\"dTo=\",\"identitytoken\":\"i\"}}}", "r.io", "a", NULL, NULL, "i", 0 },
	{ "identity token and a password", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\",\"identitytoken\":\"i\"}}}", "r.io", "a", "u", "p", "i", 0 },
	{ "no auths at all", "{}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "broken base64", "{\"auths\":{\"r.io\":{\"auth\":\"d!pw\"}}}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "short base64", "{\"auths\":{\"r.io\":{\"auth\":\"dTp\"}}}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "no colon", "{\"auths\":{\"r.io\":{\"auth\":\"dXA=\"}}}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "a NUL inside", "{\"auths\":{\"r.io\":{\"auth\":\"dTpwAHE=\"}}}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "another's broken entry", "{\"auths\":{\"s.io\":{\"auth\":\"d!pw\"}}}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "broken JSON", "{\"auths\":", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "a list", "[]", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "a key twice", "{\"auths\":{},\"auths\":{}}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	/* helpers: see write_helpers() */
	{ "a helper of the host", "{\"credHelpers\":{\"r.io\":\"says\"}}", "r.io", "a", "r.io", "told", NULL, 0 },
	{ "a helper of the namespace", "{\"credHelpers\":{\"r.io/n\":\"says\",\"r.io\":\"fails\"}}", "r.io", "n/a", "r.io", "told", NULL, 0 },
	{ "a helper for all", "{\"credsStore\":\"says\"}", "r.io", "a", "r.io", "told", NULL, 0 },
	{ "a helper for Docker Hub", "{\"credsStore\":\"says\"}", "docker.io", "library/a", "https://index.docker.io/v1/", "told", NULL, 0 },
	{ "credHelpers before credsStore", "{\"credsStore\":\"fails\",\"credHelpers\":{\"r.io\":\"says\"}}", "r.io", "a", "r.io", "told", NULL, 0 },
	{ "credsStore before auths", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}},\"credsStore\":\"says\"}", "r.io", "a", "r.io", "told", NULL, 0 },
	{ "another host's helper", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}},\"credHelpers\":{\"s.io\":\"fails\"}}", "r.io", "a", "u", "p", NULL, 0 },
	{ "no helper, in spite of credsStore", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}},\"credHelpers\":{\"r.io\":\"\"},\"credsStore\":\"fails\"}", "r.io", "a", "u", "p", NULL, 0 },
	{ "an identity token from a helper", "{\"credsStore\":\"token\"}", "r.io", "a", NULL, NULL, "told", 0 },
	{ "a helper that knows none", "{\"credsStore\":\"empty\"}", "r.io", "a", NULL, NULL, NULL, 0 },
	{ "a helper that knows none: auths", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}},\"credsStore\":\"empty\"}", "r.io", "a", "u", "p", NULL, 0 },
	{ "a helper that fails", "{\"auths\":{\"r.io\":{\"auth\":\"dTpw\"}},\"credsStore\":\"fails\"}", "r.io", "a", NULL, NULL, NULL, -EIO },
	{ "a helper that is killed", "{\"credsStore\":\"killed\"}", "r.io", "a", NULL, NULL, NULL, -EIO },
	{ "a helper that talks nonsense", "{\"credsStore\":\"nonsense\"}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "a helper that says too little", "{\"credsStore\":\"half\"}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
	{ "a helper that does not stop", "{\"credsStore\":\"endless\"}", "r.io", "a", NULL, NULL, NULL, -EFBIG },
	{ "a helper that does not listen", "{\"credsStore\":\"deaf\"}", "r.io", "a", "u", "p", NULL, 0 },
	{ "a helper that is not there", "{\"credsStore\":\"absent\"}", "r.io", "a", NULL, NULL, NULL, -ENOENT },
	{ "a helper that cannot be run", "{\"credsStore\":\"mode\"}", "r.io", "a", NULL, NULL, NULL, -EACCES },
	{ "a helper with a path", "{\"credsStore\":\"../says\"}", "r.io", "a", NULL, NULL, NULL, -EINVAL },
	{ "a helper with a blank", "{\"credsStore\":\"says -x\"}", "r.io", "a", NULL, NULL, NULL, -EINVAL },
	{ "a helper that is no text", "{\"credsStore\":7}", "r.io", "a", NULL, NULL, NULL, -EBADMSG },
};

/* Programs docker-credential-NAME in this directory, which is all of $PATH but sh's. */
static void write_helpers(void)
{
	static const struct { const char *name, *script; } helpers[] = {
		{ "says", "[ \"$#\" = 1 ] && [ \"$1\" = get ] || exit 9\nprintf '{\"ServerURL\":\"x\",\"Username\":\"%s\",\"Secret\":\"told\"}\n' \"$(cat)\"" },
		{ "token", "echo '{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"told\"}'" },
		{ "empty", "echo credentials not found in native keychain\nexit 1" },
		{ "fails", "echo the keychain is locked\nexit 1" },
		{ "leaks", "echo '{\"Secret\":\"hunter2\"}'\nexit 1" },
		{ "killed", "kill -9 $$" },
		{ "nonsense", "echo hunter2" },
		{ "half", "echo '{\"Username\":\"u\",\"Password\":\"hunter2\"}'" },
		{ "endless", "while :; do echo hunter2 hunter2 hunter2 hunter2; done" },
		{ "deaf", "exec <&-\necho '{\"Username\":\"u\",\"Secret\":\"p\"}'" },
		{ "mode", "exit 0" },
	};
	char name[64], text[512], here[256];

	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
		snprintf(name, sizeof(name), "docker-credential-%s", helpers[i].name);
		snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", helpers[i].script);
		file_write_atomic(name, text, strlen(text), strcmp(helpers[i].name, "mode") ? 0755 : 0644);
	}
	snprintf(text, sizeof(text), "%s:/bin:/usr/bin", getcwd(here, sizeof(here)));
	setenv("PATH", text, 1);
}

static void check_configs(void)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct credentials cred;
		int err = credentials_parse(configs[i].json, strlen(configs[i].json), configs[i].host, configs[i].path, &cred);

		if (!ok_num(err, configs[i].err, "verdict on credentials: %s", configs[i].name))
			note("%s", err_text());
		if (!err) {
			ok_str(cred.user, configs[i].user, "user: %s", configs[i].name);
			ok_str(cred.password, configs[i].password, "password: %s", configs[i].name);
			ok_str(cred.identity, configs[i].identity, "identity token: %s", configs[i].name);
		} else {
			ok(!strstr(err_text(), "hunter2"), "no secret in the error: %s", configs[i].name);
		}
		credentials_clean(&cred);
	}
}

/* Errors name what is wrong, and show nothing that may be a secret. */
static void check_errors(void)
{
	static const struct { const char *json, *says; } cases[] = {
		{ "{\"credsStore\":\"fails\"}", "docker-credential-fails: exit status 1: the keychain is locked" },
		{ "{\"credsStore\":\"leaks\"}", "docker-credential-leaks: exit status 1" },
		{ "{\"credsStore\":\"killed\"}", "docker-credential-killed: died of signal 9" },
		{ "{\"credsStore\":\"absent\"}", "docker-credential-absent: cannot be started: No such file" },
		{ "{\"credsStore\":\"a/b\"}", "not the name of a credential helper: \"a/b\"" },
		{ "{\n\"auths\":{\"r.io\":{\"auth\":\"hunter2\" \"x\"}}}", "line 2 is not valid JSON" },
		{ "{\"auths\":{\"r.io\":{\"auth\":\"hunter2!\"}}}", "auths: r.io: \"auth\" is not base64" },
		{ "{\"auths\":{},\"hunter2\":1,\"hunter2\":2}", "not valid JSON" },
	};
	struct credentials cred;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = credentials_parse(cases[i].json, strlen(cases[i].json), "r.io", "a", &cred);

		if (!ok(err && strstr(err_text(), cases[i].says) && !strstr(err_text(), "hunter2"), "says: %s", cases[i].says))
			note("%s", err_text());
		credentials_clean(&cred);
	}
}

/* Who is user after these files were written, each with its own name as the user's? */
static void check_files(void)
{
	static const struct { const char *path, *json; } files[] = {
		{ "home/.dockercfg", "{\"r.io\":{\"username\":\"dockercfg\",\"password\":\"p\"}}" },
		{ "home/.docker/config.json", "{\"auths\":{\"r.io\":{\"username\":\"docker\",\"password\":\"p\"}}}" },
		{ "docker/config.json", "{\"auths\":{\"r.io\":{\"username\":\"DOCKER_CONFIG\",\"password\":\"p\"}}}" },
		{ "home/.config/containers/auth.json", "{\"auths\":{\"r.io\":{\"username\":\"config\",\"password\":\"p\"}}}" },
		{ "config/containers/auth.json", "{\"auths\":{\"r.io\":{\"username\":\"XDG_CONFIG_HOME\",\"password\":\"p\"}}}" },
		{ "run/containers/auth.json", "{\"auths\":{\"r.io\":{\"username\":\"XDG_RUNTIME_DIR\",\"password\":\"p\"}}}" },
		{ "only.json", "{\"auths\":{\"r.io\":{\"username\":\"REGISTRY_AUTH_FILE\",\"password\":\"p\"}}}" },
	};
	static const struct { const char *variable, *value, *user; } steps[] = {
		{ NULL, NULL, "dockercfg" }, { NULL, NULL, "docker" }, { "DOCKER_CONFIG", "docker", "DOCKER_CONFIG" },
		{ NULL, NULL, "config" }, { "XDG_CONFIG_HOME", "config", "XDG_CONFIG_HOME" }, { NULL, NULL, "XDG_RUNTIME_DIR" },
		{ "REGISTRY_AUTH_FILE", "only.json", "REGISTRY_AUTH_FILE" },
	};
	static const char *const dirs[] = { "home/.docker", "home/.config/containers", "docker", "config/containers", "run/containers" };
	struct credentials cred;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		file_mkdirs(dirs[i], 0700);
	setenv("HOME", "home", 1);
	setenv("XDG_RUNTIME_DIR", "run", 1);
	unsetenv("DOCKER_CONFIG");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("REGISTRY_AUTH_FILE");
	ok(!credentials_load("r.io", "a", &cred) && !credentials_any(&cred), "no file is no credentials");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		file_write_atomic(files[i].path, files[i].json, strlen(files[i].json), 0600);
		if (steps[i].variable)
			setenv(steps[i].variable, steps[i].value, 1);
		if (!ok_num(credentials_load("r.io", "a", &cred), 0, "reads %s", files[i].path))
			note("%s", err_text());
		ok_str(cred.user, steps[i].user, "which goes before those so far");
		credentials_clean(&cred);
	}
	ok(!credentials_load("s.io", "a", &cred) && !cred.user, "an unknown host in none");
	unlink("only.json");
	ok(credentials_load("r.io", "a", &cred) == -ENOENT && strstr(err_text(), "only.json"), "$REGISTRY_AUTH_FILE must be there");
	unsetenv("REGISTRY_AUTH_FILE");
	file_write_atomic("run/containers/auth.json", "{\"auths\":{\"r.io\":{}}}", 21, 0600);
	ok(!credentials_load("r.io", "a", &cred) && cred.user && !strcmp(cred.user, "XDG_CONFIG_HOME"), "an empty entry: the next file");
	credentials_clean(&cred);
	file_write_atomic("run/containers/auth.json", "{", 1, 0600);
	ok(credentials_load("r.io", "a", &cred) == -EBADMSG && strstr(err_text(), "run/containers/auth.json"),
	   "a damaged file is an error that names it");
	credentials_clean(&cred);
}

static void check_basic(void)
{
	static const struct { char *user, *password; const char *header; } cases[] = {
		{ "u", "p", "Basic dTpw" }, { "u", "p:q", "Basic dTpwOnE=" }, { "", "", "Basic Og==" }, { "u", "", "Basic dTo=" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct credentials cred = { .user = cases[i].user, .password = cases[i].password };
		char *header = credentials_basic(&cred);

		ok_str(header, cases[i].header, "header of %s:%s", cases[i].user, cases[i].password);
		free(header);
	}
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
	{ "Bearer realm=\"https://a/t\",scope=\"repository:y:pull repository:z:pull,push\"",
	  "https://a/t?scope=repository%3Ay%3Apull&scope=repository%3Az%3Apull%2Cpush", true },
	{ "Bearer realm=\"https://a/t\",scope=\"\"", "https://a/t", true },
	{ "Bearer realm=\"HTTPS://a/t\"", "HTTPS://a/t?scope=repository%3Ax%3Apull", true },
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
		struct token_registry reg = { "repository:x:pull", requests[i].tls, NULL };
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
		struct token token = { 0 };

		buf_addf(&body, "{\"token\":\"t\",\"expires_in\":%s}", lifetimes[i].expires_in);
		token_parse(&body, &token);
		ok_num(token.lifetime, lifetimes[i].lifetime, "expires_in %s", lifetimes[i].expires_in);
		free(token.text);
		buf_clean(&body);
	}
}

static void check_answers(void)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct buf body = BUF_INIT;
		struct token token = { 0 };

		buf_adds(&body, answers[i].body);
		token_parse(&body, &token);
		ok_str(token.text, answers[i].token, "token in answer %zu", i);
		free(token.text);
		buf_clean(&body);
	}
}

/* What of this must not see credentials? */
static void check_private(void)
{
	static const struct { const char *url; bool private; } urls[] = {
		{ "https://a/t", true }, { "HTTPS://a/t", true }, { "http://127.0.0.1:1/t", true }, { "http://localhost/t", true },
		{ "http://[::1]:8/t", true }, { "http://a/t", false }, { "http://192.0.2.1/t", false }, { "http://localhost.a/t", false },
		{ "http://127.0.0.1@a/t", false }, { "ftp://a/t", false },
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		ok_num(http_is_private(urls[i].url), urls[i].private, "credentials to %s", urls[i].url);
}

int main(void)
{
	write_helpers();
	check_headers();
	check_every_cut();
	check_lookup();
	check_configs();
	check_errors();
	check_files();
	check_basic();
	check_requests();
	check_answers();
	check_lifetimes();
	check_private();
	return done();
}
