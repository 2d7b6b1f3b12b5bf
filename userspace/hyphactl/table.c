// SPDX-License-Identifier: GPL-2.0-or-later
/* A grid of text cells. */
#include "hyphactl/table.h"

#include "util/cleanup.h"
#include "util/mem.h"

#include <stdbool.h>

size_t table_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void print_cell(FILE *out, const struct cell *c, size_t width)
{
	size_t pad = width ? width - table_width(c->text) + 2 : 0;

	if (c->colour)
		fprintf(out, "\033[%sm%s\033[0m", c->colour, c->text);
	else
		fputs(c->text, out);
	fprintf(out, "%*s", (int)pad, "");
}

void table_print(FILE *out, const struct cell *cells, size_t nr_rows, size_t nr_columns)
{
	auto_free size_t *width = mem_alloc(nr_columns * sizeof(*width));

	for (size_t i = 0; i < nr_rows * nr_columns; i++) {
		size_t w = table_width(cells[i].text);

		if (w > width[i % nr_columns])
			width[i % nr_columns] = w;
	}
	for (size_t i = 0; i < nr_rows * nr_columns; i++) {
		bool last = i % nr_columns == nr_columns - 1;

		print_cell(out, &cells[i], last ? 0 : width[i % nr_columns]);
		if (last)
			fputc('\n', out);
	}
}
