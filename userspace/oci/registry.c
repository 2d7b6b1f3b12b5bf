// SPDX-License-Identifier: GPL-2.0-or-later
/* The pull half of the distribution API (distribution-spec, spec.md "Pull"). */
#include "oci/registry.h"

#include "oci/document.h"
#include "oci/manifest.h"
#include "oci/token.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/limits.h"
#include "util/mem.h"

#include <errno.h>
#include <string.h>

#define ATTEMPTS 2		/* the second one after authenticating */

struct registry {
	const struct endpoint *at;
	const char *host, *scheme;
	const char *proxy;		/* see http_proxy() */
	struct http *http;
	struct credentials cred;
	char *authorization;		/* NULL: anonymous so far */
	int64_t good_until_ms;		/* of clock_ms(); 0: for ever */
	char *scope;
};

bool registry_is_tls(const struct registry *reg)
{
	return !strcmp(reg->scheme, "https");
}

static int load_credentials(struct registry *reg)
{
	if (registry_is_tls(reg) || host_is_loopback(reg->host))
		return credentials_source(reg->at->domain, reg->at->path, &reg->cred);
	reg->cred.note = mem_strdup("credentials are never sent over plain http");
	return 0;
}

int registry_open(const struct endpoint *at, struct registry **out)
{
	struct registry *reg = mem_alloc(sizeof(*reg));
	const struct registry_rule *rule;
	int err;

	reg->at = at;
	reg->host = domain_host(at->domain);
	reg->scheme = registries_scheme(reg->host);
	err = load_credentials(reg);
	if (err) {
		credentials_clean(&reg->cred);
		free(reg);
		return err_in(err, "credentials for %s", at->domain);
	}
	rule = registries_host(reg->host);
	reg->proxy = rule ? rule->proxy : NULL;
	reg->http = http_new();
	http_proxy(reg->http, reg->proxy);
	reg->scope = mem_printf("repository:%s:pull", at->path);
	*out = reg;
	return 0;
}

void registry_close(struct registry *reg)
{
	if (!reg)
		return;
	http_free(reg->http);
	credentials_clean(&reg->cred);
	mem_wipe(reg->authorization);
	free(reg->scope);
	free(reg);
}

static char *object_url(const struct registry *reg, const char *kind, const char *object)
{
	return mem_printf("%s://%s/v2/%s/%s/%s", reg->scheme, reg->host, reg->at->path, kind, object);
}

struct http *registry_http(struct registry *reg)
{
	return reg->http;
}

char *registry_blob_url(const struct registry *reg, const struct digest *digest)
{
	return object_url(reg, "blobs", digest->text);
}

/* What is about to expire is not used any more: the registry then says anew what it wants. */
const char *registry_authorization(struct registry *reg)
{
	if (reg->good_until_ms && clock_ms() >= reg->good_until_ms) {
		mem_wipe(take_ptr(reg->authorization));
		reg->good_until_ms = 0;
	}
	return reg->authorization;
}

int registry_authorize(struct registry *reg, const char *used, const struct challenges *challenges)
{
	struct token_registry self = { .scope = reg->scope, .tls = registry_is_tls(reg), .proxy = reg->proxy };
	long lifetime = 0;
	char *fresh;
	int err;

	if (reg->authorization && (!used || strcmp(used, reg->authorization)))
		return 1;	/* another transfer has done it meanwhile */
	if (!challenges->nr)
		return err_set(-EACCES, "refused (HTTP status 401) without a way to authenticate");
	err = token_authorize(challenges, &reg->cred, &self, &fresh, &lifetime);
	if (err)
		return err;
	mem_wipe(reg->authorization);
	reg->authorization = fresh;
	reg->good_until_ms = lifetime ? clock_ms() + lifetime * 900 : 0;	/* nine tenths of it */
	return 0;
}

/* The first {"errors":[{"code","message"}]} of an error body, or NULL. */
static char *error_detail(const struct buf *body)
{
	auto_json json_t *doc = NULL;
	const char *code, *message;
	const json_t *first;

	if (document_parse(buf_str(body), body->len, &doc))
		return NULL;
	first = json_array_get(json_object_get(doc, "errors"), 0);
	code = json_string_value(json_object_get(first, "code"));
	message = json_string_value(json_object_get(first, "message"));
	return code || message ? mem_printf("%.64s: %.256s", code ? code : "", message ? message : "") : NULL;
}

static const struct {
	long status;
	int err;
	const char *text;
} statuses[] = {
	{ 400, -EINVAL, "the registry refuses the request" },
	{ 401, -EACCES, "access denied" },
	{ 403, -EACCES, "access denied" },
	{ 404, -ENOENT, "not found" },
	{ 429, -EBUSY, "too many requests, try again later" },
};

int registry_refusal(const struct http_reply *reply)
{
	auto_free char *detail = error_detail(&reply->error);
	const char *text = "the registry failed";
	int err = -EIO;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == reply->status) {
			err = statuses[i].err;
			text = statuses[i].text;
		}
	return err_set(err, "%s (HTTP status %ld%s%s)%s", text, reply->status, detail ? ", " : "", detail ? detail : "",
		       reply->tried);
}

static int get_once(struct registry *reg, const char *url, struct buf *body, struct http_reply *reply, bool *again)
{
	const char *authorization = registry_authorization(reg);
	auto_secret char *used = authorization ? mem_strdup(authorization) : NULL;
	int err = http_get(reg->http, url, used, manifest_accept(), limits.manifest, body, reply);

	if (err == -EFBIG)
		err = err_set(err, "%s (manifest)", err_text());
	if (err)
		return err_in(err, "%s", reg->host);
	if (reply->status == 401 && *again) {
		err = registry_authorize(reg, used, &reply->challenges);
		return err < 0 ? err : 0;
	}
	*again = false;
	return reply->status == 200 ? 0 : registry_refusal(reply);
}

static int get_manifest(struct registry *reg, const char *url, struct buf *body, char **type, struct digest *claimed)
{
	struct http_reply reply;
	bool again = true;
	int err = 0;

	for (int i = 1; again && !err; i++) {
		again = i < ATTEMPTS;
		err = get_once(reg, url, body, &reply, &again);
		if (!err && !again) {
			*type = mem_strdup(reply.type);
			if (digest_parse(reply.digest, claimed))
				claimed->text[0] = '\0';
		}
		http_reply_clean(&reply);
	}
	return err;
}

/* The digest in @like's algorithm. */
static void digest_body(const struct buf *body, const struct digest *like, struct digest *d)
{
	struct hasher *h = hasher_new(like);

	hasher_add(h, body->data, body->len);
	hasher_end(h, d);
}

static int check_manifest(const struct buf *body, const struct descriptor *want, const struct digest *claimed,
			  struct digest *digest)
{
	struct digest got;

	if (want) {
		digest_body(body, &want->digest, digest);
		if (!digest_equal(digest, &want->digest))
			return err_set(-EBADMSG, "digest mismatch: the bytes received have %s", digest->text);
		if (want->size != DESCRIPTOR_ANY_SIZE && want->size != body->len)
			return err_set(-EBADMSG, "%zu bytes, should be %llu", body->len, (unsigned long long)want->size);
		return 0;
	}
	digest_body(body, NULL, digest);
	if (!claimed->text[0])
		return 0;
	digest_body(body, claimed, &got);
	if (!digest_equal(&got, claimed))
		return err_set(-EBADMSG, "digest mismatch: the registry says %s, the bytes received have %s", claimed->text,
			       got.text);
	return 0;
}

int registry_manifest(struct registry *reg, const char *object, const struct descriptor *want,
		      struct buf *body, char **type, struct digest *digest)
{
	auto_free char *url = object_url(reg, "manifests", object);
	struct digest claimed = { "" };
	int err;

	*type = NULL;
	if (want && want->data) {	/* verified */
		buf_reset(body);
		buf_add(body, want->data, want->data_len);
		*type = mem_strdup(want->type);
		*digest = want->digest;
		return 0;
	}
	err = get_manifest(reg, url, body, type, &claimed);
	if (!err)
		err = check_manifest(body, want, &claimed, digest);
	if (err) {
		free(*type);
		*type = NULL;
		return err_in(err, "manifest %s", object);
	}
	return 0;
}
