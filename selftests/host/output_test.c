/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four output formats, and a guest as JSON. */
// links: userspace/hyphactl/output.c userspace/hyphactl/table.c userspace/hyphactl/view.c userspace/hyphactl/quantity.c userspace/libhypha/guest.c userspace/libhypha/guest_attrs.c userspace/libhypha/genl.c userspace/util/buf.c userspace/util/error.c userspace/util/hex.c userspace/util/mem.c
// libs: -ljansson -I/usr/include/libnl3 -lnl-genl-3 -lnl-3
#include "hyphactl/output.h"
#include "hyphactl/view.h"

#include "test.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>

static void cell_upper(const json_t *row, struct buf *out)
{
	buf_addf(out, "<%s>", view_text(row, "name"));
}

static const char *red(const json_t *row)
{
	return view_number(row, "n") > 1 ? "31" : NULL;
}

static const struct column columns[] = {
	{ "NAME", "name", NULL, NULL },
	{ "CELL", NULL, cell_upper, red },
	{ NULL, "deep.value", NULL, NULL },
	{ "N", "n", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static char *print(const json_t *rows, enum output_format format, bool coloured)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	output_rows(f, format, columns, rows, coloured);
	fclose(f);
	return text;
}

static void check_print(const json_t *rows, enum output_format format, bool coloured, const char *want, const char *what)
{
	char *got = print(rows, format, coloured);

	ok_str(got, want, "%s", what);
	free(got);
}

static void check_formats(void)
{
	json_t *rows = json_pack("[{s:s, s:i, s:{s:s}}, {s:s, s:i}]", "name", "a,\"b\"", "n", 1, "deep", "value", "x\ny",
				 "name", "bö\033[2J", "n", 22);
	json_t *none = json_array();

	check_print(rows, OUTPUT_TABLE, false, "NAME    CELL      N\na,\"b\"   <a,\"b\">   1\nbö?[2J  <bö?[2J>  22\n",
		    "table: aligned by characters, and nothing steers the terminal");
	check_print(none, OUTPUT_TABLE, false, "NAME  CELL  N\n", "an empty table has its headings");
	check_print(rows, OUTPUT_CSV, false, "name,deep.value,n\n\"a,\"\"b\"\"\",\"x\ny\",1\nbö\033[2J,,22\n", "csv");
	check_print(rows, OUTPUT_JSONL, false,
		    "{\"name\":\"a,\\\"b\\\"\",\"n\":1,\"deep\":{\"value\":\"x\\ny\"}}\n{\"name\":\"bö\\u001B[2J\",\"n\":22}\n", "jsonl");
	check_print(none, OUTPUT_JSON, false, "[]\n", "json of nothing is an array");
	json_decref(rows);
	rows = json_pack("[{s:s, s:i}]", "name", "a", "n", 2);
	check_print(rows, OUTPUT_TABLE, true, "NAME  CELL  N\na     \033[31m<a>\033[0m   2\n", "colours do not shift columns");
	json_decref(rows);
	json_decref(none);
}

static void check_format_names(void)
{
	enum output_format f;

	ok(!output_format("jsonl", &f) && f == OUTPUT_JSONL && !output_format("csv", &f) && f == OUTPUT_CSV, "formats by name");
	ok(output_format("xml", &f) == -EINVAL && strstr(err_text(), "xml"), "an unknown one is named");
}

static void check_status(void)
{
	ok_num(exit_status(EXIT_POWEROFF, 0), 0, "status: 0");
	ok_num(exit_status(EXIT_POWEROFF, 7), 7, "status: 7");
	ok_num(exit_status(EXIT_POWEROFF, 127), 127, "status: not found");
	ok_num(exit_status(EXIT_POWEROFF, 137), 137, "status: 128 + SIGKILL");
	ok_num(exit_status(EXIT_KILLED, 3), 3, "status: what was reported counts");
	ok_num(exit_status(EXIT_KILLED, -1), 137, "status: killed");
	ok_num(exit_status(EXIT_CRASH, -1), 125, "status: crashed");
	ok_num(exit_status(EXIT_REBOOT, -1), 125, "status: rebooted");
	ok_num(exit_status(EXIT_POWEROFF, -1), 125, "status: none reported");
	ok_num(exit_status(EXIT_VANISHED, -1), 125, "status: vanished");
}

static void check_view(void)
{
	struct guest g = {
		.id = 3, .domid = 5, .name = "web", .state = GUEST_EXITED, .exit_reason = EXIT_POWEROFF, .exit_code = 7,
		.created = 1000000000, .exited = 2000000000, .memory = 1 << 28, .vcpus = 2, .nr_disks = 1,
		.disks = { { .readonly = true, .size = 4096 } },
		.labels = "{\"name\":\"forged\",\"state\":\"running\",\"image\":{\"reference\":\"x\"},\"disks\":[\"/a\"]}",
	};
	json_t *v = view_from_guest(&g);

	ok_num(view_number(v, "schema"), 1, "view: schema");
	ok_str(view_text(v, "name"), "web", "view: labels do not replace what the kernel says");
	ok_str(view_text(v, "state"), "exited", "view: nor the state");
	ok_str(view_text(v, "image.reference"), "x", "view: but add to it");
	ok_str(view_text(json_array_get(view_at(v, "disks"), 0), "file"), "/a", "view: a disk has its file");
	ok_num(view_exit_status(v), 7, "view: exit status");
	ok_str(view_text(v, "created"), "1970-01-01T00:00:01.000000000Z", "view: times");
	ok_num(view_number(v, "image.nothing.at.all"), -1, "view: what is missing is -1");
	view_set_vanished(v);
	ok(!strcmp(view_text(v, "state"), "vanished") && view_exit_status(v) == 125, "view: vanished has no status of its own");
	json_decref(v);
	g.labels = "not json";
	v = view_from_guest(&g);
	ok_str(view_text(v, "name"), "web", "view: foreign labels do no harm");
	json_decref(v);
}

int main(void)
{
	check_formats();
	check_format_names();
	check_status();
	check_view();
	return done();
}
