// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of JSON in four formats. */
#include "hyphactl/output.h"

#include "hyphactl/table.h"
#include "hyphactl/view.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int output_format(const char *name, enum output_format *format)
{
	static const char *const names[] = {
		[OUTPUT_TABLE] = "table", [OUTPUT_JSON] = "json", [OUTPUT_JSONL] = "jsonl", [OUTPUT_CSV] = "csv",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*format = i;
			return 0;
		}
	}
	return err_set(-EINVAL, "output format \"%s\" is unknown; there are table, json, jsonl and csv", name);
}

bool output_coloured(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

void output_safe(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_addc(out, (char)((unsigned char)*text < ' ' || *text == 127 ? '?' : *text));
}

static void add_value(const json_t *row, const char *path, struct buf *out)
{
	const json_t *v = view_at(row, path);
	auto_free char *text = NULL;

	if (json_is_string(v)) {
		buf_adds(out, json_string_value(v));
	} else if (v && !json_is_null(v)) {
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		buf_adds(out, text ? text : "");
	}
}

static struct cell make_cell(const struct column *c, const json_t *row, bool coloured)
{
	auto_buf raw = BUF_INIT;
	struct buf text = BUF_INIT;

	if (c->cell)
		c->cell(row, &raw);
	else
		add_value(row, c->path, &raw);
	output_safe(&text, buf_str(&raw));
	return (struct cell) { buf_take(&text), coloured && c->colour ? c->colour(row) : NULL };
}

static void print_table(FILE *out, const struct column *columns, const json_t *rows, bool coloured)
{
	struct cell *cells = NULL;
	size_t nr = 0, nr_columns = 0, i;
	json_t *row;

	for (const struct column *c = columns; c->title || c->path; c++)
		nr_columns += c->title != NULL;
	cells = mem_alloc(nr_columns * (json_array_size(rows) + 1) * sizeof(*cells));
	for (const struct column *c = columns; c->title || c->path; c++)
		if (c->title)
			cells[nr++] = (struct cell) { mem_strdup(c->title), NULL };
	json_array_foreach((json_t *)rows, i, row)
		for (const struct column *c = columns; c->title || c->path; c++)
			if (c->title)
				cells[nr++] = make_cell(c, row, coloured);
	table_print(out, cells, json_array_size(rows) + 1, nr_columns);
	while (nr--)
		free(cells[nr].text);
	free(cells);
}

/* RFC 4180, but lines end with \n. */
static void add_field(struct buf *line, const char *text)
{
	if (line->len)
		buf_addc(line, ',');
	if (!text[strcspn(text, ",\"\r\n")]) {
		buf_adds(line, text);
		return;
	}
	buf_addc(line, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(line, '"');
		buf_addc(line, *text);
	}
	buf_addc(line, '"');
}

/* The first column of a table with several must not be empty, or add_field() would lose its comma: uuid, repository. */
static void print_csv(FILE *out, const struct column *columns, const json_t *rows)
{
	auto_buf line = BUF_INIT;
	json_t *row;
	size_t i;

	for (const struct column *c = columns; c->title || c->path; c++)
		if (c->path)
			add_field(&line, c->path);
	fprintf(out, "%s\n", buf_str(&line));
	json_array_foreach((json_t *)rows, i, row) {
		buf_reset(&line);
		for (const struct column *c = columns; c->title || c->path; c++) {
			auto_buf text = BUF_INIT;

			if (!c->path)
				continue;
			add_value(row, c->path, &text);
			add_field(&line, buf_str(&text));
		}
		fprintf(out, "%s\n", buf_str(&line));
	}
}

static void print_lines(FILE *out, const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)rows, i, row) {
		json_dumpf(row, out, JSON_COMPACT);
		fputc('\n', out);
	}
}

void output_json(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_INDENT(2));
	fputc('\n', out);
}

void output_rows(FILE *out, enum output_format format, const struct column *columns, const json_t *rows, bool coloured)
{
	switch (format) {
	case OUTPUT_TABLE:
		print_table(out, columns, rows, coloured);
		break;
	case OUTPUT_JSON:
		output_json(out, rows);
		break;
	case OUTPUT_JSONL:
		print_lines(out, rows);
		break;
	case OUTPUT_CSV:
		print_csv(out, columns, rows);
		break;
	}
}
