// SPDX-License-Identifier: GPL-2.0-only
/* The guests' prefixes and what is in them. */
#include <kunit/test.h>

#include "../net/prefix.c"

static const struct {
	const char *text;
	int err;
} texts4[] = {
	{ "10.75.0.0/16", 0 }, { "10.0.0.0/8", 0 }, { "192.168.1.252/30", 0 }, { "192.0.2.0/24", 0 }, { "172.16.0.0/12", 0 },
	{ "10.75.0.0/7", -EINVAL }, { "10.75.0.0/31", -EINVAL }, { "10.75.0.0/32", -EINVAL }, { "10.75.0.0/0", -EINVAL },
	{ "10.75.0.1/16", -EINVAL }, { "10.75.128.0/16", -EINVAL }, { "192.168.1.253/30", -EINVAL }, { "11.0.0.0/7", -EINVAL },
	{ "10.75.0.0", -EINVAL }, { "10.75.0.0/", -EINVAL }, { "10.75.0.0/16x", -EINVAL }, { "10.75.0.0/+16", -EINVAL },
	{ "10.75.0.0/ 16", -EINVAL }, { "10.75.0.0/-1", -EINVAL }, { "10.75.0.0/272", -EINVAL }, { "10.75.0/16", -EINVAL },
	{ "10.75.0.256/16", -EINVAL }, { "10.75.0.0.0/16", -EINVAL }, { "", -EINVAL }, { "/16", -EINVAL }, { "fd00::/64", -EINVAL },
	{ "127.0.0.0/8", -EINVAL }, { "127.5.0.0/16", -EINVAL }, { "169.254.0.0/16", -EINVAL }, { "169.254.8.0/24", -EINVAL },
	{ "169.0.0.0/8", -EINVAL }, { "169.253.0.0/16", 0 }, { "0.0.0.0/8", -EINVAL }, { "0.1.0.0/16", -EINVAL },
	{ "224.0.0.0/8", -EINVAL }, { "239.1.0.0/16", -EINVAL }, { "255.255.255.252/30", -EINVAL }, { "223.0.0.0/8", 0 },
};

static const struct {
	const char *text;
	int err;
} texts6[] = {
	{ "fd12:3456:789a::/64", 0 }, { "fd12:3456:789a::/48", 0 }, { "2001:db8:1:2::/64", 0 }, { "2001:db8::1:0/112", 0 },
	{ "2001:db8:0:0:0:0:0:0/64", 0 }, { "2001:db8:0:0:8000::/65", 0 }, { "2001:db8:0:fffe::/63", 0 },
	{ "fd12::/47", -EINVAL }, { "fd12::/113", -EINVAL }, { "fd12::/128", -EINVAL }, { "fd12::/0", -EINVAL },
	{ "fd12::1/64", -EINVAL }, { "2001:db8:1:2::/63x", -EINVAL }, { "2001:db8:0:1::/63", -EINVAL }, { "2001:db8::1/112", -EINVAL },
	{ "2001:db8:0:0:8000::/64", -EINVAL }, { "fd12:3456:789a::", -EINVAL }, { "fd12:3456:789a::/", -EINVAL }, { "", -EINVAL },
	{ "fd12::3456::/64", -EINVAL }, { "fd12:3456/64", -EINVAL }, { "10.0.0.0/64", -EINVAL }, { "::/64", -EINVAL },
	{ "::ffff:10.0.0.0/112", -EINVAL }, { "64:ff9b::/96", -EINVAL }, { "ff02::/64", -EINVAL }, { "fe80::/64", -EINVAL },
	{ "febf:1::/64", -EINVAL }, { "fec0::/64", 0 },
};

static void texts_are_taken_or_refused(struct kunit *test)
{
	struct hypha_prefixes p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts4); i++)
		KUNIT_EXPECT_EQ_MSG(test, hypha_prefix_parse4(texts4[i].text, &p), texts4[i].err, "\"%s\"", texts4[i].text);
	for (i = 0; i < ARRAY_SIZE(texts6); i++)
		KUNIT_EXPECT_EQ_MSG(test, hypha_prefix_parse6(texts6[i].text, &p), texts6[i].err, "\"%s\"", texts6[i].text);
}

static void a_refused_text_changes_nothing(struct kunit *test)
{
	struct hypha_prefixes p, before;

	memset(&p, 0x5a, sizeof(p));
	before = p;
	hypha_prefix_parse4("10.75.0.1/16", &p);
	hypha_prefix_parse4("10.75.0.0/99", &p);
	hypha_prefix_parse6("fd12::1/64", &p);
	hypha_prefix_parse6("fe80::/64", &p);
	KUNIT_EXPECT_EQ(test, memcmp(&p, &before, sizeof(p)), 0);
}

static struct hypha_prefixes parsed(struct kunit *test, const char *four, const char *six)
{
	struct hypha_prefixes p = { };

	KUNIT_ASSERT_EQ(test, hypha_prefix_parse4(four, &p), 0);
	KUNIT_ASSERT_EQ(test, hypha_prefix_parse6(six, &p), 0);
	return p;
}

static void what_a_text_means(struct kunit *test)
{
	static const u8 net6[16] = { 0xfd, 0x12, 0x34, 0x56, 0x78, 0x9a }, gateway6[16] = { 0xfd, 0x12, 0x34, 0x56, 0x78, 0x9a, [15] = 1 };
	struct hypha_prefixes p = parsed(test, "10.75.0.0/16", "fd12:3456:789a::/64");
	struct in6_addr gateway;

	KUNIT_EXPECT_EQ(test, ntohl(p.net4), 0x0a4b0000);
	KUNIT_EXPECT_EQ(test, p.plen4, 16);
	KUNIT_EXPECT_EQ(test, ntohl(hypha_prefix_gateway4(&p)), 0x0a4b0001);
	KUNIT_EXPECT_EQ(test, memcmp(&p.net6, net6, 16), 0);
	KUNIT_EXPECT_EQ(test, p.plen6, 64);
	hypha_prefix_gateway6(&p, &gateway);
	KUNIT_EXPECT_EQ(test, memcmp(&gateway, gateway6, 16), 0);
}

static void some_addresses_are_not_for_guests(struct kunit *test)
{
	static const struct {
		const char *prefix;
		u32 ip;
		int err;
	} cases[] = {
		{ "10.75.0.0/16", 0x0a4b0000, -EADDRNOTAVAIL }, { "10.75.0.0/16", 0x0a4b0001, -EADDRNOTAVAIL },
		{ "10.75.0.0/16", 0x0a4b0002, 0 }, { "10.75.0.0/16", 0x0a4bfffe, 0 }, { "10.75.0.0/16", 0x0a4bffff, -EADDRNOTAVAIL },
		{ "10.75.0.0/16", 0x0a4c0000, -ERANGE }, { "10.75.0.0/16", 0x0a4affff, -ERANGE }, { "10.75.0.0/16", 0, -ERANGE },
		{ "10.75.0.0/16", 0x0a4b00ff, 0 }, { "10.75.0.0/16", 0x0a4b0100, 0 },
		{ "10.0.0.0/8", 0x0a000000, -EADDRNOTAVAIL }, { "10.0.0.0/8", 0x0affffff, -EADDRNOTAVAIL },
		{ "10.0.0.0/8", 0x0afffffe, 0 }, { "10.0.0.0/8", 0x0b000000, -ERANGE }, { "10.0.0.0/8", 0x09ffffff, -ERANGE },
		{ "192.0.2.252/30", 0xc00002fc, -EADDRNOTAVAIL }, { "192.0.2.252/30", 0xc00002fd, -EADDRNOTAVAIL },
		{ "192.0.2.252/30", 0xc00002fe, 0 }, { "192.0.2.252/30", 0xc00002ff, -EADDRNOTAVAIL },
		{ "192.0.2.252/30", 0xc00002fb, -ERANGE }, { "192.0.2.252/30", 0xc0000300, -ERANGE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hypha_prefixes p = parsed(test, cases[i].prefix, "fd00:1::/64");

		KUNIT_EXPECT_EQ_MSG(test, hypha_prefix_check4(&p, htonl(cases[i].ip)), cases[i].err, "%s %08x", cases[i].prefix, cases[i].ip);
		KUNIT_EXPECT_EQ_MSG(test, hypha_prefix_has4(&p, htonl(cases[i].ip)), cases[i].err != -ERANGE, "%s %08x",
				    cases[i].prefix, cases[i].ip);
	}
}

static void the_same_of_ipv6(struct kunit *test)
{
	static const struct {
		const char *prefix, *ip;
		int err;
	} cases[] = {
		{ "fd00:1:2:3::/64", "fd00:1:2:3::", -EADDRNOTAVAIL }, { "fd00:1:2:3::/64", "fd00:1:2:3::1", -EADDRNOTAVAIL },
		{ "fd00:1:2:3::/64", "fd00:1:2:3::2", 0 }, { "fd00:1:2:3::/64", "fd00:1:2:3:8000::1", 0 },
		{ "fd00:1:2:3::/64", "fd00:1:2:3:ffff:ffff:ffff:ffff", 0 }, { "fd00:1:2:3::/64", "fd00:1:2:4::5", -ERANGE },
		{ "fd00:1:2:3::/64", "fd00:1:2:2:ffff:ffff:ffff:ffff", -ERANGE }, { "fd00:1:2:3::/64", "fc00:1:2:3::5", -ERANGE },
		{ "fd00:1:2::/48", "fd00:1:2:1::", 0 }, { "fd00:1:2::/48", "fd00:1:2:1::1", 0 }, { "fd00:1:2::/48", "fd00:1:2::1", -EADDRNOTAVAIL },
		{ "fd00:1:2::/48", "fd00:1:3::2", -ERANGE },
		{ "fd00:1::5:0/112", "fd00:1::5:0", -EADDRNOTAVAIL }, { "fd00:1::5:0/112", "fd00:1::5:1", -EADDRNOTAVAIL },
		{ "fd00:1::5:0/112", "fd00:1::5:ffff", 0 }, { "fd00:1::5:0/112", "fd00:1::6:2", -ERANGE },
		{ "fd00:1::5:0/112", "fd00:1:0:1::5:2", -ERANGE },
		{ "fd00:1:0:0:8000::/65", "fd00:1::2", -ERANGE }, { "fd00:1:0:0:8000::/65", "fd00:1:0:0:c000::", 0 },
	};
	struct in6_addr ip;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hypha_prefixes p = parsed(test, "10.75.0.0/16", cases[i].prefix);

		KUNIT_ASSERT_TRUE(test, in6_pton(cases[i].ip, -1, ip.s6_addr, -1, NULL));
		KUNIT_EXPECT_EQ_MSG(test, hypha_prefix_check6(&p, &ip), cases[i].err, "%s %s", cases[i].prefix, cases[i].ip);
		KUNIT_EXPECT_EQ_MSG(test, hypha_prefix_has6(&p, &ip), cases[i].err != -ERANGE, "%s %s", cases[i].prefix, cases[i].ip);
	}
}

static const char * const some4[] = { "10.0.0.0/8", "10.75.0.0/16", "192.0.2.128/28", "192.0.2.252/30" };
static const char * const some6[] = { "fd00:1:2::/48", "fd00:1:2:3::/64", "fd00:1:2:3:4::/80", "fd00:1::5:0/112" };

static void candidates_are_for_guests(struct kunit *test)
{
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(some4); i++) {
		struct hypha_prefixes p = parsed(test, some4[i], some6[i]);
		struct in6_addr ip6;

		for (n = 0; n < 3000; n++) {
			u32 seed = n * 2654435761U;

			KUNIT_ASSERT_EQ(test, hypha_prefix_check4(&p, hypha_prefix_candidate4(&p, seed, n)), 0);
			KUNIT_ASSERT_EQ(test, hypha_prefix_check4(&p, hypha_prefix_candidate4(&p, U32_MAX - n, U32_MAX)), 0);
			hypha_prefix_candidate6(&p, (u64)seed << 32 | seed, n, &ip6);
			KUNIT_ASSERT_EQ(test, hypha_prefix_check6(&p, &ip6), 0);
			hypha_prefix_candidate6(&p, U64_MAX - n, U32_MAX, &ip6);
			KUNIT_ASSERT_EQ(test, hypha_prefix_check6(&p, &ip6), 0);
		}
	}
}

static void candidates_come_to_every_address_once(struct kunit *test)
{
	static const u32 seeds[] = { 0, 1, 12345, U32_MAX };
	u8 *seen = kunit_kzalloc(test, 65536, GFP_KERNEL);
	u32 s, n;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (s = 0; s < ARRAY_SIZE(seeds); s++) {
		struct hypha_prefixes p = parsed(test, "10.75.0.0/16", "fd00:1::5:0/112");
		struct in6_addr ip6;

		memset(seen, 0, 65536);
		for (n = 0; n < 65536 - 3; n++)
			seen[ntohl(hypha_prefix_candidate4(&p, seeds[s], n)) & 0xffff]++;
		KUNIT_EXPECT_NULL(test, memchr_inv(seen + 2, 1, 65536 - 3));
		memset(seen, 0, 65536);
		for (n = 0; n < 65536 - 2; n++) {
			hypha_prefix_candidate6(&p, seeds[s] * 0x100000001ULL, n, &ip6);
			seen[ip6.s6_addr[14] << 8 | ip6.s6_addr[15]]++;
		}
		KUNIT_EXPECT_NULL(test, memchr_inv(seen + 2, 1, 65536 - 2));
	}
}

static void a_host_keeps_its_ula_and_another_has_another(struct kunit *test)
{
	u8 seed[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct hypha_prefixes p = { }, q = { }, checked;
	char text[64];
	unsigned int i;

	hypha_prefix_ula(seed, &p);
	hypha_prefix_ula(seed, &q);
	KUNIT_EXPECT_EQ(test, memcmp(&p, &q, sizeof(p)), 0);
	KUNIT_EXPECT_EQ(test, p.plen6, 64);
	KUNIT_EXPECT_EQ(test, p.net6.s6_addr[0], 0xfd);
	for (i = 0; i < 16; i++) {
		seed[i] ^= 1;
		hypha_prefix_ula(seed, &q);
		KUNIT_EXPECT_NE_MSG(test, memcmp(&p.net6.s6_addr[1], &q.net6.s6_addr[1], 5), 0, "byte %u counts", i);
		seed[i] ^= 1;
	}
	snprintf(text, sizeof(text), "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64", p.net6.s6_addr[0], p.net6.s6_addr[1], p.net6.s6_addr[2],
		 p.net6.s6_addr[3], p.net6.s6_addr[4], p.net6.s6_addr[5], p.net6.s6_addr[6], p.net6.s6_addr[7]);
	KUNIT_EXPECT_EQ(test, hypha_prefix_parse6(text, &checked), 0);
	KUNIT_EXPECT_EQ(test, memcmp(&checked.net6, &p.net6, 16), 0);
}

static void macs_are_of_one_machine(struct kunit *test)
{
	static const struct {
		u8 mac[ETH_ALEN];
		int err;
	} cases[] = {
		{ { 0x02, 0, 0, 0, 0, 1 }, 0 }, { { 0x00, 0x16, 0x3e, 1, 2, 3 }, 0 }, { { 0, 0, 0, 0, 0, 1 }, 0 }, { { }, -EINVAL },
		{ { 0x01, 0, 0x5e, 0, 0, 1 }, -EINVAL }, { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, -EINVAL }, { { 0x33, 0x33 }, -EINVAL },
		{ { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff }, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, hypha_mac_check(cases[i].mac), cases[i].err, "case %u", i);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(texts_are_taken_or_refused),
	KUNIT_CASE(a_refused_text_changes_nothing),
	KUNIT_CASE(what_a_text_means),
	KUNIT_CASE(some_addresses_are_not_for_guests),
	KUNIT_CASE(the_same_of_ipv6),
	KUNIT_CASE(candidates_are_for_guests),
	KUNIT_CASE(candidates_come_to_every_address_once),
	KUNIT_CASE(a_host_keeps_its_ula_and_another_has_another),
	KUNIT_CASE(macs_are_of_one_machine),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_prefix", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
