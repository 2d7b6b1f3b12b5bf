// SPDX-License-Identifier: GPL-2.0-or-later
/* hyphactl inspect: all that is known of guests, as JSON. */
#include "hyphactl/command.h"
#include "hyphactl/lookup.h"
#include "hyphactl/output.h"

#include <stdlib.h>

static int run(int argc, char **argv)
{
	json_t *all = json_array();
	int status = EXIT_SUCCESS;

	for (int i = 0; i < argc; i++) {
		auto_known k = { 0 };

		if (known_find(argv[i], &k))
			status = command_failed();
		else
			json_array_append(all, k.view);
	}
	output_json(stdout, all);
	json_decref(all);
	return status;
}

const struct command cmd_inspect = {
	.name = "inspect", .args = "GUEST…", .summary = "Print all that is known of guests as a JSON array (schema 1).",
	.min_args = 1, .max_args = -1, .run = run,
};
