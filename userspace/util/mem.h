/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocation that does not fail: a small program out of memory says so and exits 125. */
#ifndef HYPHA_UTIL_MEM_H
#define HYPHA_UTIL_MEM_H

#include <stddef.h>

void *mem_alloc(size_t len);			/* zeroed */
void *mem_realloc(void *p, size_t len);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);
void mem_wipe(char *secret);			/* zero a string and free it; NULL is fine */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline void cleanup_secret(char **s)
{
	mem_wipe(*s);
}
#define auto_secret	__attribute__((cleanup(cleanup_secret)))	/* char *, NULL or malloc()ed */

#endif
