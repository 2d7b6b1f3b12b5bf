/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The family's messages for who has a socket of its own: what to ask for, and what an answer or an event says. */
#ifndef HYPHA_LIBHYPHA_MESSAGE_H
#define HYPHA_LIBHYPHA_MESSAGE_H

#include "libhypha/event.h"
#include "libhypha/net.h"

enum message_group { GROUP_EVENTS, GROUP_FLOWS, GROUP_DROPS, MESSAGE_GROUPS };
enum message_dump { DUMP_GUESTS, DUMP_FLOWS, DUMP_FORWARDS, MESSAGE_DUMPS };

enum message_type {
	MESSAGE_OTHER,		/* nothing of interest */
	MESSAGE_GUEST,		/* of a dump, as those without _EVENT */
	MESSAGE_GUEST_EVENT,
	MESSAGE_FLOW,
	MESSAGE_FLOW_EVENT,
	MESSAGE_FORWARD,
	MESSAGE_DROP_EVENT,
};

enum flow_event { FLOW_EVENT_NEW, FLOW_EVENT_UPDATE, FLOW_EVENT_DESTROY, FLOW_EVENTS };

struct message_drops {
	uint32_t guest;			/* 0: of no guest */
	char name[GUEST_NAME_MAX];
	struct net_drops drops;		/* what was added */
};

struct message {
	enum message_type type;
	uint32_t event;			/* enum event_type or enum flow_event */
	uint64_t seq, time;		/* of events; seq 0: none */
	union {
		struct guest guest;
		struct net_flow flow;
		struct net_forward forward;
		struct message_drops drops;
	};
};

const char *message_family(void);
uint8_t message_family_version(void);
const char *message_group_name(enum message_group group);
uint8_t message_dump_command(enum message_dump what);
/* "created", "started", …; "unknown". */
const char *guest_event_name(enum event_type event);
const char *flow_event_name(enum flow_event event);	/* "new", "update", "destroy" */

/**
 * message_decode() - what one netlink message of the family says
 * @data: the message, from its header; aligned to 4
 * @len:  bytes there are; it is checked that the message is not longer
 * Return: 0, message_clean() @m afterwards; -EPROTO with err_text(), nothing to clean.
 */
int message_decode(const void *data, size_t len, struct message *m);
void message_clean(struct message *m);

#endif
