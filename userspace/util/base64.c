// SPDX-License-Identifier: GPL-2.0-or-later
/* Base64. */
#include "util/base64.h"

#include "util/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four digits, of which the last @pad are padding. Return: 24 bits, -1 if one is no digit or what is left over is not 0. */
static int32_t read_group(const char *text, size_t pad)
{
	int32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *digit = i < 4 - pad ? memchr(digits, text[i], 64) : digits;

		if (!digit)
			return -1;
		bits = bits << 6 | (int32_t)(digit - digits);
	}
	return bits & ((1 << (8 * pad)) - 1) ? -1 : bits;
}

char *base64_decode(const char *text, size_t *len)
{
	size_t n = strlen(text), pad = n && text[n - 1] == '=' ? 1 + (n > 1 && text[n - 2] == '=') : 0;
	char *out;

	if (n % 4)
		return NULL;
	out = mem_alloc(n / 4 * 3 + 1);
	for (size_t i = 0; i < n; i += 4) {
		int32_t bits = read_group(text + i, i + 4 == n ? pad : 0);

		if (bits < 0) {
			explicit_bzero(out, n / 4 * 3);
			free(out);
			return NULL;
		}
		for (size_t j = 0; j < 3; j++)
			out[i / 4 * 3 + j] = (char)(bits >> (16 - 8 * j));
	}
	*len = n / 4 * 3 - pad;
	return out;
}
