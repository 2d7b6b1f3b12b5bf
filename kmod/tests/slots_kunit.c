// SPDX-License-Identifier: GPL-2.0-only
/* Transmit slots: a good chain is understood as meant, a bad one is refused for its own reason, and always answered whole. */
#include "../net/slots.c"

#include <kunit/test.h>
#include <linux/kernel.h>

#define MORE	XEN_NETTXF_more_data
#define EXTRA	XEN_NETTXF_extra_info
#define BLANK	XEN_NETTXF_csum_blank
#define VALID	XEN_NETTXF_data_validated
#define XMORE	XEN_NETIF_EXTRA_FLAG_MORE
#define TX(size_, offset_, flags_)	{ .tx = { .gref = 7, .id = 9, .size = size_, .offset = offset_, .flags = flags_ } }
#define GSO_(size_, type_, flags_) \
	{ .extra = { .type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = flags_, .u.gso = { .size = size_, .type = type_ } } }
#define GSO4(flags_)		GSO_(1448, XEN_NETIF_GSO_TYPE_TCPV4, flags_)
#define GSO6(flags_)		GSO_(1428, XEN_NETIF_GSO_TYPE_TCPV6, flags_)
#define OTHER(type_, flags_)	{ .extra = { .type = type_, .flags = flags_ } }

/* A chain written out; @avail 0: all of it is there. */
struct words {
	const char *belief;
	union hypha_slot_wire wire[8];
	u32 avail;
	int want;
	u32 taken, nr;		/* of data that is there: @nr slots of @len bytes */
	u32 len;
};

#define DROP(reason)	(-HYPHA_DROP_##reason)

static const struct words cases[] = {
	{ "one_slot", { TX(60, 100, 0) }, 0, 0, 1, 1, 60 },
	{ "one_slot_to_the_end_of_its_page", { TX(1500, 2596, 0) }, 0, 0, 1, 1, 1500 },
	{ "one_slot_one_over_its_page", { TX(1500, 2597, 0) }, 0, DROP(SLOT), 1 },
	{ "a_whole_page", { TX(4096, 0, 0) }, 0, 0, 1, 1, 4096 },
	{ "more_than_a_page", { TX(4097, 0, 0) }, 0, DROP(SLOT), 1 },
	{ "offset_65535", { TX(60, 65535, 0) }, 0, DROP(SLOT), 1 },
	{ "five_pages_in_one_slot", { TX(20480, 0, 0) }, 0, DROP(SLOT), 1 },
	{ "size_65535_in_one_slot", { TX(65535, 0, 0) }, 0, DROP(SLOT), 1 },
	{ "shortest", { TX(14, 0, 0) }, 0, 0, 1, 1, 14 },
	{ "runt", { TX(13, 0, 0) }, 0, DROP(RUNT), 1 },
	{ "nothing", { TX(0, 0, 0) }, 0, DROP(RUNT), 1 },
	{ "nothing_of_two_slots", { TX(0, 0, MORE), TX(0, 0, 0) }, 0, DROP(RUNT), 2 },
	{ "two_slots", { TX(5000, 96, MORE), TX(1000, 0, 0) }, 0, 0, 2, 2, 5000 },
	{ "the_first_has_what_is_left", { TX(5000, 97, MORE), TX(1000, 0, 0) }, 0, DROP(SLOT), 2 },
	{ "second_longer_than_the_whole", { TX(100, 0, MORE), TX(101, 0, 0) }, 0, DROP(SLOT), 2 },
	{ "sum_longer_than_the_whole", { TX(100, 0, MORE), TX(60, 0, MORE), TX(60, 0, 0) }, 0, DROP(SLOT), 3 },
	{ "second_leaves_its_page", { TX(2000, 0, MORE), TX(1000, 3097, 0) }, 0, DROP(SLOT), 2 },
	{ "second_at_65535", { TX(2000, 0, MORE), TX(1, 65535, 0) }, 0, DROP(SLOT), 2 },
	{ "empty_slot_in_the_middle", { TX(200, 0, MORE), TX(0, 0, MORE), TX(100, 0, 0) }, 0, 0, 3, 2, 200 },
	{ "empty_slot_at_the_end", { TX(200, 0, MORE), TX(0, 4096, 0) }, 0, 0, 2, 1, 200 },
	{ "empty_first_slot", { TX(200, 0, MORE), TX(200, 0, 0) }, 0, 0, 2, 1, 200 },
	{ "empty_first_slot_outside_its_page", { TX(200, 4097, MORE), TX(200, 0, 0) }, 0, DROP(SLOT), 2 },
	{ "empty_slot_outside_its_page", { TX(200, 0, MORE), TX(0, 4097, 0) }, 0, DROP(SLOT), 2 },
	{ "header_split_over_slots", { TX(60, 4090, MORE), TX(20, 0, MORE), TX(34, 4062, 0) }, 0, 0, 3, 3, 60 },
	{ "gso4", { TX(3000, 0, EXTRA | BLANK), GSO4(0) }, 0, 0, 2, 1, 3000 },
	{ "gso6_before_the_other_slots", { TX(3000, 0, EXTRA | MORE), GSO6(0), TX(1000, 0, 0) }, 0, 0, 3, 2, 3000 },
	{ "gso_twice", { TX(3000, 0, EXTRA), GSO4(XMORE), GSO4(0) }, 0, DROP(EXTRA), 3 },
	{ "gso_size_0", { TX(3000, 0, EXTRA), GSO_(0, XEN_NETIF_GSO_TYPE_TCPV4, 0) }, 0, DROP(EXTRA), 2 },
	{ "gso_type_0", { TX(3000, 0, EXTRA), GSO_(1448, XEN_NETIF_GSO_TYPE_NONE, 0) }, 0, DROP(EXTRA), 2 },
	{ "gso_type_3", { TX(3000, 0, EXTRA), GSO_(1448, 3, 0) }, 0, DROP(EXTRA), 2 },
	{ "gso_type_255", { TX(3000, 0, EXTRA), GSO_(1448, 255, 0) }, 0, DROP(EXTRA), 2 },
	{ "extra_of_type_0", { TX(60, 0, EXTRA), OTHER(0, 0) }, 0, DROP(EXTRA), 2 },
	{ "multicast_was_not_offered", { TX(60, 0, EXTRA), OTHER(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0) }, 0, DROP(EXTRA), 2 },
	{ "hash_was_not_offered", { TX(60, 0, EXTRA), OTHER(XEN_NETIF_EXTRA_TYPE_HASH, 0) }, 0, DROP(EXTRA), 2 },
	{ "extra_of_type_255", { TX(60, 0, EXTRA), OTHER(255, 0) }, 0, DROP(EXTRA), 2 },
	{ "bad_extra_takes_the_chain_with_it", { TX(60, 0, EXTRA | MORE), OTHER(9, XMORE), GSO4(0), TX(20, 0, MORE), TX(20, 0, 0) },
	  0, DROP(EXTRA), 5 },
	{ "first_defect_is_told", { TX(60, 0, EXTRA | MORE), OTHER(9, 0), TX(61, 0, 0) }, 0, DROP(EXTRA), 3 },
	{ "nothing_there", { TX(60, 0, 0) }, U32_MAX, -EAGAIN },
	{ "second_slot_is_to_come", { TX(60, 0, MORE) }, 1, -EAGAIN },
	{ "third_slot_is_to_come", { TX(60, 0, MORE), TX(10, 0, MORE) }, 2, -EAGAIN },
	{ "extra_is_to_come", { TX(60, 0, EXTRA) }, 1, -EAGAIN },
	{ "second_extra_is_to_come", { TX(60, 0, EXTRA), GSO4(XMORE) }, 2, -EAGAIN },
	{ "data_behind_the_extra_is_to_come", { TX(60, 0, EXTRA | MORE), GSO4(0) }, 2, -EAGAIN },
	{ "what_follows_is_another_packet", { TX(60, 0, 0), TX(70, 0, 0) }, 2, 0, 1, 1, 60 },
	{ "extra_info_of_a_later_slot_is_nothing", { TX(60, 0, MORE), TX(20, 0, EXTRA) }, 2, 0, 2, 2, 60 },
};

/* The ring as the walk sees it. */
struct ring {
	const union hypha_slot_wire *wire;
	u32 nr, avail, copied;
	bool wrong;
};

static void copy_entry(u32 i, union hypha_slot_wire *wire, void *ctx)
{
	struct ring *r = ctx;

	r->wrong |= i != r->copied || i >= r->avail;
	r->copied++;
	*wire = r->wire[i % r->nr];
}

static u32 nr_words(const struct words *w)
{
	u32 nr = w->avail;

	if (w->avail == U32_MAX)
		return 0;
	while (!nr || (nr < ARRAY_SIZE(w->wire) && (w->wire[nr].tx.size || w->wire[nr].tx.flags || w->wire[nr].tx.gref)))
		nr++;
	return w->avail ?: nr;
}

static void chains_are_judged(struct kunit *test)
{
	static struct hypha_slots out;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct words *w = &cases[i];
		struct ring ring = { .wire = w->wire, .nr = ARRAY_SIZE(w->wire), .avail = w->taken ?: nr_words(w) };

		KUNIT_EXPECT_EQ_MSG(test, hypha_slots_take(copy_entry, &ring, ring.avail, &out), w->want, "%s", w->belief);
		KUNIT_EXPECT_EQ_MSG(test, out.nr_taken, w->taken, "%s", w->belief);
		KUNIT_EXPECT_FALSE_MSG(test, ring.wrong, "%s: entries are copied once, in order", w->belief);
		if (w->want)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, out.nr, w->nr, "%s", w->belief);
		KUNIT_EXPECT_EQ_MSG(test, out.len, w->len, "%s", w->belief);
	}
}

static void fields_are_understood(struct kunit *test)
{
	const union hypha_slot_wire wire[] = {
		{ .tx = { .gref = 11, .id = 21, .size = 3000, .offset = 31, .flags = MORE | EXTRA | BLANK } },
		GSO6(0),
		{ .tx = { .gref = 12, .id = 22, .size = 500, .offset = 32, .flags = MORE } },
		{ .tx = { .gref = 13, .id = 23, .size = 600, .offset = 33 } },
	};
	struct ring ring = { .wire = wire, .nr = 4, .avail = 4 };
	static struct hypha_slots out;

	KUNIT_ASSERT_EQ(test, hypha_slots_take(copy_entry, &ring, 4, &out), 0);
	KUNIT_EXPECT_EQ(test, out.nr_extras, 1);
	KUNIT_EXPECT_TRUE(test, out.csum_blank);
	KUNIT_EXPECT_FALSE(test, out.data_validated);
	KUNIT_EXPECT_EQ(test, out.gso_size, 1428);
	KUNIT_EXPECT_EQ(test, out.gso_type, XEN_NETIF_GSO_TYPE_TCPV6);
	KUNIT_EXPECT_EQ(test, out.id[0], 21);
	KUNIT_EXPECT_EQ(test, out.id[2], 22);
	KUNIT_EXPECT_EQ(test, out.id[3], 23);
	KUNIT_EXPECT_EQ(test, out.slot[0].len, 1900);
	KUNIT_EXPECT_EQ(test, out.slot[0].offset, 31);
	KUNIT_EXPECT_EQ(test, out.slot[0].ref, 11);
	KUNIT_EXPECT_EQ(test, out.slot[1].len, 500);
	KUNIT_EXPECT_EQ(test, out.slot[1].ref, 12);
	KUNIT_EXPECT_EQ(test, out.slot[2].len, 600);
	KUNIT_EXPECT_EQ(test, out.slot[2].offset, 33);
}

static void nothing_is_left_of_the_packet_before(struct kunit *test)
{
	const union hypha_slot_wire gso[] = { TX(3000, 0, EXTRA | BLANK | VALID), GSO4(0) };
	const union hypha_slot_wire plain[] = { TX(60, 0, 0) };
	struct ring ring = { .wire = gso, .nr = 2, .avail = 2 };
	static struct hypha_slots out;

	KUNIT_ASSERT_EQ(test, hypha_slots_take(copy_entry, &ring, 2, &out), 0);
	ring = (struct ring){ .wire = plain, .nr = 1, .avail = 1 };
	KUNIT_ASSERT_EQ(test, hypha_slots_take(copy_entry, &ring, 1, &out), 0);
	KUNIT_EXPECT_EQ(test, out.gso_size, 0);
	KUNIT_EXPECT_EQ(test, out.gso_type, XEN_NETIF_GSO_TYPE_NONE);
	KUNIT_EXPECT_EQ(test, out.nr_extras, 0);
	KUNIT_EXPECT_FALSE(test, out.csum_blank);
	KUNIT_EXPECT_FALSE(test, out.data_validated);
}

/* A chain of @data slots; of @extras extra slots. */
static int take_long(u32 data, u32 extras, u32 avail, struct hypha_slots *out)
{
	static union hypha_slot_wire wire[1100];
	struct ring ring = { .wire = wire, .nr = ARRAY_SIZE(wire), .avail = avail };
	u32 i, at = 0;

	for (i = 0; i < data; i++) {
		wire[at++] = (union hypha_slot_wire)TX(i ? 10 : 1000 + (data - 1) * 10, 0, i + 1 < data ? MORE : 0);
		if (!i && extras)
			wire[0].tx.flags |= EXTRA;
		for (; !i && at <= extras; at++)
			wire[at] = (union hypha_slot_wire)OTHER(1, at < extras ? XMORE : 0);
	}
	return hypha_slots_take(copy_entry, &ring, avail, out);
}

static void chains_have_an_end(struct kunit *test)
{
	static struct hypha_slots out;

	KUNIT_EXPECT_EQ(test, take_long(18, 0, 18, &out), 0);
	KUNIT_EXPECT_EQ(test, out.nr, 18);
	KUNIT_EXPECT_EQ(test, out.len, 1170);
	KUNIT_EXPECT_EQ(test, take_long(19, 0, 19, &out), DROP(SLOTS));
	KUNIT_EXPECT_EQ(test, out.nr_taken, 19);
	KUNIT_EXPECT_EQ(test, take_long(20, 0, 20, &out), -EPROTO);
	KUNIT_EXPECT_EQ(test, take_long(1000, 0, 256, &out), -EPROTO);
	KUNIT_EXPECT_EQ(test, take_long(1000, 0, 19, &out), -EPROTO);
	KUNIT_EXPECT_EQ(test, take_long(1000, 0, 18, &out), -EAGAIN);
	KUNIT_EXPECT_EQ(test, take_long(19, 19, 38, &out), DROP(EXTRA));
	KUNIT_EXPECT_EQ(test, out.nr_taken, (u32)HYPHA_SLOTS_TAKEN);
	KUNIT_EXPECT_EQ(test, take_long(1, 20, 21, &out), -EPROTO);
	KUNIT_EXPECT_EQ(test, take_long(1, 1000, 256, &out), -EPROTO);
}

static u32 seed;

static u32 dice(u32 below)
{
	seed = seed * 1664525 + 1013904223;
	return (u64)(seed >> 4) * below >> 28;
}

/* Mostly plausible: else all chains end at their first defect. */
static union hypha_slot_wire random_entry(bool chained)
{
	static const u16 sizes[] = { 0, 1, 13, 14, 60, 100, 1500, 4095, 4096, 4097, 9000, 65535 };
	union hypha_slot_wire w = { };

	if (!chained && !dice(4)) {
		w.extra.type = dice(3) ? XEN_NETIF_EXTRA_TYPE_GSO : dice(256);
		w.extra.flags = dice(3) ? 0 : dice(256);
		w.extra.u.gso.size = dice(3) ? 1448 : 0;
		w.extra.u.gso.type = dice(4);
		return w;
	}
	w.tx.gref = dice(1000);
	w.tx.id = dice(65536);
	w.tx.offset = dice(3) ? dice(4096) : dice(65536);
	w.tx.size = dice(2) ? sizes[dice(ARRAY_SIZE(sizes))] : dice(65536);
	w.tx.flags = chained ? MORE : dice(16);
	return w;
}

static bool sane(const struct hypha_slots *out)
{
	u32 i, sum = 0;

	for (i = 0; i < out->nr; i++) {
		if (!out->slot[i].len || out->slot[i].offset + out->slot[i].len > HYPHA_SLOT_SIZE)
			return false;
		sum += out->slot[i].len;
	}
	return sum == out->len && out->nr && out->nr <= HYPHA_SLOTS_MAX && out->len >= ETH_HLEN &&
	       out->nr + out->nr_extras <= out->nr_taken && !out->gso_size == !out->gso_type;
}

static bool known(int ret)
{
	return ret == DROP(SLOTS) || ret == DROP(SLOT) || ret == DROP(EXTRA) || ret == DROP(RUNT) || ret == -EAGAIN ||
	       ret == -EPROTO;
}

static void any_ring_is_survived(struct kunit *test)
{
	static union hypha_slot_wire wire[256];
	static struct hypha_slots out;
	u32 round, i, good = 0, bad = 0, fatal = 0, more = 0;

	for (round = 0; round < 40000; round++) {
		struct ring ring = { .wire = wire, .nr = ARRAY_SIZE(wire) };
		int ret;

		seed = round;
		ring.avail = dice(40);
		for (i = 0; i < ring.avail; i++)
			wire[i] = random_entry(!(round % 8) && dice(50));
		ret = hypha_slots_take(copy_entry, &ring, ring.avail, &out);
		if (ring.wrong || out.nr_taken > ring.avail || (ret ? !known(ret) : !sane(&out))) {
			KUNIT_FAIL(test, "seed %u: returned %d, took %u of %u", round, ret, out.nr_taken, ring.avail);
			return;
		}
		good += !ret;
		fatal += ret == -EPROTO;
		more += ret == -EAGAIN;
		bad += out.nr_taken && ret;
	}
	KUNIT_EXPECT_GT(test, good, 500U);
	KUNIT_EXPECT_GT(test, bad, 500U);
	KUNIT_EXPECT_GT(test, fatal, 50U);
	KUNIT_EXPECT_GT(test, more, 500U);
}

static struct kunit_case slots_cases[] = {
	KUNIT_CASE(chains_are_judged),
	KUNIT_CASE(fields_are_understood),
	KUNIT_CASE(nothing_is_left_of_the_packet_before),
	KUNIT_CASE(chains_have_an_end),
	KUNIT_CASE(any_ring_is_survived),
	{}
};

static struct kunit_suite slots_suite = {
	.name = "hypha_slots",
	.test_cases = slots_cases,
};
kunit_test_suite(slots_suite);
