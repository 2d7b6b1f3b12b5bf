// SPDX-License-Identifier: GPL-2.0-or-later
/* A list of things on standard output; however long, only one thing of it is in memory. */
#include "present/sheet.h"

void sheet_begin(struct sheet *sheet, const struct style *style, FILE *out)
{
	*sheet = (struct sheet) { .out = out, .style = style };
	if (style->json)
		fputc('[', out);
}

void sheet_end(struct sheet *sheet)
{
	if (sheet->style->json)
		fputs(sheet->style->pretty && sheet->nr ? "\n]\n" : "]\n", sheet->out);
}

void sheet_json(struct sheet *sheet, json_t *thing)
{
	bool pretty = sheet->style->pretty;

	if (sheet->nr++)
		fputc(',', sheet->out);
	if (pretty)
		fputc('\n', sheet->out);
	json_dumpf(thing, sheet->out, pretty ? JSON_INDENT(4) : JSON_COMPACT);
	json_decref(thing);
}

void sheet_text(struct sheet *sheet, struct buf *text)
{
	sheet->nr++;
	if (sheet->style->oneline)
		style_oneline(text);
	fputs(buf_str(text), sheet->out);
	buf_clean(text);
}
