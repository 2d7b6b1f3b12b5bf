// SPDX-License-Identifier: GPL-2.0-or-later
/* Content-Range. */
#include "oci/range.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* Digits, at most 18 of them. Return: what is behind them, NULL if there are none. */
static const char *number(const char *s, uint64_t *out)
{
	size_t n = strspn(s, "0123456789");

	if (!n || n > 18)
		return NULL;
	for (*out = 0; n; n--)
		*out = *out * 10 + (*s++ - '0');
	return s;
}

int range_parse(const char *s, struct range *r)
{
	if (strncasecmp(s, "bytes ", 6))
		return -EBADMSG;
	s = number(s + 6, &r->first);
	s = s && *s == '-' ? number(s + 1, &r->last) : NULL;
	if (!s || *s++ != '/' || r->last < r->first)
		return -EBADMSG;
	r->size = UINT64_MAX;
	s = *s == '*' ? s + 1 : number(s, &r->size);
	return s && !*s && r->last < r->size ? 0 : -EBADMSG;
}
