/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a command line in the manner of ip(8): objects and verbs by their beginnings, keywords with values. */
#ifndef HYPHA_PRESENT_WORDS_H
#define HYPHA_PRESENT_WORDS_H

#include "libhypha/net.h"

struct words {
	char **argv;	/* ends with NULL */
	int at;
};

const char *words_peek(const struct words *w);		/* NULL at the end */
const char *words_next(struct words *w);
/* What follows @keyword, which was just taken. 0 or -EINVAL with err_text(). */
int words_value(struct words *w, const char *keyword, const char **value);
/* All are taken? 0 or -EINVAL, naming the first one that is left. */
int words_end(const struct words *w);

/* Is @typed @word or the beginning of it? */
bool word_begins(const char *typed, const char *word);
/* Index of @typed among @names (ends with NULL): as it stands, else the only one it begins. -EINVAL, text begins with @what. */
int word_among(const char *what, const char *typed, const char *const *names);

struct port_range {
	uint16_t first, last;	/* last 0: any */
};

struct net_prefix {
	struct net_addr net;	/* version 0: any */
	uint8_t len;
};

/* Values; 0 or -EINVAL with err_text() that begins with @what. */
int word_number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out);
int word_ports(const char *what, const char *text, struct port_range *out);		/* 80 or 80-90 */
int word_addr(const char *what, const char *text, struct net_addr *out);
int word_prefix(const char *what, const char *text, struct net_prefix *out);		/* without a length: one address */
int word_proto(const char *what, const char *text, uint8_t *out);
int word_switch(const char *what, const char *text, bool *out);			/* on or off */

/* "tcp", "icmp6" or the number. */
#define PROTO_TEXT 8
char *proto_text(uint8_t proto, bool numeric, char out[PROTO_TEXT]);

#endif
