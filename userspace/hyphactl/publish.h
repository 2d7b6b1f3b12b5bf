/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published ports as people write them: [ip:]hostport[-hostport]:guestport[-guestport][/tcp|udp]. */
#ifndef HYPHACTL_PUBLISH_H
#define HYPHACTL_PUBLISH_H

#include "libhypha/nic.h"

#include <stdbool.h>

/* 0.0.0.0 and [::] are any address of that version, no address any of both. 0 or -EINVAL or -ERANGE with err_text(). */
int publish_parse(const char *text, struct forward_spec *f);
/* Do both claim the same port of the same address? Any address is all of them, as for the module. */
bool publish_overlap(const struct forward_spec *a, const struct forward_spec *b);
#define PUBLISH_TEXT 96
/* As publish_parse() reads it, but always with an address if one version only is meant. Writes into @out and returns it. */
char *publish_format(const struct forward_spec *f, char out[PUBLISH_TEXT]);

#endif
