// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl pull, images and rmi, which are also image pull, ls and rm: the images kept here. */
#include "hyphactl/imagecmd.h"
#include "hyphactl/output.h"
#include "hyphactl/quantity.h"
#include "hyphactl/view.h"

#include <stdlib.h>
#include <string.h>

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

static const struct option_def rmi_options[] = {
	{ 'f', "force", OPT_FLAG, &o.force, NULL, "also what a guest runs from", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static int run_pull(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_ALWAYS, o.quiet);
	int err = o.quiet ? 0 : progress_parse(o.progress, &opt.progress);

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

static void cell_tag(const json_t *row, struct buf *out)
{
	const char *tag = view_text(row, "tag");

	buf_adds(out, *tag ? tag : "<none>");
}

static const struct column columns[] = {
	{ "REPOSITORY", "repository", NULL, NULL },
	{ "TAG", "tag", cell_tag, NULL },
	{ "IMAGE ID", "id", image_cell_id, NULL },
	{ NULL, "digest", NULL, NULL },
	{ "CREATED", "created", image_cell_created, NULL },
	{ "SIZE", "size", image_cell_size, NULL },
	{ NULL, NULL, NULL, NULL },
};

static json_t *row_of(const struct image_entry *e)
{
	char created[QUANTITY_TEXT];

	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:I}", "schema", VIEW_SCHEMA, "repository", *e->repository ? e->repository : "<none>",
			 "tag", e->tag, "id", e->image_id, "digest", e->digest, "created",
			 e->created ? json_string(quantity_format_time(e->created * 1000000000, created)) : json_null(),
			 "size", (json_int_t)e->size);
}

static int run_images(int argc, char **argv)
{
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);
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
	struct image_options opt = image_where(IMAGE_PULL_NEVER, true);
	auto_guests guests = { 0 };
	int status = EXIT_SUCCESS, err = image_guests(&opt, &guests);

	opt.force = o.force;
	for (int i = 0; !err && i < argc; i++) {
		if (image_remove(&opt, argv[i]))
			status = command_failed();
		else
			printf("%s\n", argv[i]);
	}
	return err ? err : status;
}

#define PULL(called) { \
	.name = (called), .args = "[OPTIONS] IMAGE…", .summary = "Fetch images and make them ready to launch; prints their digests.", \
	.options = pull_options, .min_args = 1, .max_args = -1, .run = run_pull, \
}

#define LIST(called) { \
	.name = (called), .args = "[OPTIONS]", .summary = "List the images kept here.", .options = images_options, .run = run_images, \
}

#define REMOVE(called) { \
	.name = (called), .args = "[OPTIONS] IMAGE…", .summary = "Forget images, by reference or beginning of an id.", \
	.options = rmi_options, .min_args = 1, .max_args = -1, .run = run_rmi, \
}

const struct command cmd_pull = PULL("pull"), cmd_image_pull = PULL("image pull");
const struct command cmd_images = LIST("images"), cmd_image_ls = LIST("image ls");
const struct command cmd_rmi = REMOVE("rmi"), cmd_image_rm = REMOVE("image rm");
