// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl net: the guests' network, in the manner of ip(8): options, an object, a verb, words; or a file of such lines. */
#include "hyphactl/command.h"
#include "hyphactl/net.h"
#include "hyphactl/quantity.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first that begins as what was typed is meant. */
static const struct net_object *const objects[] = {
	&net_addr_object, &net_link_object, &net_flow_object, &net_forward_object, &net_neigh_object, &net_stat_object,
	&net_policy_object,
};

#define NR_OBJECTS (sizeof(objects) / sizeof(objects[0]))

struct net_run {
	struct style style;
	const char *batch;	/* NULL: none */
	bool force, help;
};

static const struct net_object *find_object(const char *typed)
{
	for (size_t i = 0; i < NR_OBJECTS; i++)
		if (word_begins(typed, objects[i]->name) || (objects[i]->alias && word_begins(typed, objects[i]->alias)))
			return objects[i];
	return NULL;
}

static const struct net_verb *find_verb(const struct net_object *o, const char *typed)
{
	for (const struct net_verb *v = o->verbs; v->name; v++)
		if (word_begins(typed, v->name))
			return v;
	return NULL;
}

static void print_verbs(const struct net_object *o, FILE *out)
{
	for (const struct net_verb *v = o->verbs; v->name; v++)
		if (v->words)
			fprintf(out, "  hyphactl net %s %s %s\n", o->name, v->name, v->words);
}

static void print_help(FILE *out)
{
	fprintf(out, "Usage: hyphactl net [OPTIONS] OBJECT [VERB] [WORDS]\n       hyphactl net [OPTIONS] [-force] -batch FILE\n\n"
		     "The guests' network, in the manner of ip(8).\n\nObjects:\n");
	for (size_t i = 0; i < NR_OBJECTS; i++)
		fprintf(out, "  %-12s%s\n", objects[i]->name, objects[i]->summary);
	fprintf(out, "\nVerbs, as each allows: show (default), get, add, delete, set, flush, help.\nOptions:");
	for (const char *const *name = style_options; *name; name++)
		fprintf(out, " %s", *name);
	fprintf(out, " -batch -force\nAll may be shortened. hyphactl-net(8) tells all.\n");
}

/* Of "[guest GUEST] [state a|b]": guest, state, a, b. */
static void print_keywords(const char *words)
{
	while (*words) {
		size_t len = strspn(words, "abcdefghijklmnopqrstuvwxyz0123456789-");

		if (len > 1)
			printf("%.*s\n", (int)len, words);
		words += len;
		while (*words >= 'A' && *words <= 'Z')
			words++;
		words += strspn(words, "[]|/.: ()");
	}
}

void net_complete(const char *object, const char *verb)
{
	const struct net_object *o = object ? find_object(object) : NULL;
	const struct net_verb *v = o && verb ? find_verb(o, verb) : NULL;

	if (v && v->words)
		print_keywords(v->words);
	else if (o && !verb)
		for (v = o->verbs; v->name; v++)
			printf("%s\n", v->name);
	else if (!object)
		for (size_t i = 0; i < NR_OBJECTS; i++)
			printf("%s\n", objects[i]->name);
	if (!object)
		for (const char *const *name = style_options; *name; name++)
			printf("%s\n", *name);
}

static int wrong_object(const char *typed)
{
	err_set(-EINVAL, "object \"%s\" is unknown; try \"hyphactl net help\"", typed);
	return NET_WRONG;
}

static int run_object(const struct net_object *o, const struct style *style, struct words *w)
{
	const char *typed = words_next(w);
	const struct net_verb *v = typed ? find_verb(o, typed) : o->verbs;

	if (typed && !strcmp(typed, "help")) {
		printf("Usage:\n");
		print_verbs(o, stdout);
		return NET_OK;
	}
	if (v)
		return v->run(style, w);
	err_set(-EINVAL, "\"%s\" is unknown; try \"hyphactl net %s help\"", typed, o->name);
	return NET_WRONG;
}

static void print_stamp(const struct style *style)
{
	auto_buf stamp = BUF_INIT;

	if (style->json)
		return;
	style_stamp(&stamp, style, quantity_now());
	fputs(buf_str(&stamp), stdout);
}

/* @w: object and what follows; not empty. */
static int run_words(const struct style *style, struct words *w)
{
	const char *typed = words_next(w);
	const struct net_object *o = find_object(typed);

	if (!strcmp(typed, "help")) {
		print_help(stdout);
		return NET_OK;
	}
	if (!o)
		return wrong_object(typed);
	print_stamp(style);
	return run_object(o, style, w);
}

/* --- options --- */

/* -b FILE, -batch FILE, -force, -help. Return: 1 taken, 0 another one, -EINVAL. */
static int own_option(struct net_run *r, const char *arg, struct words *w)
{
	arg += arg[1] == '-';
	if (!strcmp(arg, "-b") || (strlen(arg) > 2 && word_begins(arg, "-batch") && strcmp(arg, "-br")))
		return words_value(w, arg, &r->batch) ? -EINVAL : 1;
	if (!strcmp(arg, "-force"))
		r->force = true;
	else if (word_begins(arg, "-help"))
		r->help = true;
	else
		return 0;
	return 1;
}

static int take_options(struct net_run *r, struct words *w)
{
	while (words_peek(w) && words_peek(w)[0] == '-' && words_peek(w)[1]) {
		const char *arg = words_next(w);
		int n = own_option(r, arg, w);

		if (!n)
			n = style_option(&r->style, arg);
		if (n < 0)
			return n;
		if (!n)
			return err_set(-EINVAL, "option \"%s\" is unknown; try \"hyphactl net help\"", arg);
	}
	return 0;
}

/* --- batch --- */

/* Words of a line, as in ip's batches: separated by blanks, '#' begins a comment. */
static char **split(char *line)
{
	char **words = NULL, *rest = line, *word;

	line[strcspn(line, "#\n")] = '\0';
	while ((word = strtok_r(rest, " \t\r", &rest)))
		strv_add(&words, word);
	return words;
}

static int run_line(const struct style *style, char *line)
{
	auto_strv argv = split(line);
	struct words w = { .argv = argv };

	return argv ? run_words(style, &w) : NET_OK;
}

static int said(int status)
{
	fflush(stdout);
	fprintf(stderr, "hyphactl net: %s\n", err_text());
	return status;
}

static int run_batch(const struct net_run *r)
{
	bool from_stdin = !strcmp(r->batch, "-");
	auto_file FILE *opened = from_stdin ? NULL : fopen(r->batch, "re");
	FILE *in = from_stdin ? stdin : opened;
	auto_free char *line = NULL;
	int status, worst = NET_OK;
	unsigned int nr = 0;
	size_t cap = 0;

	if (!in) {
		err_sys(-errno, "%s", r->batch);
		return said(NET_WRONG);
	}
	while (getline(&line, &cap, in) >= 0) {
		nr++;
		status = run_line(&r->style, line);
		if (!status)
			continue;
		said(status);
		fprintf(stderr, "hyphactl net: line %u of %s failed\n", nr, r->batch);
		worst = status > worst ? status : worst;
		if (!r->force)
			break;
	}
	return worst;
}

static int run(int argc, char **argv)
{
	struct net_run r = { 0 };
	struct words w = { .argv = argv };
	int status;

	(void)argc;
	if (take_options(&r, &w))
		return said(NET_WRONG);
	if (r.batch && words_peek(&w)) {
		words_end(&w);
		return said(NET_WRONG);
	}
	if (r.batch)
		return run_batch(&r);
	if (r.help || !words_peek(&w)) {
		print_help(r.help ? stdout : stderr);
		return r.help ? NET_OK : NET_WRONG;
	}
	status = run_words(&r.style, &w);
	return status ? said(status) : NET_OK;
}

const struct command cmd_net = {
	.name = "net", .args = "[OPTIONS] OBJECT [VERB] [WORDS]", .summary = "See and change the guests' network, as ip(8) would.",
	.max_args = -1, .raw = true, .run = run,
};
