// SPDX-License-Identifier: GPL-2.0-or-later
/* Embedded blobs: base64, by OpenSSL. */
#include "oci/embedded.h"

#include "util/error.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

int embedded_decode(const struct descriptor *d, struct buf *out)
{
	size_t len = strlen(d->data), padding = 0;
	int n = -1;

	while (padding < 2 && padding < len && d->data[len - 1 - padding] == '=')
		padding++;
	if (len % 4 == 0)	/* EVP_DecodeBlock() forgives white space at both ends, which the digest then does not */
		n = EVP_DecodeBlock((unsigned char *)buf_reserve(out, len + 1), (const unsigned char *)d->data, len);
	if (n < 0)
		return err_set(-EBADMSG, "its embedded \"data\" is not base64");
	out->len += n - padding;
	out->data[out->len] = '\0';
	return 0;
}
