/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as lower-case hexadecimal, and UUIDs in their usual form. */
#ifndef HYPHA_UTIL_HEX_H
#define HYPHA_UTIL_HEX_H

#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT 37	/* with NUL */

/* @out gets 2 * len + 1 bytes. */
void hex_encode(const void *data, size_t len, char *out);
/* Exactly @len bytes from 2 * @len digits followed by NUL. Return: 0 or -EINVAL. */
int hex_decode(const char *text, void *out, size_t len);
void uuid_format(const uint8_t uuid[16], char out[UUID_TEXT]);
int uuid_parse(const char *text, uint8_t uuid[16]);	/* 0 or -EINVAL */
/* A random (version 4) one. Return: 0 or -errno with err_text(). */
int uuid_random(uint8_t uuid[16]);

#endif
