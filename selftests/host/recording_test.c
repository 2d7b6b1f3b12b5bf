/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hypha-mon: recordings and what is made of damaged ones, lines of text and JSON, and the words it takes. */
// links: userspace/hypha-mon/monitor.c userspace/hypha-mon/known.c userspace/hypha-mon/show.c userspace/hypha-mon/options.c
// links: userspace/hypha-mon/record.c userspace/hypha-mon/replay.c userspace/libhypha/message.c
// links: userspace/libhypha/net_attrs.c userspace/libhypha/net_names.c userspace/libhypha/genl.c
// links: userspace/libhypha/guest.c userspace/libhypha/guest_attrs.c userspace/present/words.c userspace/present/filter.c
// links: userspace/present/style.c userspace/present/flow.c userspace/present/present.c userspace/present/names.c
// links: userspace/util/buf.c userspace/util/error.c userspace/util/hex.c userspace/util/mem.c
// libs: -ljansson -I/usr/include/libnl3 -lnl-genl-3 -lnl-3
#include "monscript.h"

#include "hypha-mon/record.h"
#include "hypha-mon/show.h"
#include "util/cleanup.h"

#include <sys/stat.h>

/* --- recordings --- */

static int run_recorded(struct script *s, const char *path, struct story *story)
{
	struct wire *w = wire_record_open(path, &s->wire);
	int end = story_of(w, OBJECTS_ALL, story);

	w->close(w);
	return end;
}

static int run_replayed(const char *path, struct story *story)
{
	struct wire *w = wire_replay_open(path);
	int end;

	*story = (struct story) { 0 };
	if (!w)
		return -1;
	end = story_of(w, OBJECTS_ALL, story);
	w->close(w);
	return end;
}

static void no_forwards(struct script *s, uint64_t now)
{
	dumped(s, DUMP_FORWARDS, now);
}

static void eventful(struct script *s)
{
	script_begin(s);
	first_look(s);
	answer(s, DUMP_FORWARDS, 100, forward_message(8080));
	dumped(s, DUMP_FORWARDS, 100);
	comes(s, 200, flow_message(HYPHA_FLOW_EVENT_UPDATE, 9, 199, 2, HYPHA_FLOW_SYN_ACK));
	occurs(s, ACT_TICK, 210);
	no_forwards(s, 210);
	occurs(s, ACT_LOST, 290);
	second_look(s, 300);
	no_forwards(s, 300);
	comes(s, 310, drop_message(1, 309));
	comes(s, 320, flow_message(HYPHA_FLOW_EVENT_UPDATE, 20, 319, 5, HYPHA_FLOW_SYN_ACK));
	comes(s, 330, flow_message(HYPHA_FLOW_EVENT_UPDATE, 22, 329, 5, HYPHA_FLOW_CLOSED));	/* 21 is missing */
	second_look(s, 340);
	no_forwards(s, 340);
}

static void check_round_trip(void)
{
	struct story live, again;
	struct script s;
	struct stat st;

	eventful(&s);
	ok_num(run_recorded(&s, "rec", &live), MONITOR_END, "recording: ends");
	ok(!s.wrong && strstr(live.text, "lost@330") && strstr(live.text, "del forward 8080@210"), "recording: the story is eventful");
	ok(!stat("rec", &st) && (st.st_mode & 0777) == 0600, "recording: only its owner reads it");
	ok_num(run_replayed("rec", &again), MONITOR_END, "replay: ends");
	ok_str(again.text, live.text, "replay: the same story, with the same times");
	script_end(&s);
}

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	fwrite(data, len, 1, f);
	fclose(f);
}

static void check_damaged(void)
{
	static char data[1 << 16], copy[1 << 16];
	auto_file FILE *f = fopen("rec", "r");
	size_t len = fread(data, 1, sizeof(data), f);
	unsigned int whole = 0, cut = 0;
	struct story story;

	for (size_t n = sizeof(struct record_header); n < len; n += 4) {
		int end;

		write_file("cut", data, n);
		end = run_replayed("cut", &story);
		whole += end == MONITOR_END;
		cut += end == -EPROTO && strstr(err_text(), "in the middle of a record");
		if (end < 0 && end != -EPROTO)
			break;
	}
	ok(whole > 5 && cut > whole, "replay: cut between two records it ends, in the middle it says so (%u, %u)", whole, cut);
	for (size_t at = 0; at < len; at += 3) {
		memcpy(copy, data, len);
		copy[at] ^= 0x55;
		write_file("damaged", copy, len);
		run_replayed("damaged", &story);
	}
	ok(true, "replay: damage does no harm");
	write_file("other", "hello, world, this is something else", 36);
	ok(run_replayed("other", &story) < 0 && strstr(err_text(), "not a recording"), "replay: what is no recording is told");
	ok(run_replayed("missing", &story) < 0 && strstr(err_text(), "missing"), "replay: nor what is not there");
	copy[0] = 0;
	memcpy(copy, data, len);
	copy[8]++;
	write_file("newer", copy, len);
	ok(run_replayed("newer", &story) < 0 && strstr(err_text(), "version 2"), "replay: nor of another version");
}

/* --- lines --- */

static int shown(const char *words, char **text)
{
	static char line[256];
	char *argv[16], *rest = line;
	struct mon_options o;
	struct show show = { .options = &o };
	struct wire *w;
	size_t len;
	int n = 0, end;

	snprintf(line, sizeof(line), "%s", words);
	while ((argv[n] = strtok_r(rest, " ", &rest)))
		n++;
	if (mon_options_parse(&o, argv))
		return -EINVAL;
	w = wire_replay_open("rec");
	show.out = open_memstream(text, &len);
	end = monitor_run(w, OBJECTS_ALL, show_told, &show);
	w->close(w);
	fclose(show.out);
	return end;
}

static void check_shown(const char *words, int end, const char *want)
{
	auto_free char *text = NULL;

	ok_num(shown(words, &text), end, "hypha-mon %s: ends", words);
	ok_str(text, want, "hypha-mon %s", words);
}

#define LINE " src 10.75.0.5 sport 1002 dst 192.0.2.7 dport 80\n"

static void check_lines(void)
{
	setenv("TZ", "UTC", 1);
	check_shown("-c 1 -E label flow state syn-ack", MONITOR_ENOUGH, "[FLOW]update 2: guest web proto tcp state syn-ack" LINE);
	check_shown("-ts -E drop", MONITOR_END,
		    "[1970-01-01T00:00:00.000000] # lost: events were lost; what has changed follows\n"
		    "[1970-01-01T00:00:00.000000] drop guest web spoof-mac 5\n"
		    "[1970-01-01T00:00:00.000000] # lost: events were lost; what has changed follows\n");
	check_shown("-br -c 2 guest flow guest web", MONITOR_ENOUGH,
		    "have 3: guest web state running\n"
		    "have 1 web tcp established 10.75.0.5:1001 192.0.2.7:80\nhave 2 web tcp syn 10.75.0.5:1002 192.0.2.7:80\n"
		    "# synced: 1 guests, 2 flows, 1 forwards\nupdate 2 web tcp syn-ack 10.75.0.5:1002 192.0.2.7:80\n"
		    "# lost: events were lost; what has changed follows\nchanged 3: guest web state paused\n");
	check_shown("-j -E -c 1 forward", MONITOR_ENOUGH,
		    "{\"time\":\"1970-01-01T00:00:00.000000210Z\",\"object\":\"forward\",\"event\":\"del\",\"guest\":\"web\","
		    "\"guestId\":3,\"proto\":\"tcp\",\"version\":null,\"addr\":null,\"hostPort\":8080,\"guestPort\":80,\"ports\":1,"
		    "\"flows\":0}\n");
	check_shown("-j -c 1 drop", MONITOR_ENOUGH,
		    "{\"time\":\"1970-01-01T00:00:00.000000100Z\",\"object\":\"mark\",\"event\":\"synced\",\"guests\":1,\"flows\":2,"
		    "\"forwards\":1}\n{\"time\":\"1970-01-01T00:00:00.000000290Z\",\"object\":\"mark\",\"event\":\"lost\"}\n"
		    "{\"time\":\"1970-01-01T00:00:00.000000300Z\",\"object\":\"mark\",\"event\":\"synced\",\"guests\":2,\"flows\":2,"
		    "\"forwards\":0}\n{\"time\":\"1970-01-01T00:00:00.000000309Z\",\"object\":\"drop\",\"event\":\"drop\","
		    "\"guest\":\"web\",\"guestId\":3,\"drops\":{\"spoof-mac\":5}}\n");
}

/* --- words --- */

struct words_case {
	const char *line;
	unsigned int objects;	/* 0: refused */
	const char *guest;
};

#define FLOW (1u << OBJECT_FLOW)
#define GUEST (1u << OBJECT_GUEST)
#define DROP (1u << OBJECT_DROP)

static void check_words(void)
{
	static const struct words_case cases[] = {
		{ "", OBJECTS_ALL, NULL }, { "all", OBJECTS_ALL, NULL }, { "flow", FLOW, NULL }, { "guest flow", GUEST | FLOW, NULL },
		{ "guest", GUEST, NULL }, { "guest web", OBJECTS_ALL, "web" }, { "flow guest web", FLOW, "web" },
		{ "guest drop guest web label", GUEST | DROP, "web" }, { "proto tcp", FLOW, NULL }, { "dport 80 -j", FLOW, NULL },
		{ "-j flow proto tcp dport 443 guest web", FLOW, "web" }, { "label all", OBJECTS_ALL, NULL },
		{ "-c 5 --timeout 2.5 guest", GUEST, NULL }, { "--count=5 --timeout=1 flow", FLOW, NULL }, { "-rc 4096 --rcvbuf=1 flow", FLOW, NULL },
		{ "drop dport 80", 0, NULL }, { "guest proto tcp", 0, NULL }, { "bogus", 0, NULL }, { "flow bogus", 0, NULL },
		{ "-c", 0, NULL }, { "-c 0", 0, NULL }, { "-c x", 0, NULL }, { "--timeout 0", 0, NULL }, { "--timeout x", 0, NULL },
		{ "-l -zzz", 0, NULL }, { "-zzz", 0, NULL }, { "--replay a --record b", 0, NULL }, { "flow dport", 0, NULL },
		{ "--replay a --timeout 1", 0, NULL }, { "-c=5", 0, NULL }, { "-rc", 0, NULL }, { "-rc 0", 0, NULL }, { "-rc 1M", 0, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128], *argv[16], *rest = line;
		struct mon_options o;
		int n = 0, err;

		snprintf(line, sizeof(line), "%s", cases[i].line);
		while ((argv[n] = strtok_r(rest, " ", &rest)))
			n++;
		err = mon_options_parse(&o, argv);
		if (!cases[i].objects)
			ok(err == -EINVAL && *err_text(), "words \"%s\" are refused: %s", cases[i].line, err_text());
		else if (ok(!err && o.objects == cases[i].objects, "words \"%s\"", cases[i].line) && cases[i].guest)
			ok_str(o.filter.guest, cases[i].guest, "words \"%s\": the guest", cases[i].line);
	}
}

int main(void)
{
	check_round_trip();
	check_damaged();
	check_lines();
	check_words();
	return done();
}
