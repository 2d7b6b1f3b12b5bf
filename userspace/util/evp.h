/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Digests by OpenSSL: give it to digest_use(). Apart from digest.c, so that only programs that want it link libcrypto. */
#ifndef HYPHA_UTIL_EVP_H
#define HYPHA_UTIL_EVP_H

#include "util/digest.h"

extern const struct digest_engine evp_engine;
/* What the first digest would do: OpenSSL reads its configuration and loads what it says. */
void evp_start(void);

#endif
