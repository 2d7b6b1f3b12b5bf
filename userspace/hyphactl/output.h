/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of JSON as table, json, jsonl or csv on standard output. */
#ifndef HYPHACTL_OUTPUT_H
#define HYPHACTL_OUTPUT_H

#include "util/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV };
#define OUTPUT_WORDS "table json jsonl csv"

struct column {
	const char *title;	/* of the table; NULL: only in csv */
	const char *path;	/* csv: heading and value, e.g. "image.reference"; NULL: only in the table */
	void (*cell)(const json_t *row, struct buf *out);	/* table text; NULL: the value at @path */
	const char *(*colour)(const json_t *row);		/* SGR parameters, e.g. "32"; NULL: none */
};

/* 0 or -EINVAL with err_text(). */
int output_format(const char *name, enum output_format *format);
/* True if standard output is a terminal and NO_COLOR is not set. */
bool output_coloured(void);
/* @columns ends with an empty one. @rows is an array. */
void output_rows(FILE *out, enum output_format format, const struct column *columns, const json_t *rows, bool coloured);
void output_json(FILE *out, const json_t *value);
/* Text from outside, with control characters made visible, so that it cannot steer the terminal. */
void output_safe(struct buf *out, const char *text);

#endif
