// SPDX-License-Identifier: GPL-2.0-or-later
/* Options from a table. */
#include "hyphactl/options.h"

#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <string.h>

struct parser {
	const struct option_def *defs;
	int argc, at;
	char **argv;
	bool *help;
};

static const struct option_def help_def = { 'h', "help", OPT_FLAG, NULL, NULL, "show this help", NULL };

static const struct option_def *by_name(const struct option_def *d, const char *name, size_t len)
{
	if (len == 4 && !strncmp(name, "help", 4))
		return &help_def;
	for (; d && d->name; d++)
		if (strlen(d->name) == len && !strncmp(d->name, name, len))
			return d;
	return NULL;
}

/* A command may use -h for itself. */
static const struct option_def *by_letter(const struct option_def *d, char letter)
{
	for (; d && d->name; d++)
		if (d->letter == letter)
			return d;
	return letter == 'h' ? &help_def : NULL;
}

static void store(struct parser *p, const struct option_def *d, char *value)
{
	if (d == &help_def)
		*p->help = true;
	else if (d->kind == OPT_FLAG)
		*(bool *)d->to = true;
	else if (d->kind == OPT_TEXT)
		*(const char **)d->to = value;
	else
		strv_add(d->to, value);
}

static int next_value(struct parser *p, const struct option_def *d, char **value)
{
	if (p->at + 1 >= p->argc)
		return err_set(-EINVAL, "option --%s needs a value (%s)", d->name, d->arg);
	*value = p->argv[++p->at];
	return 0;
}

static int set_flag(const struct option_def *d, struct parser *p, const char *value)
{
	if (d != &help_def && !strcmp(value, "false")) {
		*(bool *)d->to = false;
		return 0;
	}
	if (strcmp(value, "true"))
		return err_set(-EINVAL, "option --%s takes no value but true or false, not \"%s\"", d->name, value);
	store(p, d, NULL);
	return 0;
}

static int parse_long(struct parser *p, char *arg)
{
	char *equals = strchr(arg, '='), *value = equals ? equals + 1 : NULL;
	const struct option_def *d = by_name(p->defs, arg, equals ? (size_t)(equals - arg) : strlen(arg));
	int err;

	if (!d)
		return err_set(-EINVAL, "unknown option --%s", arg);
	if (d->kind == OPT_FLAG && value)
		return set_flag(d, p, value);
	if (d->kind != OPT_FLAG && !value) {
		err = next_value(p, d, &value);
		if (err)
			return err;
	}
	store(p, d, value);
	return 0;
}

/* -it, -m512, -m 512 */
static int parse_letters(struct parser *p, char *arg)
{
	for (; *arg; arg++) {
		const struct option_def *d = by_letter(p->defs, *arg);
		char *value = arg + 1;
		int err;

		if (!d)
			return err_set(-EINVAL, "unknown option -%c", *arg);
		if (d->kind == OPT_FLAG) {
			store(p, d, NULL);
			continue;
		}
		if (!*value) {
			err = next_value(p, d, &value);
			if (err)
				return err;
		} else if (*value == '=') {
			value++;
		}
		store(p, d, value);
		return 0;
	}
	return 0;
}

static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1];
}

int options_parse(const struct option_def *defs, int argc, char **argv, bool stop_at_first, bool *help)
{
	struct parser p = { .defs = defs, .argc = argc, .argv = argv, .help = help };
	bool only_positional = false;
	int n = 0;

	for (; p.at < argc; p.at++) {
		char *arg = argv[p.at];
		int err = 0;

		if (only_positional || !is_option(arg)) {
			argv[n++] = arg;
			only_positional |= stop_at_first;
		} else if (!strcmp(arg, "--")) {
			only_positional = true;
		} else {
			err = arg[1] == '-' ? parse_long(&p, arg + 2) : parse_letters(&p, arg + 1);
		}
		if (err)
			return err;
	}
	return n;
}

static void help_row(const struct option_def *d, FILE *out)
{
	char left[64];

	snprintf(left, sizeof(left), "%c%c%c --%s%s%s", d->letter ? '-' : ' ', d->letter ? d->letter : ' ',
		 d->letter ? ',' : ' ', d->name, d->arg ? " " : "", d->arg ? d->arg : "");
	fprintf(out, "  %-30s %s\n", left, d->help);
}

static bool takes_h(const struct option_def *d)
{
	for (; d && d->name; d++)
		if (d->letter == 'h')
			return true;
	return false;
}

void options_help(const struct option_def *defs, FILE *out)
{
	struct option_def help = help_def;

	if (takes_h(defs))
		help.letter = 0;
	fprintf(out, "\nOptions:\n");
	for (const struct option_def *d = defs; d && d->name; d++)
		help_row(d, out);
	help_row(&help, out);
}

void options_words(const struct option_def *defs, FILE *out)
{
	for (const struct option_def *d = defs; d && d->name; d++) {
		if (d->letter)
			fprintf(out, "-%c ", d->letter);
		fprintf(out, "--%s ", d->name);
	}
	fprintf(out, "--help\n");
}
