// SPDX-License-Identifier: GPL-2.0-only
/* Replies: what Linux answered to the same packet, or else sound when counted and read back. */
#include <kunit/test.h>

#include "../net/reply.c"

#include "packets.h"
#include "samples.h"

static void check_checksums(struct kunit *test, const u8 *ip, u32 len, const char *what)
{
	struct hypha_packet p;

	KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(ip, len, len, 0, &p), 0, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, p.len, len, "%s", what);
	if (p.version == 4)
		KUNIT_EXPECT_EQ_MSG(test, slow_sum(0, ip, p.l4), 0xffffU, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, slow_transport(ip, p.l4, p.tuple.proto, len), 0xffffU, "%s", what);
}

/* What a Linux host answered to what came to it. */
static void resets_are_as_linux_sends_them(struct kunit *test)
{
	static const char *const names[][2] = { { "v4_tcp_82_out", "v4_tcp_82_in" }, { "v6_tcp_82_out", "v6_tcp_82_in" } };
	u8 syn[256], want[256], out[HYPHA_REPLY_MAX];
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct hypha_packet p;

		len = from_hex(syn, find_sample(names[i][0])->want);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(syn, len, len, 0, &p), 0);
		len = from_hex(want, find_sample(names[i][1])->sent);
		if (p.version == 6)
			memset(want + 1, 0, 3);		/* Linux labels its flows */
		KUNIT_ASSERT_EQ(test, hypha_reply_reset(out, syn, &p), len);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(out, want, len), 0, "%s", names[i][0]);
		check_checksums(test, out, len, names[i][0]);
	}
}

static const struct complaint_case {
	const char *about, *answer;
	enum hypha_complaint what;
} complaint_cases[] = {
	{ "v4_udp_9_out", "v4_udp_9_in", HYPHA_COMPLAIN_PORT },
	{ "v4_tcp_81_out", "v4_tcp_81_in", HYPHA_COMPLAIN_HOST },
	{ "v4_ping_72_out", "v4_ping_72_in", HYPHA_COMPLAIN_NO_ROUTE },
	{ "v6_udp_9_out", "v6_udp_9_in", HYPHA_COMPLAIN_PORT },
	{ "v6_tcp_81_out", "v6_tcp_81_in", HYPHA_COMPLAIN_PROHIBITED },
	{ "v6_ping_72_out", "v6_ping_72_in", HYPHA_COMPLAIN_HOST },
};

static void errors_are_as_linux_sends_them(struct kunit *test)
{
	u8 sent[256], want[512], *out = kunit_kzalloc(test, HYPHA_REPLY_MAX, GFP_KERNEL);
	u32 i, len, want_len;

	for (i = 0; i < ARRAY_SIZE(complaint_cases); i++) {
		const struct complaint_case *c = &complaint_cases[i];
		struct hypha_packet p, w;

		len = from_hex(sent, find_sample(c->about)->want);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(sent, len, len, 0, &p), 0);
		want_len = from_hex(want, find_sample(c->answer)->sent);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(want, want_len, want_len, 0, &w), 0);
		KUNIT_ASSERT_EQ_MSG(test, hypha_reply_error(out, sent, len, &p, &w.tuple.src, c->what, 0), want_len, "%s", c->about);
		/* The IP headers differ in ids and labels. */
		KUNIT_EXPECT_EQ_MSG(test, memcmp(out + w.l4, want + w.l4, want_len - w.l4), 0, "%s", c->about);
		check_checksums(test, out, want_len, c->about);
	}
}

static const struct spelling {
	enum hypha_complaint what;
	u8 type4, code4, type6, code6;
} spellings[] = {	/* RFC 792, 1191, 1812, 4443 */
	{ HYPHA_COMPLAIN_TOO_BIG, 3, 4, 2, 0 },
	{ HYPHA_COMPLAIN_TTL, 11, 0, 3, 0 },
	{ HYPHA_COMPLAIN_NO_ROUTE, 3, 0, 1, 0 },
	{ HYPHA_COMPLAIN_HOST, 3, 1, 1, 3 },
	{ HYPHA_COMPLAIN_PROHIBITED, 3, 13, 1, 1 },
	{ HYPHA_COMPLAIN_PORT, 3, 3, 1, 4 },
};

static void check_error(struct kunit *test, const u8 *out, u32 len, const u8 *about, u32 look, const struct hypha_packet *p,
			const struct in6_addr *from, const struct spelling *s)
{
	u32 most = p->version == 4 ? 576 : 1280, headers = p->version == 4 ? 28 : 48;
	struct hypha_packet e;

	KUNIT_ASSERT_EQ(test, len, headers + min3(look, p->len, most - headers));
	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(out, len, len, 0, &e), 0);
	KUNIT_ASSERT_EQ(test, slow_transport(out, e.l4, e.tuple.proto, len), 0xffffU);
	KUNIT_ASSERT_EQ(test, e.icmp_type, p->version == 4 ? s->type4 : s->type6);
	KUNIT_ASSERT_EQ(test, e.icmp_code, p->version == 4 ? s->code4 : s->code6);
	KUNIT_ASSERT_TRUE(test, e.flags & HYPHA_PACKET_ERROR);
	KUNIT_ASSERT_EQ(test, e.ttl, 64);
	KUNIT_ASSERT_EQ(test, memcmp(&e.tuple.src, from, sizeof(*from)), 0);
	KUNIT_ASSERT_EQ(test, memcmp(&e.tuple.dst, &p->tuple.src, sizeof(*from)), 0);
	KUNIT_ASSERT_EQ(test, memcmp(&e.inner, &p->tuple, sizeof(e.inner)), 0);
	KUNIT_ASSERT_EQ(test, memcmp(out + e.inner_ip, about, len - headers), 0);
	if (s->what == HYPHA_COMPLAIN_TOO_BIG) {
		KUNIT_ASSERT_EQ(test, get16_at(out + e.l4 + 6), 1280U);
		KUNIT_ASSERT_EQ(test, get16_at(out + e.l4 + 4), 0U);
	} else {
		KUNIT_ASSERT_EQ(test, get16_at(out + e.l4 + 6) | get16_at(out + e.l4 + 4), 0U);
	}
}

static void errors_quote_the_packet_and_keep_to_their_size(struct kunit *test)
{
	u8 *sent = kunit_kzalloc(test, 2048, GFP_KERNEL), *out = kunit_kzalloc(test, HYPHA_REPLY_MAX, GFP_KERNEL), *copy;
	u64 state = 21;
	u32 i, len, look, got;

	for (i = 0; i < 3000; i++) {
		const struct spelling *s = &spellings[i % ARRAY_SIZE(spellings)];
		struct hypha_packet p;
		struct in6_addr from;
		struct recipe r;

		random_recipe(&state, &r);
		random_address(&state, r.version, &from);
		len = fill_packet(sent, &r, NULL);
		look = random_below(&state, 2) ? len : min_t(u32, len, HYPHA_PACKET_LOOK);
		if (look == len)
			look = len += random_below(&state, 40);		/* link padding is not quoted */
		copy = exactly(sent, look);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(copy, look, len, 0, &p), 0);
		memset(out, 0xaa, HYPHA_REPLY_MAX);
		got = hypha_reply_error(out, copy, look, &p, &from, s->what, 1280);
		kfree(copy);
		KUNIT_ASSERT_LE(test, got, (u32)HYPHA_REPLY_MAX);
		check_error(test, out, got, sent, look, &p, &from, s);
	}
}

static void an_mtu_beyond_16_bits_does_not_leave_its_field(struct kunit *test)
{
	u8 sent[256], out[HYPHA_REPLY_MAX];
	u32 len = from_hex(sent, find_sample("v4_udp_out")->sent);
	struct hypha_packet p;
	struct in6_addr from;

	hypha_addr_set4(&from, htonl(0x0a4b0001));
	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(sent, len, len, 1, &p), 0);
	KUNIT_ASSERT_GT(test, hypha_reply_error(out, sent, len, &p, &from, HYPHA_COMPLAIN_TOO_BIG, 65536), 0U);
	KUNIT_EXPECT_EQ(test, get16_at(out + 24), 0U);
	KUNIT_EXPECT_EQ(test, get16_at(out + 26), 65535U);
}

/* Bytes of a sample changed, and whether one may complain of it. */
static const struct quiet {
	const char *belief, *sample;
	u32 at;
	const char *bytes;
	bool may;
	const char *fragment6;	/* offset and flags */
} quiets[] = {
	{ "udp", "v4_udp_out", 0, "", true },
	{ "error", "v4_udp_9_in", 0, "", false },
	{ "errorv6", "v6_udp_9_in", 0, "", false },
	{ "reply_to_an_echo", "v4_ping_8_in", 0, "", true },
	{ "to_a_group", "v4_udp_out", 16, "e00000fb", false },
	{ "to_broadcast", "v4_udp_out", 16, "ffffffff", false },
	{ "to_a_groupv6", "v6_udp_out", 24, "ff0200000000000000000000000000fb", false },
	{ "first_fragment", "v4_udp_out", 6, "2000", true },
	{ "later_fragment", "v4_udp_out", 6, "2001", false },
	{ "last_fragment", "v4_udp_out", 6, "0001", false },
	/* Its destination options become a fragment header. */
	{ "first_fragmentv6", "v6_dstopt_out", 6, "2c", true, "0001" },
	{ "later_fragmentv6", "v6_dstopt_out", 6, "2c", false, "0009" },
	{ "last_fragmentv6", "v6_dstopt_out", 6, "2c", false, "0008" },
};

static void some_packets_are_not_complained_of(struct kunit *test)
{
	u8 bytes[512], out[HYPHA_REPLY_MAX];
	struct in6_addr from = { };
	u32 i, len, got;

	from.s6_addr[0] = 0x20;
	for (i = 0; i < ARRAY_SIZE(quiets); i++) {
		const struct quiet *q = &quiets[i];
		struct hypha_packet p;

		len = from_hex(bytes, find_sample(q->sample)->sent);
		from_hex(bytes + q->at, q->bytes);
		if (q->fragment6)
			from_hex(bytes + 42, q->fragment6);
		mend_header(bytes, len);
		KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(bytes, len, len, 0, &p), 0, "%s", q->belief);
		got = hypha_reply_error(out, bytes, len, &p, &from, HYPHA_COMPLAIN_TTL, 0);
		KUNIT_EXPECT_EQ_MSG(test, got > 0, q->may, "%s", q->belief);
	}
}

#define SEQ	0xfffffffe
#define ACKED	0x12345678

static const struct reset_case {
	const char *belief;
	u8 flags;
	u32 payload;
	bool answered;
	u8 want_flags;
	u32 want_seq, want_ack;
} reset_cases[] = {
	{ "syn", HYPHA_TCP_SYN, 0, true, HYPHA_TCP_RST | HYPHA_TCP_ACK, 0, SEQ + 1 },
	{ "syn_with_data_wraps", HYPHA_TCP_SYN, 10, true, HYPHA_TCP_RST | HYPHA_TCP_ACK, 0, 9 },
	{ "syn_ack", HYPHA_TCP_SYN | HYPHA_TCP_ACK, 0, true, HYPHA_TCP_RST, ACKED, 0 },
	{ "data", HYPHA_TCP_ACK, 10, true, HYPHA_TCP_RST, ACKED, 0 },
	{ "fin_without_ack", HYPHA_TCP_FIN, 3, true, HYPHA_TCP_RST | HYPHA_TCP_ACK, 0, 2 },
	{ "nothing_set", 0, 5, true, HYPHA_TCP_RST | HYPHA_TCP_ACK, 0, 3 },
	{ "reset", HYPHA_TCP_RST, 0, false, 0, 0, 0 },
	{ "reset_ack", HYPHA_TCP_RST | HYPHA_TCP_ACK, 0, false, 0, 0, 0 },
};

static void check_reset(struct kunit *test, const struct reset_case *c, u8 version, u64 *state)
{
	struct recipe r = { .version = version, .ttl = 3, .payload = c->payload };
	u8 bytes[128], out[HYPHA_REPLY_MAX];
	struct hypha_packet p, e;
	struct hypha_tuple reverse;
	u32 len, l4, got;

	random_tuple(state, version, IPPROTO_TCP, false, &r.tuple);
	len = fill_packet(bytes, &r, &l4);
	put16_at(bytes + l4 + 4, SEQ >> 16);
	put16_at(bytes + l4 + 6, SEQ & 0xffff);
	put16_at(bytes + l4 + 8, ACKED >> 16);
	put16_at(bytes + l4 + 10, ACKED & 0xffff);
	bytes[l4 + 13] = c->flags;
	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(bytes, len, len, 0, &p), 0);
	got = hypha_reply_reset(out, bytes, &p);
	KUNIT_ASSERT_EQ_MSG(test, got, c->answered ? (version == 4 ? 40U : 60U) : 0U, "%s", c->belief);
	if (!got)
		return;
	check_checksums(test, out, got, c->belief);
	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(out, got, got, 0, &e), 0);
	hypha_tuple_reverse(&p.tuple, 0, &reverse);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(&e.tuple, &reverse, sizeof(reverse)), 0, "%s", c->belief);
	KUNIT_EXPECT_EQ_MSG(test, e.tcp_flags, c->want_flags, "%s", c->belief);
	KUNIT_EXPECT_EQ_MSG(test, get16_at(out + e.l4 + 4) << 16 | get16_at(out + e.l4 + 6), c->want_seq, "%s", c->belief);
	KUNIT_EXPECT_EQ_MSG(test, get16_at(out + e.l4 + 8) << 16 | get16_at(out + e.l4 + 10), c->want_ack, "%s", c->belief);
}

static void resets_acknowledge_what_came(struct kunit *test)
{
	u64 state = 8;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reset_cases); i++) {
		check_reset(test, &reset_cases[i], 4, &state);
		check_reset(test, &reset_cases[i], 6, &state);
	}
}

static void only_tcp_is_reset(struct kunit *test)
{
	u8 bytes[512], out[HYPHA_REPLY_MAX];
	u32 len = from_hex(bytes, find_sample("v4_udp_out")->sent);
	struct hypha_packet p;

	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(bytes, len, len, 0, &p), 0);
	KUNIT_EXPECT_EQ(test, hypha_reply_reset(out, bytes, &p), 0U);
	p.tuple.proto = IPPROTO_TCP;
	p.flags |= HYPHA_PACKET_FRAGMENT;
	KUNIT_EXPECT_EQ(test, hypha_reply_reset(out, bytes, &p), 0U);
}

static void nobody_speaks_for_a_group(struct kunit *test)
{
	u8 bytes[512], out[HYPHA_REPLY_MAX];
	u32 len = from_hex(bytes, find_sample("v4_tcp_82_out")->sent);
	struct hypha_packet p;

	from_hex(bytes + 16, "e00000fb");
	mend_header(bytes, len);
	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(bytes, len, len, 0, &p), 0);
	KUNIT_EXPECT_EQ(test, hypha_reply_reset(out, bytes, &p), 0U);
}

static void echoes_are_as_linux_sends_them(struct kunit *test)
{
	static const char *const names[][2] = { { "v4_ping_8_out", "v4_ping_8_in" }, { "v6_ping_8_out", "v6_ping_8_in" } };
	u8 bytes[512], want[512];
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct hypha_packet p;

		len = from_hex(bytes, find_sample(names[i][0])->want);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(bytes, len, len, 0, &p), 0);
		hypha_reply_echo(bytes, &p);
		KUNIT_EXPECT_EQ(test, from_hex(want, find_sample(names[i][1])->sent), len);
		check_checksums(test, bytes, len, names[i][0]);
		/* The IP headers differ in ids and labels. */
		KUNIT_EXPECT_EQ_MSG(test, memcmp(bytes + p.l4, want + p.l4, len - p.l4), 0, "%s", names[i][0]);
	}
}

static void echoes_of_any_size_are_turned_round(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, 2048, GFP_KERNEL), *want = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u64 state = 23;
	u32 i, len, nr = 0;

	for (i = 0; i < 4000; i++) {
		struct hypha_packet p;
		struct recipe r, back;

		random_recipe(&state, &r);
		if ((r.icmp_type != 8 && r.icmp_type != 128) || r.partial)
			continue;
		nr++;
		len = fill_packet(bytes, &r, NULL);
		back = r;
		back.ttl = 64;
		back.icmp_type = r.version == 4 ? 0 : 129;
		hypha_tuple_reverse(&r.tuple, 0, &back.tuple);
		fill_packet(want, &back, NULL);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(bytes, len, len, 0, &p), 0);
		hypha_reply_echo(bytes, &p);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(bytes, want, len), 0, "round %u", i);
	}
	KUNIT_EXPECT_GT(test, nr, 300U);
}

/* Whatever was let in: answers are sound, and no byte beyond the look is read. */
static void answers_to_noise_are_sound(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, 2048, GFP_KERNEL), *copy;
	u32 i, n, len, got, nr = 0;
	u64 state = 24;

	for (i = 0; i < 10000; i++) {
		u8 *out = kmalloc(HYPHA_REPLY_MAX, GFP_KERNEL);
		struct in6_addr from;
		struct hypha_packet p;

		len = from_hex(bytes, samples[random_below(&state, ARRAY_SIZE(samples))].sent);
		for (n = random_below(&state, 4); n; n--)
			bytes[random_below(&state, len)] = next_random(&state) >> 40;
		mend_header(bytes, len);
		copy = exactly(bytes, len);
		if (!hypha_packet_parse(copy, len, len, 0, &p)) {
			random_address(&state, p.version, &from);
			got = hypha_reply_error(out, copy, len, &p, &from, i % 6, i);
			nr += got > 0;
			KUNIT_ASSERT_TRUE(test, !got || slow_transport(out, p.version == 4 ? 20 : 40,
								       p.version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, got) == 0xffff);
			got = hypha_reply_reset(out, copy, &p);
			KUNIT_ASSERT_TRUE(test, !got || slow_transport(out, p.version == 4 ? 20 : 40, IPPROTO_TCP, got) == 0xffff);
		}
		kfree(copy);
		kfree(out);
	}
	KUNIT_EXPECT_GT(test, nr, 1000U);
}

static struct kunit_case reply_cases[] = {
	KUNIT_CASE(resets_are_as_linux_sends_them),
	KUNIT_CASE(errors_are_as_linux_sends_them),
	KUNIT_CASE(errors_quote_the_packet_and_keep_to_their_size),
	KUNIT_CASE(an_mtu_beyond_16_bits_does_not_leave_its_field),
	KUNIT_CASE(some_packets_are_not_complained_of),
	KUNIT_CASE(resets_acknowledge_what_came),
	KUNIT_CASE(only_tcp_is_reset),
	KUNIT_CASE(nobody_speaks_for_a_group),
	KUNIT_CASE(echoes_are_as_linux_sends_them),
	KUNIT_CASE(echoes_of_any_size_are_turned_round),
	KUNIT_CASE(answers_to_noise_are_sound),
	{}
};

static struct kunit_suite reply_suite = {
	.name = "hypha_reply",
	.test_cases = reply_cases,
};
kunit_test_suite(reply_suite);
