// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl pull, images and rmi: the images kept here. */
#include "hyphactl/command.h"
#include "hyphactl/output.h"
#include "hyphactl/quantity.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_ID 12

static struct {
	bool quiet, force;
	const char *output, *progress;
} o = { .output = "table", .progress = "auto" };

static const struct option_def pull_options[] = {
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "no progress", NULL },
	{ 0, "progress", OPT_TEXT, &o.progress, "FORMAT", "auto, plain, json or none (default auto)", PROGRESS_WORDS },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static const struct option_def images_options[] = {
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "only ids", NULL },
	{ 'o', "output", OPT_TEXT, &o.output, "FORMAT", "table, json, jsonl or csv", OUTPUT_WORDS },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static struct image_options where(enum image_pull pull)
{
	return (struct image_options) { .root = settings.root, .pull = pull, .quiet = o.quiet, .helper = settings.helper };
}

static int run_pull(int argc, char **argv)
{
	struct image_options opt = where(IMAGE_PULL_ALWAYS);
	int err = progress_parse(o.progress, &opt.progress);

	for (int i = 0; i < argc && !err; i++) {
		struct image img;

		err = image_prepare(&opt, argv[i], &img);
		if (err)
			return err;
		printf("%s\n", img.manifest_digest);
		image_clean(&img);
	}
	return err;
}

/* sha256:0123456789abcdef… → 0123456789ab */
static void cell_id(const json_t *row, struct buf *out)
{
	const char *id = view_text(row, "id"), *colon = strchr(id, ':');

	buf_addf(out, "%.*s", SHORT_ID, colon ? colon + 1 : id);
}

static void cell_tag(const json_t *row, struct buf *out)
{
	const char *tag = view_text(row, "tag");

	buf_adds(out, *tag ? tag : "<none>");
}

static void cell_created(const json_t *row, struct buf *out)
{
	uint64_t created, now = quantity_now();
	char text[QUANTITY_TEXT];

	if (quantity_parse_time(view_text(row, "created"), &created) || created > now)
		return;
	buf_addf(out, "%s ago", quantity_format_age(now - created, text));
}

static void cell_size(const json_t *row, struct buf *out)
{
	char text[QUANTITY_TEXT];

	buf_adds(out, quantity_format_size(view_number(row, "size"), text));
}

static const struct column columns[] = {
	{ "REPOSITORY", "repository", NULL, NULL },
	{ "TAG", "tag", cell_tag, NULL },
	{ "IMAGE ID", "id", cell_id, NULL },
	{ NULL, "digest", NULL, NULL },
	{ "CREATED", "created", cell_created, NULL },
	{ "SIZE", "size", cell_size, NULL },
	{ NULL, NULL, NULL, NULL },
};

static json_t *row_of(const struct image_entry *e)
{
	char created[QUANTITY_TEXT];

	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:I}", "schema", VIEW_SCHEMA, "repository", e->repository,
			 "tag", e->tag, "id", e->image_id, "digest", e->digest, "created",
			 e->created ? json_string(quantity_format_time(e->created * 1000000000, created)) : json_null(),
			 "size", (json_int_t)e->size);
}

static int run_images(int argc, char **argv)
{
	struct image_options opt = where(IMAGE_PULL_NEVER);
	struct image_entry *entries;
	enum output_format format;
	json_t *rows;
	size_t nr;
	int err = output_format(o.output, &format);

	(void)argc, (void)argv;
	if (!err)
		err = image_list(&opt, &entries, &nr);
	if (err)
		return err;
	rows = json_array();
	for (size_t i = 0; i < nr; i++) {
		json_array_append_new(rows, row_of(&entries[i]));
		if (o.quiet)
			printf("%s\n", entries[i].image_id);
	}
	if (!o.quiet)
		output_rows(stdout, format, columns, rows, output_coloured());
	json_decref(rows);
	image_list_free(entries, nr);
	return EXIT_SUCCESS;
}

static int run_rmi(int argc, char **argv)
{
	struct image_options opt = where(IMAGE_PULL_NEVER);
	int status = EXIT_SUCCESS;

	for (int i = 0; i < argc; i++) {
		if (image_remove(&opt, argv[i]))
			status = command_failed();
		else
			printf("%s\n", argv[i]);
	}
	return status;
}

const struct command cmd_pull = {
	.name = "pull", .args = "[OPTIONS] IMAGE…", .summary = "Fetch images and make them ready to launch; prints their digests.",
	.options = pull_options, .min_args = 1, .max_args = -1, .run = run_pull,
};

const struct command cmd_images = {
	.name = "images", .args = "[OPTIONS]", .summary = "List the images kept here.", .options = images_options,
	.run = run_images,
};

const struct command cmd_rmi = {
	.name = "rmi", .args = "IMAGE…", .summary = "Forget images, by reference or beginning of an id.", .min_args = 1,
	.max_args = -1, .run = run_rmi,
};
