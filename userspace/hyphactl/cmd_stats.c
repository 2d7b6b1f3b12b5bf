// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl stats: what living guests use, now and as it goes on. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/output.h"
#include "hyphactl/quantity.h"
#include "hyphactl/sample.h"
#include "hyphactl/view.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	bool no_stream;
	const char *output, *interval;
} o = { .output = "table", .interval = "1" };

static const struct option_def options[] = {
	{ 0, "no-stream", OPT_FLAG, &o.no_stream, NULL, "look once, over one interval", NULL },
	{ 'i', "interval", OPT_TEXT, &o.interval, "SECONDS", "between two looks; default 1", NULL },
	{ 'o', "output", OPT_TEXT, &o.output, "FORMAT", "table, json, jsonl or csv", OUTPUT_WORDS },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static void cell_cpu(const json_t *row, struct buf *out)
{
	buf_addf(out, "%.1f%%", json_real_value(view_at(row, "cpuPercent")));
}

static void add_size(const json_t *row, const char *path, struct buf *out)
{
	char text[QUANTITY_TEXT];

	buf_adds(out, view_number(row, path) < 0 ? "-" : quantity_format_size(view_number(row, path), text));
}

static void cell_memory(const json_t *row, struct buf *out)
{
	add_size(row, "memory", out);
	buf_adds(out, " / ");
	add_size(row, "memoryMax", out);
}

static void cell_net(const json_t *row, struct buf *out)
{
	add_size(row, "netRxBytes", out);
	buf_adds(out, " / ");
	add_size(row, "netTxBytes", out);
}

static void cell_block(const json_t *row, struct buf *out)
{
	add_size(row, "blockReadBytes", out);
	buf_adds(out, " / ");
	add_size(row, "blockWriteBytes", out);
}

static const struct column columns[] = {
	{ "NAME", "name", NULL, NULL },
	{ NULL, "uuid", NULL, NULL },
	{ "CPU %", "cpuPercent", cell_cpu, NULL },
	{ NULL, "cpuTimeNs", NULL, NULL },
	{ "MEM / MAX", "memory", cell_memory, NULL },
	{ NULL, "memoryMax", NULL, NULL },
	{ "NET RX / TX", "netRxBytes", cell_net, NULL },
	{ NULL, "netTxBytes", NULL, NULL },
	{ NULL, "netRxPackets", NULL, NULL },
	{ NULL, "netTxPackets", NULL, NULL },
	{ NULL, "netDrops", NULL, NULL },
	{ "BLOCK RD / WR", "blockReadBytes", cell_block, NULL },
	{ NULL, "blockWriteBytes", NULL, NULL },
	{ "FLOWS", "flows", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static void print(const json_t *rows, enum output_format format, bool again)
{
	if (format == OUTPUT_TABLE && isatty(STDOUT_FILENO) && !o.no_stream)
		fputs("\033[H\033[J", stdout);	/* from the upper left corner, all of it */
	else if (format == OUTPUT_TABLE && again)
		putchar('\n');
	output_rows(stdout, format, columns, rows, output_coloured());
	fflush(stdout);
}

static int parse_interval(uint64_t *ns)
{
	char *end;
	double seconds = strtod(o.interval, &end);

	if (end == o.interval || *end || !(seconds >= 0.05 && seconds <= 86400))
		return err_set(-EINVAL, "--interval: \"%s\" is not a number of seconds from 0.05 to 86400", o.interval);
	*ns = seconds * 1e9;
	return 0;
}

/* Named guests, or all (none named). */
struct wanted {
	uint32_t *ids;
	size_t nr;
};

static int find_wanted(struct wanted *w, int argc, char **argv)
{
	w->ids = calloc(argc + 1, sizeof(*w->ids));
	for (int i = 0; w->ids && i < argc; i++) {
		auto_known k = { 0 };
		int err = known_find_living(argv[i], &k);

		if (err)
			return err;
		w->ids[w->nr++] = k.id;
	}
	return w->ids ? 0 : -ENOMEM;
}

static void pause_ns(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&t, NULL);
}

/* Ends by itself only when named guests have all gone, or nobody reads. */
static int stream(const struct wanted *w, uint64_t interval, enum output_format format)
{
	struct samples before = { 0 }, now;
	int err = samples_take(&before, w->ids, w->nr);

	for (bool again = false; !err; again = true) {
		json_t *rows;

		pause_ns(interval);
		err = samples_take(&now, w->ids, w->nr);
		if (err)
			break;
		rows = samples_compare(&before, &now);
		print(rows, format, again);
		json_decref(rows);
		samples_clean(&before);
		before = now;
		if (o.no_stream || ferror(stdout) || (w->nr && !now.nr))
			break;
	}
	samples_clean(&before);
	return err;
}

static int run(int argc, char **argv)
{
	enum output_format format;
	struct wanted w = { NULL, 0 };
	uint64_t interval = 0;
	int err = output_format(o.output, &format);

	if (!err)
		err = parse_interval(&interval);
	if (!err)
		err = find_wanted(&w, argc, argv);
	if (!err)
		err = stream(&w, interval, format);
	free(w.ids);
	return err;
}

const struct command cmd_stats = {
	.name = "stats", .args = "[OPTIONS] [GUEST...]", .summary = "Show what living guests use, live.", .options = options,
	.max_args = -1, .run = run,
};
