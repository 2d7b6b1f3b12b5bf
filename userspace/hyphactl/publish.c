// SPDX-License-Identifier: GPL-2.0-or-later
/* Published ports, text to numbers and back. */
#include "hyphactl/publish.h"

#include "util/address.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define PORT_MAX 65535

static const struct {
	const char *name;
	uint8_t proto;
} protocols[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP } };

struct range {
	unsigned int first, last;
};

static int parse_port(const char *text, size_t len, unsigned int *port)
{
	*port = 0;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return err_set(-EINVAL, "\"%.*s\" is not a port", (int)len, text);
		*port = *port * 10 + (text[i] - '0');
		if (*port > PORT_MAX)
			break;
	}
	if (!len)
		return err_set(-EINVAL, "a port is missing; write HOSTPORT:GUESTPORT");
	if (!*port || *port > PORT_MAX)
		return err_set(-ERANGE, "port %.*s is out of range; 1 to %d are possible", (int)len, text, PORT_MAX);
	return 0;
}

/* 80 or 8000-8010 */
static int parse_range(const char *text, size_t len, struct range *r)
{
	const char *dash = memchr(text, '-', len);
	size_t first = dash ? (size_t)(dash - text) : len;
	int err = parse_port(text, first, &r->first);

	if (err)
		return err;
	r->last = r->first;
	if (dash)
		err = parse_port(dash + 1, len - first - 1, &r->last);
	if (!err && r->last < r->first)
		return err_set(-EINVAL, "%.*s ends before it begins", (int)len, text);
	return err;
}

static int parse_protocol(const char *text, uint8_t *proto)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!strcmp(text, protocols[i].name)) {
			*proto = protocols[i].proto;
			return 0;
		}
	}
	return err_set(-EINVAL, "protocol \"%s\" is unknown; there are tcp and udp", text);
}

static bool is_any(const uint8_t addr[16])
{
	static const uint8_t zero[4];

	return address_is4(addr) ? !memcmp(addr + 12, zero, 4) : IN6_IS_ADDR_UNSPECIFIED((const struct in6_addr *)addr);
}

/* Neither a group's nor nobody's. */
static bool is_host(const uint8_t addr[16])
{
	return address_is4(addr) ? addr[12] && addr[12] < 224 : addr[0] != 0xff;
}

static size_t count_colons(const char *s)
{
	size_t n = 0;

	while ((s = strchr(s, ':')))
		n++, s++;
	return n;
}

/* Cuts 192.0.2.1: or [2001:db8::1]: off the ports. Return: the ports, NULL with err_text() if it is written wrong. */
static char *cut_address(char *text, char **address)
{
	char *end = *text == '[' ? strstr(text, "]:") : strchr(text, ':');

	*address = NULL;
	if (*text == '[' && !end)
		return err_set(-EINVAL, "\"%s\": an IPv6 address ends with ]:", text), NULL;
	if (*text != '[' && count_colons(text) > 2)
		return err_set(-EINVAL, "\"%s\": write an IPv6 address in brackets, [::1]:80:80", text), NULL;
	if (*text != '[' && count_colons(text) < 2)
		return text;
	*address = text + (*text == '[');
	text = end + 1 + (*end == ']');
	*end = '\0';
	return text;
}

static int parse_address(const char *text, struct forward_spec *f)
{
	int version = address_parse(text, f->addr);

	if (version < 0)
		return err_set(-EINVAL, "\"%s\" is not an IP address", text);
	f->version = version;
	if (is_any(f->addr))
		memset(f->addr, 0, sizeof(f->addr));
	else if (!is_host(f->addr))
		return err_set(-EINVAL, "%s is no address of a host", text);
	return 0;
}

static int parse_ports(const char *text, struct forward_spec *f)
{
	const char *colon = strchr(text, ':');
	struct range host, guest;
	int err;

	if (!colon)
		return err_set(-EINVAL, "the guest's port is missing; write HOSTPORT:GUESTPORT");
	err = parse_range(text, colon - text, &host);
	if (!err)
		err = parse_range(colon + 1, strlen(colon + 1), &guest);
	if (err)
		return err;
	if (host.last - host.first != guest.last - guest.first)
		return err_set(-EINVAL, "%u ports of the host for %u of the guest", host.last - host.first + 1,
			       guest.last - guest.first + 1);
	f->host_port = host.first;
	f->guest_port = guest.first;
	f->nr_ports = host.last - host.first + 1;	/* at most 65535: there is no port 0 */
	return 0;
}

static int parse(char *text, struct forward_spec *f)
{
	char *slash = strchr(text, '/'), *address;
	int err = 0;

	*f = (struct forward_spec) { .proto = IPPROTO_TCP };
	if (slash) {
		*slash = '\0';
		err = parse_protocol(slash + 1, &f->proto);
	}
	if (err)
		return err;
	text = cut_address(text, &address);
	if (!text)
		return -EINVAL;
	if (address)
		err = parse_address(address, f);
	return err ? err : parse_ports(text, f);
}

int publish_parse(const char *text, struct forward_spec *f)
{
	auto_free char *copy = mem_strdup(text);
	int err = parse(copy, f);

	return err ? err_in(err, "\"%s\"", text) : 0;
}

bool publish_overlap(const struct forward_spec *a, const struct forward_spec *b)
{
	return a->proto == b->proto && (is_any(a->addr) || is_any(b->addr) || !memcmp(a->addr, b->addr, sizeof(a->addr))) &&
	       (a->version == b->version || !a->version || !b->version) &&
	       a->host_port < b->host_port + b->nr_ports && b->host_port < a->host_port + a->nr_ports;
}

static char *format_range(unsigned int first, unsigned int nr, char out[16])
{
	if (nr == 1)
		snprintf(out, 16, "%u", first);
	else
		snprintf(out, 16, "%u-%u", first, first + nr - 1);
	return out;
}

static const char *protocol_name(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].proto == proto)
			return protocols[i].name;
	return "?";
}

char *publish_format(const struct forward_spec *f, char out[PUBLISH_TEXT])
{
	char host[16], guest[16], addr[ADDRESS_TEXT] = "0.0.0.0";

	if (f->version == 6 || !is_any(f->addr))
		address_format(f->addr, addr);
	snprintf(out, PUBLISH_TEXT, "%s%s%s%s%s:%s/%s", f->version == 6 ? "[" : "", f->version ? addr : "",
		 f->version == 6 ? "]" : "", f->version ? ":" : "", format_range(f->host_port, f->nr_ports, host),
		 format_range(f->guest_port, f->nr_ports, guest), protocol_name(f->proto));
	return out;
}
