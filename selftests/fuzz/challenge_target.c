// SPDX-License-Identifier: GPL-2.0-or-later
/* Any lines as WWW-Authenticate headers. */
// links: userspace/oci/challenge.c userspace/util/error.c userspace/util/mem.c userspace/util/buf.c
#include "target.h"

#include "oci/auth.h"

static void check(const struct challenge *c)
{
	must(*c->scheme);
	for (size_t i = 0; i < c->nr_params; i++) {
		must(*c->params[i].name && c->params[i].value);
		must(challenge_param(c, c->params[i].name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_free char *text = text_of(data, len);
	struct challenges list = { 0 };
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		challenges_add(&list, line);
	for (size_t i = 0; i < list.nr; i++) {
		check(&list.list[i]);
		must(challenges_find(&list, list.list[i].scheme));
	}
	challenges_clean(&list);
	return 0;
}
