/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image's configuration: what to run in it, and what its layers must unpack to. */
#ifndef HYPHA_OCI_IMGCONFIG_H
#define HYPHA_OCI_IMGCONFIG_H

#include "util/digest.h"

#include <stddef.h>
#include <stdint.h>

/* All owned; vectors NULL-terminated, never NULL; strings never NULL. */
struct imgconfig {
	char **entrypoint, **cmd, **env, **labels;	/* labels as key=value */
	char *user, *workdir, *stop_signal;
	uint64_t created;				/* seconds since the epoch, 0 unknown */
	struct digest *diff_ids;			/* of the uncompressed layers, lowest first */
	size_t nr_diff_ids;
};

/* Return: 0; -EBADMSG not a valid one, -ENOTSUP for another platform; err_text(). */
int imgconfig_parse(const char *text, size_t len, struct imgconfig *config);
void imgconfig_clean(struct imgconfig *config);
/* RFC 3339 to seconds since the epoch; 0: it is no time, or NULL. */
uint64_t imgconfig_time(const char *text);
/* The chain id of all layers (image-spec config.md "Layer ChainID"); of none: the digest of nothing. */
void imgconfig_chain_id(const struct imgconfig *config, struct digest *chain);

#endif
