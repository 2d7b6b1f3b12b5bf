/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP and MAC addresses as text. An IP address has 16 bytes in network order, IPv4 as ::ffff:a.b.c.d. */
#ifndef HYPHA_UTIL_ADDRESS_H
#define HYPHA_UTIL_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_TEXT	46	/* with NUL */
#define MAC_TEXT	18	/* with NUL */

/* Four decimal numbers, or IPv6 without scope. Return: 4 or 6, or -EINVAL; no err_text(). */
int address_parse(const char *text, uint8_t out[16]);
bool address_is4(const uint8_t a[16]);
void address_from4(const uint8_t ip4[4], uint8_t out[16]);
/* Write into @out and return it. */
char *address_format(const uint8_t a[16], char out[ADDRESS_TEXT]);
char *mac_format(const uint8_t mac[6], char out[MAC_TEXT]);
/* Six pairs of hexadecimal digits with colons. Return: 0 or -EINVAL; no err_text(). */
int mac_parse(const char *text, uint8_t mac[6]);

#endif
