/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What init makes of config.json's network, on a veth pair in a network namespace of the test's own, as `ip` sees it. */
// links: initramfs/net.c initramfs/link.c initramfs/text.c initramfs/uevent.c
// libs: -DWAIT_MS=5000
#include "../../initramfs/console.h"
#include "../../initramfs/modules.h"
#include "../../initramfs/net.h"

#include "test.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

/* What init said, in memory its child shares. */
static char *said;

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(said + strlen(said), 4096 - strlen(said), fmt, args);
	va_end(args);
	strcat(said, "\n");
}

bool modules_demand(const char *alias)
{
	(void)alias;
	return false;
}

static struct net_address address(const char *text, unsigned char plen)
{
	struct net_address a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET, .plen = plen };

	inet_pton(a.family, text, a.bytes);
	return a;
}

/* Does the command print @want? */
static bool prints(const char *command, const char *want)
{
	char text[4096];
	FILE *f = popen(command, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		pclose(f);
	text[n] = '\0';
	if (strstr(text, want))
		return true;
	note("%s: %s", command, text);
	return false;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Return: seconds it took. */
static double set_up(struct net_interface *i, size_t nr)
{
	struct config c = { .networks = i, .nr_networks = nr };
	double start = now();

	*said = '\0';
	net_begin(&c);
	net_finish(-1);
	return now() - start;
}

static void run_late(void)
{
	struct net_address addresses[] = { address("10.75.0.5", 32), address("fd12:3456:789a::5", 128) };
	struct net_address gateways[] = { address("10.75.0.1", 32), address("fd12:3456:789a::1", 128) };
	struct net_interface i = {
		.mac = { 2, 0, 0, 0, 0xab, 1 }, .mtu = 1400, .addresses = addresses, .nr_addresses = 2, .gateways = gateways,
		.nr_gateways = 2,
	};
	double took;

	if (system("(sleep 0.5; ip link add net7 address 02:00:00:00:ab:01 type veth peer name peer; sleep 0.3; ip link set peer up) &"))
		note("no shell");
	took = set_up(&i, 1);
	ok(took > 0.75 && took < 3, "an interface that comes late is waited for until it carries, not longer: %.2f s", took);
	ok_str(said, "", "nothing is complained about");
	ok(prints("ip link show net7", "mtu 1400"), "its MTU");
	ok(prints("ip link show net7", ",UP"), "it is up");
	ok(prints("ip -4 -o addr show net7", "inet 10.75.0.5/32 scope global"), "its IPv4 address");
	ok(prints("ip -6 -o addr show net7 | grep -v tentative", "inet6 fd12:3456:789a::5/128 scope global"),
	   "its IPv6 address is usable at once");
	ok(prints("ip -4 route", "10.75.0.1 dev net7 scope link"), "the IPv4 gateway is on the link");
	ok(prints("ip -4 route", "default via 10.75.0.1 dev net7"), "all else goes through it");
	ok(prints("ip -6 route", "fd12:3456:789a::1 dev net7"), "the IPv6 gateway is on the link");
	ok(prints("ip -6 route", "default via fd12:3456:789a::1 dev net7"), "all else goes through it, in IPv6 too");
	ok(prints("ip -4 route get 192.0.2.1", "via 10.75.0.1 dev net7 src 10.75.0.5"), "with the address as source");
	ok(prints("ip -6 route get 2001:db8::1", "src fd12:3456:789a::5"), "in IPv6 too");
	ok(prints("cat /proc/sys/net/ipv6/conf/net7/accept_ra", "0"), "router advertisements are not listened to");
	took = set_up(&i, 1);
	ok(took < 0.4 && !*said, "what is there already is fine");
	if (*said)
		note("%s", said);
}

static void run_refused(void)
{
	struct net_address addresses[] = { address("ff02::1", 128), address("10.75.0.6", 32) };
	struct net_address gateways[] = { address("10.75.0.1", 32) };
	struct net_interface both[] = {
		{ .mac = { 2, 0, 0, 0, 0xab, 9 } },
		{ .mac = { 2, 0, 0, 0, 0xab, 1 }, .mtu = 1, .addresses = addresses, .nr_addresses = 2, .gateways = gateways,
		  .nr_gateways = 1 },
	};
	double took = set_up(both, 2);

	ok(took > 4.9 && took < 8, "an interface that never comes is waited for 5 s: %.2f s", took);
	ok(strstr(said, "no network interface 02:00:00:00:ab:09 appeared within 5 s\n"), "and said to be missing");
	ok(strstr(said, "interface net7: MTU: Invalid argument\n"), "an MTU that is refused is said");
	ok(strstr(said, "interface net7: address: Cannot assign requested address\n"), "an address that is refused, too");
	ok(prints("ip -4 -o addr show net7", "inet 10.75.0.6/32"), "what comes after it is done all the same");
}

int main(void)
{
	said = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (said == MAP_FAILED || unshare(CLONE_NEWNET | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL)) {
		skip("interfaces", "needs root for a network namespace");
		return done();
	}
	if (system("ip link add veth-test type veth peer name veth-peer >/dev/null 2>&1 && ip link del veth-test")) {
		skip("interfaces", "this kernel has no veth, or there is no ip");
		return done();
	}
	run_late();
	run_refused();
	return done();
}
