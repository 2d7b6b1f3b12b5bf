// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of guests by their ids. */
#include "present/names.h"

#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Index of the first with an id of at least @id. */
static size_t place(const struct names *n, uint32_t id)
{
	size_t low = 0, high = n->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (n->all[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void names_set(struct names *n, uint32_t id, const char *name)
{
	size_t at = place(n, id);

	if (at == n->nr || n->all[at].id != id) {
		n->all = mem_realloc(n->all, (n->nr + 1) * sizeof(*n->all));
		memmove(n->all + at + 1, n->all + at, (n->nr++ - at) * sizeof(*n->all));
		n->all[at].id = id;
	}
	snprintf(n->all[at].name, sizeof(n->all[at].name), "%s", name);
}

const char *names_get(const struct names *n, uint32_t id)
{
	size_t at = place(n, id);

	return at < n->nr && n->all[at].id == id ? n->all[at].name : "";
}

void names_fill(const struct names *n, uint32_t id, char name[GUEST_NAME_MAX])
{
	if (!*name)
		snprintf(name, GUEST_NAME_MAX, "%s", names_get(n, id));
}

void names_clean(struct names *n)
{
	free(n->all);
	*n = (struct names) { 0 };
}
