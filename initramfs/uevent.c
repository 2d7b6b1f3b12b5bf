// SPDX-License-Identifier: GPL-2.0-or-later
/* NETLINK_KOBJECT_UEVENT messages: NUL-separated KEY=value after "action@path". */
#include "uevent.h"

#include "modules.h"
#include "text.h"

#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_TRIES 200
#define CPU_WAIT_US 10000

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

/*
 * A processor that comes back is present, but someone has to switch it on. Xen's hotplug tells of it a moment before it counts as
 * present (drivers/xen/cpu_hotplug.c, enable_hotplug_cpu()); until then that is EINVAL. In a child: it takes its time.
 */
static void online_cpu(const char *device)
{
	char path[128];

	if (snprintf(path, sizeof(path), "/sys%s/online", device) >= (int)sizeof(path) || fork())
		return;
	for (int tries = 0; tries < CPU_TRIES && text_write(path, "1"); tries++)
		usleep(CPU_WAIT_US);
	_exit(0);
}

/* What a message that is the kernel's asks for. */
static void take(const char *message, size_t len)
{
	const char *action = field(message, len, "ACTION="), *alias = field(message, len, "MODALIAS=");
	const char *subsystem = field(message, len, "SUBSYSTEM="), *device = field(message, len, "DEVPATH=");

	if (!action || strcmp(action, "add"))
		return;
	if (subsystem && device && !strcmp(subsystem, "cpu"))
		online_cpu(device);
	else if (alias)
		load_for(alias);
}

void uevent_handle(int fd)
{
	char message[8192];
	struct sockaddr_nl from = { .nl_pid = UINT32_MAX };	/* nobody yet; the kernel is 0 */
	socklen_t from_len = sizeof(from);
	ssize_t len;

	while ((len = recvfrom(fd, message, sizeof(message) - 1, 0, (struct sockaddr *)&from, &from_len)) > 0) {
		message[len] = '\0';
		if (!from.nl_pid)
			take(message, len);
	}
}

void uevent_drain(int fd)
{
	char message[8192];

	while (recv(fd, message, sizeof(message), 0) > 0)
		;
}
