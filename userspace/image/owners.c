// SPDX-License-Identifier: GPL-2.0-or-later
/* Users' and groups' ids of a squashfs. */
#include "image/owners.h"

#include "util/error.h"
#include "util/mem.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

struct owner {
	uint32_t id;
	sqfs_u16 index;
};

static int compare(const void *a, const void *b)
{
	uint32_t x = ((const struct owner *)a)->id, y = ((const struct owner *)b)->id;

	return x < y ? -1 : x > y;
}

int owners_init(struct owners *o)
{
	*o = (struct owners){ .table = sqfs_id_table_create(0) };
	return o->table ? 0 : -ENOMEM;
}

void owners_clean(struct owners *o)
{
	tdestroy(o->known, free);
	sqfs_destroy(o->table);
}

int owners_index(struct owners *o, uint32_t id, sqfs_u16 *index)
{
	struct owner key = { .id = id }, *owner;
	void *found = tfind(&key, &o->known, compare);

	if (!found) {
		if (sqfs_id_table_id_to_index(o->table, id, &key.index))
			return err_set(-E2BIG, "more users and groups than the 65536 a squashfs can hold");
		owner = mem_alloc(sizeof(*owner));
		*owner = key;
		found = tsearch(owner, &o->known, compare);
	}
	*index = (*(struct owner **)found)->index;
	return 0;
}
