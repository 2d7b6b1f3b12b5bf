// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Content digests (image-spec descriptor.md, "Digests"). What is short, as manifests are, is hashed by libmd, which is linked
 * in: loading and initialising libcrypto takes longer than all else that a launch from the local store does.
 */
#include "util/digest.h"

#include "util/hex.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#define SHORT (16 << 10)

static void short_sha256(const unsigned char *data, size_t len, unsigned char *raw)
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, data, len);
	SHA256Final(raw, &ctx);
}

static void short_sha512(const unsigned char *data, size_t len, unsigned char *raw)
{
	SHA2_CTX ctx;

	SHA512Init(&ctx);
	SHA512Update(&ctx, data, len);
	SHA512Final(raw, &ctx);
}

static const struct algorithm {
	const char *name;
	size_t hex;
	const EVP_MD *(*md)(void);
	void (*short_hash)(const unsigned char *data, size_t len, unsigned char *raw);
} algorithms[] = {
	{ "sha256", 64, EVP_sha256, short_sha256 },
	{ "sha512", 128, EVP_sha512, short_sha512 },
};

#define NR_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

struct hasher {
	const struct algorithm *algorithm;
	EVP_MD_CTX *ctx;	/* NULL while all fits into head */
	size_t len;
	unsigned char head[SHORT];
};

static const struct algorithm *find_algorithm(const char *text)
{
	size_t len = strcspn(text, ":");

	for (size_t i = 0; i < NR_ALGORITHMS; i++)
		if (strlen(algorithms[i].name) == len && !memcmp(algorithms[i].name, text, len))
			return &algorithms[i];
	return NULL;
}

/* algorithm ::= component (separator component)*; component ::= [A-Za-z0-9]+; separator ::= [+._-] */
static bool is_algorithm(const char *s, size_t len)
{
	bool after_separator = true;

	for (size_t i = 0; i < len; i++) {
		bool separator = strchr("+._-", s[i]);

		if (separator && after_separator)
			return false;
		if (!separator && !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", s[i]))
			return false;
		after_separator = separator;
	}
	return !after_separator;
}

int digest_parse(const char *text, struct digest *d)
{
	const struct algorithm *a = find_algorithm(text);
	const char *colon = strchr(text, ':');

	if (!colon || !is_algorithm(text, colon - text))
		return -EINVAL;
	if (!a)
		return -ENOTSUP;
	if (strlen(colon + 1) != a->hex || strspn(colon + 1, "0123456789abcdef") != a->hex)
		return -EINVAL;
	strcpy(d->text, text);
	return 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return !strcmp(a->text, b->text);
}

const char *digest_hex(const struct digest *d)
{
	return strchr(d->text, ':') + 1;
}

void digest_algorithm(const struct digest *d, char out[8])
{
	strcpy(out, find_algorithm(d->text)->name);
}

struct hasher *hasher_new(const struct digest *like)
{
	struct hasher *h = malloc(sizeof(*h));

	if (!h)
		abort();
	h->algorithm = like ? find_algorithm(like->text) : &algorithms[0];
	h->ctx = NULL;
	h->len = 0;
	return h;
}

static void start_long(struct hasher *h)
{
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || !EVP_DigestInit_ex(h->ctx, h->algorithm->md(), NULL))
		abort();	/* no memory, or a libcrypto without SHA-2 */
	EVP_DigestUpdate(h->ctx, h->head, h->len);
}

void hasher_add(struct hasher *h, const void *data, size_t len)
{
	if (!h->ctx && len <= SHORT - h->len) {
		if (len)
			memcpy(h->head + h->len, data, len);
		h->len += len;
		return;
	}
	if (!h->ctx)
		start_long(h);
	EVP_DigestUpdate(h->ctx, data, len);
}

void hasher_end(struct hasher *h, struct digest *d)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	size_t at = strlen(h->algorithm->name);

	if (h->ctx)
		EVP_DigestFinal_ex(h->ctx, raw, NULL);
	else
		h->algorithm->short_hash(h->head, h->len, raw);
	memcpy(d->text, h->algorithm->name, at);
	d->text[at] = ':';
	hex_encode(raw, h->algorithm->hex / 2, d->text + at + 1);
	hasher_free(h);
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	if (h->ctx)
		EVP_MD_CTX_free(h->ctx);
	free(h);
}

void digest_of(const void *data, size_t len, struct digest *d)
{
	struct hasher *h = hasher_new(NULL);

	hasher_add(h, data, len);
	hasher_end(h, d);
}
