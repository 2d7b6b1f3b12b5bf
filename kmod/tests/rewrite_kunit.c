// SPDX-License-Identifier: GPL-2.0-only
/* Rewriting: byte for byte what the packet would be had its sender been at the new address. */
#include <kunit/test.h>

#include "../net/rewrite.c"

#include "packets.h"
#include "samples.h"

#define ROUNDS	4000

/* To where @want went, as the contract of a rewrite has it. */
static void rewrite_as(void *ip, const struct hypha_packet *p, const struct hypha_packet *want)
{
	if (p->flags & HYPHA_PACKET_ERROR)
		hypha_rewrite_error(ip, p, &want->tuple.src, &want->tuple.dst, &want->inner);
	else
		hypha_rewrite(ip, p, &want->tuple, false);
}

static void check_sample(struct kunit *test, const struct sample *s)
{
	static u8 sent[2048], want[2048];
	u32 len = from_hex(sent, s->sent), want_len = from_hex(want, s->want);
	struct hypha_packet p, w;

	KUNIT_ASSERT_EQ_MSG(test, len, want_len, "%s", s->name);
	KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(sent, len, len, s->from, &p), 0, "%s", s->name);
	KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(want, len, len, 0, &w), 0, "%s", s->name);
	rewrite_as(sent, &p, &w);
	KUNIT_EXPECT_EQ_MSG(test, memcmp(sent, want, len), 0, "%s", s->name);
}

static void rewrites_as_linux_does(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(samples); i++)
		check_sample(test, &samples[i]);
}

/* And back again, which must lead where it came from, but for the hops. */
static void rewrites_are_undone_by_the_reverse(struct kunit *test)
{
	static u8 sent[2048], was[2048];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		u32 len = from_hex(sent, samples[i].sent);
		struct hypha_packet p, w;

		from_hex(was, samples[i].want);
		hypha_packet_parse(sent, len, len, samples[i].from, &p);
		hypha_packet_parse(was, len, len, 0, &w);
		rewrite_as(sent, &p, &w);
		rewrite_as(sent, &w, &p);
		rewrite_as(sent, &p, &w);
		KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(sent, len, len, 0, &p), 0, "%s", samples[i].name);
		KUNIT_EXPECT_EQ_MSG(test, p.ttl, w.ttl - 2, "%s", samples[i].name);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(&p.tuple, &w.tuple, sizeof(p.tuple)), 0, "%s", samples[i].name);
	}
}

static void rewrite_equals_a_packet_made_anew(struct kunit *test)
{
	u8 *sent = kunit_kzalloc(test, 2048, GFP_KERNEL), *want = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u64 state = 20240901;
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		struct hypha_packet p;
		struct recipe r, to;
		u32 len;

		random_recipe(&state, &r);
		to = r;
		to.ttl--;
		random_tuple(&state, r.version, r.tuple.proto, !r.tuple.sport, &to.tuple);
		len = fill_packet(sent, &r, NULL);
		fill_packet(want, &to, NULL);
		KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(sent, len, len, GUEST, &p), 0, "round %u", i);
		hypha_rewrite(sent, &p, &to.tuple, r.partial);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(sent, want, len), 0, "round %u: IPv%u proto %u partial %u", i, r.version,
				    r.tuple.proto, r.partial);
	}
}

static void rewrite_to_the_same_tuple_counts_the_hop_only(struct kunit *test)
{
	u8 *sent = kunit_kzalloc(test, 2048, GFP_KERNEL), *want = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u64 state = 5;
	u32 i;

	for (i = 0; i < ROUNDS / 4; i++) {
		struct hypha_packet p;
		struct recipe r;
		u32 len;

		random_recipe(&state, &r);
		len = fill_packet(sent, &r, NULL);
		r.ttl--;
		fill_packet(want, &r, NULL);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(sent, len, len, GUEST, &p), 0);
		hypha_rewrite(sent, &p, &r.tuple, r.partial);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(sent, want, len), 0, "round %u", i);
	}
}

/* By hand, at the edges where carries meet. */
static void sums_fold_whatever_they_are(struct kunit *test)
{
	static const u64 sums[] = { 0, 1, 0xffff, 0x10000, 0x1ffff, 0xfffeffff, 0xffffffff, 0x100000000, 0x10000ffff, 0x1fffeffff,
				    0x1ffffffff, 0xffff0000ffff, 0xffffffffffff, 0x10000ffffffff, 0x7fffffffffffffff };
	u64 state = 6;
	u32 i;

	for (i = 0; i < 2000; i++) {
		u64 sum = i < ARRAY_SIZE(sums) ? sums[i] : next_random(&state) >> (i % 60 + 4), folded = sum;

		while (folded > 0xffff)
			folded = (folded & 0xffff) + (folded >> 16);
		KUNIT_ASSERT_EQ_MSG(test, (u64)hypha_sum_fold(sum), folded, "%llx", sum);
	}
}

static void sums_of_bytes_are_those_of_words(struct kunit *test)
{
	u64 state = 7;
	u32 len, i;

	for (len = 0; len < 70; len++) {
		u8 bytes[70], *copy;

		for (i = 0; i < len; i++)
			bytes[i] = next_random(&state) >> 24;
		copy = exactly(bytes, len);
		KUNIT_EXPECT_EQ_MSG(test, (u32)ntohs((__force __be16)hypha_sum_fold(hypha_sum_bytes(0, copy, len))),
				    slow_sum(0, bytes, len), "%u bytes", len);
		kfree(copy);
	}
}

static void udp_without_checksum_stays_so(struct kunit *test)
{
	struct recipe r = { .version = 4, .ttl = 9, .payload = 5, .unchecked = true };
	u8 sent[64];
	struct hypha_packet p;
	struct hypha_tuple to;
	u64 state = 1;
	u32 l4, len;

	random_tuple(&state, 4, IPPROTO_UDP, false, &r.tuple);
	random_tuple(&state, 4, IPPROTO_UDP, false, &to);
	len = fill_packet(sent, &r, &l4);
	KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(sent, len, len, GUEST, &p), 0);
	hypha_rewrite(sent, &p, &to, false);
	KUNIT_EXPECT_EQ(test, get16_at(sent + l4 + 6), 0U);
}

/* Through all sums of one port: a few come to 0, which UDP writes as 0xffff and others as it is. */
static void a_checksum_of_zero_is_written_as_its_protocol_has_it(struct kunit *test)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	u8 sent[128], *work = sent + 64;
	u32 i, port, zeros, ones;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		struct recipe r = { .version = 4, .ttl = 9, .seed = 3 };
		struct hypha_packet p;
		u64 state = 2;
		u32 l4, len;

		random_tuple(&state, 4, protos[i], false, &r.tuple);
		len = fill_packet(sent, &r, &l4);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(sent, len, len, GUEST, &p), 0);
		for (port = zeros = ones = 0; port < 65536; port++) {
			struct hypha_tuple to = r.tuple;
			u32 check;

			to.sport = htons(port);
			memcpy(work, sent, len);
			hypha_rewrite(work, &p, &to, false);
			check = get16_at(work + l4 + check_offset(protos[i]));
			zeros += check == 0;
			ones += check == 0xffff;
			KUNIT_ASSERT_EQ(test, slow_transport(work, l4, protos[i], len), 0xffffU);
		}
		KUNIT_EXPECT_EQ(test, zeros > 0, protos[i] == IPPROTO_TCP);
		KUNIT_EXPECT_EQ(test, ones > 0, protos[i] == IPPROTO_UDP);
	}
}

/* @inner is what @outer is about; @quote bytes of it are in there. */
static void random_error(u64 *state, struct recipe *outer, struct recipe *inner, u32 *quote)
{
	u32 header;

	random_recipe(state, inner);
	inner->partial = false;
	*outer = (struct recipe){ .version = inner->version, .ttl = 1 + random_below(state, 255), .seed = next_random(state) };
	if (random_below(state, 4) == 0)
		outer->extras = 8 * random_below(state, 3);
	outer->tuple.proto = inner->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	outer->icmp_type = inner->version == 4 ? (random_below(state, 2) ? 3 : 11) : 1 + random_below(state, 4);
	random_address(state, inner->version, &outer->tuple.src);
	outer->tuple.dst = inner->tuple.src;
	header = (inner->version == 4 ? 20 : 40) + inner->extras;
	*quote = header + 8 + random_below(state, random_below(state, 2) ? 16 : 500);
	if (*quote == header + 17)
		*quote += 1;	/* half a checksum of TCP cannot be kept right */
}

static void errors_are_translated_inside_and_out(struct kunit *test)
{
	u8 *sent = kunit_kzalloc(test, 2048, GFP_KERNEL), *want = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u32 i, quote, len, nr_short = 0;
	u64 state = 77;

	for (i = 0; i < ROUNDS; i++) {
		struct recipe outer, inner, outer2, inner2;
		struct hypha_packet p;
		bool keep = i & 1;

		random_error(&state, &outer, &inner, &quote);
		inner2 = inner;
		random_tuple(&state, inner.version, inner.tuple.proto, !inner.tuple.sport, &inner2.tuple);
		outer2 = outer;
		outer2.ttl--;
		outer2.tuple.dst = inner2.tuple.src;
		if (!keep)
			random_address(&state, outer.version, &outer2.tuple.src);
		len = fill_error(sent, &outer, &inner, quote);
		fill_error(want, &outer2, &inner2, quote);

		KUNIT_ASSERT_EQ_MSG(test, (int)hypha_packet_parse(sent, len, len, 0, &p), 0, "round %u", i);
		nr_short += p.inner.proto == IPPROTO_TCP && p.inner_len < 18;
		hypha_rewrite_error(sent, &p, keep ? NULL : &outer2.tuple.src, &outer2.tuple.dst, &inner2.tuple);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(sent, want, len), 0, "round %u: IPv%u proto %u quote %u", i, inner.version,
				    inner.tuple.proto, quote);
	}
	KUNIT_EXPECT_GT(test, nr_short, 50U);	/* else the truncated were not tried */
}

/* A router may quote what it changed before it noticed; what is wrong there stays as wrong, and the error itself right. */
static void a_wrong_quote_does_not_spoil_the_error(struct kunit *test)
{
	u8 *sent = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u64 state = 99;
	u32 i;

	for (i = 0; i < ROUNDS / 4; i++) {
		struct recipe outer, inner;
		struct hypha_packet p;
		struct hypha_tuple to;
		u32 quote, len, at;

		random_error(&state, &outer, &inner, &quote);
		len = fill_error(sent, &outer, &inner, quote);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(sent, len, len, 0, &p), 0);
		at = p.version == 4 ? 10 : 4;	/* the header's checksum, or its length */
		put16_at(sent + p.inner_ip + at, next_random(&state));
		put16_at(sent + p.l4 + 2, 0);
		fill_checksum(sent, p.l4, &outer, len);
		random_tuple(&state, inner.version, inner.tuple.proto, !inner.tuple.sport, &to);
		hypha_rewrite_error(sent, &p, NULL, &to.src, &to);
		KUNIT_ASSERT_EQ_MSG(test, slow_transport(sent, p.l4, p.tuple.proto, len), 0xffffU, "round %u", i);
	}
}

static struct kunit_case rewrite_cases[] = {
	KUNIT_CASE(rewrites_as_linux_does),
	KUNIT_CASE(rewrites_are_undone_by_the_reverse),
	KUNIT_CASE(rewrite_equals_a_packet_made_anew),
	KUNIT_CASE(rewrite_to_the_same_tuple_counts_the_hop_only),
	KUNIT_CASE(sums_fold_whatever_they_are),
	KUNIT_CASE(sums_of_bytes_are_those_of_words),
	KUNIT_CASE(udp_without_checksum_stays_so),
	KUNIT_CASE(a_checksum_of_zero_is_written_as_its_protocol_has_it),
	KUNIT_CASE(errors_are_translated_inside_and_out),
	KUNIT_CASE(a_wrong_quote_does_not_spoil_the_error),
	{}
};

static struct kunit_suite rewrite_suite = {
	.name = "hypha_rewrite",
	.test_cases = rewrite_cases,
};
kunit_test_suite(rewrite_suite);
