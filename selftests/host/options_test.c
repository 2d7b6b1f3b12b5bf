/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options from a table: every way to write one, and every way to get one wrong. */
// links: userspace/hyphactl/options.c userspace/util/error.c userspace/util/strv.c userspace/util/mem.c
#include "hyphactl/options.h"

#include "test.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>

static struct {
	bool all, quiet;
	const char *memory;
	char **env;
} o;

static const struct option_def defs[] = {
	{ 'a', "all", OPT_FLAG, &o.all, NULL, "all", NULL },
	{ 'q', "quiet", OPT_FLAG, &o.quiet, NULL, "quiet", NULL },
	{ 'm', "memory", OPT_TEXT, &o.memory, "SIZE", "memory", NULL },
	{ 'e', "env", OPT_LIST, &o.env, "KEY=VALUE", "env", NULL },
	{ 0, NULL, OPT_FLAG, NULL, NULL, NULL, NULL },
};

static char *argv[16];

/* Words separated by blanks; "''" stands for an empty one. Return: as options_parse(). */
static int parse(const char *line, bool stop, bool *help)
{
	static char copy[256];
	int argc = 0;
	char *rest;

	strv_free(o.env);
	memset(&o, 0, sizeof(o));
	*help = false;
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *s = strtok_r(copy, " ", &rest); s; s = strtok_r(NULL, " ", &rest))
		argv[argc++] = strcmp(s, "''") ? s : s + 2;
	return options_parse(defs, argc, argv, stop, help);
}

static const struct {
	const char *line;
	bool stop;
	int positionals;	/* or -EINVAL */
	bool all, quiet, help;
	const char *memory, *first, *env;
} cases[] = {
	{ "", false, 0, 0, 0, 0, NULL, NULL, NULL },
	{ "-a -q x", false, 1, 1, 1, 0, NULL, "x", NULL },
	{ "-aq x y", false, 2, 1, 1, 0, NULL, "x", NULL },
	{ "x --all", false, 1, 1, 0, 0, NULL, "x", NULL },
	{ "x --all", true, 2, 0, 0, 0, NULL, "x", NULL },
	{ "-a x -q", true, 2, 1, 0, 0, NULL, "x", NULL },
	{ "-m 1G x", false, 1, 0, 0, 0, "1G", "x", NULL },
	{ "-m1G x", false, 1, 0, 0, 0, "1G", "x", NULL },
	{ "-m=1G", false, 0, 0, 0, 0, "1G", NULL, NULL },
	{ "--memory 1G", false, 0, 0, 0, 0, "1G", NULL, NULL },
	{ "--memory=1G", false, 0, 0, 0, 0, "1G", NULL, NULL },
	{ "--memory= x", false, 1, 0, 0, 0, "", "x", NULL },
	{ "-m 1 -m 2", false, 0, 0, 0, 0, "2", NULL, NULL },
	{ "-am2", false, 0, 1, 0, 0, "2", NULL, NULL },
	{ "-e A=1 --env B=2", false, 0, 0, 0, 0, NULL, NULL, "B=2" },
	{ "--all=false x", false, 1, 0, 0, 0, NULL, "x", NULL },
	{ "--all=true", false, 0, 1, 0, 0, NULL, NULL, NULL },
	{ "-- -a", false, 1, 0, 0, 0, NULL, "-a", NULL },
	{ "-", false, 1, 0, 0, 0, NULL, "-", NULL },
	{ "--help", false, 0, 0, 0, 1, NULL, NULL, NULL },
	{ "-h", false, 0, 0, 0, 1, NULL, NULL, NULL },
	{ "-m", false, -EINVAL, 0, 0, 0, NULL, NULL, NULL },
	{ "--memory", false, -EINVAL, 0, 0, 0, NULL, NULL, NULL },
	{ "--all=maybe", false, -EINVAL, 0, 0, 0, NULL, NULL, NULL },
	{ "--al", false, -EINVAL, 0, 0, 0, NULL, NULL, NULL },
	{ "-x", false, -EINVAL, 0, 0, 0, NULL, NULL, NULL },
	{ "-ax", false, -EINVAL, 1, 0, 0, NULL, NULL, NULL },
	{ "--", false, 0, 0, 0, 0, NULL, NULL, NULL },
};

static void check(size_t i)
{
	bool help;
	int n = parse(cases[i].line, cases[i].stop, &help);

	ok_num(n, cases[i].positionals, "\"%s\": positionals", cases[i].line);
	ok(o.all == cases[i].all && o.quiet == cases[i].quiet && help == cases[i].help, "\"%s\": flags", cases[i].line);
	ok_str(o.memory, cases[i].memory, "\"%s\": value", cases[i].line);
	if (cases[i].first)
		ok_str(argv[0], cases[i].first, "\"%s\": first positional", cases[i].line);
	if (cases[i].env)
		ok_str(o.env && o.env[0] ? o.env[1] : NULL, cases[i].env, "\"%s\": list", cases[i].line);
	if (n < 0)
		ok(*err_text() != '\0', "\"%s\": says why", cases[i].line);
}

int main(void)
{
	bool help;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i);
	parse("--frob", false, &help);
	ok_str(err_text(), "unknown option --frob", "an unknown option is named");
	parse("--memory", false, &help);
	ok_str(err_text(), "option --memory needs a value (SIZE)", "a missing value is named");
	strv_free(o.env);
	return done();
}
