/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For libFuzzer's targets, NAME_target.c: sources and libraries are named as in a host test (../host/test.h). */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define must(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: not so: %s; last error: %s\n", __FILE__, __LINE__, #what, err_text()); \
		abort(); \
	} \
} while (0)

/* As a string of exactly its length, so that a byte read behind it is noticed. */
__attribute__((unused))
static char *text_of(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

#endif
