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

/* Bytes of the UTF-8 character at @p; 0: it is none, or a control character. */
static int character(const unsigned char *p)
{
	int len = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;

	for (int i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((len == 1 && (*p < ' ' || *p == 0x7f)) || (len == 2 && *p == 0xc2 && p[1] < 0xa0))
		return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] >= 0xa0) || (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] >= 0x90))
		return 0;
	return len;
}

void err_harmless(char *text)
{
	for (char *p = text; *p; ) {
		int len = character((unsigned char *)p);

		if (!len)
			*p = '?';
		p += len ? len : 1;
	}
}

/* The text becomes @new. Parts of it may be a stranger's (names in images, registries' answers) and a terminal may show it. */
static void keep(const char *new)
{
	snprintf(text, sizeof(text), "%s", new);
	err_harmless(text);
}

int (err_set)(int code, const char *fmt, ...)
{
	char new[TEXT_MAX];	/* arguments may point into the old text */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(new, sizeof(new), fmt, ap);
	va_end(ap);
	keep(new);
	return code;
}

int (err_sys)(int code, const char *fmt, ...)
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

int (err_in)(int code, const char *fmt, ...)
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
