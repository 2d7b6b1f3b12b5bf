/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small strict JSON reader: text in, tree out, every bound checked. */
#ifndef INIT_JSON_H
#define INIT_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	char *key;		/* in an object */
	char *string;		/* UTF-8 without NUL bytes */
	long long number;	/* also 0 or 1 for a bool */
	struct json *child, *next;
};

/* Whole numbers only, nested at most 16 deep, no NUL in strings. Return: the tree, or NULL and where it went wrong in *at. */
struct json *json_parse(const char *text, size_t len, size_t *at);
void json_free(struct json *j);
/* The member @key of an object if it has @type, else NULL. */
const struct json *json_get(const struct json *object, const char *key, enum json_type type);

#endif
