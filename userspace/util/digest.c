// SPDX-License-Identifier: GPL-2.0-or-later
/* Content digests (image-spec descriptor.md, "Digests"): libmd's, or a faster engine's if the program brought one. */
#include "util/digest.h"

#include "util/cleanup.h"
#include "util/hex.h"

#include <errno.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void end_sha256(SHA2_CTX *ctx, unsigned char *raw)
{
	SHA256Final(raw, ctx);
}

static void end_sha512(SHA2_CTX *ctx, unsigned char *raw)
{
	SHA512Final(raw, ctx);
}

static const struct algorithm {
	const char *name;
	size_t hex;
	void (*init)(SHA2_CTX *ctx);
	void (*update)(SHA2_CTX *ctx, const uint8_t *data, size_t len);
	void (*end)(SHA2_CTX *ctx, unsigned char *raw);
} algorithms[] = {
	{ "sha256", 64, SHA256Init, SHA256Update, end_sha256 },
	{ "sha512", 128, SHA512Init, SHA512Update, end_sha512 },
};

#define NR_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

struct hasher {
	const struct algorithm *algorithm;
	const struct digest_engine *engine;	/* or NULL: */
	SHA2_CTX ctx;
	void *fast;		/* the engine's */
};

static const struct digest_engine *engine;

void digest_use(const struct digest_engine *e)
{
	engine = e;
}

static const struct algorithm *find_algorithm(const char *text)
{
	size_t len = strcspn(text, ":");

	for (size_t i = 0; i < NR_ALGORITHMS; i++)
		if (strlen(algorithms[i].name) == len && !memcmp(algorithms[i].name, text, len))
			return &algorithms[i];
	return NULL;
}

/* That of a digest there is: only what has one is parsed or made. */
static const struct algorithm *algorithm_of(const struct digest *d)
{
	const struct algorithm *a = find_algorithm(d->text);

	if (!a)
		abort();
	return a;
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
	strcpy(out, algorithm_of(d)->name);
}

struct hasher *hasher_new(const struct digest *like)
{
	struct hasher *h = malloc(sizeof(*h));

	if (!h)
		abort();
	h->algorithm = like ? algorithm_of(like) : &algorithms[0];
	h->fast = engine ? engine->begin(h->algorithm->name) : NULL;
	h->engine = h->fast ? engine : NULL;
	if (!h->engine)
		h->algorithm->init(&h->ctx);
	return h;
}

void hasher_add(struct hasher *h, const void *data, size_t len)
{
	if (h->engine)
		h->engine->add(h->fast, data, len);
	else if (len)
		h->algorithm->update(&h->ctx, data, len);
}

void hasher_end(struct hasher *h, struct digest *d)
{
	unsigned char raw[DIGEST_RAW];
	size_t at = strlen(h->algorithm->name);

	if (h->engine)
		take_ptr(h->engine)->end(h->fast, raw);
	else
		h->algorithm->end(&h->ctx, raw);
	memcpy(d->text, h->algorithm->name, at);
	d->text[at] = ':';
	hex_encode(raw, h->algorithm->hex / 2, d->text + at + 1);
	hasher_free(h);
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	if (h->engine)
		h->engine->end(h->fast, NULL);
	free(h);
}

void digest_of(const void *data, size_t len, struct digest *d)
{
	struct hasher *h = hasher_new(NULL);

	hasher_add(h, data, len);
	hasher_end(h, d);
}

int digest_of_file(int fd, const struct digest *like, struct digest *d)
{
	struct hasher *h = hasher_new(like);
	char piece[64 << 10];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, piece, sizeof(piece), at)) > 0) {
		hasher_add(h, piece, n);
		at += n;
	}
	n = n < 0 ? -errno : 0;
	hasher_end(h, d);
	return n;
}
