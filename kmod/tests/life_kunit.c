// SPDX-License-Identifier: GPL-2.0-only
/* A flow's life: states, timeouts and ranks that follow from the packets alone. */
#include <kunit/test.h>

#include "../net/life.c"

#define DONE	">S <SA >A "		/* a handshake */
#define OVER	DONE ">FA <FA "

/* Packets: > of the first direction, < of the other, and TCP flags. */
static const struct {
	const char *what;
	u8 proto;
	u16 dport;
	const char *packets;
	u8 state;
	u32 seconds;
	int rank;
	bool replied;
} lives[] = {
	{ "syn", IPPROTO_TCP, 80, ">S", HYPHA_FLOW_SYN, 60, HYPHA_FLOW_RANK_SYN, false },
	{ "syn again", IPPROTO_TCP, 80, ">S >S", HYPHA_FLOW_SYN, 60, HYPHA_FLOW_RANK_SYN, false },
	{ "syn, impatient fin", IPPROTO_TCP, 80, ">S >FA", HYPHA_FLOW_SYN, 60, HYPHA_FLOW_RANK_SYN, false },
	{ "syn taken back", IPPROTO_TCP, 80, ">S >R", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, false },
	{ "refused", IPPROTO_TCP, 80, ">S <RA", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, true },
	{ "half open", IPPROTO_TCP, 80, ">S <SA", HYPHA_FLOW_SYN_ACK, 60, HYPHA_FLOW_RANK_SYN_ACK, true },
	{ "half open, syn again", IPPROTO_TCP, 80, ">S <SA >S <SA", HYPHA_FLOW_SYN_ACK, 60, HYPHA_FLOW_RANK_SYN_ACK, true },
	{ "handshake", IPPROTO_TCP, 80, DONE, HYPHA_FLOW_ESTABLISHED, 7440, -1, true },
	{ "data both ways", IPPROTO_TCP, 80, DONE ">PA <A <PA >A", HYPHA_FLOW_ESTABLISHED, 7440, -1, true },
	{ "late syn", IPPROTO_TCP, 80, DONE ">S", HYPHA_FLOW_ESTABLISHED, 7440, -1, true },
	{ "simultaneous open", IPPROTO_TCP, 80, ">S <S >SA <SA", HYPHA_FLOW_ESTABLISHED, 7440, -1, true },
	{ "challenged, half open", IPPROTO_TCP, 80, ">S <A", HYPHA_FLOW_SYN_ACK, 60, HYPHA_FLOW_RANK_SYN_ACK, true },
	{ "challenged, reset", IPPROTO_TCP, 80, ">S <A >R", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, true },
	{ "challenged, anew", IPPROTO_TCP, 80, ">S <A >R >S", HYPHA_FLOW_SYN, 60, HYPHA_FLOW_RANK_SYN, false },
	{ "fin instead of ack", IPPROTO_TCP, 80, ">S <SA >FA", HYPHA_FLOW_CLOSING, 240, -1, true },
	{ "fin", IPPROTO_TCP, 80, DONE ">FA", HYPHA_FLOW_CLOSING, 240, -1, true },
	{ "fin of the other", IPPROTO_TCP, 80, DONE "<FA", HYPHA_FLOW_CLOSING, 240, -1, true },
	{ "half closed, data goes on", IPPROTO_TCP, 80, DONE ">FA <PA >A <PA", HYPHA_FLOW_CLOSING, 240, -1, true },
	{ "fin repeated is one fin", IPPROTO_TCP, 80, DONE ">FA >FA", HYPHA_FLOW_CLOSING, 240, -1, true },
	{ "both fins", IPPROTO_TCP, 80, OVER, HYPHA_FLOW_CLOSED, 240, HYPHA_FLOW_RANK_OVER, true },
	{ "both fins, the other first", IPPROTO_TCP, 80, DONE "<FA >FA <A", HYPHA_FLOW_CLOSED, 240, HYPHA_FLOW_RANK_OVER, true },
	{ "reset after fins", IPPROTO_TCP, 80, OVER "<R", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, true },
	{ "anew", IPPROTO_TCP, 80, OVER ">S", HYPHA_FLOW_SYN, 60, HYPHA_FLOW_RANK_SYN, false },
	{ "anew, to its end", IPPROTO_TCP, 80, OVER DONE "<FA >FA", HYPHA_FLOW_CLOSED, 240, HYPHA_FLOW_RANK_OVER, true },
	{ "anew, one fin", IPPROTO_TCP, 80, OVER DONE ">FA", HYPHA_FLOW_CLOSING, 240, -1, true },
	{ "nothing new from the other", IPPROTO_TCP, 80, OVER "<S", HYPHA_FLOW_CLOSED, 240, HYPHA_FLOW_RANK_OVER, true },
	{ "nothing new from an answer", IPPROTO_TCP, 80, OVER ">SA", HYPHA_FLOW_CLOSED, 240, HYPHA_FLOW_RANK_OVER, true },
	{ "reset", IPPROTO_TCP, 80, DONE "<R", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, true },
	{ "reset while closing", IPPROTO_TCP, 80, DONE ">FA <RA", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, true },
	{ "everything at once", IPPROTO_TCP, 80, ">SAFRP", HYPHA_FLOW_CLOSED, 10, HYPHA_FLOW_RANK_OVER, false },
	{ "picked up", IPPROTO_TCP, 80, ">A", HYPHA_FLOW_ESTABLISHED, 240, HYPHA_FLOW_RANK_UNREPLIED, false },
	{ "picked up, answered", IPPROTO_TCP, 80, ">A <A", HYPHA_FLOW_ESTABLISHED, 7440, -1, true },
	{ "picked up at its end", IPPROTO_TCP, 80, ">FA <FA", HYPHA_FLOW_CLOSED, 240, HYPHA_FLOW_RANK_OVER, true },
	{ "udp", IPPROTO_UDP, 80, ">", HYPHA_FLOW_NEW, 120, HYPHA_FLOW_RANK_UNREPLIED, false },
	{ "udp again", IPPROTO_UDP, 80, "> > >", HYPHA_FLOW_NEW, 120, HYPHA_FLOW_RANK_UNREPLIED, false },
	{ "udp answered", IPPROTO_UDP, 80, "> <", HYPHA_FLOW_ANSWERED, 180, -1, true },
	{ "udp answered goes on", IPPROTO_UDP, 80, "> < > <", HYPHA_FLOW_ANSWERED, 180, -1, true },
	{ "dns", IPPROTO_UDP, 53, ">", HYPHA_FLOW_NEW, 30, HYPHA_FLOW_RANK_UNREPLIED, false },
	{ "dns answered", IPPROTO_UDP, 53, "> <", HYPHA_FLOW_ANSWERED, 30, HYPHA_FLOW_RANK_OVER, true },
	{ "dns over tcp", IPPROTO_TCP, 53, DONE, HYPHA_FLOW_ESTABLISHED, 7440, -1, true },
	{ "ping", IPPROTO_ICMP, 0, ">", HYPHA_FLOW_NEW, 60, HYPHA_FLOW_RANK_UNREPLIED, false },
	{ "ping answered", IPPROTO_ICMP, 0, "> <", HYPHA_FLOW_ANSWERED, 60, -1, true },
	{ "ping6", IPPROTO_ICMPV6, 0, "> <", HYPHA_FLOW_ANSWERED, 60, -1, true },
};

/* The next packet of *@text; false at its end. */
static bool next_packet(const char **text, unsigned int *dir, struct hypha_packet *p)
{
	static const struct { char letter; u8 flag; } letters[] = { { 'S', SYN }, { 'A', ACK }, { 'F', FIN }, { 'R', RST }, { 'P', 8 } };
	const char *s = *text;
	unsigned int i;

	while (*s == ' ')
		s++;
	if (!*s)
		return false;
	*dir = *s++ == '<';
	*p = (struct hypha_packet){ };
	for (; *s && *s != ' '; s++)
		for (i = 0; i < ARRAY_SIZE(letters); i++)
			if (*s == letters[i].letter)
				p->tcp_flags |= letters[i].flag;
	*text = s;
	return true;
}

static void take_over(struct hypha_flow *flow, const struct hypha_life *life)
{
	flow->flags = life->flags;
	flow->state = life->state;
	flow->ends = life->ends;
}

static void live(struct kunit *test, struct hypha_flow *flow, const char *packets)
{
	struct hypha_packet p;
	struct hypha_life life;
	unsigned int dir;
	bool changed;

	KUNIT_ASSERT_TRUE(test, next_packet(&packets, &dir, &p));
	hypha_life_begin(flow, &p, &life);
	take_over(flow, &life);
	do {
		changed = hypha_life_next(flow, dir, &p, &life);
		KUNIT_EXPECT_EQ(test, changed, life.flags != flow->flags || life.state != flow->state || life.ends != flow->ends);
		take_over(flow, &life);
	} while (next_packet(&packets, &dir, &p));
}

static void packets_lead_where_the_table_says(struct kunit *test)
{
	struct hypha_flow flow;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lives); i++) {
		flow = (struct hypha_flow){ .flags = HYPHA_FLOW_FORWARD };
		flow.tuple[0].proto = lives[i].proto;
		flow.tuple[0].dport = htons(lives[i].dport);
		live(test, &flow, lives[i].packets);
		KUNIT_EXPECT_EQ_MSG(test, flow.state, lives[i].state, "%s", lives[i].what);
		KUNIT_EXPECT_EQ_MSG(test, flow.flags, HYPHA_FLOW_FORWARD | (lives[i].replied ? HYPHA_FLOW_REPLIED : 0), "%s", lives[i].what);
		KUNIT_EXPECT_EQ_MSG(test, hypha_life_timeout(&flow), SECONDS(lives[i].seconds), "%s", lives[i].what);
		KUNIT_EXPECT_EQ_MSG(test, hypha_life_rank(&flow), lives[i].rank, "%s", lives[i].what);
	}
}

/* The first packet counts once, whether the flow was made of it or it is seen again. */
static void its_first_packet_changes_nothing_more(struct kunit *test)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6 };
	struct hypha_flow flow;
	struct hypha_life life;
	unsigned int i, flags;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		for (flags = 0; flags < 64; flags++) {
			struct hypha_packet p = { .tcp_flags = flags };

			flow = (struct hypha_flow){ };
			flow.tuple[0].proto = protos[i];
			hypha_life_begin(&flow, &p, &life);
			take_over(&flow, &life);
			KUNIT_EXPECT_FALSE_MSG(test, hypha_life_next(&flow, 0, &p, &life), "protocol %u flags %02x", protos[i], flags);
		}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(packets_lead_where_the_table_says),
	KUNIT_CASE(its_first_packet_changes_nothing_more),
	{ }
};

static struct kunit_suite suite = { .name = "hypha_net_life", .test_cases = cases };
kunit_test_suite(suite);
MODULE_LICENSE("GPL");
