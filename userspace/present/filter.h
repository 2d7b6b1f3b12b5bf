/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which flows are meant, as words: guest web proto tcp dport 443. */
#ifndef HYPHA_PRESENT_FILTER_H
#define HYPHA_PRESENT_FILTER_H

#include "present/words.h"

/* All zero: every flow. What is of both directions fits if either does. */
struct flow_filter {
	const char *guest;		/* as typed; NULL any */
	uint32_t guest_id;		/* what it was found to be; 0: compare the name, or the number typed */
	uint64_t id;
	uint8_t proto, version;
	struct net_prefix src, dst, addr;	/* of the first packet; addr: any address of the flow */
	struct port_range sport, dport, port;
	uint32_t states, flags;		/* 1 << state: one of them; 1 << flag: all of them */
	uint32_t given;			/* 1 << keyword, so that none is given twice */
};

/**
 * flow_filter_take() - take a keyword and its value, if the next word is one
 * Return: 1 taken; 0 it is another word, or none is left; -EINVAL with err_text().
 */
int flow_filter_take(struct flow_filter *f, struct words *w);
/* Words to the end. 0 or -EINVAL. */
int flow_filter_parse(struct flow_filter *f, struct words *w);
/* Is @word one of its keywords, exactly? */
bool flow_filter_keyword(const char *word);
/* Does it say more than guest, proto and version, which the kernel can filter by? */
bool flow_filter_is_fine(const struct flow_filter *f);

bool flow_filter_matches(const struct flow_filter *f, const struct net_flow *flow);
/* Of what is not a flow: guest only. */
bool flow_filter_matches_guest(const struct flow_filter *f, uint32_t guest, const char *name);

#endif
