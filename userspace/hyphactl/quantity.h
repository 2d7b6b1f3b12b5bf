/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people write them: sizes, counts, seconds, times. Parsers refuse whatever is left over. */
#ifndef HYPHACTL_QUANTITY_H
#define HYPHACTL_QUANTITY_H

#include <stdint.h>

#define QUANTITY_TEXT 40

/* 0 or -EINVAL/-ERANGE with err_text() that begins with @what. */
int quantity_count(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out);
/* Bytes; without a unit MiB. Units k, M, G, T with optional i and B, any case, powers of 1024; "1.5G" is fine. */
int quantity_size(const char *what, const char *text, uint64_t *bytes);

/* All write into @out and return it. */
char *quantity_format_size(uint64_t bytes, char out[QUANTITY_TEXT]);	/* "256 MiB" */
char *quantity_format_ns(uint64_t ns, char out[QUANTITY_TEXT]);		/* "3.4 ms" */
char *quantity_format_age(uint64_t ns, char out[QUANTITY_TEXT]);	/* "5 minutes" */
char *quantity_format_time(uint64_t ns, char out[QUANTITY_TEXT]);	/* "2026-11-21T20:41:00.123456789Z" */
int quantity_parse_time(const char *text, uint64_t *ns);		/* the same; 0 or -EINVAL, no err_text() */
uint64_t quantity_now(void);						/* ns since the epoch */

#endif
