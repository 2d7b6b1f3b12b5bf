/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NULL-terminated vectors of owned strings. */
#ifndef HYPHA_UTIL_STRV_H
#define HYPHA_UTIL_STRV_H

#include <stddef.h>

size_t strv_len(char *const *v);			/* NULL counts as empty */
void strv_add(char ***v, const char *s);		/* appends a copy; *v may be NULL */
void strv_take(char ***v, char *s);			/* appends and owns @s */
char **strv_copy(char *const *v);			/* never NULL */
void strv_free(char **v);
/* KEY=value: replaces the first entry with the same KEY, else appends. */
void strv_set_env(char ***v, const char *assignment);
/* Value of KEY among KEY=value entries, or NULL. */
const char *strv_get_env(char *const *v, const char *key);

static inline void cleanup_strv(char ***v)
{
	strv_free(*v);
}
#define auto_strv __attribute__((cleanup(cleanup_strv))) char **

#endif
