// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl list: what guests there are. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/output.h"
#include "hyphactl/quantity.h"
#include "hyphactl/view.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_ID 12
#define COMMAND_WIDTH 32

static struct {
	bool all, quiet;
	const char *output;
} o = { .output = "table" };

static const struct option_def options[] = {
	{ 'a', "all", OPT_FLAG, &o.all, NULL, "also those that have exited or vanished", NULL },
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "only uuids", NULL },
	{ 'o', "output", OPT_TEXT, &o.output, "FORMAT", "table, json, jsonl or csv", OUTPUT_WORDS },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static void cell_id(const json_t *row, struct buf *out)
{
	buf_addf(out, "%.*s", SHORT_ID, view_text(row, "uuid"));
}

static void cell_command(const json_t *row, struct buf *out)
{
	const json_t *args = view_at(row, "process.args"), *arg;
	size_t i;

	json_array_foreach((json_t *)args, i, arg)
		buf_addf(out, "%s%s", i ? " " : "", json_is_string(arg) ? json_string_value(arg) : "?");
	if (out->len <= COMMAND_WIDTH)
		return;
	out->len = COMMAND_WIDTH - 1;
	while (out->len && (out->data[out->len] & 0xc0) == 0x80)	/* not inside a character */
		out->len--;
	buf_adds(out, "…");
}

static void cell_state(const json_t *row, struct buf *out)
{
	const char *state = view_text(row, "state");

	buf_adds(out, state);
	if (strcmp(state, guest_state_name(GUEST_EXITED)))
		return;
	if (view_number(row, "exitCode") >= 0)
		buf_addf(out, " (%d)", (int)view_number(row, "exitCode"));
	else
		buf_addf(out, " (%s)", view_text(row, "exitReason"));
}

static void cell_memory(const json_t *row, struct buf *out)
{
	char text[QUANTITY_TEXT];

	if (view_number(row, "memory") > 0)
		buf_adds(out, quantity_format_size(view_number(row, "memory"), text));
}

static void cell_created(const json_t *row, struct buf *out)
{
	uint64_t created, now = quantity_now();
	char text[QUANTITY_TEXT];

	if (quantity_parse_time(view_text(row, "created"), &created))
		return;
	buf_addf(out, "%s ago", quantity_format_age(now > created ? now - created : 0, text));
}

static const char *state_colour(const json_t *row)
{
	static const struct { enum guest_state state; const char *colour; } colours[] = {
		{ GUEST_CREATED, "36" }, { GUEST_RUNNING, "32" }, { GUEST_PAUSED, "33" }, { GUEST_EXITED, "2" },
		{ GUEST_VANISHED, "31" },
	};
	const char *state = view_text(row, "state");

	if (!strcmp(state, guest_state_name(GUEST_EXITED)) && view_exit_status(row))
		return "31";
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (!strcmp(state, guest_state_name(colours[i].state)))
			return colours[i].colour;
	return NULL;
}

static const struct column columns[] = {
	{ "ID", "uuid", cell_id, NULL },
	{ "NAME", "name", NULL, NULL },
	{ "IMAGE", "image.reference", NULL, NULL },
	{ "COMMAND", NULL, cell_command, NULL },
	{ "STATE", "state", cell_state, state_colour },
	{ NULL, "exitCode", NULL, NULL },
	{ NULL, "exitReason", NULL, NULL },
	{ "MEMORY", "memory", cell_memory, NULL },
	{ "CPUS", "vcpus", NULL, NULL },
	{ "IP", "network.ip4", NULL, NULL },
	{ NULL, "network.ip6", NULL, NULL },
	{ "CREATED", "created", cell_created, NULL },
	{ NULL, "exited", NULL, NULL },
	{ NULL, "domid", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static void print(const json_t *rows, enum output_format format)
{
	const json_t *row;
	size_t i;

	if (!o.quiet) {
		output_rows(stdout, format, columns, rows, output_coloured());
		return;
	}
	json_array_foreach((json_t *)rows, i, row)
		printf("%s\n", view_text(row, "uuid"));
}

static int run(int argc, char **argv)
{
	enum output_format format;
	struct known *all;
	json_t *rows;
	size_t nr;
	int err = output_format(o.output, &format);

	(void)argc, (void)argv;
	if (!err)
		err = known_all(&all, &nr);
	if (err)
		return err;
	rows = json_array();
	for (size_t i = 0; i < nr; i++)
		if (o.all || all[i].living)
			json_array_append(rows, all[i].view);
	print(rows, format);
	json_decref(rows);
	known_free(all, nr);
	return EXIT_SUCCESS;
}

const struct command cmd_list = {
	.name = "list", .alias = "ps", .args = "[OPTIONS]", .summary = "List guests: the living ones, or with -a all.",
	.options = options, .run = run,
};
