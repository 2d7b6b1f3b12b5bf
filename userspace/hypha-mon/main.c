// SPDX-License-Identifier: GPL-2.0-or-later
/* hypha-mon: guests, flows, forwards and drops, as they come and go. */
#include "hypha-mon/options.h"
#include "hypha-mon/show.h"
#include "hypha-mon/wire.h"
#include "util/error.h"

#include <jansson.h>
#include <stdio.h>

/* As of hyphactl net; and the time was over before as many events as were asked for. */
enum { EXIT_OK, EXIT_WRONG, EXIT_FAILED, EXIT_TOO_FEW };

static int fail(int status)
{
	fprintf(stderr, "hypha-mon: %s\n", err_text());
	return status;
}

static bool wants(const struct mon_options *o, enum object object)
{
	return o->objects >> object & 1;
}

/* Guests' names are needed whatever is shown. A recording has everything, so that it can be replayed with other words. */
static struct wire *open_wire(const struct mon_options *o)
{
	unsigned int groups = 1u << GROUP_EVENTS;
	struct wire *w;

	if (o->replay)
		return wire_replay_open(o->replay);
	if (wants(o, OBJECT_FLOW) || o->record)
		groups |= 1u << GROUP_FLOWS;
	if (wants(o, OBJECT_DROP) || o->record)
		groups |= 1u << GROUP_DROPS;
	w = wire_socket_open(groups, wants(o, OBJECT_FORWARD) || o->record, o->timeout_ns, o->queue);
	return w && o->record ? wire_record_open(o->record, w) : w;
}

static int run(const struct mon_options *o)
{
	struct show show = { .options = o, .out = stdout };
	struct wire *w = open_wire(o);
	int end;

	if (!w)
		return fail(EXIT_FAILED);
	end = monitor_run(w, o->record || o->replay ? OBJECTS_ALL : o->objects, show_told, &show);
	w->close(w);
	if (end < 0)
		return fail(EXIT_FAILED);
	return end == MONITOR_TIMEOUT && o->count ? EXIT_TOO_FEW : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct mon_options o;

	(void)argc;
	if (mon_options_parse(&o, argv + 1)) {
		fail(EXIT_WRONG);
		fprintf(stderr, "See 'hypha-mon --help'.\n");
		return EXIT_WRONG;
	}
	if (o.version)
		printf("hypha-mon %s\n", HYPHA_VERSION);
	else if (o.help)
		mon_options_help();
	else
		return run(&o);
	return EXIT_OK;
}
