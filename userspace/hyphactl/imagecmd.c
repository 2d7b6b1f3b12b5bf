// SPDX-License-Identifier: GPL-2.0-or-later
/* What the commands about images have in common: the store, the guests that use it, cells of tables. */
#include "hyphactl/imagecmd.h"

#include "hyphactl/quantity.h"
#include "hyphactl/settings.h"
#include "hyphactl/view.h"
#include "oci/imgconfig.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_ID 12

struct image_options image_where(enum image_pull pull, bool quiet)
{
	return (struct image_options) {
		.root = settings.root, .pull = pull, .progress = quiet ? PROGRESS_NONE : PROGRESS_AUTO, .helper = settings.helper,
	};
}

int image_guests(struct image_options *opt, struct image_guests *guests)
{
	int err;

	*guests = (struct image_guests) { 0 };
	err = known_all(&guests->all, &guests->nr);
	if (err)
		return err == -ENODEV ? 0 : err;
	opt->uses = guests->uses = mem_alloc((guests->nr + 1) * sizeof(*guests->uses));
	for (size_t i = 0; i < guests->nr; i++) {
		const struct known *k = &guests->all[i];

		if (k->living)
			guests->uses[opt->nr_uses++] = (struct image_use) {
				.guest = known_name(k), .digest = view_text(k->view, "image.digest"),
				.squashfs = view_text(json_array_get(view_at(k->view, "disks"), 0), "file"),
			};
	}
	return 0;
}

void image_guests_clean(struct image_guests *guests)
{
	known_free(guests->all, guests->nr);
	free(guests->uses);
}

void image_cell_id(const json_t *row, struct buf *out)
{
	const char *id = view_text(row, "id"), *colon = strchr(id, ':');

	buf_addf(out, "%.*s", SHORT_ID, colon ? colon + 1 : id);
}

void image_cell_size(const json_t *row, struct buf *out)
{
	char text[QUANTITY_TEXT];

	buf_adds(out, quantity_format_size(view_number(row, "size"), text));
}

void image_cell_created(const json_t *row, struct buf *out)
{
	uint64_t created = imgconfig_time(view_text(row, "created")) * 1000000000, now = quantity_now();
	char text[QUANTITY_TEXT];

	if (created && created <= now)
		buf_addf(out, "%s ago", quantity_format_age(now - created, text));
}
