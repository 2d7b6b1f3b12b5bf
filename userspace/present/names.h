/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of guests by their ids: the kernel tells a flow's guest by id only. */
#ifndef HYPHA_PRESENT_NAMES_H
#define HYPHA_PRESENT_NAMES_H

#include "libhypha/device.h"

struct names {
	struct name_entry {
		uint32_t id;
		char name[GUEST_NAME_MAX];
	} *all;		/* in the order of ids */
	size_t nr;
};

void names_set(struct names *n, uint32_t id, const char *name);
const char *names_get(const struct names *n, uint32_t id);	/* "" if unknown */
/* Put the name of guest @id into @name, if it is empty. */
void names_fill(const struct names *n, uint32_t id, char name[GUEST_NAME_MAX]);
void names_clean(struct names *n);

#endif
