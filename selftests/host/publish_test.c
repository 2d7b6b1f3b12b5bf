/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published ports as text: every form that is read, every one that is refused, and the way back. */
// links: userspace/hyphactl/publish.c userspace/util/address.c userspace/util/error.c userspace/util/mem.c
#include "hyphactl/publish.h"

#include "test.h"
#include "util/address.h"
#include "util/error.h"

#include <errno.h>
#include <netinet/in.h>

static const struct {
	const char *text, *back;	/* NULL: as it was */
	int proto, version, nr, host, guest;
	const char *addr;	/* "::": any */
} good[] = {
	{ "80:8080", "80:8080/tcp", IPPROTO_TCP, 0, 1, 80, 8080, "::" },
	{ "80:8080/tcp", NULL, IPPROTO_TCP, 0, 1, 80, 8080, "::" },
	{ "53:53/udp", NULL, IPPROTO_UDP, 0, 1, 53, 53, "::" },
	{ "1:65535", "1:65535/tcp", IPPROTO_TCP, 0, 1, 1, 65535, "::" },
	{ "65535:1", "65535:1/tcp", IPPROTO_TCP, 0, 1, 65535, 1, "::" },
	{ "8000-8010:9000-9010", "8000-8010:9000-9010/tcp", IPPROTO_TCP, 0, 11, 8000, 9000, "::" },
	{ "80-80:81", "80:81/tcp", IPPROTO_TCP, 0, 1, 80, 81, "::" },
	{ "1-65535:1-65535/udp", NULL, IPPROTO_UDP, 0, 65535, 1, 1, "::" },
	{ "192.0.2.1:80:81", "192.0.2.1:80:81/tcp", IPPROTO_TCP, 4, 1, 80, 81, "192.0.2.1" },
	{ "127.0.0.1:1000-1001:80-81/udp", NULL, IPPROTO_UDP, 4, 2, 1000, 80, "127.0.0.1" },
	{ "0.0.0.0:80:81/tcp", NULL, IPPROTO_TCP, 4, 1, 80, 81, "::" },
	{ "[::1]:80:80/tcp", NULL, IPPROTO_TCP, 6, 1, 80, 80, "::1" },
	{ "[2001:db8::1]:7-9:7-9/udp", NULL, IPPROTO_UDP, 6, 3, 7, 7, "2001:db8::1" },
	{ "[::]:80:81/tcp", NULL, IPPROTO_TCP, 6, 1, 80, 81, "::" },
	{ "[::ffff:192.0.2.1]:80:81", "192.0.2.1:80:81/tcp", IPPROTO_TCP, 4, 1, 80, 81, "192.0.2.1" },
};

static void run_good(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char addr[ADDRESS_TEXT], back[PUBLISH_TEXT];
		struct forward_spec f;

		if (!ok(!publish_parse(good[i].text, &f), "%s is read", good[i].text)) {
			note("%s", err_text());
			continue;
		}
		ok(f.proto == good[i].proto && f.version == good[i].version, "%s: protocol and version", good[i].text);
		ok(f.nr_ports == good[i].nr && f.host_port == good[i].host && f.guest_port == good[i].guest, "%s: ports", good[i].text);
		ok_str(address_format(f.addr, addr), good[i].addr, "%s: address", good[i].text);
		ok_str(publish_format(&f, back), good[i].back ? good[i].back : good[i].text, "%s: and back", good[i].text);
	}
}

static const struct {
	const char *text;
	int err;
	const char *want;
} bad[] = {
	{ "", -EINVAL, "guest's port is missing" },
	{ "80", -EINVAL, "guest's port is missing" },
	{ ":", -EINVAL, "a port is missing" },
	{ "80:", -EINVAL, "a port is missing" },
	{ ":80", -EINVAL, "a port is missing" },
	{ "0:80", -ERANGE, "port 0 is out of range" },
	{ "80:0", -ERANGE, "port 0 is out of range" },
	{ "65536:80", -ERANGE, "port 65536 is out of range; 1 to 65535" },
	{ "80:65536", -ERANGE, "65536" },
	{ "99999999999999999999:80", -ERANGE, "out of range" },
	{ "http:80", -EINVAL, "\"http\" is not a port" },
	{ "80x:80", -EINVAL, "\"80x\"" },
	{ " 80:80", -EINVAL, "\" 80\"" },
	{ "+80:80", -EINVAL, "\"+80\"" },
	{ "-80:80", -EINVAL, "a port is missing" },
	{ "80-:80", -EINVAL, "a port is missing" },
	{ "90-80:90-80", -EINVAL, "90-80 ends before it begins" },
	{ "80-89:90-80", -EINVAL, "90-80 ends before it begins" },
	{ "80-82-84:80-84", -EINVAL, "\"82-84\"" },
	{ "8000-8010:80", -EINVAL, "11 ports of the host for 1 of the guest" },
	{ "80-81:80-82", -EINVAL, "2 ports of the host for 3 of the guest" },
	{ "0-10:0-10", -ERANGE, "port 0" },
	{ "65530-65536:1-7", -ERANGE, "65536" },
	{ "80:80/", -EINVAL, "protocol \"\"" },
	{ "80:80/sctp", -EINVAL, "protocol \"sctp\" is unknown; there are tcp and udp" },
	{ "80:80/tcp/udp", -EINVAL, "tcp/udp" },
	{ "80/tcp:80", -EINVAL, "tcp:80" },
	{ "300.0.0.1:80:80", -EINVAL, "\"300.0.0.1\" is not an IP address" },
	{ "1.2.3:80:80", -EINVAL, "\"1.2.3\"" },
	{ ":80:80", -EINVAL, "\"\" is not an IP address" },
	{ "localhost:80:80", -EINVAL, "\"localhost\"" },
	{ "::1:80:80", -EINVAL, "in brackets" },
	{ "2001:db8::1:80:80", -EINVAL, "in brackets" },
	{ "[::1:80:80", -EINVAL, "ends with ]:" },
	{ "[::1]80:80", -EINVAL, "ends with ]:" },
	{ "[]:80:80", -EINVAL, "\"\" is not an IP address" },
	{ "[::g]:80:80", -EINVAL, "\"::g\"" },
	{ "[fe80::1%eth0]:80:80", -EINVAL, "fe80::1%eth0" },
	{ "224.0.0.1:80:80", -EINVAL, "224.0.0.1 is no address of a host" },
	{ "255.255.255.255:80:80", -EINVAL, "no address of a host" },
	{ "0.0.0.1:80:80", -EINVAL, "no address of a host" },
	{ "[ff02::1]:80:80", -EINVAL, "ff02::1 is no address of a host" },
	{ "[::1]:80", -EINVAL, "guest's port is missing" },
	{ "[::1]:80:80:80", -EINVAL, "\"80:80\" is not a port" },
};

static void run_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct forward_spec f;
		int err = publish_parse(bad[i].text, &f);

		ok(err == bad[i].err && strstr(err_text(), bad[i].want), "refused: \"%s\"", bad[i].text);
		if (err != bad[i].err || !strstr(err_text(), bad[i].want))
			note("got %d: %s", err, err_text());
	}
}

static const struct {
	const char *a, *b;
	bool overlap;
} pairs[] = {
	{ "80:80", "80:81", true },
	{ "80:80", "81:80", false },
	{ "80:80/udp", "80:80/tcp", false },
	{ "80-89:80-89", "89-90:1-2", true },
	{ "80-89:80-89", "90-91:1-2", false },
	{ "65535:1", "65535:1", true },
	{ "80:80", "0.0.0.0:80:80", true },
	{ "0.0.0.0:80:80", "[::]:80:80", false },
	{ "80:80", "127.0.0.1:80:80", true },
	{ "80:80", "[::1]:80:80", true },
	{ "0.0.0.0:80:80", "127.0.0.1:80:80", true },
	{ "0.0.0.0:80:80", "[::1]:80:80", false },
	{ "127.0.0.1:80:80", "127.0.0.1:80:81", true },
	{ "127.0.0.1:80:80", "127.0.0.2:80:80", false },
};

static void run_pairs(void)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct forward_spec a, b;

		publish_parse(pairs[i].a, &a);
		publish_parse(pairs[i].b, &b);
		ok(publish_overlap(&a, &b) == pairs[i].overlap && publish_overlap(&b, &a) == pairs[i].overlap, "%s and %s %s",
		   pairs[i].a, pairs[i].b, pairs[i].overlap ? "overlap" : "do not overlap");
	}
}

int main(void)
{
	run_good();
	run_bad();
	run_pairs();
	return done();
}
