// SPDX-License-Identifier: GPL-2.0-only
/* ARP and neighbour discovery: frames of a Linux guest are answered as a Linux router did, and lies are named. */
#include <kunit/test.h>

#include "../net/neighbour.c"

#include "packets.h"

#define IP	14	/* offsets in a frame */
#define ICMP	(IP + 40)

static struct hypha_wire wire_of_samples(void)
{
	struct hypha_wire w = {
		.guest_mac = { 0x02, 0, 0, 0, 0, 5 }, .gateway_mac = { 0xfe, 0xff, 0xff, 0, 0, 1 },
		.guest4 = htonl(0x0a4b0005), .gateway4 = htonl(0x0a4b0001), .plen6 = 64, .mtu = 1500,
	};

	from_hex(w.guest6.s6_addr, "fd123456789a00000000000000000005");
	from_hex(w.gateway6.s6_addr, "fd123456789a00000000000000000001");
	hypha_wire_link_local(w.guest_mac, &w.guest_ll);
	hypha_wire_link_local(w.gateway_mac, &w.gateway_ll);
	return w;
}

#define ETH_ARP		"ffffffffffff020000000005 0806 "
#define ASKS_GATEWAY	ETH_ARP "0001080006040001 020000000005 0a4b0005 000000000000 0a4b0001"
#define IS_GATEWAY	"020000000005feffff000001 0806 0001080006040002 feffff000001 0a4b0001 020000000005 "

static const struct arp_case {
	const char *belief, *frame;
	int want;		/* -HYPHA_DROP_*, or 0 */
	const char *answer;	/* then @want is its length */
} arp_cases[] = {
	{ "who_has_the_gateway", ASKS_GATEWAY, 0, IS_GATEWAY "0a4b0005" },
	{ "padded", ASKS_GATEWAY "000000000000000000000000000000000000", 0, IS_GATEWAY "0a4b0005" },
	{ "probe_for_the_gateway",
	  ETH_ARP "0001080006040001 020000000005 00000000 000000000000 0a4b0001", 0, IS_GATEWAY "00000000" },
	{ "probe_for_its_own", ETH_ARP "0001080006040001 020000000005 00000000 000000000000 0a4b0005", 0 },
	{ "gratuitous", ETH_ARP "0001080006040001 020000000005 0a4b0005 ffffffffffff 0a4b0005", 0 },
	{ "who_has_another", ETH_ARP "0001080006040001 020000000005 0a4b0005 000000000000 0a4b0006", 0 },
	{ "reply", ETH_ARP "0001080006040002 020000000005 0a4b0005 feffff000001 0a4b0001", 0 },
	{ "reply_for_the_gateway",
	  ETH_ARP "0001080006040002 020000000005 0a4b0001 feffff000001 0a4b0001", -HYPHA_DROP_SPOOF_ARP },
	{ "request_of_another_address",
	  ETH_ARP "0001080006040001 020000000005 0a4b0006 000000000000 0a4b0001", -HYPHA_DROP_SPOOF_ARP },
	{ "request_of_another_mac",
	  ETH_ARP "0001080006040001 020000000006 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_SPOOF_ARP },
	{ "probe_of_another_mac",
	  ETH_ARP "0001080006040001 feffff000001 00000000 000000000000 0a4b0001", -HYPHA_DROP_SPOOF_ARP },
	{ "reverse_request", ETH_ARP "0001080006040003 020000000005 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_HEADER },
	{ "operation_0", ETH_ARP "0001080006040000 020000000005 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_HEADER },
	{ "of_infiniband", ETH_ARP "0020080006040001 020000000005 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_HEADER },
	{ "of_another_protocol", ETH_ARP "000186dd06040001 020000000005 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_HEADER },
	{ "long_macs", ETH_ARP "0001080014040001 020000000005 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_HEADER },
	{ "long_addresses", ETH_ARP "0001080006100001 020000000005 0a4b0005 000000000000 0a4b0001", -HYPHA_DROP_HEADER },
};

/* What is asked, where the buffers end with what they may hold. */
static int ask(int (*neighbour)(const struct hypha_wire *, const void *, u32, void *), const struct hypha_wire *w,
	       const u8 *frame, u32 len, u8 *answer)
{
	void *copy = exactly(frame, len), *out = kmalloc(HYPHA_NEIGHBOUR_MAX, GFP_KERNEL);
	int got = neighbour(w, copy, len, out);

	if (got > 0)
		memcpy(answer, out, got);
	kfree(out);
	kfree(copy);
	return got;
}

static void arp_is_judged_by_the_table(struct kunit *test)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[128], answer[HYPHA_NEIGHBOUR_MAX], want[128];
	u32 i, len, want_len;

	for (i = 0; i < ARRAY_SIZE(arp_cases); i++) {
		const struct arp_case *c = &arp_cases[i];
		int got;

		len = from_hex(frame, c->frame);
		want_len = c->answer ? from_hex(want, c->answer) : 0;
		got = ask(hypha_neighbour_arp, &w, frame, len, answer);
		KUNIT_EXPECT_EQ_MSG(test, got, c->answer ? (int)want_len : c->want, "%s", c->belief);
		if (got > 0 && c->answer)
			KUNIT_EXPECT_EQ_MSG(test, memcmp(answer, want, want_len), 0, "%s", c->belief);
	}
}

static void arp_that_ends_early_is_malformed(struct kunit *test)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[128], answer[HYPHA_NEIGHBOUR_MAX];
	u32 len = from_hex(frame, ASKS_GATEWAY), cut;

	for (cut = 0; cut < len; cut++)
		KUNIT_EXPECT_EQ(test, ask(hypha_neighbour_arp, &w, frame, cut, answer), -HYPHA_DROP_HEADER);
}

static void without_ipv4_arp_is_not_answered(struct kunit *test)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[128], answer[HYPHA_NEIGHBOUR_MAX];
	u32 len = from_hex(frame, ETH_ARP "0001080006040001 020000000005 00000000 000000000000 00000000");

	w.guest4 = 0;
	w.gateway4 = 0;
	KUNIT_EXPECT_EQ(test, ask(hypha_neighbour_arp, &w, frame, len, answer), 0);
	len = from_hex(frame, ASKS_GATEWAY);
	KUNIT_EXPECT_EQ(test, ask(hypha_neighbour_arp, &w, frame, len, answer), -HYPHA_DROP_SPOOF_ARP);
}

/* Frames as a Linux guest sent them, and as a Linux router answered. Some are changed by hand; checksums are made right. */
#define ETH6		"020000000005 86dd "
#define GUEST6		"fd123456789a00000000000000000005 "
#define GUEST_LL	"fe80000000000000000000fffe000005 "
#define GATE6		"fd123456789a00000000000000000001 "
#define GATE_LL		"fe80000000000000fcfffffffe000001 "
#define OTHER6		"fd123456789a00000000000000000077 "
#define OTHER_LL	"fe80000000000000fcfffffffe000002 "
#define NOBODY		"00000000000000000000000000000000 "
#define NODES		"ff020000000000000000000000000001 "
#define ROUTERS		"ff020000000000000000000000000002 "
#define SOLICITED_GATE	"ff0200000000000000000001ff000001 "
#define SOLICITED_OTHER	"ff0200000000000000000001ff000077 "
#define MY_MAC		"0101020000000005 "
#define YOUR_MAC	"0101feffff000001 "
#define TARGET_MAC	"0201020000000005 "
#define NONCE		"0e01000a1cf41fab "
#define TO_GATE		"feffff000001"
#define TO_GROUP	"3333ff000001"
#define NS		"8700 0000 00000000 "
#define NA		"8800 0000 60000000 "
#define RS		"8500 0000 00000000 "

static const struct nd_case {
	const char *belief, *frame;
	int want;
	const char *answer;
} nd_cases[] = {
	{ "who_has_the_gateway", TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, 0,
	  "020000000005feffff00000186dd6000000000203aff" GATE6 GUEST6 "8800998fe0000000" GATE6 "0201feffff000001" },
	{ "who_has_the_gateways_link_local", TO_GROUP ETH6 "6000000000203aff" GUEST_LL SOLICITED_GATE NS GATE_LL MY_MAC, 0,
	  "020000000005feffff00000186dd6000000000203aff" GATE_LL GUEST_LL "88000000e0000000" GATE_LL "0201feffff000001" },
	{ "is_the_gateway_still_there", TO_GATE ETH6 "6000000000183aff" GUEST6 GATE6 NS GATE6, 0,
	  "020000000005feffff00000186dd6000000000203aff" GATE6 GUEST6 "8800998fe0000000" GATE6 "0201feffff000001" },
	{ "with_a_nonce", TO_GROUP ETH6 "6000000000283aff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC NONCE, 0,
	  "020000000005feffff00000186dd6000000000203aff" GATE6 GUEST6 "8800998fe0000000" GATE6 "0201feffff000001" },
	{ "may_i_be_the_gateway", TO_GROUP ETH6 "6000000000203aff" NOBODY SOLICITED_GATE NS GATE6 NONCE, 0,
	  "333300000001feffff00000186dd6000000000203aff" GATE6 NODES "88000000a0000000" GATE6 "0201feffff000001" },
	{ "may_i_be_somebody", TO_GROUP ETH6 "6000000000203aff" NOBODY SOLICITED_OTHER NS OTHER6 NONCE, 0 },
	{ "may_i_be_the_gateway_asked_of_it", TO_GATE ETH6 "6000000000183aff" NOBODY GATE6 NS GATE6, -HYPHA_DROP_HEADER },
	{ "may_i_be_the_gateway_with_a_mac",
	  TO_GROUP ETH6 "6000000000203aff" NOBODY SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "who_has_another", TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_OTHER NS OTHER6 MY_MAC, 0 },
	{ "who_has_a_group", TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_OTHER NS NODES MY_MAC, -HYPHA_DROP_HEADER },
	{ "in_another_name", TO_GROUP ETH6 "6000000000203aff" OTHER6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "in_another_link_locals_name",
	  TO_GROUP ETH6 "6000000000203aff" OTHER_LL SOLICITED_GATE NS GATE_LL MY_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "in_the_gateways_name", TO_GROUP ETH6 "6000000000203aff" GATE6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "of_the_gateways_mac",
	  TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_GATE NS GATE6 YOUR_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "second_option_lies",
	  TO_GROUP ETH6 "6000000000283aff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC YOUR_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "hop_limit_254", TO_GROUP ETH6 "6000000000203afe" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "hop_limit_64", TO_GROUP ETH6 "6000000000203a40" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "code_1",
	  TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_GATE "8701 0000 00000000" GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "option_of_length_0",
	  TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_GATE NS GATE6 "0e00020000000005", -HYPHA_DROP_HEADER },
	{ "option_that_leaves_the_message",
	  TO_GROUP ETH6 "6000000000203aff" GUEST6 SOLICITED_GATE NS GATE6 "0e02020000000005", -HYPHA_DROP_HEADER },
	{ "mac_option_of_16_bytes",
	  TO_GROUP ETH6 "6000000000283aff" GUEST6 SOLICITED_GATE NS GATE6 "01020200000000050000000000000000", -HYPHA_DROP_HEADER },
	{ "option_of_one_byte", TO_GROUP ETH6 "6000000000193aff" GUEST6 SOLICITED_GATE NS GATE6 "01", -HYPHA_DROP_HEADER },
	{ "no_target", TO_GROUP ETH6 "6000000000103aff" GUEST6 SOLICITED_GATE NS "fd123456789a0000", -HYPHA_DROP_HEADER },
	{ "payload_beyond_the_frame",
	  TO_GROUP ETH6 "6000000000213aff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "payload_of_4", TO_GROUP ETH6 "6000000000043aff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "behind_hop_by_hop", TO_GROUP ETH6 "60000000002000ff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },
	{ "version_4", TO_GROUP ETH6 "4000000000203aff" GUEST6 SOLICITED_GATE NS GATE6 MY_MAC, -HYPHA_DROP_HEADER },

	{ "i_am_here", TO_GATE ETH6 "6000000000203aff" GUEST6 GATE6 NA GUEST6 TARGET_MAC, 0 },
	{ "i_am_still_here", TO_GATE ETH6 "6000000000183aff" GUEST6 GATE_LL NA GUEST6, 0 },
	{ "unsolicited", TO_GROUP ETH6 "6000000000203aff" GUEST_LL NODES "8800 0000 20000000" GUEST_LL TARGET_MAC, 0 },
	{ "i_am_another", TO_GATE ETH6 "6000000000203aff" GUEST6 GATE6 NA OTHER6 TARGET_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "i_am_the_gateway", TO_GATE ETH6 "6000000000203aff" GUEST6 GATE6 NA GATE6 TARGET_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "my_mac_is_yours", TO_GATE ETH6 "6000000000203aff" GUEST6 GATE6 NA GUEST6 "0201feffff000001", -HYPHA_DROP_SPOOF_ND },
	{ "advertised_by_another", TO_GATE ETH6 "6000000000203aff" OTHER6 GATE6 NA GUEST6 TARGET_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "advertised_by_nobody", TO_GATE ETH6 "6000000000203aff" NOBODY GATE6 NA GUEST6 TARGET_MAC, -HYPHA_DROP_SPOOF_ND },

	{ "is_there_a_router", TO_GROUP ETH6 "6000000000103aff" GUEST_LL ROUTERS RS MY_MAC, 0,
	  "020000000005feffff00000186dd6000000000203aff" GATE_LL GUEST_LL
	  "8600000040000708 0000000000000000 0101feffff000001 05010000000005dc" },
	{ "is_there_a_router_asks_nobody", TO_GROUP ETH6 "6000000000083aff" NOBODY ROUTERS RS, 0,
	  "333300000001feffff00000186dd6000000000203aff" GATE_LL NODES
	  "8600000040000708 0000000000000000 0101feffff000001 05010000000005dc" },
	{ "is_there_a_router_asks_nobody_with_a_mac",
	  TO_GROUP ETH6 "6000000000103aff" NOBODY ROUTERS RS MY_MAC, -HYPHA_DROP_HEADER },
	{ "is_there_a_router_asks_another", TO_GROUP ETH6 "6000000000103aff" OTHER_LL ROUTERS RS MY_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "i_am_a_router",
	  TO_GROUP ETH6 "6000000000183aff" GUEST_LL NODES "8600000040000708 0000000000000000" MY_MAC, -HYPHA_DROP_SPOOF_ND },
	{ "i_am_a_short_router", TO_GROUP ETH6 "6000000000083aff" GUEST_LL NODES "8600000040000708", -HYPHA_DROP_SPOOF_ND },
	{ "go_elsewhere",
	  TO_GROUP ETH6 "6000000000283aff" GATE_LL GUEST6 "8900000000000000" OTHER6 OTHER6, -HYPHA_DROP_SPOOF_ND },
	{ "echo_is_not_neighbourly",
	  TO_GATE ETH6 "6000000000103aff" GUEST6 GATE6 "8000000012340001 0001020304050607", -HYPHA_DROP_HEADER },
	{ "group_report_is_not_neighbourly",
	  TO_GATE ETH6 "6000000000103aff" GUEST6 GATE6 "8f00000000000000 0001020304050607", -HYPHA_DROP_HEADER },
};

/* The checksum of an ICMPv6 message made right, if all of it is there. */
static void mend_message(u8 *frame, u32 len)
{
	u32 size = get16_at(frame + IP + 4);

	if (len < ICMP + 4 || size > len - ICMP)
		return;
	put16_at(frame + ICMP + 2, 0);
	put16_at(frame + ICMP + 2, slow_transport(frame + IP, 40, IPPROTO_ICMPV6, 40 + size) ^ 0xffff);
}

static void check_nd(struct kunit *test, const struct nd_case *c)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[256], answer[HYPHA_NEIGHBOUR_MAX], want[256];
	u32 len = from_hex(frame, c->frame), want_len = 0;
	int got;

	mend_message(frame, len);
	if (c->answer) {
		want_len = from_hex(want, c->answer);
		mend_message(want, want_len);
	}
	got = ask(hypha_neighbour_nd, &w, frame, len, answer);
	KUNIT_EXPECT_EQ_MSG(test, got, c->answer ? (int)want_len : c->want, "%s", c->belief);
	if (got > 0 && c->answer)
		KUNIT_EXPECT_EQ_MSG(test, memcmp(answer, want, want_len), 0, "%s", c->belief);
}

static void discovery_is_judged_by_the_table(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nd_cases); i++)
		check_nd(test, &nd_cases[i]);
}

/* As it was on the wire, checksums and all. */
static void a_solicitation_is_answered_as_linux_does(struct kunit *test)
{
	static const char asked[] = "3333ff00000102000000000586dd6000000000203afffd123456789a00000000000000000005ff020000000000000000"
		"0001ff0000018700238c00000000fd123456789a000000000000000000010101020000000005";
	static const char answered[] = "020000000005feffff00000186dd6000000000203afffd123456789a00000000000000000001fd123456789a0000"
		"00000000000000058800998fe0000000fd123456789a000000000000000000010201feffff000001";
	struct hypha_wire w = wire_of_samples();
	u8 frame[256], answer[HYPHA_NEIGHBOUR_MAX], want[256];
	u32 len = from_hex(frame, asked), want_len = from_hex(want, answered);

	KUNIT_ASSERT_EQ(test, ask(hypha_neighbour_nd, &w, frame, len, answer), (int)want_len);
	KUNIT_EXPECT_EQ(test, memcmp(answer, want, want_len), 0);
	frame[ICMP + 3] ^= 1;
	KUNIT_EXPECT_EQ(test, ask(hypha_neighbour_nd, &w, frame, len, answer), -HYPHA_DROP_CHECKSUM);
}

static void discovery_that_ends_early_is_malformed(struct kunit *test)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[256], answer[HYPHA_NEIGHBOUR_MAX];
	u32 i, len, cut;

	for (i = 0; i < ARRAY_SIZE(nd_cases); i++) {
		if (nd_cases[i].want)
			continue;
		len = from_hex(frame, nd_cases[i].frame);
		mend_message(frame, len);
		for (cut = 0; cut < len; cut++)
			KUNIT_EXPECT_EQ_MSG(test, ask(hypha_neighbour_nd, &w, frame, cut, answer), -HYPHA_DROP_HEADER, "%s at %u",
					    nd_cases[i].belief, cut);
	}
}

static void without_ipv6_nothing_is_advertised(struct kunit *test)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[256], answer[HYPHA_NEIGHBOUR_MAX];
	u32 i, len;

	w.guest6 = w.gateway6 = (struct in6_addr){ };
	for (i = 0; i < ARRAY_SIZE(nd_cases); i++) {
		len = from_hex(frame, nd_cases[i].frame);
		mend_message(frame, len);
		KUNIT_EXPECT_LE_MSG(test, ask(hypha_neighbour_nd, &w, frame, len, answer), 0, "%s", nd_cases[i].belief);
	}
}

static void link_local_addresses_come_from_the_mac(struct kunit *test)
{
	static const u8 mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 5 };
	struct in6_addr ll;
	u8 want[16];

	from_hex(want, GUEST_LL);
	hypha_wire_link_local(mac, &ll);
	KUNIT_EXPECT_EQ(test, memcmp(&ll, want, sizeof(want)), 0);
}

/* Bytes changed, frames cut, checksums made right again: no byte beyond is read, and what is answered is sound. */
static void noise_is_not_answered_with_noise(struct kunit *test)
{
	struct hypha_wire w = wire_of_samples();
	u8 frame[512], answer[HYPHA_NEIGHBOUR_MAX];
	u32 i, n, len, answers = 0;
	u64 state = 41;

	for (i = 0; i < 20000; i++) {
		bool arp = random_below(&state, 4) == 0;
		int got;

		len = from_hex(frame, arp ? arp_cases[random_below(&state, ARRAY_SIZE(arp_cases))].frame :
			       nd_cases[random_below(&state, ARRAY_SIZE(nd_cases))].frame);
		for (n = random_below(&state, 4); n; n--)
			frame[random_below(&state, len)] = next_random(&state) >> 40;
		if (random_below(&state, 8) == 0)
			len = random_below(&state, len + 1);
		mend_message(frame, len);
		got = ask(arp ? hypha_neighbour_arp : hypha_neighbour_nd, &w, frame, len, answer);
		KUNIT_ASSERT_GT(test, got, -HYPHA_DROP_COUNT);
		KUNIT_ASSERT_LE(test, got, HYPHA_NEIGHBOUR_MAX);
		if (got <= 0)
			continue;
		answers++;
		KUNIT_ASSERT_EQ(test, memcmp(answer + 6, w.gateway_mac, 6), 0);
		if (!arp)
			KUNIT_ASSERT_EQ(test, slow_transport(answer + IP, 40, IPPROTO_ICMPV6, got - IP), 0xffffU);
	}
	KUNIT_EXPECT_GT(test, answers, 500U);
}

static struct kunit_case neighbour_cases[] = {
	KUNIT_CASE(arp_is_judged_by_the_table),
	KUNIT_CASE(arp_that_ends_early_is_malformed),
	KUNIT_CASE(without_ipv4_arp_is_not_answered),
	KUNIT_CASE(discovery_is_judged_by_the_table),
	KUNIT_CASE(a_solicitation_is_answered_as_linux_does),
	KUNIT_CASE(discovery_that_ends_early_is_malformed),
	KUNIT_CASE(without_ipv6_nothing_is_advertised),
	KUNIT_CASE(link_local_addresses_come_from_the_mac),
	KUNIT_CASE(noise_is_not_answered_with_noise),
	{}
};

static struct kunit_suite neighbour_suite = {
	.name = "hypha_neighbour",
	.test_cases = neighbour_cases,
};
kunit_test_suite(neighbour_suite);
