// SPDX-License-Identifier: GPL-2.0-or-later
/* Which flows are meant: parsing from a table of keywords, matching. */
#include "present/filter.h"

#include "util/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct keyword {
	const char *word;
	int (*parse)(const char *word, const char *value, void *to);
	size_t to;
	bool repeatable;
};

static int parse_guest(const char *word, const char *value, void *to)
{
	if (!*value)
		return err_set(-EINVAL, "%s: an empty name", word);
	*(const char **)to = value;
	return 0;
}

static int parse_id(const char *word, const char *value, void *to)
{
	return word_number(word, value, 1, UINT64_MAX, to);
}

static int parse_proto(const char *word, const char *value, void *to)
{
	return word_proto(word, value, to);
}

static int parse_prefix(const char *word, const char *value, void *to)
{
	return word_prefix(word, value, to);
}

static int parse_ports(const char *word, const char *value, void *to)
{
	return word_ports(word, value, to);
}

static int parse_state(const char *word, const char *value, void *to)
{
	for (enum flow_state s = 0; s < FLOW_STATES; s++) {
		if (!strcmp(value, flow_state_name(s))) {
			*(uint32_t *)to |= 1u << s;
			return 0;
		}
	}
	return err_set(-EINVAL, "%s: \"%s\" is unknown; there are new, answered, syn, syn-ack, established, closing and closed",
		       word, value);
}

static int parse_flag(const char *word, const char *value, void *to)
{
	for (enum flow_flag f = 0; f < FLOW_FLAGS; f++) {
		if (!strcmp(value, flow_flag_name(f))) {
			*(uint32_t *)to |= 1u << f;
			return 0;
		}
	}
	return err_set(-EINVAL, "%s: \"%s\" is unknown; there are replied, forward, dns, host and hairpin", word, value);
}

#define K(word, parse, member, repeatable) { word, parse, offsetof(struct flow_filter, member), repeatable }
static const struct keyword keywords[] = {
	K("guest", parse_guest, guest, false), K("id", parse_id, id, false), K("proto", parse_proto, proto, false),
	K("src", parse_prefix, src, false), K("dst", parse_prefix, dst, false), K("addr", parse_prefix, addr, false),
	K("sport", parse_ports, sport, false), K("dport", parse_ports, dport, false), K("port", parse_ports, port, false),
	K("state", parse_state, states, true), K("flag", parse_flag, flags, true),
};

_Static_assert(COUNT(keywords) <= 32, "one bit for each");

static const struct keyword *find(const char *word)
{
	for (size_t i = 0; i < COUNT(keywords); i++)
		if (!strcmp(word, keywords[i].word))
			return &keywords[i];
	return NULL;
}

bool flow_filter_keyword(const char *word)
{
	return find(word);
}

int flow_filter_take(struct flow_filter *f, struct words *w)
{
	const char *word = words_peek(w), *value;
	const struct keyword *k = word ? find(word) : NULL;
	int err;

	if (!k)
		return 0;
	words_next(w);
	if (!k->repeatable && f->given >> (k - keywords) & 1)
		return err_set(-EINVAL, "\"%s\" is given twice", word);
	f->given |= 1u << (k - keywords);
	err = words_value(w, word, &value);
	if (!err)
		err = k->parse(word, value, (char *)f + k->to);
	return err ? err : 1;
}

int flow_filter_parse(struct flow_filter *f, struct words *w)
{
	int n;

	do
		n = flow_filter_take(f, w);
	while (n > 0);
	return n < 0 ? n : words_end(w);
}

bool flow_filter_is_fine(const struct flow_filter *f)
{
	return f->id || f->src.net.version || f->dst.net.version || f->addr.net.version || f->sport.last || f->dport.last ||
	       f->port.last || f->states || f->flags;
}

static bool in_prefix(const struct net_prefix *p, const struct net_addr *a)
{
	return !p->net.version || net_addr_within(a, &p->net, p->len);
}

static bool in_range(const struct port_range *r, uint16_t port)
{
	return !r->last || (port >= r->first && port <= r->last);
}

static bool any_addr(const struct net_prefix *p, const struct net_flow *f)
{
	return in_prefix(p, &f->orig.src) || in_prefix(p, &f->orig.dst) || in_prefix(p, &f->reply.src) ||
	       in_prefix(p, &f->reply.dst);
}

static bool any_port(const struct port_range *r, const struct net_flow *f)
{
	return in_range(r, f->orig.sport) || in_range(r, f->orig.dport) || in_range(r, f->reply.sport) ||
	       in_range(r, f->reply.dport);
}

bool flow_filter_matches_guest(const struct flow_filter *f, uint32_t guest, const char *name)
{
	char number[12];

	if (f->guest_id)
		return f->guest_id == guest;
	if (!f->guest)
		return true;
	snprintf(number, sizeof(number), "%u", guest);
	return !strcmp(f->guest, name) || !strcmp(f->guest, number);
}

bool flow_filter_matches(const struct flow_filter *f, const struct net_flow *flow)
{
	return flow_filter_matches_guest(f, flow->guest, flow->name) && (!f->id || f->id == flow->id) &&
	       (!f->proto || f->proto == flow->proto) && (!f->version || f->version == flow->version) &&
	       in_prefix(&f->src, &flow->orig.src) && in_prefix(&f->dst, &flow->orig.dst) && any_addr(&f->addr, flow) &&
	       in_range(&f->sport, flow->orig.sport) && in_range(&f->dport, flow->orig.dport) && any_port(&f->port, flow) &&
	       (!f->states || (flow->state < FLOW_STATES && f->states >> flow->state & 1)) && (flow->flags & f->flags) == f->flags;
}
