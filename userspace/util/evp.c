// SPDX-License-Identifier: GPL-2.0-or-later
/* Digests by OpenSSL, which uses the processor's instructions for them. */
#include "util/evp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static void *begin(const char *algorithm)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestInit_ex(ctx, EVP_get_digestbyname(algorithm), NULL))
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static void add(void *state, const void *data, size_t len)
{
	EVP_DigestUpdate(state, data, len);
}

static void end(void *state, unsigned char *raw)
{
	if (raw)
		EVP_DigestFinal_ex(state, raw, NULL);
	EVP_MD_CTX_free(state);
}

const struct digest_engine evp_engine = { begin, add, end };

void evp_start(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
}
