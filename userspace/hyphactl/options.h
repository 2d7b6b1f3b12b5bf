/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options from a table: parsing, --help and completion come from the same rows. */
#ifndef HYPHACTL_OPTIONS_H
#define HYPHACTL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

enum option_kind {
	OPT_FLAG,	/* bool *: set to true */
	OPT_TEXT,	/* const char **: the last one wins */
	OPT_LIST,	/* char ***: appended, see strv.h */
};

struct option_def {
	char letter;		/* 0: none */
	const char *name;
	enum option_kind kind;
	void *to;
	const char *arg;	/* how --help calls the value; NULL for a flag */
	const char *help;
	const char *words;	/* completion: "always missing never", "@file", "@guest"; may be NULL */
};

/**
 * options_parse() - fill what the table points to
 * @argv: options and positionals; reordered so that positionals come first
 * @stop_at_first: everything after the first positional is positional
 * @help: set if --help or -h was given
 * Return: number of positionals, or -EINVAL with err_text().
 */
int options_parse(const struct option_def *defs, int argc, char **argv, bool stop_at_first, bool *help);
void options_help(const struct option_def *defs, FILE *out);
/* "--all -a …" on one line, for completion. */
void options_words(const struct option_def *defs, FILE *out);

#endif
