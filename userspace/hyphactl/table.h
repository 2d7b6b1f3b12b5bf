/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grid of text cells, aligned by what the terminal shows. */
#ifndef HYPHACTL_TABLE_H
#define HYPHACTL_TABLE_H

#include <stddef.h>
#include <stdio.h>

struct cell {
	char *text;
	const char *colour;	/* SGR parameters or NULL */
};

/* @cells: @nr_rows rows of @nr_columns; two blanks between columns, none after the last. */
void table_print(FILE *out, const struct cell *cells, size_t nr_rows, size_t nr_columns);
/* Columns @text takes: UTF-8 characters, each counted as one. */
size_t table_width(const char *text);

#endif
