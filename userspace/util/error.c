// SPDX-License-Identifier: GPL-2.0-or-later
/* One chained error text per thread. */
#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 2048

static _Thread_local char text[TEXT_MAX];

static void append(char *to, const char *s)
{
	size_t len = strlen(to);

	for (; *s && len < TEXT_MAX - 1; len++)
		to[len] = *s++;
	to[len] = '\0';
}

/* The text becomes @new. Parts of it may be a stranger's (names in images, registries' answers) and a terminal may show it. */
static void keep(const char *new)
{
	snprintf(text, sizeof(text), "%s", new);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

int err_set(int code, const char *fmt, ...)
{
	char new[TEXT_MAX];	/* arguments may point into the old text */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(new, sizeof(new), fmt, ap);
	va_end(ap);
	keep(new);
	return code;
}

int err_sys(int code, const char *fmt, ...)
{
	char new[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(new, sizeof(new), fmt, ap);
	va_end(ap);
	append(new, ": ");
	append(new, strerror(-code));
	keep(new);
	return code;
}

int err_in(int code, const char *fmt, ...)
{
	char new[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(new, sizeof(new), fmt, ap);
	va_end(ap);
	append(new, ": ");
	append(new, text);
	keep(new);
	return code;
}

const char *err_text(void)
{
	return text;
}
