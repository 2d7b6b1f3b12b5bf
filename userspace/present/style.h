/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How things are shown: the options that hyphactl net and hypha-mon share with ip(8). */
#ifndef HYPHA_PRESENT_STYLE_H
#define HYPHA_PRESENT_STYLE_H

#include "present/words.h"
#include "util/buf.h"

enum stamp { STAMP_NONE, STAMP_SHORT, STAMP_LONG };
enum colour { COLOUR_NONE, COLOUR_GUEST, COLOUR_MAC, COLOUR_IP4, COLOUR_IP6, COLOUR_GOOD, COLOUR_BAD };

struct style {
	bool json, pretty, details, oneline, brief, numeric, coloured;
	unsigned int stats;	/* how often -s was given */
	uint8_t version;	/* 4, 6 or 0: both */
	enum stamp stamp;
};

/**
 * style_option() - take one option
 * @arg: with its dashes: -j, --json, -br, -c=never; options may be shortened as ip takes them
 * Return: 1 taken; 0 it is another one; -EINVAL with err_text().
 */
int style_option(struct style *s, const char *arg);
/* Names of the options, with one dash, ends with NULL. For completion. */
extern const char *const style_options[];

/* Text in a colour, where there are any. */
void style_paint(struct buf *out, const struct style *s, enum colour c, const char *text);
void style_guest(struct buf *out, const struct style *s, uint32_t guest, const char *name);
void style_addr(struct buf *out, const struct style *s, const struct net_addr *a);
void style_mac(struct buf *out, const struct style *s, const uint8_t mac[6]);
/* "[2026-11-22T01:50:10.123456] " or "Timestamp: Sun Nov 22 01:50:10 2026 123456 usec\n", or nothing. Local time. */
void style_stamp(struct buf *out, const struct style *s, uint64_t time);
/* "2026-11-22T01:50:10.123456789Z" */
#define TIME_TEXT 40
char *style_time(uint64_t time, char out[TIME_TEXT]);
/* Lines become one, joined by backslashes as ip -o does. Each of them must end with a newline. */
void style_oneline(struct buf *text);

#endif
