// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing addresses in the module's prefixes, and telling about them. */
#include "hyphactl/network.h"

#include "hyphactl/publish.h"
#include "hyphactl/resolv.h"
#include "util/address.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 2		/* 0 is the network, 1 the gateway */

struct taken_address {
	uint8_t ip4[4], ip6[16];
};

/* The n-th address of a prefix; @n is less than 2^32. */
static void nth(const uint8_t *net, size_t len, uint32_t n, uint8_t *out)
{
	memcpy(out, net, len);
	for (size_t i = len; i-- > len - 4; n >>= 8)
		out[i] |= n;
}

/* Numbers that are free for guests in a prefix with @bits bits of its own; IPv4's last one is the broadcast address. */
static uint64_t room(unsigned int bits, unsigned int last)
{
	return bits < 2 ? 0 : (1ull << (bits > 32 ? 32 : bits)) - FIRST - last;
}

/* Both addresses end with the same number, so there are as many as the smaller prefix has. */
static uint32_t nr_candidates(const struct host_info *h)
{
	uint64_t nr4 = room(32 - h->plen4, 1), nr6 = h->plen6 ? room(128 - h->plen6, 0) : nr4;

	return nr4 < nr6 ? nr4 : nr6;
}

static void add_texts(struct network *n, const uint8_t own[16], const uint8_t gateway[16], int plen)
{
	char text[ADDRESS_TEXT];

	strv_take(&n->addresses, mem_printf("%s/%d", address_format(own, text), plen));
	strv_add(&n->gateways, address_format(gateway, text));
}

static void write_texts(struct network *n)
{
	uint8_t own[16], gateway[16], gateway4[4];

	strv_free(n->addresses);
	strv_free(n->gateways);
	n->addresses = n->gateways = NULL;
	nth(n->host.net4, 4, 1, gateway4);
	address_from4(gateway4, gateway);
	address_from4(n->nic.ip4, own);
	add_texts(n, own, gateway, 32);
	if (!n->host.plen6)
		return;
	nth(n->host.net6, 16, 1, gateway);
	add_texts(n, n->nic.ip6, gateway, 128);
}

static int choose(struct network *n)
{
	uint32_t nr = nr_candidates(&n->host), number;

	if (!nr)
		return err_set(-EADDRNOTAVAIL, "the guests' prefixes have no room: /%u and /%u", n->host.plen4, n->host.plen6);
	number = FIRST + ((uint64_t)n->seed + n->tries) % nr;
	if (!n->named4)
		nth(n->host.net4, 4, number, n->nic.ip4);
	if (!n->named6 && n->host.plen6)
		nth(n->host.net6, 16, number, n->nic.ip6);
	write_texts(n);
	return 0;
}

bool network_is_named(const struct network *n)
{
	return n->named4 && (n->named6 || !n->host.plen6);
}

void network_avoid(struct network *n, const uint8_t ip4[4], const uint8_t ip6[16])
{
	struct taken_address *t;

	n->taken = mem_realloc(n->taken, (n->nr_taken + 1) * sizeof(*n->taken));
	t = &n->taken[n->nr_taken++];
	memcpy(t->ip4, ip4, sizeof(t->ip4));
	memcpy(t->ip6, ip6, sizeof(t->ip6));
}

/* What the user chose is the module's to refuse. */
static bool is_taken(const struct network *n)
{
	for (size_t i = 0; i < n->nr_taken; i++) {
		const struct taken_address *t = &n->taken[i];

		if (!n->named4 && !memcmp(t->ip4, n->nic.ip4, sizeof(t->ip4)))
			return true;
		if (!n->named6 && n->host.plen6 && !memcmp(t->ip6, n->nic.ip6, sizeof(t->ip6)))
			return true;
	}
	return false;
}

int network_move(struct network *n)
{
	uint8_t net4[16];
	char text[ADDRESS_TEXT];

	while (++n->tries < nr_candidates(&n->host)) {
		int err = choose(n);

		if (err || !is_taken(n))
			return err;
	}
	address_from4(n->host.net4, net4);
	return err_set(-EADDRNOTAVAIL, "no address is free in the guests' prefix %s/%u", address_format(net4, text), n->host.plen4);
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int left = bits % 8, mask = 0xff00 >> left & 0xff;

	return !memcmp(a, b, bits / 8) && (!left || !((a[bits / 8] ^ b[bits / 8]) & mask));
}

static int check_named(const char *option, const uint8_t *ip, const uint8_t *net, size_t len, unsigned int plen)
{
	char text[ADDRESS_TEXT], prefix[ADDRESS_TEXT];
	uint8_t a[16], p[16], other[16];

	memcpy(a, ip, len);
	memcpy(p, net, len);
	if (len == 4) {
		address_from4(ip, a);
		address_from4(net, p);
	}
	address_format(a, text);
	address_format(p, prefix);
	if (!same_bits(ip, net, plen))
		return err_set(-ERANGE, "%s: %s is not in the guests' prefix %s/%u", option, text, prefix, plen);
	nth(net, len, 1, other);
	if (!memcmp(ip, net, len) || !memcmp(ip, other, len))
		return err_set(-EADDRNOTAVAIL, "%s: %s is the %s's address", option, text,
			       memcmp(ip, net, len) ? "gateway" : "network");
	nth(net, len, len == 4 ? 0xffffffffull >> plen : 0, other);	/* of IPv4; there is no broadcast in IPv6 */
	if (len == 4 && !memcmp(ip, other, len))
		return err_set(-EADDRNOTAVAIL, "%s: %s is the broadcast address", option, text);
	return 0;
}

static int check_addresses(const struct network *n)
{
	const struct host_info *h = &n->host;
	int err = 0;

	if (n->named6 && !h->plen6)
		return err_set(-ENODEV, "--ip6: the module has no IPv6 prefix for guests");
	if (n->named4)
		err = check_named("--ip", n->nic.ip4, h->net4, 4, h->plen4);
	if (!err && n->named6)
		err = check_named("--ip6", n->nic.ip6, h->net6, 16, h->plen6);
	return err;
}

/* FNV-1a: any bits of the uuid may be what differs. */
static uint32_t hash(const uint8_t *data, size_t len)
{
	uint32_t h = 2166136261u;

	while (len--)
		h = (h ^ *data++) * 16777619u;
	return h;
}

static void choose_mac(uint8_t mac[6], const uint8_t uuid[16])
{
	static const uint8_t none[6];

	if (memcmp(mac, none, 6))
		return;
	memcpy(mac + 1, uuid, 5);
	mac[0] = 0x02;		/* locally administered */
}

static bool has_resolver(const struct nic_spec *nic, bool is4)
{
	for (size_t i = 0; i < nic->nr_dns; i++)
		if (address_is4(nic->dns[i]) == is4)
			return true;
	return !nic->nr_dns;	/* those of earlier launches, who knows which */
}

/* The gateways: each carries questions to resolvers of its own IP version. */
static void choose_nameservers(struct network *n)
{
	for (char **gateway = n->gateways; *gateway; gateway++)
		if (has_resolver(&n->nic, !strchr(*gateway, ':')))
			strv_add(&n->nameservers, *gateway);
	if (!n->nameservers)
		n->nameservers = strv_copy(n->gateways);
}

int network_join(struct network *n, const struct host_info *host, const uint8_t uuid[16], const char *resolv_conf)
{
	int err;

	n->host = *host;
	if (!host->plen4)
		return n->asked ? err_set(-ENODEV, "%s: the module has no network for guests", n->asked) : 0;
	if (n->none)
		return 0;
	n->seed = hash(uuid, 16);
	choose_mac(n->nic.mac, uuid);
	err = check_addresses(n);
	if (!err)
		err = choose(n);
	if (err)
		return err;
	n->nic.nr_dns = resolv_read(resolv_conf, n->nic.dns, NIC_DNS_MAX);
	if (!strv_len(n->nameservers))
		choose_nameservers(n);
	n->joined = true;
	return 0;
}

static json_t *describe_policy(uint32_t policy)
{
	json_t *all = json_pack("[s]", policy & NIC_POLICY_STACK ? "stack" : "fast");

	if (policy & NIC_POLICY_GUEST_TO_GUEST)
		json_array_append_new(all, json_string("guest-to-guest"));
	if (policy & NIC_POLICY_GUEST_TO_HOST)
		json_array_append_new(all, json_string("guest-to-host"));
	return all;
}

static json_t *describe_forwards(const struct nic_spec *nic)
{
	json_t *all = json_array();

	for (size_t i = 0; i < nic->nr_forwards; i++) {
		char text[PUBLISH_TEXT];

		json_array_append_new(all, json_string(publish_format(&nic->forwards[i], text)));
	}
	return all;
}

static json_t *strings(char *const *v)
{
	json_t *all = json_array();

	for (; v && *v; v++)
		json_array_append_new(all, json_string(*v));
	return all;
}

/* "10.75.0.5/32" without its length. */
static json_t *bare(const char *s)
{
	return s ? json_stringn(s, strcspn(s, "/")) : json_null();
}

json_t *network_describe(const struct network *n)
{
	char mac[MAC_TEXT];

	if (!n->joined)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "mac", mac_format(n->nic.mac, mac),
			 "ip4", bare(n->addresses[0]), "ip6", bare(n->addresses[1]), "gateways", strings(n->gateways),
			 "mtu", (int)n->nic.mtu, "dns", strings(n->nameservers), "policy", describe_policy(n->nic.policy),
			 "published", describe_forwards(&n->nic));
}

void network_clean(struct network *n)
{
	strv_free(n->addresses);
	strv_free(n->gateways);
	strv_free(n->nameservers);
	free(n->taken);
}
