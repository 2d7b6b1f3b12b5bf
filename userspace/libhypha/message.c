// SPDX-License-Identifier: GPL-2.0-or-later
/* What the family's messages say. */
#include "libhypha/message.h"

#include "libhypha/genl.h"
#include "libhypha/net_attrs.h"
#include "util/error.h"

#include <errno.h>
#include <hypha_netlink.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)FLOW_EVENT_DESTROY == HYPHA_FLOW_EVENT_DESTROY, "uapi");

static const char *const group_names[] = {
	[GROUP_EVENTS] = HYPHA_GENL_MCGRP_EVENTS, [GROUP_FLOWS] = HYPHA_GENL_MCGRP_FLOWS,
	[GROUP_DROPS] = HYPHA_GENL_MCGRP_DROPS,
};

static const uint8_t dump_commands[] = {
	[DUMP_GUESTS] = HYPHA_CMD_GUEST_GET, [DUMP_FLOWS] = HYPHA_CMD_FLOW_GET, [DUMP_FORWARDS] = HYPHA_CMD_FORWARD_GET,
};

static const char *const guest_events[] = {
	[EVENT_CREATED] = "created", [EVENT_STARTED] = "started", [EVENT_READY] = "ready", [EVENT_PAUSED] = "paused",
	[EVENT_UNPAUSED] = "unpaused", [EVENT_EXITED] = "exited", [EVENT_DESTROYED] = "destroyed",
};

static const char *const flow_events[] = {
	[FLOW_EVENT_NEW] = "new", [FLOW_EVENT_UPDATE] = "update", [FLOW_EVENT_DESTROY] = "destroy",
};

const char *message_family(void)
{
	return HYPHA_GENL_NAME;
}

uint8_t message_family_version(void)
{
	return HYPHA_GENL_VERSION;
}

const char *message_group_name(enum message_group group)
{
	return group_names[group];
}

uint8_t message_dump_command(enum message_dump what)
{
	return dump_commands[what];
}

const char *guest_event_name(enum event_type event)
{
	return event <= EVENT_DESTROYED ? guest_events[event] : "unknown";
}

const char *flow_event_name(enum flow_event event)
{
	return event < FLOW_EVENTS ? flow_events[event] : "unknown";
}

static const struct genl_field guest_event_fields[] = {
	{ HYPHA_A_EVENT, GENL_U32, offsetof(struct message, event) },
	{ HYPHA_A_SEQ, GENL_U64, offsetof(struct message, seq) },
	{ HYPHA_A_TIME, GENL_U64, offsetof(struct message, time) },
};

static const struct genl_field net_event_fields[] = {
	{ HYPHA_N_EVENT, GENL_U32, offsetof(struct message, event) },
	{ HYPHA_N_SEQ, GENL_U64, offsetof(struct message, seq) },
	{ HYPHA_N_TIME, GENL_U64, offsetof(struct message, time) },
};

static int decode_drops(struct nlmsghdr *hdr, struct nlattr **attrs, struct message *m)
{
	net_guest_from(attrs, &m->drops.guest, m->drops.name);
	net_drops_from(hdr, &m->drops.drops);
	return 0;
}

static int decode_body(int command, struct nlmsghdr *hdr, struct nlattr **attrs, struct message *m)
{
	switch (command) {
	case HYPHA_CMD_GUEST_GET:
		m->type = MESSAGE_GUEST;
		return guest_from_message(hdr, attrs, &m->guest);
	case HYPHA_CMD_EVENT:
		m->type = MESSAGE_GUEST_EVENT;
		genl_fill(m, attrs, guest_event_fields, 3);
		return guest_from_message(hdr, attrs, &m->guest);
	case HYPHA_CMD_FLOW_EVENT:
		genl_fill(m, attrs, net_event_fields, 3);
		/* fall through */
	case HYPHA_CMD_FLOW_GET:
		m->type = command == HYPHA_CMD_FLOW_GET ? MESSAGE_FLOW : MESSAGE_FLOW_EVENT;
		return net_flow_from(attrs, &m->flow);
	case HYPHA_CMD_FORWARD_GET:
		m->type = MESSAGE_FORWARD;
		return net_forward_from(attrs, &m->forward);
	case HYPHA_CMD_DROP_EVENT:
		m->type = MESSAGE_DROP_EVENT;
		genl_fill(m, attrs, net_event_fields, 3);
		return decode_drops(hdr, attrs, m);
	}
	return 0;
}

int message_decode(const void *data, size_t len, struct message *m)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)data;
	struct nlattr *attrs[GENL_ATTRS];
	int err;

	memset(m, 0, sizeof(*m));
	if (len > INT32_MAX || !nlmsg_ok(hdr, (int)len) || !genlmsg_valid_hdr(hdr, 0))
		return err_set(-EPROTO, "netlink: malformed message");
	err = genl_attrs(hdr, attrs);
	if (!err)
		err = decode_body(((struct genlmsghdr *)nlmsg_data(hdr))->cmd, hdr, attrs, m);
	return err;
}

void message_clean(struct message *m)
{
	if (m->type == MESSAGE_GUEST || m->type == MESSAGE_GUEST_EVENT)
		guest_clean(&m->guest);
}
