/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of guests and variables of their environment. */
#ifndef HYPHACTL_NAMES_H
#define HYPHACTL_NAMES_H

#include <stdint.h>

/* 0 or -EINVAL with err_text(). */
int name_check(const char *name);
/* localhost:5000/team/web:2 and 3f2a… become web-3f2a91; malloc()ed. */
char *name_generate(const char *reference, const uint8_t uuid[16]);
/* What --hostname accepts: 0 or -EINVAL with err_text(). */
int hostname_check(const char *name);

/* KEY=value, or KEY alone to take the value from our own environment (nothing happens if it is not set there). */
int env_add(char ***env, const char *text);
/* One such per line; empty lines and # comments are skipped. */
int env_add_file(char ***env, const char *path);

#endif
