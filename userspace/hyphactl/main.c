// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl: finds the command in the table, parses its options, runs it, prints its error once. */
#include "hyphactl/command.h"
#include "hyphactl/settings.h"

#include "util/error.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#define COMMANDS(X) \
	X(launch) X(list) X(attach) X(logs) X(wait) X(stop) X(destroy) X(pause) X(unpause) X(set) X(inspect) \
	X(net) X(stats) X(pull) X(images) X(rmi) X(image) X(info) X(version) X(help) X(exited) X(complete)

#define DECLARE(name) extern const struct command cmd_##name;
COMMANDS(DECLARE)

#define ENTRY(name) &cmd_##name,
const struct command *const commands[] = { COMMANDS(ENTRY) NULL };

const char *command_typed = "";

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name) || ((*c)->alias && !strcmp((*c)->alias, name)))
			return *c;
	return NULL;
}

const struct command *command_find_sub(const struct command *c, const char *name)
{
	size_t len = strlen(c->name) + 1;

	for (const struct command *const *s = c->subs; s && *s; s++)
		if (!strcmp((*s)->name + len, name))
			return *s;
	return NULL;
}

int command_failed(void)
{
	fprintf(stderr, "hyphactl: %s\n", err_text());
	return EXIT_HYPHA_FAILED;
}

static int usage_error(const struct command *c)
{
	if (c)
		fprintf(stderr, "hyphactl %s: %s\nSee 'hyphactl %s --help'.\n", command_typed, err_text(), c->name);
	else
		fprintf(stderr, "hyphactl: %s\nSee 'hyphactl help'.\n", err_text());
	return EXIT_HYPHA_FAILED;
}

void command_print_help(const struct command *c)
{
	printf("Usage: hyphactl %s %s\n\n%s\n", c->name, c->args, c->summary);
	if (c->alias)
		printf("\nAlias: %s\n", c->alias);
	if (c->subs)
		printf("\nCommands:\n");
	for (const struct command *const *s = c->subs; s && *s; s++)
		printf("  %-9s %s\n", (*s)->name + strlen(c->name) + 1, (*s)->summary);
	options_help(c->options, stdout);
}

static int check_count(const struct command *c, int nr)
{
	if (nr < c->min_args)
		return err_set(-EINVAL, "an argument is missing: hyphactl %s %s", c->name, c->args);
	if (c->max_args >= 0 && nr > c->max_args)
		return err_set(-EINVAL, "too many arguments: hyphactl %s %s", c->name, c->args);
	return 0;
}

/* A broken configuration must not keep exited guests from being saved, nor help from being read. */
static int prepare(const struct command *c)
{
	int err = settings_load();

	return c->hidden || c == &cmd_help || c == &cmd_version ? 0 : err;
}

static int run(const struct command *c, int argc, char **argv)
{
	bool help = false;
	int nr = c->raw ? argc : options_parse(c->options, argc, argv, c->stop_at_first, &help), status;

	if (help) {
		command_print_help(c);
		return EXIT_SUCCESS;
	}
	if (nr < 0 || check_count(c, nr))
		return usage_error(c);
	argv[nr] = NULL;
	status = prepare(c);
	if (!status)
		status = c->run(nr, argv);
	return status < 0 ? command_failed() : status;
}

/* `hyphactl --help`, `-h`, `--version`, `-v` and no argument at all. */
static const char *spelled_out(const char *arg)
{
	if (!arg || !strcmp(arg, "--help") || !strcmp(arg, "-h"))
		return "help";
	if (!strcmp(arg, "--version") || !strcmp(arg, "-v"))
		return "version";
	return arg;
}

/*
 * `hyphactl -s -j net link` is `hyphactl net -s -j link`, as people are used to from ip: if options come first and "net" after
 * them, it is moved to the front.
 */
static void put_net_first(int argc, char **argv)
{
	char *net = NULL;
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1])
		i += !strcmp(argv[i], "-b") || !strcmp(argv[i], "-batch") ? 2 : 1;
	if (i == 1 || i >= argc || strcmp(argv[i], cmd_net.name))
		return;
	net = argv[i];
	memmove(argv + 2, argv + 1, (i - 1) * sizeof(*argv));
	argv[1] = net;
}

/*
 * What libraries would fetch by themselves, and every system call counts where the bench is: our times are all UTC, so no
 * time zone file; and the seed of jansson's tables from the bytes the kernel gave this process.
 */
static void settle_libraries(void)
{
	const char *zone = getenv("TZ");
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel passes it as a number */
	const char *random = (const char *)getauxval(AT_RANDOM);	/* aligned to nothing */
	unsigned int seed = 0;

	setenv("TZ", ":", 1);
	tzset();
	if (zone)
		setenv("TZ", zone, 1);
	else
		unsetenv("TZ");
	if (random)
		memcpy(&seed, random + sizeof(seed), sizeof(seed));
	json_object_seed(seed);
}

int main(int argc, char **argv)
{
	const struct command *c;
	int status;

	settle_libraries();
	put_net_first(argc, argv);
	command_typed = spelled_out(argc > 1 ? argv[1] : NULL);
	c = command_find(command_typed);
	if (!c) {
		err_set(-EINVAL, "unknown command \"%s\"", command_typed);
		return usage_error(NULL);
	}
	if (argc > 2 && command_find_sub(c, argv[2])) {
		c = command_find_sub(c, argv[2]);
		command_typed = c->name;
		argc--;
		argv++;
	}
	status = run(c, argc > 1 ? argc - 2 : 0, argc > 1 ? argv + 2 : argv + 1);
	if (fflush(stdout) || ferror(stdout)) {
		err_set(-EIO, "cannot write to standard output");
		return command_failed();
	}
	return status;
}
