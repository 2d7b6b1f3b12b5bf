// SPDX-License-Identifier: GPL-2.0-only
/* Packets looked at: what is sound is read as meant, what is not is refused for its own reason, and no byte beyond is read. */
#include <kunit/test.h>

#include "../net/packet.c"

#include "packets.h"
#include "samples.h"

/* What a packet of samples.h says, read by a human. */
static const struct reading {
	const char *name;
	u8 version, proto, l4, ttl, flags, tcp_flags, icmp_type, icmp_code;
	u32 len;
	const char *src, *dst;	/* hex */
	u16 sport, dport;
} readings[] = {
	{ "v4_tcp_out_0", 4, IPPROTO_TCP, 20, 64, HYPHA_PACKET_DF, HYPHA_TCP_SYN, 0, 0, 60, "0a4b0005", "c0000263", 0x9ace, 80 },
	{ "v4_tcp_in_0", 4, IPPROTO_TCP, 20, 64, HYPHA_PACKET_DF, HYPHA_TCP_SYN | HYPHA_TCP_ACK, 0, 0, 60, "c0000263", "c0000201",
	  80, 0xeea3 },
	{ "v4_tcp_82_in", 4, IPPROTO_TCP, 20, 64, HYPHA_PACKET_DF, HYPHA_TCP_RST | HYPHA_TCP_ACK, 0, 0, 40, "c0000263", "c0000201",
	  82, 0xeea8 },
	{ "v4_tcp_81_in", 4, IPPROTO_ICMP, 20, 64, HYPHA_PACKET_ERROR, 0, 3, 1, 88, "c0000263", "c0000201", 0, 0 },
	{ "v4_udp_options_out", 4, IPPROTO_UDP, 28, 64, HYPHA_PACKET_DF, 0, 0, 0, 39, "0a4b0005", "c0000263", 0, 53 },
	{ "v4_ping_8_out", 4, IPPROTO_ICMP, 20, 64, HYPHA_PACKET_DF, 0, 8, 0, 36, "0a4b0005", "c0000263", 0x1234, 0 },
	{ "v4_ping_8_in", 4, IPPROTO_ICMP, 20, 64, 0, 0, 0, 0, 36, "c0000263", "c0000201", 0, 0x1234 },
	{ "v6_tcp_out_0", 6, IPPROTO_TCP, 40, 64, HYPHA_PACKET_DF, HYPHA_TCP_SYN, 0, 0, 80,
	  "fd123456789a00000000000000000005", "20010db8000000000000000000000099", 0, 80 },
	{ "v6_udp_9_in", 6, IPPROTO_ICMPV6, 40, 64, HYPHA_PACKET_DF | HYPHA_PACKET_ERROR, 0, 1, 4, 102,
	  "20010db8000000000000000000000099", "20010db8000000000000000000000001", 0, 0 },
	{ "v6_ping_8_out", 6, IPPROTO_ICMPV6, 40, 64, HYPHA_PACKET_DF, 0, 128, 0, 56,
	  "fd123456789a00000000000000000005", "20010db8000000000000000000000099", 0x1234, 0 },
	{ "v6_dstopt_out", 6, IPPROTO_UDP, 48, 64, HYPHA_PACKET_DF, 0, 0, 0, 59,
	  "fd123456789a00000000000000000005", "20010db8000000000000000000000099", 0, 53 },
};

/* Parsed where the buffer ends with the packet. */
static enum hypha_drop parse_exactly(const void *bytes, u32 look, u32 total, u32 from, struct hypha_packet *p)
{
	void *copy = exactly(bytes, look);
	enum hypha_drop drop = hypha_packet_parse(copy, look, total, from, p);

	kfree(copy);
	return drop;
}

static bool is_address(const struct in6_addr *a, const char *hex)
{
	u8 bytes[16];
	u32 len = from_hex(bytes, hex);
	struct in6_addr want;

	memcpy(&want, bytes, sizeof(want));
	if (len == 4)
		hypha_addr_set4(&want, *(__be32 *)bytes);
	return !memcmp(a, &want, sizeof(want));
}

static void check_reading(struct kunit *test, const struct reading *r)
{
	const struct sample *s = find_sample(r->name);
	struct hypha_packet p;
	u8 sent[512];
	u32 len;

	KUNIT_ASSERT_TRUE_MSG(test, s != NULL, "%s", r->name);
	len = from_hex(sent, s->sent);
	KUNIT_ASSERT_EQ_MSG(test, (int)parse_exactly(sent, len, len, s->from, &p), 0, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.version, r->version, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.tuple.proto, r->proto, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.tuple.from, s->from, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.l4, (u16)r->l4, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.ttl, r->ttl, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.flags, r->flags, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.tcp_flags, r->tcp_flags, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.icmp_type, r->icmp_type, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.icmp_code, r->icmp_code, "%s", r->name);
	KUNIT_EXPECT_EQ_MSG(test, p.len, r->len, "%s", r->name);
	KUNIT_EXPECT_TRUE_MSG(test, is_address(&p.tuple.src, r->src), "%s", r->name);
	KUNIT_EXPECT_TRUE_MSG(test, is_address(&p.tuple.dst, r->dst), "%s", r->name);
	if (r->sport)	/* the sample's own was random */
		KUNIT_EXPECT_EQ_MSG(test, ntohs(p.tuple.sport), r->sport, "%s", r->name);
	if (r->dport)
		KUNIT_EXPECT_EQ_MSG(test, ntohs(p.tuple.dport), r->dport, "%s", r->name);
}

static void packets_are_read_as_meant(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(readings); i++)
		check_reading(test, &readings[i]);
}

static void errors_tell_of_the_packet_inside(struct kunit *test)
{
	static const char *const pairs[][2] = {
		{ "v4_tcp_81_in", "v4_tcp_81_out" }, { "v4_udp_9_in", "v4_udp_9_out" }, { "v4_ping_72_in", "v4_ping_72_out" },
		{ "v6_tcp_81_in", "v6_tcp_81_out" }, { "v6_udp_9_in", "v6_udp_9_out" }, { "v6_ping_72_in", "v6_ping_72_out" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct sample *error = find_sample(pairs[i][0]), *about = find_sample(pairs[i][1]);
		struct hypha_packet p, sent;
		u8 bytes[512];
		u32 len;

		KUNIT_ASSERT_TRUE(test, error && about);
		len = from_hex(bytes, about->want);	/* as the outside saw it */
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, 0, &sent), 0);
		len = from_hex(bytes, error->sent);
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, 0, &p), 0);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(&p.inner, &sent.tuple, sizeof(p.inner)), 0, "%s", error->name);
		KUNIT_EXPECT_EQ_MSG(test, p.inner_ip, p.l4 + 8, "%s", error->name);
		KUNIT_EXPECT_EQ_MSG(test, p.inner_l4, p.inner_ip + sent.l4, "%s", error->name);
		KUNIT_EXPECT_EQ_MSG(test, p.inner_len, sent.tuple.proto == IPPROTO_TCP ? 20 : 8, "%s", error->name);
	}
}

/* A sample with a few bytes changed; IPv4's header checksum is made right again unless they are in it. */
static const struct damage {
	const char *belief, *sample;
	u32 at;
	const char *bytes;
	enum hypha_drop want;
} damages[] = {
	{ "version_0", "v4_udp_out", 0, "05", HYPHA_DROP_HEADER },
	{ "version_5", "v4_udp_out", 0, "55", HYPHA_DROP_HEADER },
	{ "version_6_that_is_4", "v4_udp_out", 0, "65", HYPHA_DROP_SHORT },
	{ "header_of_16_bytes", "v4_udp_out", 0, "44", HYPHA_DROP_HEADER },
	{ "header_longer_than_all", "v4_udp_out", 0, "4f", HYPHA_DROP_HEADER },
	{ "length_less_than_the_header", "v4_udp_out", 2, "0013", HYPHA_DROP_HEADER },
	{ "length_more_than_there_is", "v4_udp_out", 2, "0020", HYPHA_DROP_SHORT },
	{ "length_65535", "v4_udp_out", 2, "ffff", HYPHA_DROP_SHORT },
	{ "wrong_header_checksum", "v4_udp_out", 10, "1234", HYPHA_DROP_HEADER },
	{ "gre", "v4_udp_out", 9, "2f", HYPHA_DROP_PROTO },
	{ "icmpv6_over_ipv4", "v4_ping_8_out", 9, "3a", HYPHA_DROP_PROTO },
	{ "sctp", "v4_udp_out", 9, "84", HYPHA_DROP_PROTO },
	{ "strict_source_route", "v4_udp_options_out", 20, "89070400000000", HYPHA_DROP_HEADER },
	{ "loose_source_route", "v4_udp_options_out", 20, "83070400000000", HYPHA_DROP_HEADER },
	{ "source_route_behind_nops", "v4_udp_options_out", 20, "0101018303040000", HYPHA_DROP_HEADER },
	{ "source_route_behind_the_end_means_nothing", "v4_udp_options_out", 20, "0183030400000000", HYPHA_DROP_HEADER },
	{ "options_end", "v4_udp_options_out", 20, "0083030400000000", HYPHA_DROP_NONE },
	{ "record_route", "v4_udp_options_out", 20, "0707040000000000", HYPHA_DROP_NONE },
	{ "option_of_length_0", "v4_udp_options_out", 20, "9400", HYPHA_DROP_HEADER },
	{ "option_of_length_1", "v4_udp_options_out", 20, "9401", HYPHA_DROP_HEADER },
	{ "option_that_leaves_the_header", "v4_udp_options_out", 20, "9409", HYPHA_DROP_HEADER },
	{ "option_without_its_length", "v4_udp_options_out", 27, "94", HYPHA_DROP_HEADER },
	{ "udp_length_7", "v4_udp_out", 24, "0007", HYPHA_DROP_HEADER },
	{ "udp_length_0_over_ipv6", "v6_udp_out", 44, "0000", HYPHA_DROP_HEADER },
	{ "udp_length_beyond_the_packet", "v4_udp_out", 24, "000c", HYPHA_DROP_SHORT },
	{ "udp_length_within_the_packet", "v4_udp_out", 24, "000a", HYPHA_DROP_NONE },
	{ "tcp_header_of_16_bytes", "v4_tcp_out_0", 32, "40", HYPHA_DROP_HEADER },
	{ "tcp_header_longer_than_the_packet", "v4_tcp_out_0", 32, "b0", HYPHA_DROP_SHORT },
	{ "tcp_header_as_long_as_the_packet", "v4_tcp_out_0", 32, "a0", HYPHA_DROP_NONE },
	{ "icmp_timestamp", "v4_ping_8_out", 20, "0d", HYPHA_DROP_PROTO },
	{ "icmp_source_quench", "v4_udp_9_in", 20, "04", HYPHA_DROP_PROTO },
	{ "icmp_redirect", "v4_udp_9_in", 20, "05", HYPHA_DROP_PROTO },
	{ "icmp_time_exceeded", "v4_udp_9_in", 20, "0b", HYPHA_DROP_NONE },
	{ "icmp_parameter_problem", "v4_udp_9_in", 20, "0c", HYPHA_DROP_NONE },
	{ "icmpv6_too_big", "v6_udp_9_in", 40, "02", HYPHA_DROP_NONE },
	{ "icmpv6_error_of_type_5", "v6_udp_9_in", 40, "05", HYPHA_DROP_PROTO },
	{ "icmpv6_router_solicitation", "v6_ping_8_out", 40, "85", HYPHA_DROP_PROTO },
	{ "icmpv6_group_report", "v6_ping_8_out", 40, "8f", HYPHA_DROP_PROTO },
	{ "icmp_over_ipv6", "v6_ping_8_out", 6, "01", HYPHA_DROP_PROTO },
	{ "no_next_header", "v6_udp_out", 6, "3b", HYPHA_DROP_PROTO },
	{ "esp", "v6_udp_out", 6, "32", HYPHA_DROP_PROTO },
	{ "payload_more_than_there_is", "v6_udp_out", 4, "000c", HYPHA_DROP_SHORT },
	{ "payload_of_a_jumbogram", "v6_udp_out", 4, "0000", HYPHA_DROP_SHORT },
	{ "extension_beyond_the_packet", "v6_dstopt_out", 41, "02", HYPHA_DROP_SHORT },
	{ "routing_with_segments_left", "v6_dstopt_out", 6, "2b", HYPHA_DROP_HEADER },
	{ "error_about_another_version", "v4_udp_9_in", 28, "65", HYPHA_DROP_HEADER },
	{ "error_about_a_header_of_16_bytes", "v4_udp_9_in", 28, "44", HYPHA_DROP_HEADER },
	{ "error_about_a_header_longer_than_the_quote", "v4_udp_9_in", 28, "4f", HYPHA_DROP_SHORT },
	{ "error_about_a_later_fragment", "v4_udp_9_in", 34, "0001", HYPHA_DROP_PROTO },
	{ "error_about_a_first_fragment", "v4_udp_9_in", 34, "2000", HYPHA_DROP_NONE },
	{ "error_about_gre", "v4_udp_9_in", 37, "2f", HYPHA_DROP_PROTO },
	{ "error_about_an_error", "v4_ping_72_in", 48, "03", HYPHA_DROP_PROTO },
	{ "error_about_an_errorv6", "v6_ping_72_in", 88, "01", HYPHA_DROP_PROTO },
	{ "error_about_a_reply", "v4_ping_72_in", 48, "00", HYPHA_DROP_NONE },
	{ "error_to_somebody_else", "v4_udp_9_in", 40, "c0000202", HYPHA_DROP_HEADER },
	{ "error_to_somebody_elsev6", "v6_udp_9_in", 48 + 23, "07", HYPHA_DROP_HEADER },
	{ "error_about_a_mapped_destination", "v6_udp_9_in", 48 + 24, "00000000000000000000ffff01020304", HYPHA_DROP_HEADER },
	{ "error_with_a_wrong_checksum_inside", "v4_udp_9_in", 38, "1234", HYPHA_DROP_NONE },
	{ "fragment_of_the_first_bytes", "v4_udp_out", 6, "2000", HYPHA_DROP_NONE },
	{ "fragment_of_later_bytes", "v4_udp_out", 6, "0001", HYPHA_DROP_NONE },
	{ "fragment_that_ends_beyond_64_KiB", "v4_udp_out", 6, "1fff", HYPHA_DROP_HEADER },
	{ "to_0.0.0.0", "v4_udp_out", 16, "00000000", HYPHA_DROP_HEADER },
	{ "to_::", "v6_udp_out", 24, "00000000000000000000000000000000", HYPHA_DROP_HEADER },
	{ "to_a_mapped_address", "v6_udp_out", 24, "00000000000000000000ffffc0000263", HYPHA_DROP_HEADER },
	{ "to_broadcast", "v4_udp_out", 16, "ffffffff", HYPHA_DROP_NONE },
	{ "from_0.0.0.0", "v4_udp_out", 12, "00000000", HYPHA_DROP_SOURCE },
	{ "from_0.1.2.3", "v4_udp_out", 12, "00010203", HYPHA_DROP_SOURCE },
	{ "from_127.0.0.1", "v4_udp_out", 12, "7f000001", HYPHA_DROP_SOURCE },
	{ "from_127.255.0.1", "v4_udp_out", 12, "7fff0001", HYPHA_DROP_SOURCE },
	{ "from_the_net_127.0.0.1", "v4_udp_in", 12, "7f000001", HYPHA_DROP_NONE },
	{ "from_224.0.0.1", "v4_udp_out", 12, "e0000001", HYPHA_DROP_SOURCE },
	{ "from_239.255.255.255", "v4_udp_in", 12, "efffffff", HYPHA_DROP_SOURCE },
	{ "from_broadcast", "v4_udp_out", 12, "ffffffff", HYPHA_DROP_SOURCE },
	{ "from_its_destination", "v4_udp_out", 12, "c0000263", HYPHA_DROP_SOURCE },
	{ "from_its_destination_in_fragments", "v4_udp_out", 6, "2000401100000a4b00050a4b0005", HYPHA_DROP_SOURCE },
	{ "from_a_host_to_itself", "v4_udp_in", 12, "c0000201", HYPHA_DROP_NONE },
	{ "from_a_host_to_itself_in_fragments", "v4_udp_in", 6, "200040110000c0000201c0000201", HYPHA_DROP_NONE },
	{ "from_a_host_to_itself_at_one_port", "v4_udp_in", 12, "c0000201c000020100350035", HYPHA_DROP_SOURCE },
	{ "from_::", "v6_udp_out", 8, "00000000000000000000000000000000", HYPHA_DROP_SOURCE },
	{ "from_::1", "v6_udp_out", 8, "00000000000000000000000000000001", HYPHA_DROP_SOURCE },
	{ "from_the_net_::1", "v6_udp_in", 8, "00000000000000000000000000000001", HYPHA_DROP_NONE },
	{ "from_ff02::1", "v6_udp_out", 8, "ff020000000000000000000000000001", HYPHA_DROP_SOURCE },
	{ "from_a_mapped_address", "v6_udp_out", 8, "00000000000000000000ffff0a4b0005", HYPHA_DROP_SOURCE },
	{ "from_the_net_a_mapped_address", "v6_udp_in", 8, "00000000000000000000ffff0a4b0005", HYPHA_DROP_SOURCE },
	{ "from_its_destinationv6", "v6_udp_out", 8, "20010db8000000000000000000000099", HYPHA_DROP_SOURCE },
};

static void damage_is_refused_for_its_reason(struct kunit *test)
{
	struct hypha_packet p;
	u8 bytes[512];
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		const struct damage *d = &damages[i];
		const struct sample *s = find_sample(d->sample);

		KUNIT_ASSERT_TRUE_MSG(test, s != NULL, "%s", d->sample);
		len = from_hex(bytes, s->sent);
		from_hex(bytes + d->at, d->bytes);
		if (d->at != 10)
			mend_header(bytes, len);
		KUNIT_EXPECT_EQ_MSG(test, (int)parse_exactly(bytes, len, len, s->from, &p), (int)d->want, "%s", d->belief);
	}
}

/* Cut everywhere; and where a packet says how long it is, it is believed and found to lie. */
static void no_packet_is_read_beyond_its_end(struct kunit *test)
{
	struct hypha_packet p;
	u8 bytes[512];
	u32 i, len, cut;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		len = from_hex(bytes, samples[i].sent);
		for (cut = 0; cut < len; cut++)
			KUNIT_EXPECT_EQ_MSG(test, (int)parse_exactly(bytes, cut, cut, samples[i].from, &p), HYPHA_DROP_SHORT,
					    "%s at %u", samples[i].name, cut);
	}
}

/* As above, but the headers say what was cut off was never there. */
static void headers_are_found_missing_wherever_the_packet_ends(struct kunit *test)
{
	struct hypha_packet p;
	u8 bytes[512];
	u32 i, len, cut, network, need;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		len = from_hex(bytes, samples[i].sent);
		KUNIT_ASSERT_EQ(test, (int)hypha_packet_parse(bytes, len, len, samples[i].from, &p), 0);
		network = p.version == 4 ? p.l4 : 40;
		need = p.flags & HYPHA_PACKET_ERROR ? p.inner_l4 + 8 :
		       p.tuple.proto == IPPROTO_TCP ? p.l4 + (bytes[p.l4 + 12] >> 4) * 4 :
		       p.tuple.proto == IPPROTO_UDP ? len : p.l4 + 8;
		for (cut = network; cut <= len; cut++) {
			if (p.version == 4)
				put16_at(bytes + 2, cut);
			else
				put16_at(bytes + 4, cut - 40);
			mend_header(bytes, len);
			KUNIT_EXPECT_EQ_MSG(test, (int)parse_exactly(bytes, cut, cut, samples[i].from, &p),
					    (int)(cut < need ? HYPHA_DROP_SHORT : HYPHA_DROP_NONE), "%s at %u", samples[i].name, cut);
		}
	}
}

static void padding_and_what_is_not_linear_do_not_matter(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, 4096, GFP_KERNEL);
	struct hypha_packet whole, part;
	u64 state = 11;
	u32 i, len;

	for (i = 0; i < 500; i++) {
		struct recipe r;

		random_recipe(&state, &r);
		len = fill_packet(bytes, &r, NULL);
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, GUEST, &whole), 0);
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len + 46, len + 46, GUEST, &part), 0);
		KUNIT_ASSERT_EQ(test, part.len, whole.len);
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, min_t(u32, len, HYPHA_PACKET_LOOK), len + 7, GUEST, &part), 0);
		KUNIT_ASSERT_EQ(test, part.len, whole.len);
		KUNIT_ASSERT_EQ(test, memcmp(&part.tuple, &whole.tuple, sizeof(part.tuple)), 0);
	}
}

/* Too few linear bytes may only lead to a refusal, never to another reading. */
static void fewer_linear_bytes_never_change_the_meaning(struct kunit *test)
{
	struct hypha_packet whole, part;
	u32 i, len, look, nr = 0;
	u8 bytes[512];

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		len = from_hex(bytes, samples[i].sent);
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, samples[i].from, &whole), 0);
		for (look = 0; look < len; look++) {
			if (parse_exactly(bytes, look, len, samples[i].from, &part))
				continue;
			nr++;
			KUNIT_EXPECT_EQ_MSG(test, memcmp(&part.tuple, &whole.tuple, sizeof(part.tuple)), 0, "%s", samples[i].name);
			KUNIT_EXPECT_EQ_MSG(test, part.l4, whole.l4, "%s", samples[i].name);
			KUNIT_EXPECT_EQ_MSG(test, part.len, whole.len, "%s", samples[i].name);
			if (whole.flags & HYPHA_PACKET_ERROR)
				KUNIT_EXPECT_EQ_MSG(test, part.inner_len, whole.inner_len, "%s at %u", samples[i].name, look);
		}
	}
	KUNIT_EXPECT_GT(test, nr, 300U);
}

static void random_packets_are_read_as_made(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, 2048, GFP_KERNEL);
	struct hypha_packet p;
	u64 state = 12;
	u32 i, len, l4;

	for (i = 0; i < 4000; i++) {
		struct recipe r;

		random_recipe(&state, &r);
		r.tuple.from = next_random(&state);
		len = fill_packet(bytes, &r, &l4);
		KUNIT_ASSERT_EQ_MSG(test, (int)parse_exactly(bytes, len, len, r.tuple.from, &p), 0, "round %u", i);
		KUNIT_ASSERT_EQ_MSG(test, memcmp(&p.tuple, &r.tuple, sizeof(p.tuple)), 0, "round %u", i);
		KUNIT_ASSERT_EQ(test, p.l4, (u16)l4);
		KUNIT_ASSERT_EQ(test, p.ttl, r.ttl);
		KUNIT_ASSERT_EQ(test, p.len, len);
	}
}

static void fragments_are_told(struct kunit *test)
{
	static const struct {
		const char *at6;	/* the two bytes of the fragment header */
		bool fragment;
	} cases[] = { { "0001", true }, { "0008", true }, { "05a8", true }, { "0000", false }, { "0006", false } };
	const struct sample *s = find_sample("v6_dstopt_out");
	struct hypha_packet p;
	u8 bytes[512];
	u32 i, len = from_hex(bytes, s->sent);

	bytes[6] = 44;	/* the destination options become a fragment header */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		from_hex(bytes + 42, cases[i].at6);
		KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, GUEST, &p), 0);
		KUNIT_EXPECT_EQ_MSG(test, !!(p.flags & HYPHA_PACKET_FRAGMENT), cases[i].fragment, "%s", cases[i].at6);
		KUNIT_EXPECT_EQ_MSG(test, p.tuple.proto, IPPROTO_UDP, "%s", cases[i].at6);
		KUNIT_EXPECT_EQ_MSG(test, p.l4, (u16)(cases[i].fragment ? 40 : 48), "%s", cases[i].at6);
		KUNIT_EXPECT_TRUE(test, is_address(&p.tuple.dst, "20010db8000000000000000000000099"));
	}
	s = find_sample("v4_udp_out");
	len = from_hex(bytes, s->sent);
	from_hex(bytes + 6, "2000");
	mend_header(bytes, len);
	KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, GUEST, &p), 0);
	KUNIT_EXPECT_EQ(test, p.flags, HYPHA_PACKET_FRAGMENT);
	KUNIT_EXPECT_TRUE(test, is_address(&p.tuple.src, "0a4b0005"));
}

/* A UDP packet behind @nr extension headers, each of @bytes; the kinds in order, the last one again and again. */
static u32 fill_chain(u8 *out, const u8 *kinds, u32 nr_kinds, u32 nr, u32 bytes)
{
	struct recipe r = { .version = 6, .ttl = 64, .payload = 4 };
	u64 state = 4;
	u8 plain[64];
	u32 i;

	random_tuple(&state, 6, IPPROTO_UDP, false, &r.tuple);
	fill_packet(plain, &r, NULL);
	memcpy(out, plain, 40);
	memset(out + 40, 0, nr * bytes);
	put16_at(out + 4, nr * bytes + 12);
	for (i = 0; i < nr; i++) {
		u8 *header = out + 40 + i * bytes;

		out[i ? 40 + (i - 1) * bytes : 6] = kinds[min(i, nr_kinds - 1)];
		header[0] = IPPROTO_UDP;
		header[1] = bytes / 8 - 1;
	}
	memcpy(out + 40 + nr * bytes, plain + 40, 12);
	return 40 + nr * bytes + 12;
}

static const struct chain_case {
	const char *belief;
	u8 kinds[3], nr_kinds;
	u32 nr, bytes;
	enum hypha_drop want;
} chain_cases[] = {
	{ "hop_by_hop", { 0 }, 1, 1, 8, HYPHA_DROP_NONE },
	{ "hop_by_hop_destination_routing", { 0, 60, 43 }, 3, 3, 8, HYPHA_DROP_NONE },
	{ "hop_by_hop_twice", { 0 }, 1, 2, 8, HYPHA_DROP_PROTO },
	{ "hop_by_hop_behind_another", { 60, 0 }, 2, 2, 8, HYPHA_DROP_PROTO },
	{ "routing_used_up", { 43 }, 1, 1, 24, HYPHA_DROP_NONE },
	{ "eight", { 60 }, 1, 8, 8, HYPHA_DROP_NONE },
	{ "nine", { 60 }, 1, 9, 8, HYPHA_DROP_HEADER },
	{ "eight_of_24_reach_beyond_the_look", { 60 }, 1, 8, 32, HYPHA_DROP_HEADER },
	{ "one_that_reaches_beyond_the_look", { 60 }, 1, 1, 256, HYPHA_DROP_HEADER },
	{ "authentication", { 51 }, 1, 1, 24, HYPHA_DROP_PROTO },
	{ "mobility", { 135 }, 1, 1, 8, HYPHA_DROP_PROTO },
	{ "a_fragment_header_for_all_of_it", { 44 }, 1, 1, 8, HYPHA_DROP_NONE },
	{ "a_hundred", { 60 }, 1, 100, 8, HYPHA_DROP_HEADER },
};

/* Which an IPv6 router may have cut, or a host. */
static void errors_about_fragments_have_ports_if_it_is_the_first(struct kunit *test)
{
	const struct sample *about = find_sample("v6_dstopt_out");
	u8 *bytes = kunit_kzalloc(test, 512, GFP_KERNEL), *inner = bytes + 48;
	u32 len = 48 + from_hex(inner, about->want);
	struct hypha_packet p;

	memcpy(bytes, "\x60\0\0\0\0\0\x3a\x40", 8);
	put16_at(bytes + 4, len - 40);
	bytes[8] = 0x20;			/* from 2000:: */
	memcpy(bytes + 24, inner + 8, 16);
	bytes[40] = 3;				/* time exceeded, in putting it together */
	bytes[41] = 1;
	inner[6] = 44;
	from_hex(inner + 42, "0001");
	KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, 0, &p), 0);
	KUNIT_EXPECT_EQ(test, p.inner_l4, (u16)(48 + 48));
	KUNIT_EXPECT_EQ(test, ntohs(p.inner.dport), 53);
	from_hex(inner + 42, "0009");
	KUNIT_EXPECT_EQ(test, (int)parse_exactly(bytes, len, len, 0, &p), HYPHA_DROP_PROTO);
	/* A fragment of a fragment. */
	from_hex(inner + 40, "2c00000111000001");
	KUNIT_EXPECT_EQ(test, (int)parse_exactly(bytes, len, len, 0, &p), HYPHA_DROP_HEADER);
}

static void extension_headers_are_skipped_up_to_a_point(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(chain_cases); i++) {
		const struct chain_case *c = &chain_cases[i];
		u32 len = fill_chain(bytes, c->kinds, c->nr_kinds, c->nr, c->bytes);
		struct hypha_packet p;

		KUNIT_EXPECT_EQ_MSG(test, (int)parse_exactly(bytes, min_t(u32, len, HYPHA_PACKET_LOOK), len, GUEST, &p),
				    (int)c->want, "%s", c->belief);
		if (!c->want)
			KUNIT_EXPECT_EQ_MSG(test, p.l4, (u16)(40 + c->nr * c->bytes), "%s", c->belief);
	}
}

static void errors_may_quote_little(struct kunit *test)
{
	u8 *bytes = kunit_kzalloc(test, 2048, GFP_KERNEL);
	u64 state = 31;
	u32 i, len;

	for (i = 0; i < 2000; i++) {
		struct recipe inner, outer = { .ttl = 3 };
		u32 header, quote = random_below(&state, 50);
		struct hypha_packet p;

		random_recipe(&state, &inner);
		outer.version = inner.version;
		outer.icmp_type = 3;
		outer.tuple.proto = inner.version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		random_address(&state, inner.version, &outer.tuple.src);
		outer.tuple.dst = inner.tuple.src;
		header = (inner.version == 4 ? 20 : 40) + inner.extras;
		len = fill_error(bytes, &outer, &inner, header + quote);
		if (quote < 8) {
			KUNIT_ASSERT_EQ(test, (int)parse_exactly(bytes, len, len, 0, &p), HYPHA_DROP_SHORT);
			continue;
		}
		KUNIT_ASSERT_EQ_MSG(test, (int)parse_exactly(bytes, len, len, 0, &p), 0, "round %u", i);
		KUNIT_ASSERT_EQ(test, memcmp(&p.inner, &inner.tuple, sizeof(p.inner)), 0);
		KUNIT_ASSERT_EQ(test, p.inner_len, inner.tuple.proto == IPPROTO_TCP ? (u16)min(quote, 20U) : (u16)8);
	}
}

/* What holds of every packet that was not refused. */
static void check_sound(struct kunit *test, const struct hypha_packet *p, u32 look, u32 total)
{
	u32 end = min(look, p->len);

	KUNIT_ASSERT_TRUE(test, p->version == 4 || p->version == 6);
	KUNIT_ASSERT_LE(test, p->len, total);
	if (p->flags & HYPHA_PACKET_FRAGMENT)
		return;
	KUNIT_ASSERT_LE(test, p->l4 + transport_header(p->tuple.proto), end);
	if (p->flags & HYPHA_PACKET_ERROR) {
		KUNIT_ASSERT_GE(test, p->inner_len, (u16)8);
		KUNIT_ASSERT_GE(test, p->inner_ip, (u16)(p->l4 + 8));
		KUNIT_ASSERT_GE(test, p->inner_l4, (u16)(p->inner_ip + (p->version == 4 ? 20 : 40)));
		KUNIT_ASSERT_LE(test, (u32)p->inner_l4 + p->inner_len, end);
	}
}

/* Samples with bytes changed and cut, and noise: under ASan on the host this is about every byte read. */
static void noise_is_refused_or_sound(struct kunit *test)
{
	u32 i, n, len, look, accepted = 0, errors = 0;
	struct hypha_packet p;
	u64 state = 13;
	u8 bytes[512];

	for (i = 0; i < 20000; i++) {
		len = from_hex(bytes, samples[random_below(&state, ARRAY_SIZE(samples))].sent);
		for (n = random_below(&state, 4); n; n--)
			bytes[random_below(&state, random_below(&state, 2) ? len : 60)] = next_random(&state) >> 40;
		if (random_below(&state, 10) == 0)
			for (n = 1; n < len; n++)
				bytes[n] = next_random(&state) >> 40;
		look = random_below(&state, 4) ? len : random_below(&state, len + 1);
		mend_header(bytes, len);
		if (parse_exactly(bytes, look, look, i & 1, &p))
			continue;
		accepted++;
		errors += !!(p.flags & HYPHA_PACKET_ERROR);
		check_sound(test, &p, look, look);
	}
	KUNIT_EXPECT_GT(test, accepted, 2000U);	/* else nothing was tried */
	KUNIT_EXPECT_GT(test, errors, 200U);
}

static struct kunit_case packet_cases[] = {
	KUNIT_CASE(packets_are_read_as_meant),
	KUNIT_CASE(errors_tell_of_the_packet_inside),
	KUNIT_CASE(damage_is_refused_for_its_reason),
	KUNIT_CASE(no_packet_is_read_beyond_its_end),
	KUNIT_CASE(headers_are_found_missing_wherever_the_packet_ends),
	KUNIT_CASE(padding_and_what_is_not_linear_do_not_matter),
	KUNIT_CASE(fewer_linear_bytes_never_change_the_meaning),
	KUNIT_CASE(random_packets_are_read_as_made),
	KUNIT_CASE(fragments_are_told),
	KUNIT_CASE(extension_headers_are_skipped_up_to_a_point),
	KUNIT_CASE(errors_about_fragments_have_ports_if_it_is_the_first),
	KUNIT_CASE(errors_may_quote_little),
	KUNIT_CASE(noise_is_refused_or_sound),
	{}
};

static struct kunit_suite packet_suite = {
	.name = "hypha_packet",
	.test_cases = packet_cases,
};
kunit_test_suite(packet_suite);
