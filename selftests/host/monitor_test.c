/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hypha-mon: the story it makes of messages, over a wire of ours: nothing twice, nothing missed, losses made good. */
// links: userspace/hypha-mon/monitor.c userspace/hypha-mon/known.c userspace/libhypha/message.c
// links: userspace/libhypha/net_attrs.c userspace/libhypha/net_names.c userspace/libhypha/genl.c
// links: userspace/libhypha/guest.c userspace/libhypha/guest_attrs.c userspace/present/names.c
// links: userspace/util/buf.c userspace/util/error.c userspace/util/hex.c userspace/util/mem.c
// libs: -I/usr/include/libnl3 -lnl-genl-3 -lnl-3
#include "monscript.h"

#include "util/cleanup.h"

#define HAVE "have guest web running@100;have flow 1 of web established@100;have flow 2 of web syn@100;synced@100;"

static void check_stream(void)
{
	struct script s;

	script_begin(&s);
	first_look(&s);
	comes(&s, 200, flow_message(HYPHA_FLOW_EVENT_UPDATE, 9, 199, 2, HYPHA_FLOW_ESTABLISHED));
	comes(&s, 201, flow_message(HYPHA_FLOW_EVENT_NEW, 10, 200, 3, HYPHA_FLOW_SYN));
	comes(&s, 202, flow_message(HYPHA_FLOW_EVENT_DESTROY, 11, 201, 1, HYPHA_FLOW_CLOSED));
	comes(&s, 203, guest_message(HYPHA_EVENT_EXITED, 4, 202, 3, "web", HYPHA_STATE_EXITED));
	comes(&s, 204, guest_message(HYPHA_EVENT_DESTROYED, 5, 203, 3, "web", HYPHA_STATE_EXITED));
	check_story(&s, GUESTS_FLOWS,
		    HAVE "update flow 2 of web established@199;new flow 3 of web syn@200;destroy flow 1 of web closed@201;"
		    "exited guest web exited@202;destroyed guest web exited@203;", "what happens after the dump");
}

/* Joined at 50, dumped at 100: the socket holds what happened between, which the dump has seen. */
static void check_no_duplicates(void)
{
	struct script s;

	script_begin(&s);
	first_look(&s);
	comes(&s, 110, guest_message(HYPHA_EVENT_CREATED, 1, 60, 3, "web", HYPHA_STATE_CREATED));
	comes(&s, 110, guest_message(HYPHA_EVENT_STARTED, 2, 61, 3, "web", HYPHA_STATE_RUNNING));
	comes(&s, 110, flow_message(HYPHA_FLOW_EVENT_DESTROY, 1, 65, 90, HYPHA_FLOW_CLOSED));	/* was gone by then */
	comes(&s, 110, flow_message(HYPHA_FLOW_EVENT_NEW, 2, 70, 1, HYPHA_FLOW_SYN));
	comes(&s, 110, flow_message(HYPHA_FLOW_EVENT_UPDATE, 3, 71, 1, HYPHA_FLOW_SYN_ACK));
	comes(&s, 110, flow_message(HYPHA_FLOW_EVENT_UPDATE, 4, 72, 1, HYPHA_FLOW_ESTABLISHED));
	comes(&s, 110, flow_message(HYPHA_FLOW_EVENT_NEW, 5, 80, 2, HYPHA_FLOW_SYN));
	comes(&s, 110, flow_message(HYPHA_FLOW_EVENT_UPDATE, 6, 99, 2, HYPHA_FLOW_SYN_ACK));	/* after it was looked at */
	comes(&s, 120, flow_message(HYPHA_FLOW_EVENT_UPDATE, 7, 119, 2, HYPHA_FLOW_SYN_ACK));	/* nothing new */
	check_story(&s, GUESTS_FLOWS, HAVE "update flow 2 of web syn-ack@99;", "nothing is told twice, nothing is missed");
}

#define CHANGED "changed guest web paused@300;created guest db running@300;update flow 2 of web established@300;" \
	"new flow 5 of web syn@300;destroy flow 1 of web established@300;synced@300;"

static void check_lost(void)
{
	struct script s;

	script_begin(&s);
	first_look(&s);
	occurs(&s, ACT_LOST, 290);
	second_look(&s, 300);
	comes(&s, 301, flow_message(HYPHA_FLOW_EVENT_NEW, 70, 299, 5, HYPHA_FLOW_SYN));
	comes(&s, 310, flow_message(HYPHA_FLOW_EVENT_UPDATE, 71, 309, 5, HYPHA_FLOW_SYN_ACK));
	check_story(&s, GUESTS_FLOWS, HAVE "lost@290;" CHANGED "update flow 5 of web syn-ack@309;",
		    "after a loss what has changed is told");
}

static void check_gap(void)
{
	struct script s;

	script_begin(&s);
	first_look(&s);
	comes(&s, 200, flow_message(HYPHA_FLOW_EVENT_UPDATE, 9, 199, 2, HYPHA_FLOW_SYN_ACK));
	comes(&s, 290, flow_message(HYPHA_FLOW_EVENT_UPDATE, 11, 289, 2, HYPHA_FLOW_ESTABLISHED));
	second_look(&s, 300);
	comes(&s, 310, flow_message(HYPHA_FLOW_EVENT_UPDATE, 12, 309, 5, HYPHA_FLOW_SYN_ACK));
	check_story(&s, GUESTS_FLOWS, HAVE "update flow 2 of web syn-ack@199;lost@290;" CHANGED "update flow 5 of web syn-ack@309;",
		    "a gap in the numbers is a loss");
}

static void check_groups_count_apart(void)
{
	struct script s;

	script_begin(&s);
	first_look(&s);
	comes(&s, 200, flow_message(HYPHA_FLOW_EVENT_NEW, 9, 199, 7, HYPHA_FLOW_SYN));
	comes(&s, 201, drop_message(1, 200));
	comes(&s, 202, guest_message(HYPHA_EVENT_PAUSED, 77, 201, 3, "web", HYPHA_STATE_PAUSED));
	comes(&s, 203, flow_message(HYPHA_FLOW_EVENT_DESTROY, 10, 202, 7, HYPHA_FLOW_SYN));
	comes(&s, 204, drop_message(2, 203));
	check_story(&s, GUESTS_FLOWS | 1u << OBJECT_DROP,
		    HAVE "new flow 7 of web syn@199;drop spoof-mac 5 of web@200;paused guest web paused@201;"
		    "destroy flow 7 of web syn@202;drop spoof-mac 5 of web@203;", "each group has its own numbers");
}

static void check_interrupted(void)
{
	struct script s;

	script_begin(&s);
	answer(&s, DUMP_GUESTS, 90, guest_message(-1, 0, 0, 3, "web", HYPHA_STATE_RUNNING));
	act(&s, (struct act) { ACT_DUMPED, DUMP_GUESTS, NULL, -EAGAIN, 90 });
	answer(&s, DUMP_GUESTS, 100, guest_message(-1, 0, 0, 3, "web", HYPHA_STATE_RUNNING));
	answer(&s, DUMP_GUESTS, 100, guest_message(-1, 0, 0, 4, "db", HYPHA_STATE_RUNNING));
	dumped(&s, DUMP_GUESTS, 100);
	check_story(&s, 1u << OBJECT_GUEST, "have guest web running@90;have guest db running@100;synced@100;",
		    "a dump that was interrupted is made again, and tells nothing twice");
}

static void check_forwards(void)
{
	struct script s;

	script_begin(&s);
	answer(&s, DUMP_GUESTS, 100, guest_message(-1, 0, 0, 3, "web", HYPHA_STATE_RUNNING));
	dumped(&s, DUMP_GUESTS, 100);
	answer(&s, DUMP_FORWARDS, 100, forward_message(8080));
	dumped(&s, DUMP_FORWARDS, 100);
	occurs(&s, ACT_TICK, 200);
	answer(&s, DUMP_FORWARDS, 200, forward_message(8080));
	answer(&s, DUMP_FORWARDS, 200, forward_message(8081));
	dumped(&s, DUMP_FORWARDS, 200);
	occurs(&s, ACT_TICK, 300);
	answer(&s, DUMP_FORWARDS, 300, forward_message(8081));
	dumped(&s, DUMP_FORWARDS, 300);
	check_story(&s, 1u << OBJECT_FORWARD, "have forward 8080@100;synced@100;add forward 8081@200;del forward 8080@300;",
		    "forwards have no events: they are compared every second");
}

static void check_ends(void)
{
	struct story story;
	struct script s;

	script_begin(&s);
	first_look(&s);
	occurs(&s, ACT_TIMEOUT, 200);
	ok_num(story_of(&s.wire, GUESTS_FLOWS, &story), MONITOR_TIMEOUT, "the time is over");
	script_end(&s);
	script_begin(&s);
	first_look(&s);
	story = (struct story) { .enough_after = 1 };
	ok_num(monitor_run(&s.wire, GUESTS_FLOWS, tell, &story), MONITOR_ENOUGH, "enough, in the middle of a dump");
	ok_str(story.text, "have guest web running@100;have flow 1 of web established@100;", "and nothing is told after that");
	script_end(&s);
}

static void check_malformed(void)
{
	struct nl_msg *whole = flow_message(HYPHA_FLOW_EVENT_NEW, 1, 1, 1, HYPHA_FLOW_SYN);
	size_t len = nlmsg_hdr(whole)->nlmsg_len;
	unsigned int refused = 0;
	struct message m;

	ok(message_decode(nlmsg_hdr(whole), len - 1, &m) == -EPROTO, "a message longer than what is there is refused");
	/* Every way to cut it short and to get a byte wrong: read within bounds (the sanitizer looks), refused or read. */
	for (size_t cut = 16; cut < len; cut++) {
		auto_free char *copy = malloc(cut);

		memcpy(copy, nlmsg_hdr(whole), cut);
		((struct nlmsghdr *)copy)->nlmsg_len = cut;
		refused += message_decode(copy, cut, &m) == -EPROTO;
	}
	ok(refused > len / 2, "most messages that were cut short are refused (%u of %zu)", refused, len - 16);
	for (size_t at = 16; at < len; at++) {
		for (int byte = 0; byte < 256; byte += 15) {
			auto_free char *copy = malloc(len);

			memcpy(copy, nlmsg_hdr(whole), len);
			copy[at] = byte;
			if (!message_decode(copy, len, &m))
				message_clean(&m);
		}
	}
	ok(true, "and those with a byte wrong do no harm");
	nlmsg_free(whole);
}

int main(void)
{
	check_stream();
	check_no_duplicates();
	check_lost();
	check_gap();
	check_groups_count_apart();
	check_interrupted();
	check_forwards();
	check_ends();
	check_malformed();
	return done();
}
