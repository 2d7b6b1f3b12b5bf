// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets of the family "hypha": its number and groups; what the network was set to, to be set again. */
#include "callers.h"

#include <err.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS_MAX 8

uint16_t family;
static uint32_t groups[GROUPS_MAX];
static unsigned int nr_groups;

struct message {
	struct nlmsghdr header;
	struct genlmsghdr command;
	uint8_t attributes[4096];
};

static struct message settings;		/* a NET_SET */

#define for_each_attribute(a, from, end) \
	for (a = (const void *)(from); (const uint8_t *)(a) + NLA_HDRLEN <= (const uint8_t *)(end) && (a)->nla_len >= NLA_HDRLEN; \
	     a = (const void *)((const uint8_t *)(a) + NLA_ALIGN((a)->nla_len)))

static const void *payload(const struct nlattr *a)
{
	return (const uint8_t *)a + NLA_HDRLEN;
}

static const void *end_of(const struct nlattr *a)
{
	return (const uint8_t *)a + a->nla_len;
}

static void begin(struct message *m, uint16_t type, uint8_t command)
{
	memset(m, 0, sizeof(*m));
	m->header = (struct nlmsghdr){ NLMSG_HDRLEN + GENL_HDRLEN, type, NLM_F_REQUEST | NLM_F_ACK, 1, 0 };
	m->command = (struct genlmsghdr){ command, 1, 0 };
}

static void put(struct message *m, uint16_t type, const void *bytes, uint16_t len)
{
	uint8_t *at = (uint8_t *)m + m->header.nlmsg_len;
	const struct nlattr a = { NLA_HDRLEN + len, type };

	memcpy(at, &a, sizeof(a));
	memcpy(at + NLA_HDRLEN, bytes, len);
	m->header.nlmsg_len += NLA_ALIGN(a.nla_len);
}

/* Ask and take the answer: how many bytes of it, after the command's header. */
static size_t ask(const struct message *m, struct message *answer)
{
	int fd = socket_open();
	ssize_t len;

	if (fd < 0 || send(fd, m, m->header.nlmsg_len, 0) < 0)
		err(1, "netlink");
	len = recv(fd, answer, sizeof(*answer), 0);
	close(fd);
	if (len < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN))
		errx(1, "netlink: no answer");
	return len - NLMSG_HDRLEN - GENL_HDRLEN;
}

static void take_group(const struct nlattr *group)
{
	const struct nlattr *a;

	for_each_attribute(a, payload(group), end_of(group))
		if (a->nla_type == CTRL_ATTR_MCAST_GRP_ID && nr_groups < GROUPS_MAX)
			memcpy(&groups[nr_groups++], payload(a), sizeof(uint32_t));
}

void family_find(void)
{
	struct message m, answer;
	const struct nlattr *a, *group;
	size_t len;

	begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&m, CTRL_ATTR_FAMILY_NAME, HYPHA_GENL_NAME, sizeof(HYPHA_GENL_NAME));
	len = ask(&m, &answer);
	for_each_attribute(a, answer.attributes, answer.attributes + len) {
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&family, payload(a), sizeof(family));
		if (a->nla_type == CTRL_ATTR_MCAST_GROUPS)
			for_each_attribute(group, payload(a), end_of(a))
				take_group(group);
	}
	if (!family || !nr_groups)
		errx(1, "there is no family %s", HYPHA_GENL_NAME);
}

int socket_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), on = 1;
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };

	if (fd < 0 || bind(fd, (void *)&name, sizeof(name)))
		return -1;
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return fd;
}

int listener_open(void)
{
	int fd = socket_open();

	for (unsigned int i = 0; i < nr_groups; i++) {
		int ret = setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])) ? -errno : 0;

		tally("join", ret);
		if (privileged() ? ret : ret != -EPERM)
			finding(NULL, "joining group %u: %s", groups[i], error_name(-ret));
	}
	return fd;
}

static const struct command *command_of(uint8_t number)
{
	for (unsigned int i = 0; i < nr_commands; i++)
		if (commands[i].number == number)
			return &commands[i];
	errx(1, "no command %u", number);
}

void settings_remember(void)
{
	uint64_t settable = command_of(HYPHA_CMD_NET_SET)->takes;
	struct message m, answer;
	const struct nlattr *a;
	size_t len;

	begin(&m, family, HYPHA_CMD_NET_GET);
	len = ask(&m, &answer);
	begin(&settings, family, HYPHA_CMD_NET_SET);
	for_each_attribute(a, answer.attributes, answer.attributes + len)
		if (settable >> (a->nla_type & NLA_TYPE_MASK) & 1)
			put(&settings, a->nla_type, payload(a), a->nla_len - NLA_HDRLEN);
}

void settings_restore(void)
{
	struct message answer;
	int error;

	ask(&settings, &answer);
	memcpy(&error, &answer.command, sizeof(error));		/* an acknowledgement begins with it */
	if (error)
		errx(1, "the network's settings cannot be restored: %s", error_name(-error));
}
