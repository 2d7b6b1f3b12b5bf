// SPDX-License-Identifier: GPL-2.0-or-later
/* What hypha-mon is asked for. */
#include "hypha-mon/options.h"

#include "util/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const object_words[] = {
	[OBJECT_GUEST] = "guest", [OBJECT_FLOW] = "flow", [OBJECT_FORWARD] = "forward", [OBJECT_DROP] = "drop",
};

static int take_count(struct mon_options *o, const char *value)
{
	return word_number("-c", value, 1, UINT64_MAX, &o->count);
}

static int take_timeout(struct mon_options *o, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds > 0 && seconds <= 1e9))
		return err_set(-EINVAL, "--timeout: \"%s\" is not a number of seconds", value);
	o->timeout_ns = seconds * 1e9;
	return 0;
}

static int take_queue(struct mon_options *o, const char *value)
{
	uint64_t bytes;
	int err = word_number("-rcvbuf", value, 1, 1 << 30, &bytes);

	o->queue = bytes;
	return err;
}

static int take_record(struct mon_options *o, const char *value)
{
	o->record = value;
	return 0;
}

static int take_replay(struct mon_options *o, const char *value)
{
	o->replay = value;
	return 0;
}

static const struct valued {
	const char *name, *letter;
	int (*take)(struct mon_options *o, const char *value);
} valued[] = {
	{ "-count", "-c", take_count }, { "-timeout", NULL, take_timeout }, { "-record", NULL, take_record },
	{ "-replay", NULL, take_replay }, { "-rcvbuf", "-rc", take_queue },
};

/* -c N, --timeout S, --timeout=S. Return: 1 taken, 0 another one, -EINVAL. */
static int valued_option(struct mon_options *o, const char *arg, struct words *w)
{
	size_t len = strcspn(arg, "=");

	for (size_t i = 0; i < sizeof(valued) / sizeof(valued[0]); i++) {
		const struct valued *v = &valued[i];
		bool named = strlen(v->name) == len && !strncmp(v->name, arg, len);
		const char *value;

		if (!named && !(v->letter && !strcmp(v->letter, arg)))
			continue;
		if (arg[len])
			value = arg + len + 1;
		else if (words_value(w, arg, &value))
			return -EINVAL;
		return v->take(o, value) ? -EINVAL : 1;
	}
	return 0;
}

/* Return: 1 taken, 0 another one. */
static int flag_option(struct mon_options *o, const char *arg)
{
	const struct { const char *name, *letter; bool *to; } flags[] = {
		{ "-help", "-h", &o->help }, { "-version", "-V", &o->version }, { "-events-only", "-E", &o->events_only },
		{ "-label", "-l", &o->label },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(arg, flags[i].name) && strcmp(arg, flags[i].letter))
			continue;
		*flags[i].to = true;
		return 1;
	}
	return 0;
}

static int take_option(struct mon_options *o, const char *typed, struct words *w)
{
	const char *arg = typed[1] == '-' ? typed + 1 : typed;
	int n = valued_option(o, arg, w);

	if (!n)
		n = flag_option(o, arg);
	if (!n)
		n = style_option(&o->style, typed);
	if (!n)
		return err_set(-EINVAL, "option \"%s\" is unknown", typed);
	return n < 0 ? n : 0;
}

static int find_object(const char *word)
{
	for (int i = 0; i < (int)(sizeof(object_words) / sizeof(object_words[0])); i++)
		if (!strcmp(word, object_words[i]))
			return i;
	return -1;
}

static bool is_word_of_ours(const char *word)
{
	return !word || find_object(word) >= 0 || !strcmp(word, "all") || !strcmp(word, "label") || flow_filter_keyword(word) ||
	       word[0] == '-';
}

/* "guest" is an object, unless a word follows that can only be a name. */
static bool is_filter(const struct words *w)
{
	const char *word = words_peek(w);

	return flow_filter_keyword(word) && (strcmp(word, "guest") || !is_word_of_ours(w->argv[w->at + 1]));
}

/* One word, or a filter with its value. */
static int take_word(struct mon_options *o, struct words *w)
{
	const char *word;
	int object;

	if (is_filter(w))
		return flow_filter_take(&o->filter, w) < 0 ? -EINVAL : 0;
	word = words_next(w);
	object = find_object(word);
	if (object >= 0)
		o->objects |= 1u << object;
	else if (!strcmp(word, "all"))
		o->objects |= OBJECTS_ALL;
	else if (!strcmp(word, "label"))
		o->label = true;
	else
		return err_set(-EINVAL, "\"%s\" is not understood; there are the objects guest, flow, forward, drop, all, "
			       "and filters", word);
	return 0;
}

static int check(struct mon_options *o)
{
	if (!o->objects)
		o->objects = flow_filter_is_fine(&o->filter) || o->filter.proto ? 1u << OBJECT_FLOW : OBJECTS_ALL;
	else if ((flow_filter_is_fine(&o->filter) || o->filter.proto) && !(o->objects >> OBJECT_FLOW & 1))
		return err_set(-EINVAL, "filters other than \"guest\" are for flows, which are not asked for");
	o->filter.version = o->style.version;
	if (o->replay && (o->record || o->timeout_ns))
		return err_set(-EINVAL, "--replay goes neither with --record nor with --timeout");
	return 0;
}

int mon_options_parse(struct mon_options *o, char **argv)
{
	struct words w = { .argv = argv };
	int err = 0;

	*o = (struct mon_options) { 0 };
	while (!err && words_peek(&w)) {
		if (words_peek(&w)[0] == '-')
			err = take_option(o, words_next(&w), &w);
		else
			err = take_word(o, &w);
	}
	return err ? err : check(o);
}

void mon_options_help(void)
{
	printf("Usage: hypha-mon [OPTIONS] [OBJECT...] [label] [FILTER...]\n\n"
	       "Tells what there is of guests and their network, then what happens to it.\n\n"
	       "Objects: guest flow forward drop all (default)\n"
	       "Filters: guest NAME; of flows: proto P, src NET, dst NET, addr NET, sport N[-M], dport N[-M],\n"
	       "         port N[-M], state S, flag F, id N\n\n"
	       "  -c, --count N         end after N events\n"
	       "      --timeout SECONDS end after that time\n"
	       "  -E, --events-only     not what is there at the beginning\n"
	       "  -j, --json            one object per line\n"
	       "  -t, --timestamp       the time of each on a line before it; -ts: on the same line\n"
	       "  -l, --label           begin with [GUEST], [FLOW], ...; also as the word \"label\"\n"
	       "  -s, -d, -o, -br, -n   statistics, details, one line each, brief, numbers for names\n"
	       "  -4, -6                only flows of that version\n"
	       "      --color[=WHEN]    always, auto, never\n"
	       "  -rc, --rcvbuf BYTES   how many bytes of events may wait; default 16 MiB\n"
	       "      --record FILE     write all that comes, whatever is shown, to FILE\n"
	       "      --replay FILE     show what is in FILE; needs neither root nor the module\n"
	       "  -h, --help  -V, --version\n");
}
