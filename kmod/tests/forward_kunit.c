// SPDX-License-Identifier: GPL-2.0-only
/* Published ports: what makes sense, who collides with whom, who is found. */
#include <kunit/test.h>

#include "../net/forward.c"

#define TCP	IPPROTO_TCP
#define UDP	IPPROTO_UDP

#define ANY	{ }
#define V4(a, b, c, d)	{ .s6_addr = { [10] = 0xff, 0xff, a, b, c, d } }
#define V6(last)	{ .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = last } }

static struct hypha_forward *copy(struct kunit *test, const struct hypha_forward *f)
{
	struct hypha_forward *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	*c = *f;
	return c;
}

static int add(struct kunit *test, struct hypha_forwards *f, const struct hypha_forward *what)
{
	const struct hypha_forward *other;

	return hypha_forwards_add(f, copy(test, what), &other);
}

static const struct {
	const char *what;
	struct hypha_forward f;
	int err;
} senses[] = {
	{ "any address, both versions", { .proto = TCP, .host_port = 80, .nr_ports = 1, .guest_port = 80 }, 0 },
	{ "any of IPv4", { .proto = TCP, .version = 4, .host_port = 80, .nr_ports = 1, .guest_port = 80 }, 0 },
	{ "any of IPv6", { .proto = UDP, .version = 6, .host_port = 80, .nr_ports = 1, .guest_port = 80 }, 0 },
	{ "IPv4", { .proto = TCP, .version = 4, .addr = V4(192, 0, 2, 1), .host_port = 80, .nr_ports = 1, .guest_port = 80 }, 0 },
	{ "IPv6", { .proto = TCP, .version = 6, .addr = V6(1), .host_port = 80, .nr_ports = 1, .guest_port = 80 }, 0 },
	{ "all ports", { .proto = TCP, .host_port = 1, .nr_ports = 65535, .guest_port = 1 }, 0 },
	{ "the last port", { .proto = TCP, .host_port = 65535, .nr_ports = 1, .guest_port = 65535 }, 0 },
	{ "no protocol", { .host_port = 80, .nr_ports = 1, .guest_port = 80 }, -EINVAL },
	{ "ICMP", { .proto = IPPROTO_ICMP, .host_port = 80, .nr_ports = 1, .guest_port = 80 }, -EINVAL },
	{ "version 5", { .proto = TCP, .version = 5, .host_port = 80, .nr_ports = 1, .guest_port = 80 }, -EINVAL },
	{ "no ports", { .proto = TCP, .host_port = 80, .guest_port = 80 }, -EINVAL },
	{ "host port 0", { .proto = TCP, .nr_ports = 1, .guest_port = 80 }, -EINVAL },
	{ "guest port 0", { .proto = TCP, .host_port = 80, .nr_ports = 1 }, -EINVAL },
	{ "host ports beyond the last", { .proto = TCP, .host_port = 65535, .nr_ports = 2, .guest_port = 1 }, -EINVAL },
	{ "guest ports beyond the last", { .proto = TCP, .host_port = 1, .nr_ports = 2, .guest_port = 65535 }, -EINVAL },
	{ "IPv4 address, no version", { .proto = TCP, .addr = V4(192, 0, 2, 1), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "IPv6 address, no version", { .proto = TCP, .addr = V6(1), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "IPv6 address, version 4", { .proto = TCP, .version = 4, .addr = V6(1), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "IPv4 address, version 6",
	  { .proto = TCP, .version = 6, .addr = V4(192, 0, 2, 1), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "mapped 0.0.0.0", { .proto = TCP, .version = 4, .addr = V4(0, 0, 0, 0), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "IPv4 group", { .proto = TCP, .version = 4, .addr = V4(224, 0, 0, 1), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "broadcast", { .proto = TCP, .version = 4, .addr = V4(255, 255, 255, 255), .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
	{ "IPv6 group",
	  { .proto = TCP, .version = 6, .addr = { .s6_addr = { 0xff, 2 } }, .host_port = 1, .nr_ports = 1, .guest_port = 1 }, -EINVAL },
};

static void what_makes_no_sense_is_refused(struct kunit *test)
{
	struct hypha_forwards f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(senses); i++) {
		hypha_forwards_init(&f);
		KUNIT_EXPECT_EQ_MSG(test, add(test, &f, &senses[i].f), senses[i].err, "%s", senses[i].what);
		KUNIT_EXPECT_EQ(test, list_empty(&f.list), senses[i].err != 0);
	}
}

/* Every way two claims can lie to one another: address by address, range by range, protocol by protocol. */
static const struct claim {
	u8 version;
	struct in6_addr addr;
	u8 covers;	/* bit per address of a small world: two of IPv4, two of IPv6 */
} claims[] = {
	{ 0, ANY, 0xf }, { 4, ANY, 0x3 }, { 6, ANY, 0xc },
	{ 4, V4(192, 0, 2, 1), 0x1 }, { 4, V4(192, 0, 2, 2), 0x2 }, { 6, V6(1), 0x4 }, { 6, V6(2), 0x8 },
};

static const struct { u16 first, nr; } spans[] = {
	{ 80, 1 }, { 81, 1 }, { 79, 3 }, { 80, 2 }, { 70, 10 }, { 70, 11 }, { 82, 10 }, { 1, 65535 }, { 65535, 1 },
};

static bool spans_meet(u16 a, u32 nr_a, u16 b, u32 nr_b)
{
	u32 port;

	for (port = a; port < a + nr_a; port++)
		if (port >= b && port < b + nr_b)
			return true;
	return false;
}

static void check_pair(struct kunit *test, u32 a, u32 b, u32 s, u32 t, bool same_proto)
{
	struct hypha_forward x = {
		.guest = 1, .proto = TCP, .version = claims[a].version, .addr = claims[a].addr,
		.host_port = spans[s].first, .nr_ports = spans[s].nr, .guest_port = 1,
	};
	struct hypha_forward y = {
		.guest = 2, .proto = same_proto ? TCP : UDP, .version = claims[b].version, .addr = claims[b].addr,
		.host_port = spans[t].first, .nr_ports = spans[t].nr, .guest_port = 1,
	};
	bool meet = same_proto && claims[a].covers & claims[b].covers &&
		    spans_meet(spans[s].first, spans[s].nr, spans[t].first, spans[t].nr);
	const struct hypha_forward *other = NULL;
	struct hypha_forwards f;

	hypha_forwards_init(&f);
	KUNIT_ASSERT_EQ(test, hypha_forwards_add(&f, &x, &other), 0);
	KUNIT_EXPECT_EQ_MSG(test, hypha_forwards_add(&f, &y, &other), meet ? -EADDRINUSE : 0, "addresses %u %u, ports %u %u", a, b, s, t);
	KUNIT_EXPECT_PTR_EQ(test, other, meet ? &x : NULL);
	KUNIT_EXPECT_EQ(test, list_is_singular(&f.list), meet);
}

static void claims_collide_where_they_meet_and_only_there(struct kunit *test)
{
	u32 a, b, s, t;

	for (a = 0; a < ARRAY_SIZE(claims); a++)
		for (b = 0; b < ARRAY_SIZE(claims); b++)
			for (s = 0; s < ARRAY_SIZE(spans); s++)
				for (t = 0; t < ARRAY_SIZE(spans); t++) {
					check_pair(test, a, b, s, t, true);
					check_pair(test, a, b, s, t, false);
				}
}

static void a_guest_collides_with_itself_too(struct kunit *test)
{
	struct hypha_forward what = { .guest = 1, .proto = TCP, .host_port = 80, .nr_ports = 1, .guest_port = 80 };
	struct hypha_forwards f;

	hypha_forwards_init(&f);
	KUNIT_EXPECT_EQ(test, add(test, &f, &what), 0);
	KUNIT_EXPECT_EQ(test, add(test, &f, &what), -EADDRINUSE);
}

static void found_is_who_published_the_port_there(struct kunit *test)
{
	static const struct hypha_forward what[] = {
		{ .guest = 1, .proto = TCP, .host_port = 8000, .nr_ports = 10, .guest_port = 80 },
		{ .guest = 2, .proto = TCP, .version = 4, .addr = V4(192, 0, 2, 1), .host_port = 443, .nr_ports = 1, .guest_port = 8443 },
		{ .guest = 3, .proto = TCP, .version = 6, .host_port = 443, .nr_ports = 1, .guest_port = 443 },
		{ .guest = 4, .proto = UDP, .version = 4, .host_port = 53, .nr_ports = 1, .guest_port = 5353 },
	};
	static const struct {
		u8 proto;
		struct in6_addr addr;
		u16 port;
		u32 guest;	/* 0: nobody */
		u16 guest_port;
	} cases[] = {
		{ TCP, V4(192, 0, 2, 1), 8000, 1, 80 }, { TCP, V4(192, 0, 2, 9), 8009, 1, 89 }, { TCP, V6(7), 8004, 1, 84 },
		{ TCP, V4(192, 0, 2, 1), 7999, 0, 0 }, { TCP, V4(192, 0, 2, 1), 8010, 0, 0 }, { UDP, V6(7), 8004, 0, 0 },
		{ TCP, V4(192, 0, 2, 1), 443, 2, 8443 }, { TCP, V4(192, 0, 2, 2), 443, 0, 0 }, { TCP, V6(1), 443, 3, 443 },
		{ UDP, V4(10, 0, 0, 1), 53, 4, 5353 }, { UDP, V6(1), 53, 0, 0 }, { TCP, V4(10, 0, 0, 1), 53, 0, 0 },
	};
	struct hypha_forwards f;
	unsigned int i;

	hypha_forwards_init(&f);
	for (i = 0; i < ARRAY_SIZE(what); i++)
		KUNIT_ASSERT_EQ(test, add(test, &f, &what[i]), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u16 port = 0;
		struct hypha_forward *found = hypha_forwards_find(&f, cases[i].proto, &cases[i].addr, cases[i].port, &port);

		KUNIT_EXPECT_EQ_MSG(test, found ? found->guest : 0, cases[i].guest, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, port, cases[i].guest_port, "case %u", i);
	}
}

/* add() refuses such a pair; find() does not rely on it. */
static void an_address_goes_before_any(struct kunit *test)
{
	struct hypha_forward any = { .guest = 1, .proto = TCP, .host_port = 80, .nr_ports = 1, .guest_port = 1 };
	struct hypha_forward one = {
		.guest = 2, .proto = TCP, .version = 4, .addr = V4(192, 0, 2, 1), .host_port = 80, .nr_ports = 1, .guest_port = 2,
	};
	struct hypha_forwards f;
	u16 port;

	hypha_forwards_init(&f);
	list_add_tail(&any.link, &f.list);
	list_add_tail(&one.link, &f.list);
	KUNIT_EXPECT_PTR_EQ(test, hypha_forwards_find(&f, TCP, &one.addr, 80, &port), &one);
	KUNIT_EXPECT_EQ(test, port, 2);
	KUNIT_EXPECT_PTR_EQ(test, hypha_forwards_find(&f, TCP, &claims[4].addr, 80, &port), &any);
}

static void del_takes_the_very_one(struct kunit *test)
{
	static const struct hypha_forward base = {
		.guest = 1, .proto = TCP, .version = 4, .addr = V4(192, 0, 2, 1), .host_port = 80, .nr_ports = 2, .guest_port = 8080,
	};
	struct hypha_forward *mine = copy(test, &base), like;
	const struct hypha_forward *other;
	struct hypha_forwards f;
	u16 port;

	hypha_forwards_init(&f);
	KUNIT_ASSERT_EQ(test, hypha_forwards_add(&f, mine, &other), 0);
#define NOT_LIKE(field, value) \
	do { like = base; like.field = value; KUNIT_EXPECT_NULL(test, hypha_forwards_del(&f, &like)); } while (0)
	NOT_LIKE(guest, 2);
	NOT_LIKE(proto, UDP);
	NOT_LIKE(version, 0);
	NOT_LIKE(addr.s6_addr[15], 2);
	NOT_LIKE(host_port, 81);
	NOT_LIKE(nr_ports, 1);
#undef NOT_LIKE
	like = base;
	like.guest_port = 1;
	KUNIT_EXPECT_PTR_EQ(test, hypha_forwards_del(&f, &like), mine);
	KUNIT_EXPECT_NULL(test, hypha_forwards_del(&f, &like));
	KUNIT_EXPECT_NULL(test, hypha_forwards_find(&f, TCP, &base.addr, 80, &port));
	KUNIT_EXPECT_EQ(test, hypha_forwards_add(&f, mine, &other), 0);
}

static void all_of_a_guest_go_one_by_one(struct kunit *test)
{
	struct hypha_forward what = { .proto = TCP, .nr_ports = 1, .guest_port = 80 };
	struct hypha_forwards f;
	u32 i, nr = 0;

	hypha_forwards_init(&f);
	for (i = 0; i < 30; i++) {
		what.guest = 1 + i % 3;
		what.host_port = 1000 + i;
		KUNIT_ASSERT_EQ(test, add(test, &f, &what), 0);
	}
	while (hypha_forwards_del_guest(&f, 2))
		nr++;
	KUNIT_EXPECT_EQ(test, nr, 10);
	KUNIT_EXPECT_NOT_NULL(test, hypha_forwards_del_guest(&f, 1));
	KUNIT_EXPECT_NOT_NULL(test, hypha_forwards_del_guest(&f, 3));
}

static void a_guest_has_so_many_and_another_still_its_own(struct kunit *test)
{
	struct hypha_forward what = { .guest = 1, .proto = TCP, .nr_ports = 1, .guest_port = 80 };
	struct hypha_forwards f;
	u32 i;

	hypha_forwards_init(&f);
	for (i = 0; i < HYPHA_FORWARDS_PER_GUEST; i++) {
		what.host_port = 1000 + i;
		KUNIT_ASSERT_EQ(test, add(test, &f, &what), 0);
	}
	what.host_port = 999;
	KUNIT_EXPECT_EQ(test, add(test, &f, &what), -ENOSPC);
	what.guest = 2;
	KUNIT_EXPECT_EQ(test, add(test, &f, &what), 0);
	KUNIT_EXPECT_NOT_NULL(test, hypha_forwards_del_guest(&f, 1));
	what.guest = 1;
	what.host_port = 998;
	KUNIT_EXPECT_EQ(test, add(test, &f, &what), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(what_makes_no_sense_is_refused),
	KUNIT_CASE(claims_collide_where_they_meet_and_only_there),
	KUNIT_CASE(a_guest_collides_with_itself_too),
	KUNIT_CASE(found_is_who_published_the_port_there),
	KUNIT_CASE(an_address_goes_before_any),
	KUNIT_CASE(del_takes_the_very_one),
	KUNIT_CASE(all_of_a_guest_go_one_by_one),
	KUNIT_CASE(a_guest_has_so_many_and_another_still_its_own),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_forward", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
