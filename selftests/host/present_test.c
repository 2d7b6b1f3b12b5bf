/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words in, lines and JSON out: what hyphactl net and hypha-mon say alike. */
// links: userspace/present/words.c userspace/present/filter.c userspace/present/style.c userspace/present/sheet.c
// links: userspace/present/flow.c userspace/present/present.c userspace/present/names.c userspace/libhypha/net_names.c
// links: userspace/libhypha/guest.c userspace/libhypha/guest_attrs.c userspace/libhypha/genl.c
// links: userspace/util/buf.c userspace/util/error.c userspace/util/hex.c userspace/util/mem.c
// libs: -ljansson -I/usr/include/libnl3 -lnl-genl-3 -lnl-3
#include "present/filter.h"
#include "present/names.h"
#include "present/present.h"
#include "present/sheet.h"

#include "test.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

static struct net_addr addr(const char *text)
{
	struct net_addr a;

	if (net_addr_parse(text, &a))
		abort();
	return a;
}

static struct net_flow tcp_flow(void)
{
	return (struct net_flow) {
		.id = 42, .guest = 3, .name = "web", .flags = 1u << FLOW_REPLIED, .state = FLOW_ESTABLISHED, .version = 4,
		.proto = IPPROTO_TCP, .age = 3000000000, .remaining = 119000000001,
		.orig = { 3, addr("10.75.0.5"), addr("192.0.2.7"), 41234, 443, 12, 3400 },
		.reply = { 0, addr("192.0.2.7"), addr("198.51.100.2"), 443, 61010, 10, 8000 },
	};
}

static struct net_flow echo_flow(void)
{
	return (struct net_flow) {
		.id = 7, .guest = 4, .state = FLOW_NEW, .version = 6, .proto = IPPROTO_ICMPV6,
		.orig = { 4, addr("fd00::5"), addr("2001:db8::1"), 77, 0, 1, 104 },
		.reply = { 0, addr("2001:db8::1"), addr("fd00::5"), 0, 77, 0, 0 },
	};
}

/* --- filters --- */

/* Splits @line; the words live as long as *@keep. */
static int parse(const char *line, struct flow_filter *f, char **keep)
{
	static char *argv[32];
	char *rest;
	int n = 0;

	*keep = strdup(line);
	rest = *keep;
	while ((argv[n] = strtok_r(rest, " ", &rest)))
		n++;
	*f = (struct flow_filter) { 0 };
	return flow_filter_parse(f, &(struct words) { .argv = argv });
}

static void check_matches(void)
{
	static const struct { const char *line; bool tcp, echo; } cases[] = {
		{ "", true, true },
		{ "guest web", true, false }, { "guest 3", true, false }, { "guest 4", false, true }, { "guest we", false, false },
		{ "proto tcp", true, false }, { "proto 6", true, false }, { "proto icmp6", false, true }, { "proto udp", false, false },
		{ "src 10.75.0.5", true, false }, { "src 10.75.0.0/16", true, false }, { "src 10.74.0.0/16", false, false },
		{ "src 10.75.0.4/31", true, false }, { "src 10.75.0.6/31", false, false }, { "src 0.0.0.0/0", true, false },
		{ "dst 192.0.2.7", true, false }, { "src 192.0.2.7", false, false }, { "dst 2001:db8::/32", false, true },
		{ "addr 198.51.100.2", true, false }, { "addr 10.75.0.5", true, false }, { "addr fd00::/7", false, true },
		{ "sport 41234", true, false }, { "sport 443", false, false }, { "dport 443", true, false },
		{ "dport 440-450", true, false }, { "dport 444-450", false, false }, { "port 61010", true, false },
		{ "port 77", false, true }, { "state established", true, false }, { "state new", false, true },
		{ "state new state established", true, true }, { "flag replied", true, false },
		{ "flag replied flag dns", false, false }, { "id 42", true, false }, { "id 7", false, true },
		{ "guest web proto tcp dport 443 src 10.75.0.5 dst 192.0.2.7 state established", true, false },
		{ "guest web proto tcp dport 444", false, false },
	};
	struct net_flow tcp = tcp_flow(), echo = echo_flow();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_free char *keep = NULL;
		struct flow_filter f;

		ok(!parse(cases[i].line, &f, &keep) && flow_filter_matches(&f, &tcp) == cases[i].tcp &&
		   flow_filter_matches(&f, &echo) == cases[i].echo, "filter \"%s\"", cases[i].line);
	}
}

static void check_wrong_filters(void)
{
	static const struct { const char *line, *says; } cases[] = {
		{ "guest", "needs a value" }, { "proto", "needs a value" }, { "proto tpc", "tcp, udp" }, { "proto 0", "range" },
		{ "proto 256", "range" }, { "proto 6x", "not a number" }, { "src 10.75.0", "not an IPv4" },
		{ "src 10.75.0.0/33", "range" }, { "src 10.75.0.0/", "not a number" }, { "dst fe80::/129", "range" },
		{ "sport 0", "no port 0" }, { "sport 65536", "range" }, { "dport 5-4", "before it begins" },
		{ "dport 5-", "not a number" }, { "dport -5", "not a number" }, { "port +5", "not a number" },
		{ "state open", "established" }, { "flag seen", "hairpin" }, { "id 0", "range" }, { "id x", "not a number" },
		{ "id 18446744073709551616", "range" }, { "proto tcp proto udp", "twice" }, { "guest a guest b", "twice" },
		{ "bogus", "bogus" }, { "proto tcp bogus", "bogus" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_free char *keep = NULL;
		struct flow_filter f;

		ok(parse(cases[i].line, &f, &keep) == -EINVAL && strstr(err_text(), cases[i].says),
		   "wrong filter \"%s\": %s", cases[i].line, err_text());
	}
}

static void check_fine(void)
{
	auto_free char *coarse = NULL, *fine = NULL;
	struct flow_filter f;

	ok(!parse("guest web proto tcp", &f, &coarse) && !flow_filter_is_fine(&f), "the kernel filters by guest and protocol");
	ok(!parse("dport 443", &f, &fine) && flow_filter_is_fine(&f), "but not by port");
}

/* --- words --- */

static void check_words(void)
{
	static const char *const names[] = { "waiting", "connected", "consumed", NULL };
	bool on;

	ok_num(word_among("state", "w", names), 0, "a word by its beginning");
	ok_num(word_among("state", "connected", names), 1, "as a whole");
	ok(word_among("state", "con", names) == -EINVAL && strstr(err_text(), "connected or consumed"), "an ambiguous one is told");
	ok(word_among("state", "", names) == -EINVAL && word_among("state", "x", names) == -EINVAL, "an empty or unknown one");
	ok(!word_switch("x", "on", &on) && on && !word_switch("x", "off", &on) && !on && word_switch("x", "yes", &on) == -EINVAL,
	   "on and off");
}

/* --- style --- */

static void check_options(void)
{
	static const struct { const char *arg; struct style want; } cases[] = {
		{ "-j", { .json = true } }, { "--json", { .json = true } }, { "-json", { .json = true } }, { "-p", { .pretty = true } },
		{ "-s", { .stats = 1 } }, { "-stats", { .stats = 1 } }, { "-statistics", { .stats = 1 } },
		{ "-d", { .details = true } }, { "-det", { .details = true } }, { "-o", { .oneline = true } },
		{ "-br", { .brief = true } }, { "-brief", { .brief = true } }, { "-4", { .version = 4 } }, { "-6", { .version = 6 } },
		{ "-f=inet6", { .version = 6 } }, { "-t", { .stamp = STAMP_LONG } }, { "-timestamp", { .stamp = STAMP_LONG } },
		{ "-ts", { .stamp = STAMP_SHORT } }, { "-tshort", { .stamp = STAMP_SHORT } }, { "-n", { .numeric = true } },
		{ "-c", { .coloured = true } }, { "-c=always", { .coloured = true } }, { "-color=never", { 0 } },
		{ "--color=auto", { 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct style s = { 0 };

		ok(style_option(&s, cases[i].arg) == 1 && !memcmp(&s, &cases[i].want, sizeof(s)), "option %s", cases[i].arg);
	}
}

static void check_wrong_options(void)
{
	struct style s = { 0 };

	ok_num(style_option(&s, "-c=sometimes"), -EINVAL, "-c=sometimes is refused");
	ok_num(style_option(&s, "-j=x"), -EINVAL, "-j takes no value");
	ok_num(style_option(&s, "-f"), -EINVAL, "-f needs one");
	ok_num(style_option(&s, "-x"), 0, "-x is somebody else's");
	ok_num(style_option(&s, "-jsonx"), 0, "more than an option's name is none");
	ok_num(style_option(&s, "-"), 0, "a dash alone is none");
	style_option(&s, "-s");
	style_option(&s, "-s");
	ok_num(s.stats, 2, "-s counts");
}

static void check_times(void)
{
	static const struct style brief = { .stamp = STAMP_SHORT }, full = { .stamp = STAMP_LONG };
	uint64_t when = UINT64_C(1763776210123456789);
	auto_buf out = BUF_INIT;
	char text[TIME_TEXT];

	setenv("TZ", "UTC", 1);
	tzset();
	ok_str(style_time(when, text), "2025-11-22T01:50:10.123456789Z", "a time in JSON");
	style_stamp(&out, &brief, when);
	ok_str(buf_str(&out), "[2025-11-22T01:50:10.123456] ", "a short timestamp");
	buf_reset(&out);
	style_stamp(&out, &full, when);
	ok_str(buf_str(&out), "Timestamp: Sat Nov 22 01:50:10 2025 123456 usec\n", "a timestamp");
}

/* --- things --- */

static void check_flow(const struct net_flow *f, struct style s, const char *want, const char *name)
{
	auto_buf out = BUF_INIT;

	present_flow(&out, &s, f);
	if (s.oneline)
		style_oneline(&out);
	ok_str(buf_str(&out), want, "flow: %s", name);
}

#define MAIN "42: guest web proto tcp state established src 10.75.0.5 sport 41234 dst 192.0.2.7 dport 443 snat 198.51.100.2:61010 expires 120s"

static void check_flows(void)
{
	struct net_flow tcp = tcp_flow(), echo = echo_flow(), forward = tcp_flow();

	forward.orig = (struct net_tuple) { 0, addr("192.0.2.7"), addr("198.51.100.2"), 5555, 8080, 1, 60 };
	forward.reply = (struct net_tuple) { 3, addr("10.75.0.5"), addr("192.0.2.7"), 80, 5555, 0, 0 };
	check_flow(&tcp, (struct style) { 0 }, MAIN "\n", "text");
	check_flow(&tcp, (struct style) { .brief = true }, "42 web tcp established 10.75.0.5:41234 192.0.2.7:443\n", "brief");
	check_flow(&tcp, (struct style) { .numeric = true, .brief = true }, "42 3 6 established 10.75.0.5:41234 192.0.2.7:443\n",
		   "numbers");
	check_flow(&tcp, (struct style) { .stats = 1, .oneline = true },
		   MAIN "\\    orig packets 12 bytes 3400 reply packets 10 bytes 8000\n", "one line");
	check_flow(&tcp, (struct style) { .details = true },
		   MAIN "\n    age 3s flag replied\n    reply src 192.0.2.7 sport 443 dst 198.51.100.2 dport 61010\n", "details");
	check_flow(&echo, (struct style) { 0 }, "7: guest 4 proto icmp6 state new src fd00::5 dst 2001:db8::1 ident 77\n",
		   "echo of a nameless guest");
	check_flow(&echo, (struct style) { .brief = true }, "7 4 icmp6 new fd00::5 2001:db8::1\n", "echo, brief");
	check_flow(&forward, (struct style) { 0 },
		   "42: guest web proto tcp state established src 192.0.2.7 sport 5555 dst 198.51.100.2 dport 8080 dnat 10.75.0.5:80"
		   " expires 120s\n", "published");
	check_flow(&tcp, (struct style) { .brief = true, .coloured = true },
		   "42 \033[36mweb\033[0m tcp \033[32mestablished\033[0m \033[35m10.75.0.5\033[0m:41234 \033[35m192.0.2.7\033[0m:443\n",
		   "colours");
	strcpy(tcp.name, "a\033b");
	tcp.state = 99;
	check_flow(&tcp, (struct style) { .brief = true }, "42 a?b tcp unknown 10.75.0.5:41234 192.0.2.7:443\n",
		   "nothing steers the terminal, unknown states do no harm");
}

/* What the words of a line say finds the flow again. */
static void check_round_trip(void)
{
	struct net_flow tcp = tcp_flow();
	struct style s = { 0 };
	auto_buf out = BUF_INIT;
	auto_free char *keep = NULL;
	struct flow_filter f;
	char *words, *end;

	present_flow(&out, &s, &tcp);
	words = out.data + strlen("42: ");
	end = strstr(words, " snat");
	*end = '\0';
	ok(!parse(words, &f, &keep) && flow_filter_matches(&f, &tcp), "a line is a filter for itself: %s", words);
	tcp.orig.dport++;
	ok(!flow_filter_matches(&f, &tcp), "and not for another one");
}

static void check_json(void)
{
	static const char want[] =
		"{\"id\":42,\"guest\":\"web\",\"guestId\":3,\"version\":4,\"proto\":\"tcp\",\"state\":\"established\","
		"\"flags\":[\"replied\"],\"ageNs\":3000000000,\"remainingNs\":119000000001,"
		"\"orig\":{\"fromGuestId\":3,\"src\":\"10.75.0.5\",\"sport\":41234,\"dst\":\"192.0.2.7\",\"dport\":443,"
		"\"packets\":12,\"bytes\":3400},"
		"\"reply\":{\"fromGuestId\":0,\"src\":\"192.0.2.7\",\"sport\":443,\"dst\":\"198.51.100.2\",\"dport\":61010,"
		"\"packets\":10,\"bytes\":8000}}";
	struct net_flow tcp = tcp_flow();
	json_t *o = present_flow_json(&tcp);
	auto_free char *text = json_dumps(o, JSON_COMPACT);

	ok_str(text, want, "a flow in JSON, every key");
	json_decref(o);
}

static void check_forward(struct forward_spec spec, const char *want)
{
	struct net_forward f = { .guest = 3, .name = "web", .spec = spec };
	struct style s = { 0 };
	auto_buf out = BUF_INIT;

	present_forward(&out, &s, &f);
	ok_str(buf_str(&out), want, "forward: %.*s", (int)strcspn(want, "\n"), want);
}

static void check_forwards(void)
{
	struct forward_spec tcp = { IPPROTO_TCP, 0, 1, 8080, 80, { 0 } }, udp = { IPPROTO_UDP, 6, 3, 9000, 90, { 0 } };
	struct net_addr a4 = addr("192.0.2.1"), a6 = addr("2001:db8::1");

	check_forward(tcp, "guest web *:8080 to 80/tcp\n");
	tcp.version = 4;
	check_forward(tcp, "guest web 0.0.0.0:8080 to 80/tcp\n");
	net_addr_to_mapped(&a4, tcp.addr);
	check_forward(tcp, "guest web 192.0.2.1:8080 to 80/tcp\n");
	check_forward(udp, "guest web [::]:9000-9002 to 90-92/udp\n");
	net_addr_to_mapped(&a6, udp.addr);
	check_forward(udp, "guest web [2001:db8::1]:9000-9002 to 90-92/udp\n");
}

static void check_sheet(void)
{
	struct style json = { .json = true }, pretty = { .json = true, .pretty = true };
	auto_free char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct sheet sheet;

	sheet_begin(&sheet, &json, out);
	sheet_end(&sheet);
	sheet_begin(&sheet, &json, out);
	sheet_json(&sheet, json_pack("{s:i}", "a", 1));
	sheet_json(&sheet, json_pack("{s:i}", "b", 2));
	sheet_end(&sheet);
	sheet_begin(&sheet, &pretty, out);
	sheet_json(&sheet, json_pack("{s:i}", "a", 1));
	sheet_end(&sheet);
	fclose(out);
	ok_str(text, "[]\n[{\"a\":1},{\"b\":2}]\n[\n{\n    \"a\": 1\n}\n]\n", "lists of JSON, empty, compact and pretty");
}

static void check_names(void)
{
	char empty[GUEST_NAME_MAX] = "", given[GUEST_NAME_MAX] = "given";
	struct names n = { 0 };

	for (uint32_t id = 40; id > 0; id -= 2) {
		char name[16];

		snprintf(name, sizeof(name), "g%u", id);
		names_set(&n, id, name);
	}
	names_set(&n, 20, "again");
	ok_str(names_get(&n, 2), "g2", "names: the first");
	ok_str(names_get(&n, 40), "g40", "names: the last");
	ok_str(names_get(&n, 20), "again", "names: set again");
	ok_str(names_get(&n, 3), "", "names: unknown");
	names_fill(&n, 2, empty);
	names_fill(&n, 2, given);
	ok(!strcmp(empty, "g2") && !strcmp(given, "given"), "names: only what is empty is filled");
	ok_num(n.nr, 20, "names: none twice");
	names_clean(&n);
}

int main(void)
{
	check_matches();
	check_wrong_filters();
	check_fine();
	check_words();
	check_options();
	check_wrong_options();
	check_times();
	check_flows();
	check_round_trip();
	check_json();
	check_forwards();
	check_sheet();
	check_names();
	return done();
}
