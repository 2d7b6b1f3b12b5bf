/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of things on standard output: an array of JSON, streamed, or text. */
#ifndef HYPHA_PRESENT_SHEET_H
#define HYPHA_PRESENT_SHEET_H

#include "present/style.h"

#include <jansson.h>
#include <stdio.h>

struct sheet {
	FILE *out;
	const struct style *style;
	size_t nr;	/* things so far */
};

void sheet_begin(struct sheet *sheet, const struct style *style, FILE *out);
void sheet_end(struct sheet *sheet);
/* One thing, in the form that is wanted: takes the reference, or the text, whichever is given. */
void sheet_json(struct sheet *sheet, json_t *thing);
void sheet_text(struct sheet *sheet, struct buf *text);

#endif
