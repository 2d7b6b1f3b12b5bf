// SPDX-License-Identifier: GPL-2.0-or-later
/* How things are shown: options, colours, times. */
#include "present/style.h"

#include "util/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS UINT64_C(1000000000)

enum option {
	JSON, PRETTY, STATS, DETAILS, ONELINE, BRIEF, COLOUR, IPV4, IPV6, TIMESTAMP, TSHORT, NUMERIC, FAMILY
};

/* The first that begins as what was typed is meant: as with ip, -t is -timestamp and -s is -statistics. */
const char *const style_options[] = {
	[JSON] = "-json", [PRETTY] = "-pretty", [STATS] = "-statistics", [DETAILS] = "-details", [ONELINE] = "-oneline",
	[BRIEF] = "-brief", [COLOUR] = "-color", [IPV4] = "-4", [IPV6] = "-6", [TIMESTAMP] = "-timestamp",
	[TSHORT] = "-tshort", [NUMERIC] = "-numeric", [FAMILY] = "-family", NULL,
};

static const struct { const char *typed; enum option option; } special[] = {
	{ "-br", BRIEF }, { "-stats", STATS }, { "-ts", TSHORT }, { "-colour", COLOUR },
};

static int find(const char *arg, size_t len)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strlen(special[i].typed) == len && !strncmp(special[i].typed, arg, len))
			return special[i].option;
	for (int i = 0; style_options[i]; i++)
		if (len > 1 && len <= strlen(style_options[i]) && !strncmp(style_options[i], arg, len))
			return i;
	return -1;
}

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static int set_colour(struct style *s, const char *when)
{
	if (!*when || !strcmp(when, "=always"))
		s->coloured = true;
	else if (!strcmp(when, "=auto"))
		s->coloured = wants_colour();
	else if (!strcmp(when, "=never"))
		s->coloured = false;
	else
		return err_set(-EINVAL, "option -color: always, auto or never, not \"%s\"", when + 1);
	return 1;
}

static int set_family(struct style *s, const char *family)
{
	if (!strcmp(family, "=inet"))
		s->version = 4;
	else if (!strcmp(family, "=inet6"))
		s->version = 6;
	else
		return err_set(-EINVAL, "option -family=: inet or inet6");
	return 1;
}

static void set(struct style *s, enum option o)
{
	switch (o) {
	case JSON: s->json = true; break;
	case PRETTY: s->pretty = true; break;
	case STATS: s->stats++; break;
	case DETAILS: s->details = true; break;
	case ONELINE: s->oneline = true; break;
	case BRIEF: s->brief = true; break;
	case IPV4: s->version = 4; break;
	case IPV6: s->version = 6; break;
	case TIMESTAMP: s->stamp = STAMP_LONG; break;
	case TSHORT: s->stamp = STAMP_SHORT; break;
	case NUMERIC: s->numeric = true; break;
	case COLOUR: case FAMILY: break;
	}
}

int style_option(struct style *s, const char *arg)
{
	size_t len;
	int o;

	if (arg[0] == '-' && arg[1] == '-')
		arg++;
	len = strcspn(arg, "=");
	o = find(arg, len);
	if (o < 0)
		return 0;
	if (o == COLOUR)
		return set_colour(s, arg + len);
	if (o == FAMILY)
		return set_family(s, arg + len);
	if (arg[len])
		return err_set(-EINVAL, "option %s takes no value", style_options[o]);
	set(s, o);
	return 1;
}

/* As ip's palette for dark backgrounds, but plain rather than bold. */
static const char *const sgr[] = {
	[COLOUR_GUEST] = "36", [COLOUR_MAC] = "33", [COLOUR_IP4] = "35", [COLOUR_IP6] = "34", [COLOUR_GOOD] = "32",
	[COLOUR_BAD] = "31",
};

/* Names come from outside; what steers a terminal does not get through. */
void style_paint(struct buf *out, const struct style *s, enum colour c, const char *text)
{
	bool painted = s->coloured && c != COLOUR_NONE;

	if (painted)
		buf_addf(out, "\033[%sm", sgr[c]);
	for (; *text; text++)
		buf_addc(out, (char)((unsigned char)*text < ' ' || *text == 127 ? '?' : *text));
	if (painted)
		buf_adds(out, "\033[0m");
}

void style_guest(struct buf *out, const struct style *s, uint32_t guest, const char *name)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", guest);
	style_paint(out, s, COLOUR_GUEST, s->numeric || !*name ? number : name);
}

void style_addr(struct buf *out, const struct style *s, const struct net_addr *a)
{
	char text[NET_ADDR_TEXT];

	style_paint(out, s, a->version == 6 ? COLOUR_IP6 : COLOUR_IP4, net_addr_text(a, text));
}

void style_mac(struct buf *out, const struct style *s, const uint8_t mac[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	style_paint(out, s, COLOUR_MAC, text);
}

void style_stamp(struct buf *out, const struct style *s, uint64_t time)
{
	time_t seconds = time / NS;
	unsigned int usec = time % NS / 1000;
	char text[64];
	struct tm tm;

	if (s->stamp == STAMP_NONE)
		return;
	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), s->stamp == STAMP_SHORT ? "%Y-%m-%dT%H:%M:%S" : "%a %b %e %H:%M:%S %Y", &tm);
	if (s->stamp == STAMP_SHORT)
		buf_addf(out, "[%s.%06u] ", text, usec);
	else
		buf_addf(out, "Timestamp: %s %u usec\n", text, usec);
}

char *style_time(uint64_t time, char out[TIME_TEXT])
{
	time_t seconds = time / NS;
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, TIME_TEXT - len, ".%09uZ", (unsigned int)(time % NS));
	return out;
}

void style_oneline(struct buf *text)
{
	for (size_t i = 0; i + 1 < text->len; i++)
		if (text->data[i] == '\n')
			text->data[i] = '\\';
}
