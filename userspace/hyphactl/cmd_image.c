// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl image: the table of its commands; and tag, prune, inspect, history, df. */
#include "hyphactl/imagecmd.h"
#include "hyphactl/output.h"
#include "hyphactl/quantity.h"
#include "hyphactl/view.h"
#include "image/describe.h"
#include "image/garbage.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
	bool all;
	const char *output;
} o = { .output = "table" };

static const struct option_def output_options[] = {
	{ 'o', "output", OPT_TEXT, &o.output, "FORMAT", "table, json, jsonl or csv", OUTPUT_WORDS },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static const struct option_def prune_options[] = {
	{ 'a', "all", OPT_FLAG, &o.all, NULL, "all images no guest runs from, not only nameless ones", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

/* --- tag, prune --- */

static int run_tag(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);

	(void)argc;
	return image_tag(&opt, argv[0], argv[1]);
}

static int run_prune(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);
	auto_guests guests = { 0 };
	auto_strv removed = NULL;
	char text[QUANTITY_TEXT];
	uint64_t freed;
	int err = image_guests(&opt, &guests);

	(void)argc, (void)argv;
	if (err)
		return err;
	err = image_prune(&opt, o.all, &removed, &freed);
	for (char **name = removed; *name; name++)
		printf("%s\n", *name);
	if (!err)
		fprintf(stderr, "%s freed\n", quantity_format_size(freed, text));
	return err;
}

/* --- inspect, history, df --- */

static int run_inspect(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);
	json_t *all = json_array(), *view;
	int status = EXIT_SUCCESS;

	for (int i = 0; i < argc; i++) {
		if (image_inspect(&opt, argv[i], &view)) {
			status = command_failed();
			continue;
		}
		json_object_set_new(view, "schema", json_integer(VIEW_SCHEMA));
		json_array_append_new(all, view);
	}
	output_json(stdout, all);
	json_decref(all);
	return status;
}

static int print_rows(const struct column *columns, json_t *rows)
{
	enum output_format format;
	int err = output_format(o.output, &format);

	if (!err)
		output_rows(stdout, format, columns, rows, output_coloured());
	json_decref(rows);
	return err;
}

#define CREATED_BY_MAX 48	/* characters of a table's cell */

static void cell_created_by(const json_t *row, struct buf *out)
{
	const char *text = view_text(row, "createdBy");
	size_t len = strlen(text);

	for (; len > CREATED_BY_MAX || (text[len] & 0xc0) == 0x80; len--)
		;
	buf_add(out, text, len);
	if (text[len])
		buf_adds(out, "…");
}

static const struct column history_columns[] = {
	{ "IMAGE ID", "id", image_cell_id, NULL },
	{ "CREATED", "created", image_cell_created, NULL },
	{ "CREATED BY", "createdBy", cell_created_by, NULL },
	{ "SIZE", "size", image_cell_size, NULL },
	{ "COMMENT", "comment", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static int run_history(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);
	json_t *rows;
	int err = image_history(&opt, argv[0], &rows);

	(void)argc;
	return err ? err : print_rows(history_columns, rows);
}

static void cell_reclaimable(const json_t *row, struct buf *out)
{
	char text[QUANTITY_TEXT];

	buf_adds(out, quantity_format_size(view_number(row, "reclaimable"), text));
}

static const struct column df_columns[] = {
	{ "TYPE", "type", NULL, NULL },
	{ "FILES", "files", NULL, NULL },
	{ "SIZE", "size", image_cell_size, NULL },
	{ "RECLAIMABLE", "reclaimable", cell_reclaimable, NULL },
	{ NULL, NULL, NULL, NULL },
};

static int run_df(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);
	struct garbage_sum sums[GARBAGE_SUMS];
	auto_guests guests = { 0 };
	json_t *rows;
	int err = image_guests(&opt, &guests);

	(void)argc, (void)argv;
	if (!err)
		err = garbage_count(&opt, sums);
	if (err)
		return err;
	rows = json_array();
	for (size_t i = 0; i < GARBAGE_SUMS; i++)
		json_array_append_new(rows, json_pack("{s:s, s:I, s:I, s:I}", "type", sums[i].what, "files", (json_int_t)sums[i].files,
						      "size", (json_int_t)sums[i].bytes, "reclaimable", (json_int_t)sums[i].free_bytes));
	return print_rows(df_columns, rows);
}

/* --- the table --- */

#define ENTRY(name) &cmd_image_##name,
extern const struct command cmd_image;
static const struct command *const subs[] = { IMAGE_COMMANDS(ENTRY) NULL };

static int run(int argc, char **argv)
{
	if (argc)
		return err_set(-EINVAL, "unknown command \"image %s\"; 'hyphactl image' lists them", argv[0]);
	command_print_help(&cmd_image);
	return EXIT_SUCCESS;
}

const struct command cmd_image = {
	.name = "image", .args = "COMMAND [OPTIONS] [ARGUMENTS]", .summary = "Look after the images kept here.", .max_args = -1,
	.subs = subs, .run = run,
};

const struct command cmd_image_tag = {
	.name = "image tag", .args = "IMAGE NAME", .summary = "Give an image one more name.", .min_args = 2, .max_args = 2,
	.run = run_tag,
};

const struct command cmd_image_prune = {
	.name = "image prune", .args = "[OPTIONS]", .summary = "Remove images without a name, and what no image needs.",
	.options = prune_options, .run = run_prune,
};

const struct command cmd_image_inspect = {
	.name = "image inspect", .args = "IMAGE…", .summary = "Print all that is known of images as a JSON array (schema 1).",
	.min_args = 1, .max_args = -1, .run = run_inspect,
};

const struct command cmd_image_history = {
	.name = "image history", .args = "[OPTIONS] IMAGE", .summary = "Show how an image came about, the newest step first.",
	.options = output_options, .min_args = 1, .max_args = 1, .run = run_history,
};

const struct command cmd_image_df = {
	.name = "image df", .args = "[OPTIONS]", .summary = "Show what room the images take, and what of it prune would free.",
	.options = output_options, .run = run_df,
};
