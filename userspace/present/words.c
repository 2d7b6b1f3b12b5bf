// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a command line and their values. */
#include "present/words.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *words_peek(const struct words *w)
{
	return w->argv[w->at];
}

const char *words_next(struct words *w)
{
	return w->argv[w->at] ? w->argv[w->at++] : NULL;
}

int words_value(struct words *w, const char *keyword, const char **value)
{
	*value = words_next(w);
	return *value ? 0 : err_set(-EINVAL, "\"%s\" needs a value", keyword);
}

int words_end(const struct words *w)
{
	return words_peek(w) ? err_set(-EINVAL, "\"%s\" is not understood here", words_peek(w)) : 0;
}

bool word_begins(const char *typed, const char *word)
{
	return *typed && !strncmp(typed, word, strlen(typed));
}

static int ambiguous(const char *what, const char *typed, const char *one, const char *other)
{
	return err_set(-EINVAL, "%s: \"%s\" is ambiguous: %s or %s", what, typed, one, other);
}

int word_among(const char *what, const char *typed, const char *const *names)
{
	int found = -1;

	for (int i = 0; names[i]; i++)
		if (!strcmp(typed, names[i]))
			return i;
	for (int i = 0; names[i]; i++) {
		if (!word_begins(typed, names[i]))
			continue;
		if (found >= 0)
			return ambiguous(what, typed, names[found], names[i]);
		found = i;
	}
	return found >= 0 ? found : err_set(-EINVAL, "%s: \"%s\" is unknown", what, typed);
}

int word_number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end)
		return err_set(-EINVAL, "%s: \"%s\" is not a number", what, text);
	if (errno || *out < min || *out > max)
		return err_set(-EINVAL, "%s: %s is out of range; %" PRIu64 " to %" PRIu64 " are possible", what, text, min, max);
	return 0;
}

int word_ports(const char *what, const char *text, struct port_range *out)
{
	size_t len = strcspn(text, "-");
	auto_free char *first = mem_strndup(text, len);
	uint64_t from, to;
	int err = word_number(what, first, 0, 65535, &from);

	to = from;
	if (!err && text[len])
		err = word_number(what, text + len + 1, 0, 65535, &to);
	if (!err && to < from)
		err = err_set(-EINVAL, "%s: \"%s\" ends before it begins", what, text);
	if (!err && !to)
		err = err_set(-EINVAL, "%s: there is no port 0", what);
	if (!err)
		*out = (struct port_range) { from, to };
	return err;
}

int word_addr(const char *what, const char *text, struct net_addr *out)
{
	return net_addr_parse(text, out) ? err_set(-EINVAL, "%s: \"%s\" is not an IPv4 or IPv6 address", what, text) : 0;
}

int word_prefix(const char *what, const char *text, struct net_prefix *out)
{
	size_t len = strcspn(text, "/");
	auto_free char *addr = mem_strndup(text, len);
	uint64_t plen;
	int err = word_addr(what, addr, &out->net);

	plen = out->net.version == 4 ? 32 : 128;
	if (!err && text[len])
		err = word_number(what, text + len + 1, 0, plen, &plen);
	out->len = plen;
	return err;
}

static const struct { const char *name; uint8_t proto; } protos[] = {
	{ "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "icmp", IPPROTO_ICMP }, { "icmp6", IPPROTO_ICMPV6 },
	{ "icmpv6", IPPROTO_ICMPV6 }, { "ipv6-icmp", IPPROTO_ICMPV6 },
};

int word_proto(const char *what, const char *text, uint8_t *out)
{
	uint64_t n;

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (!strcmp(text, protos[i].name)) {
			*out = protos[i].proto;
			return 0;
		}
	}
	if (!isdigit((unsigned char)*text))
		return err_set(-EINVAL, "%s: \"%s\" is unknown; there are tcp, udp, icmp, icmp6 and numbers", what, text);
	if (word_number(what, text, 1, 255, &n))
		return -EINVAL;
	*out = n;
	return 0;
}

int word_switch(const char *what, const char *text, bool *out)
{
	*out = !strcmp(text, "on");
	return *out || !strcmp(text, "off") ? 0 : err_set(-EINVAL, "%s: on or off, not \"%s\"", what, text);
}

char *proto_text(uint8_t proto, bool numeric, char out[PROTO_TEXT])
{
	for (size_t i = 0; !numeric && i < sizeof(protos) / sizeof(protos[0]); i++)
		if (protos[i].proto == proto)
			return strcpy(out, protos[i].name);
	snprintf(out, PROTO_TEXT, "%u", proto);
	return out;
}
