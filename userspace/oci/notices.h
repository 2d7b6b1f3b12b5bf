/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a registry wants its users to know: warnings and a rate limit that is nearly used up, each told once. */
#ifndef HYPHA_OCI_NOTICES_H
#define HYPHA_OCI_NOTICES_H

#include <stdbool.h>
#include <stddef.h>

#define NOTICES_MAX 4096	/* bytes of warnings, all told (distribution-spec, "Warnings") */

struct notices {
	void (*tell)(void *arg, const char *text);	/* NULL: nobody listens */
	void *arg;
	char **seen;
	size_t bytes;
	bool limit_told;
};

/* Look through the headers of the last reply on a libcurl handle. */
void notices_read(struct notices *n, void *easy);
void notices_clean(struct notices *n);

/* The text of a Warning header's value: 299 - "…", as a terminal may see it; NULL if it is another one. */
char *notices_warning(const char *value);
/* RateLimit-Limit and -Remaining, e.g. "100;w=21600", "3;w=21600". NULL: malformed, or enough is left and @all is not set. */
char *notices_limit(const char *limit, const char *remaining, bool all);

#endif
