// SPDX-License-Identifier: GPL-2.0-or-later
/* NETLINK_KOBJECT_UEVENT messages: NUL-separated KEY=value after "action@path". */
#include "uevent.h"

#include "modules.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int uevent_open(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&kernel, sizeof(kernel))) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *field(const char *message, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	for (const char *p = message; p < message + len; p += strlen(p) + 1)
		if (!strncmp(p, key, key_len))
			return p + key_len;
	return NULL;
}

/* In a child: a driver may wait for its device. */
static void load_for(const char *alias)
{
	if (fork())
		return;
	modules_demand(alias);
	_exit(0);
}

void uevent_handle(int fd)
{
	char message[8192];
	struct sockaddr_nl from;
	socklen_t from_len = sizeof(from);
	ssize_t len;

	while ((len = recvfrom(fd, message, sizeof(message) - 1, 0, (struct sockaddr *)&from, &from_len)) > 0) {
		const char *action, *alias;

		message[len] = '\0';
		action = field(message, len, "ACTION=");
		alias = field(message, len, "MODALIAS=");
		if (!from.nl_pid && action && alias && !strcmp(action, "add"))
			load_for(alias);
	}
}
