// SPDX-License-Identifier: GPL-2.0-or-later
/* NULL-terminated vectors of owned strings. */
#include "util/strv.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

size_t strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

void strv_take(char ***v, char *s)
{
	size_t n = strv_len(*v);

	*v = mem_realloc(*v, (n + 2) * sizeof(**v));
	(*v)[n] = s;
	(*v)[n + 1] = NULL;
}

void strv_add(char ***v, const char *s)
{
	strv_take(v, mem_strdup(s));
}

char **strv_copy(char *const *v)
{
	char **copy = mem_alloc(sizeof(*copy));

	for (; v && *v; v++)
		strv_add(&copy, *v);
	return copy;
}

void strv_free(char **v)
{
	for (char **s = v; s && *s; s++)
		free(*s);
	free(v);
}

static char **find_key(char **v, const char *key, size_t len)
{
	for (; v && *v; v++)
		if (!strncmp(*v, key, len) && (*v)[len] == '=')
			return v;
	return NULL;
}

void strv_set_env(char ***v, const char *assignment)
{
	char **old = find_key(*v, assignment, strcspn(assignment, "="));

	if (!old) {
		strv_add(v, assignment);
		return;
	}
	free(*old);
	*old = mem_strdup(assignment);
}

const char *strv_get_env(char *const *v, const char *key)
{
	char **at = find_key((char **)v, key, strlen(key));

	return at ? *at + strlen(key) + 1 : NULL;
}
