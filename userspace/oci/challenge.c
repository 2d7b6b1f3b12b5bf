// SPDX-License-Identifier: GPL-2.0-or-later
/* WWW-Authenticate: several challenges in one header, quoted strings with escapes, token68 (RFC 7235 §2.1, appendix C). */
#include "oci/auth.h"

#include "util/buf.h"
#include "util/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define TOKEN ALNUM "!#$%&'*+-.^_`|~"
#define TOKEN68 ALNUM "-._~+/"
#define SPACE " \t"

static void add_challenge(struct challenges *c, const char *scheme, size_t len)
{
	c->list = mem_realloc(c->list, (c->nr + 1) * sizeof(*c->list));
	c->list[c->nr++] = (struct challenge){ .scheme = mem_strndup(scheme, len) };
}

static void add_param(struct challenge *c, const char *name, size_t len, char *value)
{
	c->params = mem_realloc(c->params, (c->nr_params + 1) * sizeof(*c->params));
	c->params[c->nr_params++] = (struct auth_param){ mem_strndup(name, len), value };
}

/* Past a quoted string, which @s starts; NULL if it has no end. */
static const char *read_quoted(const char *s, char **value)
{
	struct buf b = BUF_INIT;

	for (s++; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1])
			s++;
		buf_addc(&b, *s);
	}
	if (!*s) {
		buf_clean(&b);
		return NULL;
	}
	*value = buf_take(&b);
	return s + 1;
}

static const char *read_value(const char *s, char **value)
{
	size_t len;

	s += strspn(s, SPACE);
	if (*s == '"')
		return read_quoted(s, value);
	len = strcspn(s, SPACE ",\"");		/* laxer than a token: a bare URL is common */
	*value = mem_strndup(s, len);
	return s + len;
}

/* A scheme may be followed by one token68 instead of parameters. Return: past it, or @s if there is none. */
static const char *skip_token68(const char *s)
{
	const char *end = s + strspn(s, TOKEN68);

	if (end == s)
		return s;
	end += strspn(end, "=");
	end += strspn(end, SPACE);
	return *end && *end != ',' ? s : end;
}

/* One element of the comma-separated list: a new challenge, or a parameter of the last one. */
static const char *read_element(struct challenges *c, const char *s, bool *open)
{
	size_t len = strspn(s, TOKEN);
	const char *next = s + len;
	char *value;

	if (!len)
		return NULL;
	next += strspn(next, SPACE);
	if (*next != '=') {
		add_challenge(c, s, len);
		*open = true;
		return skip_token68(next);
	}
	if (!*open)
		return NULL;
	next = read_value(next + 1, &value);
	if (next)
		add_param(&c->list[c->nr - 1], s, len, value);
	return next;
}

int challenges_add(struct challenges *c, const char *header)
{
	bool open = false;	/* parameters of this header belong to challenges of this header */

	for (;;) {
		header += strspn(header, SPACE ",");
		if (!*header)
			return 0;
		header = read_element(c, header, &open);
		if (!header)
			return -EBADMSG;
	}
}

void challenges_clean(struct challenges *c)
{
	for (size_t i = 0; i < c->nr; i++) {
		for (size_t j = 0; j < c->list[i].nr_params; j++) {
			free(c->list[i].params[j].name);
			free(c->list[i].params[j].value);
		}
		free(c->list[i].params);
		free(c->list[i].scheme);
	}
	free(c->list);
	*c = (struct challenges){ 0 };
}

const struct challenge *challenges_find(const struct challenges *c, const char *scheme)
{
	for (size_t i = 0; i < c->nr; i++)
		if (!strcasecmp(c->list[i].scheme, scheme))
			return &c->list[i];
	return NULL;
}

const char *challenge_param(const struct challenge *c, const char *name)
{
	for (size_t i = 0; i < c->nr_params; i++)
		if (!strcasecmp(c->params[i].name, name))
			return c->params[i].value;
	return NULL;
}
