// SPDX-License-Identifier: GPL-2.0-or-later
/* Loopback up, host name, and the three files in /etc that are about names. */
#include "net.h"

#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;		/* a kernel without IPv4 */
	if (!ioctl(fd, SIOCGIFFLAGS, &r)) {
		r.ifr_flags |= IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &r);
	}
	close(fd);
}

void net_start(const struct config *c)
{
	if (sethostname(c->hostname, strlen(c->hostname)))
		say("host name %s: %s", c->hostname, strerror(errno));
	loopback_up();
}

/* A new file in the place of whatever the image has there: a link in the image must not lead the text elsewhere. */
static FILE *replace(const char *path)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		say("%s: %s", path, strerror(errno));
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static void write_hostname(const struct config *c)
{
	FILE *f = replace("/etc/hostname");

	if (!f)
		return;
	fprintf(f, "%s\n", c->hostname);
	fclose(f);
}

static void write_hosts(const struct config *c)
{
	FILE *f = replace("/etc/hosts");

	if (!f)
		return;
	fprintf(f, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
		"ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n127.0.1.1\t%s\n", c->hostname);
	fclose(f);
}

static void write_resolv_conf(const struct config *c)
{
	FILE *f = c->dns[0] ? replace("/etc/resolv.conf") : NULL;

	if (!f)
		return;
	for (char **server = c->dns; *server; server++)
		fprintf(f, "nameserver %s\n", *server);
	fclose(f);
}

void net_write_files(const struct config *c)
{
	mkdir("/etc", 0755);
	write_hostname(c);
	write_hosts(c);
	write_resolv_conf(c);
}
