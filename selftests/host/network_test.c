/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's place in the network: options refused, addresses chosen, the host's resolvers, and what is told of it. */
// links: userspace/hyphactl/network.c userspace/hyphactl/network_check.c userspace/hyphactl/publish.c userspace/hyphactl/resolv.c
// links: userspace/hyphactl/settings.c userspace/util/conf.c userspace/util/limits.c userspace/hyphactl/quantity.c userspace/util/address.c userspace/util/error.c
// links: userspace/util/mem.c userspace/util/strv.c userspace/util/buf.c userspace/util/file.c
// libs: -ljansson
#include "hyphactl/network.h"
#include "hyphactl/resolv.h"
#include "hyphactl/settings.h"

#include "test.h"
#include "util/address.h"
#include "util/error.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const uint8_t uuid[16] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80, 1, 2, 3, 4, 5, 6, 7 };

static struct host_info host(const char *net4, unsigned int plen4, const char *net6, unsigned int plen6)
{
	struct host_info h = { .plen4 = plen4, .plen6 = plen6 };
	uint8_t a[16];

	address_parse(net4, a);
	memcpy(h.net4, a + 12, 4);
	address_parse(net6, h.net6);
	return h;
}

static struct host_info usual(void)
{
	return host("10.75.0.0", 16, "fd12:3456:789a::", 64);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static int set_up(struct network *n, const struct network_options *o, struct host_info h)
{
	int err;

	*n = (struct network) { 0 };
	err = network_check(n, o);
	return err ? err : network_join(n, &h, uuid, "resolv.conf");
}

static void refused(const struct network_options *o, struct host_info h, int err, const char *want)
{
	struct network n;
	int got = set_up(&n, o, h);

	ok(got == err && strstr(err_text(), want), "refused: %s", want);
	if (got != err || !strstr(err_text(), want))
		note("got %d: %s", got, err_text());
	network_clean(&n);
}

static void run_refused(void)
{
	static char port[80][32];
	char *many[NIC_FORWARDS_MAX + 2] = { NULL };

	for (int i = 0; i <= NIC_FORWARDS_MAX; i++) {
		snprintf(port[i], sizeof(port[i]), "%d:80", 1000 + i);
		many[i] = port[i];
	}
#define REFUSED(err, want, ...) refused(&(struct network_options) { __VA_ARGS__ }, usual(), err, want)
	REFUSED(-EINVAL, "--mac: \"02:00:00:00:00\"", .mac = "02:00:00:00:00");
	REFUSED(-EINVAL, "--mac: \"02:00:00:00:00:01:\"", .mac = "02:00:00:00:00:01:");
	REFUSED(-EINVAL, "--mac: \"02:00:00:00:00:0g\"", .mac = "02:00:00:00:00:0g");
	REFUSED(-EINVAL, "--mac: 01:00:5e:00:00:01 is a multicast", .mac = "01:00:5e:00:00:01");
	REFUSED(-EINVAL, "--mac: ff:ff:ff:ff:ff:ff is a multicast", .mac = "ff:ff:ff:ff:ff:ff");
	REFUSED(-EINVAL, "--mac: 00:00:00:00:00:00 is no interface's", .mac = "00:00:00:00:00:00");
	REFUSED(-EINVAL, "--ip: \"10.75.0\" is not an IPv4", .ip4 = "10.75.0");
	REFUSED(-EINVAL, "--ip: \"fd12::1\" is not an IPv4", .ip4 = "fd12::1");
	REFUSED(-EINVAL, "--ip: \"10.75.0.5/16\"", .ip4 = "10.75.0.5/16");
	REFUSED(-EINVAL, "--ip6: \"10.75.0.5\" is not an IPv6", .ip6 = "10.75.0.5");
	REFUSED(-EINVAL, "--ip6: \"fe80::1%lo\"", .ip6 = "fe80::1%lo");
	REFUSED(-ERANGE, "--ip: 10.76.0.5 is not in the guests' prefix 10.75.0.0/16", .ip4 = "10.76.0.5");
	REFUSED(-EADDRNOTAVAIL, "10.75.0.0 is the network's", .ip4 = "10.75.0.0");
	REFUSED(-EADDRNOTAVAIL, "10.75.0.1 is the gateway's", .ip4 = "10.75.0.1");
	REFUSED(-EADDRNOTAVAIL, "10.75.255.255 is the broadcast", .ip4 = "10.75.255.255");
	REFUSED(-ERANGE, "--ip6: fd12:3456:789b::5 is not in the guests' prefix fd12:3456:789a::/64", .ip6 = "fd12:3456:789b::5");
	REFUSED(-EADDRNOTAVAIL, "fd12:3456:789a::1 is the gateway's", .ip6 = "fd12:3456:789a::1");
	REFUSED(-ERANGE, "--mtu: 1279 is out of range; 1280 to 65521", .mtu = "1279");
	REFUSED(-ERANGE, "--mtu: 65522", .mtu = "65522");
	REFUSED(-EINVAL, "--mtu: \"big\"", .mtu = "big");
	REFUSED(-EINVAL, "--net-policy: \"slow\" is unknown; there are fast", .policy = "slow");
	REFUSED(-EINVAL, "--net-policy: \"\" is unknown", .policy = "fast,");
	REFUSED(-EINVAL, "fast and stack exclude", .policy = "fast,stack");
	REFUSED(-EINVAL, "--dns: \"dns.example\"", .dns = (char *[]) { "1.1.1.1", "dns.example", NULL });
	REFUSED(-ERANGE, "--publish: \"0:80\": port 0", .publish = (char *[]) { "0:80", NULL });
	REFUSED(-EINVAL, "\"80-90:80-90\" and \"85:1\" share", .publish = (char *[]) { "70:70", "80-90:80-90", "85:1", NULL });
	REFUSED(-E2BIG, "--publish: given 65 times; at most 64", .publish = many);
	REFUSED(-EINVAL, "--no-network and --ip exclude", .none = true, .ip4 = "10.75.0.5");
	REFUSED(-EINVAL, "--no-network and --net-policy exclude", .none = true, .policy = "fast");
#undef REFUSED
	refused(&(struct network_options) { .ip4 = "10.75.0.5" }, host("0.0.0.0", 0, "::", 0), -ENODEV, "--ip: the module has no network");
	refused(&(struct network_options) { .ip6 = "fd12::5" }, host("10.75.0.0", 16, "::", 0), -ENODEV, "no IPv6 prefix");
	refused(&(struct network_options) { .ip4 = "192.168.1.64" }, host("192.168.1.0", 26, "::", 0), -ERANGE, "192.168.1.0/26");
	refused(&(struct network_options) { .ip4 = "192.168.1.63" }, host("192.168.1.0", 26, "::", 0), -EADDRNOTAVAIL, "broadcast");
	refused(&(struct network_options) { 0 }, host("10.0.0.0", 31, "::", 0), -EADDRNOTAVAIL, "have no room");
}

static void run_defaults(void)
{
	static const uint8_t mac[6] = { 0x02, 0x12, 0x34, 0x56, 0x78, 0x9a };
	struct network n, again;
	char text[ADDRESS_TEXT + 4], a6[ADDRESS_TEXT];

	put("resolv.conf", "# nameserver 9.9.9.9\nsearch example.org\nnameserver 127.0.0.53\n  nameserver\t2001:db8::53 # second\r\n"
	    "nameserver fe80::1%eth0\nnameserver\nnameservers 1.1.1.1\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3");
	if (!ok(!set_up(&n, &(struct network_options) { 0 }, usual()), "without options a guest has a network"))
		note("%s", err_text());
	ok(n.joined && !memcmp(n.nic.mac, mac, 6), "the MAC is the uuid's, locally administered");
	ok(n.nic.mtu == 1500 && !n.nic.policy && !n.nic.nr_forwards, "MTU 1500, fast, nothing published");
	ok(n.nic.ip4[0] == 10 && n.nic.ip4[1] == 75 && (n.nic.ip4[2] || n.nic.ip4[3] > 1), "an IPv4 address in the prefix");
	ok(!memcmp(n.nic.ip6, usual().net6, 14) && !memcmp(n.nic.ip6 + 14, n.nic.ip4 + 2, 2), "an IPv6 address of the same number");
	snprintf(text, sizeof(text), "10.75.%d.%d/32", n.nic.ip4[2], n.nic.ip4[3]);
	ok_str(n.addresses[0], text, "the IPv4 address is a host's");
	snprintf(text, sizeof(text), "%s/128", address_format(n.nic.ip6, a6));
	ok_str(n.addresses[1], text, "the IPv6 address is a host's");
	ok(!strcmp(n.gateways[0], "10.75.0.1") && !strcmp(n.gateways[1], "fd12:3456:789a::1") && !n.gateways[2], "two gateways");
	ok(!strcmp(n.nameservers[0], "10.75.0.1") && !strcmp(n.nameservers[1], "fd12:3456:789a::1") && !n.nameservers[2],
	   "which are the name servers");
	ok_num(n.nic.nr_dns, 4, "four of the host's resolvers are taken");
	ok_str(address_format(n.nic.dns[0], a6), "127.0.0.53", "the first");
	ok_str(address_format(n.nic.dns[1], a6), "2001:db8::53", "the second, with a comment behind it");
	ok_str(address_format(n.nic.dns[3], a6), "192.0.2.2", "the fourth; that with a scope is left out");
	set_up(&again, &(struct network_options) { 0 }, usual());
	ok(!memcmp(&n.nic, &again.nic, sizeof(n.nic)), "the same uuid chooses the same");
	network_clean(&n);
	network_clean(&again);
	put("resolv.conf", "nameserver 127.0.0.1");
	ok(!set_up(&n, &(struct network_options) { 0 }, usual()) && strv_len(n.nameservers) == 1 && !strcmp(n.nameservers[0], "10.75.0.1"),
	   "only gateways that have a resolver of their version are name servers");
	network_clean(&n);
	unlink("resolv.conf");
	ok(!set_up(&n, &(struct network_options) { 0 }, usual()) && !n.nic.nr_dns && strv_len(n.nameservers) == 2, "a host without resolvers is fine");
	network_clean(&n);
}

static void run_given(void)
{
	struct network_options o = {
		.mac = "52:54:00:AB:cd:ef", .ip4 = "10.75.9.8", .ip6 = "fd12:3456:789a::77", .mtu = "9000",
		.policy = "stack,guest-to-guest", .dns = (char *[]) { "9.9.9.9", "2620:fe::fe", NULL },
		.publish = (char *[]) { "8080:80", "[::1]:53:53/udp", NULL },
	};
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0xab, 0xcd, 0xef };
	struct network n;
	json_t *j, *want;

	if (!ok(!set_up(&n, &o, usual()), "all can be given"))
		return note("%s", err_text());
	ok(!memcmp(n.nic.mac, mac, 6) && n.nic.mtu == 9000, "MAC and MTU");
	ok_str(n.addresses[0], "10.75.9.8/32", "IPv4 address");
	ok_str(n.addresses[1], "fd12:3456:789a::77/128", "IPv6 address");
	ok_num(n.nic.policy, NIC_POLICY_STACK | NIC_POLICY_GUEST_TO_GUEST, "policy");
	ok_num(n.nic.nr_forwards, 2, "published ports");
	ok(network_is_named(&n), "addresses the user chose are known to be");
	j = network_describe(&n);
	want = json_loads("{\"mac\": \"52:54:00:ab:cd:ef\", \"ip4\": \"10.75.9.8\", \"ip6\": \"fd12:3456:789a::77\","
			  "\"gateways\": [\"10.75.0.1\", \"fd12:3456:789a::1\"], \"mtu\": 9000, \"dns\": [\"9.9.9.9\", \"2620:fe::fe\"],"
			  "\"policy\": [\"stack\", \"guest-to-guest\"], \"published\": [\"8080:80/tcp\", \"[::1]:53:53/udp\"]}", 0, NULL);
	ok(json_equal(j, want), "all is told");
	json_decref(j);
	json_decref(want);
	network_clean(&n);
}

/* In a prefix of 13 addresses each is tried once, then there are no more. */
static void run_move(void)
{
	bool seen[16] = { false }, twice = false;
	uint8_t ip4[4], ip6[16], none[16] = { 0 };
	struct network n;
	int nr = 0, last;

	set_up(&n, &(struct network_options) { 0 }, host("10.0.0.32", 28, "fd00::", 112));
	do {
		unsigned int own = n.nic.ip4[3] - 32;

		twice = twice || own > 15 || seen[own] || n.nic.ip6[15] != own;
		seen[own & 15] = true;
		nr++;
	} while (!network_move(&n) && nr < 100);
	ok_num(nr, 13, "a full prefix is tried to its end");
	ok(!twice && !seen[0] && !seen[1] && !seen[15], "no address twice, nor the network's, gateway's or broadcast's");
	ok(strstr(err_text(), "no address is free in the guests' prefix 10.0.0.32/28"), "which is said");
	network_clean(&n);

	set_up(&n, &(struct network_options) { .ip4 = "10.0.0.34" }, host("10.0.0.32", 28, "fd00::", 112));
	ok(!network_move(&n) && n.nic.ip4[3] == 34 && !network_is_named(&n), "only the address that was chosen here changes");
	network_clean(&n);
	set_up(&n, &(struct network_options) { 0 }, host("10.0.0.32", 30, "::", 0));
	ok(!strcmp(n.addresses[0], "10.0.0.34/32") && !n.addresses[1] && network_move(&n) == -EADDRNOTAVAIL, "a /30 has one, without IPv6 no other");
	network_clean(&n);
	set_up(&n, &(struct network_options) { 0 }, usual());
	memcpy(ip4, n.nic.ip4, sizeof(ip4));
	for (ip4[3]++; ip4[3] < n.nic.ip4[3] + 5; ip4[3]++)
		network_avoid(&n, ip4, none);
	ip6[15] = n.nic.ip4[3] + 5;
	memcpy(ip6, n.nic.ip6, 15);
	network_avoid(&n, none, ip6);
	last = n.nic.ip4[3];
	ok(!network_move(&n) && n.nic.ip4[3] == last + 6, "what other guests have is passed over, be it IPv4 or IPv6");
	network_clean(&n);
}

static void run_none(void)
{
	struct network n;
	json_t *j;

	ok(!set_up(&n, &(struct network_options) { .none = true }, usual()) && !n.joined && !n.nameservers, "--no-network has none");
	j = network_describe(&n);
	ok(json_is_null(j), "which is told as null");
	json_decref(j);
	network_clean(&n);
	ok(!set_up(&n, &(struct network_options) { 0 }, host("0.0.0.0", 0, "::", 0)) && !n.joined, "a module without network is fine");
	network_clean(&n);
	settings_line(&settings, "dns = 10.0.0.1, 10.0.0.2");
	settings_line(&settings, "mtu = 1400");
	settings_line(&settings, "net_policy = stack");
	ok(!set_up(&n, &(struct network_options) { 0 }, usual()) && strv_len(n.nameservers) == 2 && n.nic.mtu == 1400 &&
	   n.nic.policy == NIC_POLICY_STACK, "the configuration's defaults");
	network_clean(&n);
	ok(!set_up(&n, &(struct network_options) { .dns = (char *[]) { "1.1.1.1", NULL }, .mtu = "1500", .policy = "fast" }, usual()) &&
	   strv_len(n.nameservers) == 1 && n.nic.mtu == 1500 && !n.nic.policy, "options win over it");
	network_clean(&n);
}

int main(void)
{
	run_refused();
	run_defaults();
	run_given();
	run_move();
	run_none();
	return done();
}
