// SPDX-License-Identifier: GPL-2.0-or-later
/* Where packed images are. */
#include "image/packed.h"

#include "util/mem.h"

char *packed_path(const struct store *store, const struct imgconfig *config)
{
	struct digest chain;

	imgconfig_chain_id(config, &chain);
	return mem_printf("%s/packed/%s-" PACK_OPTIONS_ID ".squashfs", store->dir, digest_hex(&chain));
}

char *packed_layer_path(const struct store *store, const struct digest *diff_id)
{
	return mem_printf("%s/layers/%s-" PACK_OPTIONS_ID, store->dir, digest_hex(diff_id));
}
