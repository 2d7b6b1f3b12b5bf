/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command of hyphactl: one per cmd_*.c, all in the table of main.c. */
#ifndef HYPHACTL_COMMAND_H
#define HYPHACTL_COMMAND_H

#include "hyphactl/options.h"

enum { EXIT_HYPHA_FAILED = 125, EXIT_CANNOT_INVOKE = 126, EXIT_NOT_FOUND = 127 };

struct command {
	const char *name, *alias;	/* alias may be NULL */
	const char *args;		/* as shown in the usage line */
	const char *summary;
	const struct option_def *options;	/* ends with an empty one; may be NULL */
	int min_args, max_args;		/* positional; max -1: any number */
	bool stop_at_first;		/* options end at the first positional */
	bool hidden;
	const struct command *const *subs;	/* commands of its own, named "image ls"; ends with NULL; may be NULL */
	bool raw;			/* takes its words as they are, options among them */
	/* @argv: positionals, NULL-terminated. Return: exit status, or -errno with err_text() set. */
	int (*run)(int argc, char **argv);
};

extern const struct command *const commands[];	/* ends with NULL */
const struct command *command_find(const char *name);
/* "ls" of "image", or NULL. */
const struct command *command_find_sub(const struct command *c, const char *name);
/* The name the user typed, e.g. "rm" where the command is "destroy". */
extern const char *command_typed;
void command_print_help(const struct command *c);

/* What happens to the text of a failure where a command goes on with its next argument. Return: EXIT_HYPHA_FAILED. */
int command_failed(void);

#endif
