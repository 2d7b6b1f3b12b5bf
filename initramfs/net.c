// SPDX-License-Identifier: GPL-2.0-or-later
/* Loopback up, interfaces set up, host name, and the three files in /etc that are about names. */
#include "net.h"

#include "console.h"
#include "link.h"
#include "text.h"
#include "uevent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef WAIT_MS
#define WAIT_MS 30000		/* for all interfaces together: a crowded host boots slowly */
#endif
#define LOOK_AGAIN_MS 100	/* in case an announcement was lost */
#define CARRIER_WAIT_MS 1000	/* for what is lost before is asked for again after as long */

static int worker = -1;	/* at its end when the child is */

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

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Loads the family's module where it is one. */
static bool has_family(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool find(const char *mac, char name[IFNAMSIZ])
{
	DIR *dir = opendir("/sys/class/net");
	bool found = false;
	struct dirent *e;

	while (!found && dir && (e = readdir(dir))) {
		char path[300], text[32];

		snprintf(path, sizeof(path), "/sys/class/net/%s/address", e->d_name);
		found = strlen(e->d_name) < IFNAMSIZ && text_read(path, text, sizeof(text)) > 0 && !strcmp(text, mac);
		if (found)
			strcpy(name, e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool await(const char *mac, int uevents, long deadline, char name[IFNAMSIZ])
{
	while (!find(mac, name)) {
		struct pollfd p = { .fd = uevents, .events = POLLIN };

		if (now_ms() >= deadline)
			return false;
		if (poll(&p, 1, LOOK_AGAIN_MS) > 0)
			uevent_drain(uevents);
	}
	return true;
}

/* What is set here is all there is: no router has anything to add. */
static void refuse_advertisements(const char *name)
{
	char path[128];

	if (!has_family(AF_INET6))
		return;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra", name);
	text_write(path, "0");
}

static void complain(const char *name, const char *what, int err)
{
	if (err)
		say("interface %s: %s: %s", name, what, strerror(-err));
}

/* A driver may announce its interface first and connect then; only then it may take packets, or a large MTU. */
static void await_carrier(const char *name)
{
	long deadline = now_ms() + CARRIER_WAIT_MS;
	char path[128], text[8];

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", name);
	while ((text_read(path, text, sizeof(text)) < 0 || strcmp(text, "1")) && now_ms() < deadline)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

/* if_nametoindex() may not know yet what /sys shows. */
static int index_of(const char *name)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", name);
	return text_read(path, text, sizeof(text)) < 0 ? 0 : (int)strtol(text, NULL, 10);
}

static void set_up(int nl, const struct net_interface *i, const char *name)
{
	int index = index_of(name);

	complain(name, "registration", link_settle(nl, index));
	refuse_advertisements(name);
	complain(name, "up", link_up(nl, index));
	await_carrier(name);
	for (size_t n = 0; n < i->nr_addresses; n++)
		if (has_family(i->addresses[n].family))
			complain(name, "address", link_add_address(nl, index, &i->addresses[n]));
	for (size_t n = 0; n < i->nr_gateways; n++) {
		if (!has_family(i->gateways[n].family))
			continue;
		complain(name, "route to the gateway", link_add_host_route(nl, index, &i->gateways[n]));
		complain(name, "default route", link_add_default_route(nl, index, &i->gateways[n]));
	}
	if (i->mtu)
		complain(name, "MTU", link_set_mtu(nl, index, i->mtu));
}

static void work(const struct config *c)
{
	long deadline = now_ms() + WAIT_MS;
	int uevents = uevent_open(), nl = link_open();

	if (nl < 0)
		say("network: %s", strerror(-nl));
	for (size_t n = 0; n < c->nr_networks && nl >= 0; n++) {
		const uint8_t *m = c->networks[n].mac;
		char mac[18], name[IFNAMSIZ];

		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
		if (await(mac, uevents, deadline, name))
			set_up(nl, &c->networks[n], name);
		else
			say("no network interface %s appeared within %d s", mac, WAIT_MS / 1000);
	}
}

void net_begin(const struct config *c)
{
	int fds[2];

	if (!c->nr_networks || pipe2(fds, O_CLOEXEC))
		return;
	if (!fork()) {
		work(c);
		_exit(0);
	}
	close(fds[1]);
	worker = fds[0];
}

void net_finish(int uevents)
{
	struct pollfd p[] = { { .fd = worker, .events = POLLIN }, { .fd = uevents, .events = POLLIN } };

	while (worker >= 0 && !p[0].revents) {
		poll(p, 2, -1);
		if (p[1].revents)
			uevent_handle(uevents);
	}
	if (worker >= 0)
		close(worker);
	worker = -1;
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
