// SPDX-License-Identifier: GPL-2.0-or-later
/* RFC 8259 by recursive descent, as much of it as config.json needs. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

struct cursor {
	const char *start, *p, *end;
	int depth;
};

static struct json *value(struct cursor *c);

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && memchr(" \t\r\n", *c->p, 4))
		c->p++;
}

static bool accept(struct cursor *c, char want)
{
	skip_space(c);
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

static bool literal(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n))
		return false;
	c->p += n;
	return true;
}

static int hex4(struct cursor *c)
{
	int v = 0;

	if (c->end - c->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *d = memchr(digits, c->p[i] | (c->p[i] >= 'A' ? 0x20 : 0), 16);

		if (!d)
			return -1;
		v = v << 4 | (int)(d - digits);
	}
	c->p += 4;
	return v;
}

/* \uXXXX, or two of them for what is beyond the first plane. Return: the code point, or -1. */
static long code_point(struct cursor *c)
{
	long high = hex4(c), low;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || !literal(c, "\\u"))
		return -1;
	low = hex4(c);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *to, long cp)
{
	int more = cp < 0x80 ? 0 : cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };

	*to++ = (char)(lead[more] | (cp >> (6 * more)));
	for (int i = more - 1; i >= 0; i--)
		*to++ = (char)(0x80 | ((cp >> (6 * i)) & 0x3f));
	return to;
}

/* After a backslash. Return: the next place to write to, or NULL. */
static char *escape(struct cursor *c, char *to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char *e;
	long cp;

	if (c->p == c->end)
		return NULL;
	if (*c->p == 'u') {
		c->p++;
		cp = code_point(c);
		return cp > 0 ? put_utf8(to, cp) : NULL;
	}
	e = memchr(from, *c->p, sizeof(from) - 1);
	if (!e)
		return NULL;
	c->p++;
	*to++ = is[e - from];
	return to;
}

/* The text never grows by unescaping, so one buffer of the rest's length up to the quote is enough. */
static char *string(struct cursor *c)
{
	const char *quote = c->p;
	char *s, *to;

	while (quote < c->end && *quote != '"')
		quote += *quote == '\\' ? 2 : 1;
	if (quote >= c->end)
		return NULL;
	s = to = malloc(quote - c->p + 1);
	while (s && c->p < quote) {
		if ((unsigned char)*c->p < 0x20)
			break;
		if (*c->p != '\\') {
			*to++ = *c->p++;
			continue;
		}
		c->p++;
		to = escape(c, to);
		if (!to)
			break;
	}
	if (!s || !to || c->p != quote) {
		free(s);
		return NULL;
	}
	c->p++;
	*to = '\0';
	return s;
}

static bool number(struct cursor *c, long long *out)
{
	bool negative = literal(c, "-");
	const char *first = c->p;
	long long v = 0;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
		if (v > 100000000000000000LL)
			return false;
		v = v * 10 + (*c->p++ - '0');
	}
	if (c->p == first || (*first == '0' && c->p - first > 1))
		return false;
	if (c->p < c->end && memchr(".eE", *c->p, 3))
		return false;
	*out = negative ? -v : v;
	return true;
}

/* The members of an array or object, up to @close. */
static bool members(struct cursor *c, struct json *j, char close)
{
	struct json **tail = &j->child;

	if (accept(c, close))
		return true;
	do {
		char *key = NULL;

		if (close == '}') {
			key = accept(c, '"') ? string(c) : NULL;
			if (!key || !accept(c, ':')) {
				free(key);
				return false;
			}
		}
		*tail = value(c);
		if (!*tail) {
			free(key);
			return false;
		}
		(*tail)->key = key;
		tail = &(*tail)->next;
	} while (accept(c, ','));
	return accept(c, close);
}

static bool fill_value(struct cursor *c, struct json *j)
{
	switch (*c->p) {
	case '{':
	case '[':
		j->type = *c->p == '{' ? JSON_OBJECT : JSON_ARRAY;
		return members(c, j, *c->p++ == '{' ? '}' : ']');
	case '"':
		c->p++;
		j->type = JSON_STRING;
		j->string = string(c);
		return j->string;
	case 't':
		j->type = JSON_BOOL;
		j->number = 1;
		return literal(c, "true");
	case 'f':
		j->type = JSON_BOOL;
		return literal(c, "false");
	case 'n':
		return literal(c, "null");
	default:
		j->type = JSON_NUMBER;
		return number(c, &j->number);
	}
}

static struct json *value(struct cursor *c)
{
	struct json *j;
	bool good;

	skip_space(c);
	if (c->p == c->end || c->depth == DEPTH_MAX)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	c->depth++;
	good = fill_value(c, j);
	c->depth--;
	if (good)
		return j;
	json_free(j);
	return NULL;
}

struct json *json_parse(const char *text, size_t len, size_t *at)
{
	struct cursor c = { text, text, text + len, 0 };
	struct json *j = value(&c);

	skip_space(&c);
	*at = c.p - c.start;
	if (!j || c.p == c.end)
		return j;
	json_free(j);
	return NULL;
}

void json_free(struct json *j)
{
	while (j) {
		struct json *next = j->next;

		json_free(j->child);
		free(j->key);
		free(j->string);
		free(j);
		j = next;
	}
}

const struct json *json_get(const struct json *object, const char *key, enum json_type type)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *j = object->child; j; j = j->next)
		if (!strcmp(j->key, key))
			return j->type == type ? j : NULL;
	return NULL;
}
