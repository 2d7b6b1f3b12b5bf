// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl help and complete: what commands and options there are, for people and for the shell. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/net.h"
#include "hyphactl/settings.h"
#include "image/image.h"
#include "util/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void print_commands(void)
{
	printf("Usage: hyphactl COMMAND [OPTIONS] [ARGUMENTS]\n\nOCI containers as Xen PV guests.\n\nCommands:\n");
	for (const struct command *const *c = commands; *c; c++)
		if (!(*c)->hidden)
			printf("  %-9s %s\n", (*c)->name, (*c)->summary);
	printf("\nGUEST is a name, a uuid or the beginning of one. 'hyphactl COMMAND --help' tells more, hyphactl(8) all.\n");
}

static int run_help(int argc, char **argv)
{
	const struct command *c;

	if (!argc) {
		print_commands();
		return EXIT_SUCCESS;
	}
	c = command_find(argv[0]);
	if (c && argc > 1)
		c = command_find_sub(c, argv[1]);
	if (!c)
		return err_set(-ENOENT, "unknown command \"%s%s%s\"", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	command_print_help(c);
	return EXIT_SUCCESS;
}

static void complete_commands(void)
{
	for (const struct command *const *c = commands; *c; c++) {
		if ((*c)->hidden)
			continue;
		printf("%s\n", (*c)->name);
		if ((*c)->alias)
			printf("%s\n", (*c)->alias);
	}
}

static void complete_guests(void)
{
	struct known *all;
	size_t nr;

	if (known_all(&all, &nr))
		return;
	for (size_t i = 0; i < nr; i++)
		printf("%s\n%s\n", known_name(&all[i]), known_uuid(&all[i]));
	known_free(all, nr);
}

static void complete_images(void)
{
	struct image_options opt = { .root = settings.root, .pull = IMAGE_PULL_NEVER };
	struct image_entry *entries;
	size_t nr;

	if (image_list(&opt, &entries, &nr))
		return;
	for (size_t i = 0; i < nr; i++)
		printf("%s\n", entries[i].reference);
	image_list_free(entries, nr);
}

/* Prints what the value of an option may be: words, or @file, @guest; "" anything; nothing if it takes none. */
static void complete_option(const struct command *c, const char *option)
{
	for (const struct option_def *d = c->options; d && d->name; d++) {
		bool same = option[1] == '-' ? !strcmp(option + 2, d->name) : option[1] == d->letter && !option[2];

		if (same && d->kind != OPT_FLAG)
			printf("%s\n", d->words ? d->words : "");
	}
}

static void complete_subs(const struct command *c)
{
	for (const struct command *const *s = c->subs; *s; s++)
		printf("%s\n", (*s)->name + strlen(c->name) + 1);
}

/* "image ls" is one of image's. */
static const struct command *find_command(char *name)
{
	char *blank = strchr(name, ' ');
	const struct command *c;

	if (blank)
		*blank = '\0';
	c = command_find(name);
	return c && blank ? command_find_sub(c, blank + 1) : c;
}

/* complete commands | guests | images | image | options COMMAND | value COMMAND OPTION | net [OBJECT [VERB]] */
static int run_complete(int argc, char **argv)
{
	const struct command *c = argc > 1 && strcmp(argv[0], "net") ? find_command(argv[1]) : NULL;

	if (!strcmp(argv[0], "commands"))
		complete_commands();
	else if (!strcmp(argv[0], "guests"))
		complete_guests();
	else if (!strcmp(argv[0], "images"))
		complete_images();
	else if (!strcmp(argv[0], "image"))
		complete_subs(command_find("image"));
	else if (!strcmp(argv[0], "net"))
		net_complete(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL);
	else if (!strcmp(argv[0], "options") && c)
		options_words(c->options, stdout);
	else if (!strcmp(argv[0], "value") && c && argc > 2)
		complete_option(c, argv[2]);
	return EXIT_SUCCESS;
}

const struct command cmd_help = {
	.name = "help", .args = "[COMMAND]", .summary = "Tell about hyphactl or one of its commands.", .max_args = 2,
	.run = run_help,
};

const struct command cmd_complete = {
	.name = "complete", .args = "KIND [COMMAND [OPTION]]", .summary = "Words for the shell's completion.", .min_args = 1,
	.max_args = 3, .stop_at_first = true, .hidden = true, .run = run_complete,
};
