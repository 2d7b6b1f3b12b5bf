// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests: known answers, and the same answer however the bytes arrive. */
// links: userspace/util/digest.c userspace/util/evp.c userspace/util/hex.c userspace/util/error.c userspace/util/mem.c
// libs: -lcrypto -lmd
#include "test.h"

#include "util/digest.h"
#include "util/evp.h"

#include <errno.h>
#include <openssl/evp.h>

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *text;
	int err;
} texts[] = {
	{ "sha256:" D64, 0 },
	{ "sha512:" D64 D64, 0 },
	{ "sha256:" D64 "00", -EINVAL },
	{ "sha256:", -EINVAL },
	{ "sha256", -EINVAL },
	{ "", -EINVAL },
	{ ":" D64, -EINVAL },
	{ "sha256:ABCDEF6789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", -EINVAL },
	{ "sha256:../3456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", -EINVAL },
	{ "sha384:" D64, -ENOTSUP },
	{ "blake3:" D64, -ENOTSUP },
	{ "../x:" D64, -EINVAL },
	{ "a b:" D64, -EINVAL },
	{ "SHA256:" D64, -ENOTSUP },
};

static unsigned char bytes[40000];

/* What libcrypto says of the first @len bytes. */
static bool agrees(const struct digest *d, const EVP_MD *md, size_t len)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned int n;

	EVP_Digest(bytes, len, raw, &n, md, NULL);
	for (unsigned int i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", raw[i]);
	return !strcmp(digest_hex(d), hex);
}

static bool in_pieces(const struct digest *like, const EVP_MD *md, size_t len, size_t piece)
{
	struct hasher *h = hasher_new(like);
	struct digest d;

	for (size_t at = 0; at < len; at += piece)
		hasher_add(h, bytes + at, len - at < piece ? len - at : piece);
	hasher_end(h, &d);
	return agrees(&d, md, len);
}

static void hash_all(const char *engine)
{
	static const size_t lengths[] = { 0, 1, 55, 56, 64, 127, 16383, 16384, 16385, 32768, 40000 };
	struct digest d, sha512;

	digest_of("abc", 3, &d);
	ok_str(d.text, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "%s: FIPS 180's first vector", engine);
	digest_parse("sha512:" D64 D64, &sha512);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		ok(in_pieces(NULL, EVP_sha256(), lengths[i], 40000) && in_pieces(NULL, EVP_sha256(), lengths[i], 1000) &&
		   in_pieces(NULL, EVP_sha256(), lengths[i], 1), "%s: sha256 of %zu bytes, whole and in pieces", engine, lengths[i]);
		ok(in_pieces(&sha512, EVP_sha512(), lengths[i], 40000) && in_pieces(&sha512, EVP_sha512(), lengths[i], 1000),
		   "%s: sha512 of %zu bytes, whole and in pieces", engine, lengths[i]);
	}
	hasher_free(hasher_new(NULL));
}

int main(void)
{
	struct digest d;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok_num(digest_parse(texts[i].text, &d), texts[i].err, "verdict on \"%.20s\"", texts[i].text);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + i / 251;
	hash_all("libmd");
	digest_use(&evp_engine);
	hash_all("OpenSSL");
	return done();
}
