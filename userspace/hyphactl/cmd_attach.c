// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl attach: our terminal on a guest's console. */
#include "hyphactl/attach.h"
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "util/cleanup.h"
#include "util/hex.h"

#include <stdlib.h>

static struct {
	bool no_stdin, no_replay;
	const char *detach_keys;
} o;

static const struct option_def options[] = {
	{ 0, "detach-keys", OPT_TEXT, &o.detach_keys, "KEYS", "default ctrl-]; none for none", NULL },
	{ 0, "no-stdin", OPT_FLAG, &o.no_stdin, NULL, "only look", NULL },
	{ 0, "no-replay", OPT_FLAG, &o.no_replay, NULL, "do not begin with the log so far", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static bool is_true(const struct known *k, const char *path)
{
	return json_is_true(view_at(k->view, path));
}

static int attach_to(struct attach *a, const struct known *k)
{
	uint8_t uuid[16];
	int n;

	if (a->input && a->keys.len && isatty(STDIN_FILENO)) {
		auto_buf keys = BUF_INIT;

		keys_describe(&a->keys, &keys);
		fprintf(stderr, "hyphactl: attached to %s; %s detaches\n", a->name, buf_str(&keys));
	}
	uuid_parse(known_uuid(k), uuid);
	n = watch_set(a->watch, k->id, uuid);
	if (!n)
		n = attach_run(a);
	if (n < 0)
		return n;
	return n ? attach_status(a->watch, a->name) : EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	auto_known k = { 0 };
	auto_watch w = { .src = NULL };
	auto_close int dev = device_open();
	struct attach a = { .dev = dev, .watch = &w, .replay = !o.no_replay };
	json_int_t grace;
	int err = keys_parse(o.detach_keys ? o.detach_keys : settings.detach_keys, &a.keys);

	(void)argc;
	if (!err)
		err = dev < 0 ? dev : watch_open(&w);
	if (!err)
		err = known_find_living(argv[0], &k);
	if (err)
		return err;
	grace = view_number(k.view, "stop.grace");
	a.name = known_name(&k);
	a.terminal = is_true(&k, "process.terminal");
	a.input = !o.no_stdin && is_true(&k, "process.stdin");
	a.eager = *view_text(k.view, "initrd");
	a.grace = grace < 0 ? 10 : grace;
	return attach_to(&a, &k);
}

const struct command cmd_attach = {
	.name = "attach", .alias = "console", .args = "[OPTIONS] GUEST",
	.summary = "Stay on a guest's console until it exits (and exit as it did) or the detach keys are typed.",
	.options = options, .min_args = 1, .max_args = 1, .run = run,
};
