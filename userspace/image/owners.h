/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libsquashfs' table of owners looks at all of it for each file; many owners must not make that slow. */
#ifndef HYPHA_IMAGE_OWNERS_H
#define HYPHA_IMAGE_OWNERS_H

#include <sqfs/id_table.h>

struct owners {
	sqfs_id_table_t *table;
	void *known;		/* tsearch() tree */
};

/* Return: 0 or -ENOMEM, no err_text(). */
int owners_init(struct owners *o);
void owners_clean(struct owners *o);
/* The place of a user's or group's id in the table, added if it is new. Return: 0, or -E2BIG with err_text(). */
int owners_index(struct owners *o, uint32_t id, sqfs_u16 *index);

#endif
