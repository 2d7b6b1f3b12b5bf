// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocation that does not fail. */
#include "util/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *or_die(void *p)
{
	static const char msg[] = "hypha: out of memory\n";

	if (p)
		return p;
	if (write(2, msg, sizeof(msg) - 1) < 0) {
		/* nothing left to tell it to */
	}
	_exit(125);
}

void *mem_alloc(size_t len)
{
	return or_die(calloc(1, len ? len : 1));
}

void *mem_realloc(void *p, size_t len)
{
	return or_die(realloc(p, len ? len : 1));
}

char *mem_strdup(const char *s)
{
	return or_die(strdup(s));
}

char *mem_strndup(const char *s, size_t len)
{
	return or_die(strndup(s, len));
}

void mem_wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return or_die(s);
}
