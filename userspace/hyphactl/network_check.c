// SPDX-License-Identifier: GPL-2.0-or-later
/* The network's options, each by itself and against each other. */
#include "hyphactl/network.h"

#include "hyphactl/publish.h"
#include "hyphactl/quantity.h"
#include "hyphactl/settings.h"
#include "util/address.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/mem.h"
#include "util/strv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_mac(struct network *n, const struct network_options *o)
{
	static const uint8_t none[6];

	if (!o->mac)
		return 0;
	if (mac_parse(o->mac, n->nic.mac))
		return err_set(-EINVAL, "--mac: \"%s\" is not of the form 02:00:00:00:00:01", o->mac);
	if (n->nic.mac[0] & 1)
		return err_set(-EINVAL, "--mac: %s is a multicast address; its first number must be even", o->mac);
	if (!memcmp(n->nic.mac, none, sizeof(none)))
		return err_set(-EINVAL, "--mac: %s is no interface's address", o->mac);
	return 0;
}

static int check_ip4(struct network *n, const struct network_options *o)
{
	uint8_t ip[16];

	if (!o->ip4)
		return 0;
	if (address_parse(o->ip4, ip) != 4)
		return err_set(-EINVAL, "--ip: \"%s\" is not an IPv4 address", o->ip4);
	memcpy(n->nic.ip4, ip + 12, sizeof(n->nic.ip4));
	n->named4 = true;
	return 0;
}

static int check_ip6(struct network *n, const struct network_options *o)
{
	if (!o->ip6)
		return 0;
	if (address_parse(o->ip6, n->nic.ip6) != 6)
		return err_set(-EINVAL, "--ip6: \"%s\" is not an IPv6 address", o->ip6);
	n->named6 = true;
	return 0;
}

static int check_mtu(struct network *n, const struct network_options *o)
{
	uint64_t mtu;
	int err = quantity_count("--mtu", o->mtu ? o->mtu : settings.mtu, NIC_MTU_MIN, NIC_MTU_MAX, &mtu);

	n->nic.mtu = mtu;
	return err;
}

static int check_publish(struct network *n, const struct network_options *o)
{
	size_t nr = strv_len(o->publish);

	if (nr > NIC_FORWARDS_MAX)
		return err_set(-E2BIG, "--publish: given %zu times; at most %d are possible, more with `hyphactl net forward add`",
			       nr, NIC_FORWARDS_MAX);
	for (char **s = o->publish; s && *s; s++) {
		struct forward_spec *f = &n->nic.forwards[n->nic.nr_forwards];
		int err = publish_parse(*s, f);

		if (err)
			return err_in(err, "--publish");
		for (size_t i = 0; i < n->nic.nr_forwards; i++)
			if (publish_overlap(&n->nic.forwards[i], f))
				return err_set(-EINVAL, "--publish: \"%s\" and \"%s\" share ports of the host", o->publish[i], *s);
		n->nic.nr_forwards++;
	}
	return 0;
}

/* What takes a packet where it goes is one word, what it may reach are others. */
static const struct {
	const char *word;
	uint32_t bits, not_with;
} policies[] = {
	{ "fast", 0, NIC_POLICY_STACK },
	{ "stack", NIC_POLICY_STACK, 0 },
	{ "guest-to-guest", NIC_POLICY_GUEST_TO_GUEST, 0 },
	{ "guest-to-host", NIC_POLICY_GUEST_TO_HOST, 0 },
};

#define NR_POLICIES (sizeof(policies) / sizeof(policies[0]))

static int find_policy(const char *word)
{
	for (size_t i = 0; i < NR_POLICIES; i++)
		if (!strcmp(policies[i].word, word))
			return (int)i;
	return err_set(-EINVAL, "--net-policy: \"%s\" is unknown; there are fast, stack, guest-to-guest and guest-to-host", word);
}

static int check_policy(struct network *n, const struct network_options *o)
{
	auto_free char *copy = mem_strdup(o->policy ? o->policy : settings.net_policy);
	char *rest = copy, *word;
	uint32_t not_with = 0;

	while ((word = strsep(&rest, ","))) {
		int i = find_policy(word);

		if (i < 0)
			return i;
		n->nic.policy |= policies[i].bits;
		not_with |= policies[i].not_with;
	}
	if (n->nic.policy & not_with)
		return err_set(-EINVAL, "--net-policy: fast and stack exclude each other");
	return 0;
}

static int add_nameserver(struct network *n, const char *text)
{
	uint8_t ip[16];

	if (address_parse(text, ip) < 0)
		return err_set(-EINVAL, "--dns: \"%s\" is not an IP address", text);
	strv_add(&n->nameservers, text);
	return 0;
}

static int check_dns(struct network *n, const struct network_options *o)
{
	auto_free char *copy = mem_strdup(settings.dns);
	char *save = NULL;
	int err = 0;

	for (char **s = o->dns; s && *s && !err; s++)
		err = add_nameserver(n, *s);
	if (err || n->nameservers)
		return err;
	for (char *s = strtok_r(copy, " ,", &save); s && !err; s = strtok_r(NULL, " ,", &save))
		err = add_nameserver(n, s);
	return err;
}

/* The first option given that makes sense in a network only. */
static const char *asks_for(const struct network_options *o)
{
	const struct { const char *option; bool given; } all[] = {
		{ "--mac", o->mac }, { "--ip", o->ip4 }, { "--ip6", o->ip6 }, { "--mtu", o->mtu }, { "--net-policy", o->policy },
		{ "--publish", o->publish },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].given)
			return all[i].option;
	return NULL;
}

int network_check(struct network *n, const struct network_options *o)
{
	static int (*const checks[])(struct network *, const struct network_options *) = {
		check_mac, check_ip4, check_ip6, check_mtu, check_policy, check_publish, check_dns,
	};

	n->none = o->none;
	n->asked = asks_for(o);
	if (n->none && n->asked)
		return err_set(-EINVAL, "--no-network and %s exclude each other", n->asked);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int err = checks[i](n, o);

		if (err)
			return err;
	}
	return 0;
}
