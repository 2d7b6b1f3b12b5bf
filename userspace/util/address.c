// SPDX-License-Identifier: GPL-2.0-or-later
/* IP and MAC addresses, text to bytes and back. */
#include "util/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

bool address_is4(const uint8_t a[16])
{
	return !memcmp(a, mapped, sizeof(mapped));
}

void address_from4(const uint8_t ip4[4], uint8_t out[16])
{
	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + 12, ip4, 4);
}

int address_parse(const char *text, uint8_t out[16])
{
	uint8_t ip4[4];

	if (inet_pton(AF_INET, text, ip4) == 1) {
		address_from4(ip4, out);
		return 4;
	}
	/* ::ffff:1.2.3.4 is the IPv4 address, however it is written */
	return inet_pton(AF_INET6, text, out) == 1 ? address_is4(out) ? 4 : 6 : -EINVAL;
}

char *address_format(const uint8_t a[16], char out[ADDRESS_TEXT])
{
	if (address_is4(a))
		inet_ntop(AF_INET, a + 12, out, ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, a, out, ADDRESS_TEXT);
	return out;
}

char *mac_format(const uint8_t mac[6], char out[MAC_TEXT])
{
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return out;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

int mac_parse(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) || text[2] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		mac[i] = hex_digit(text[0]) << 4 | hex_digit(text[1]);
	}
	return 0;
}
