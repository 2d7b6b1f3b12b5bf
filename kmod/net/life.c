// SPDX-License-Identifier: GPL-2.0-only
/* A flow's life: the states its packets lead it through, and how long each may be silent. */
#include "life.h"

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/in.h>
#include <linux/time64.h>

#define FIN	1
#define SYN	2
#define RST	4
#define ACK	16

#define BOTH_FINS	(BIT(0) | BIT(1))
#define SECONDS(n)	((u64)(n) * NSEC_PER_SEC)
#define DNS_PORT	53

static bool is_tcp(const struct hypha_flow *flow)
{
	return flow->tuple[0].proto == IPPROTO_TCP;
}

static bool is_dns(const struct hypha_flow *flow)
{
	return flow->tuple[0].proto == IPPROTO_UDP && flow->tuple[0].dport == htons(DNS_PORT);
}

static void fin(struct hypha_life *life, unsigned int dir)
{
	life->ends |= BIT(dir);
	life->state = (life->ends & BOTH_FINS) == BOTH_FINS ? HYPHA_FLOW_CLOSED : HYPHA_FLOW_CLOSING;
}

static void reset(struct hypha_life *life)
{
	life->ends |= HYPHA_FLOW_RESET;
	life->state = HYPHA_FLOW_CLOSED;
}

/* A new connection between the same two ports; nobody has answered it yet. */
static void begin_anew(struct hypha_life *life)
{
	life->flags &= ~HYPHA_FLOW_REPLIED;
	life->state = HYPHA_FLOW_SYN;
	life->ends = 0;
}

/* Any answer but RST completes half of the handshake: SYN+ACK, the SYN of a simultaneous open, a challenge ACK. */
static void step_tcp(struct hypha_life *life, unsigned int dir, u8 tcp)
{
	if (tcp & RST)
		return reset(life);

	switch (life->state) {
	case HYPHA_FLOW_SYN:
		if (dir)
			life->state = HYPHA_FLOW_SYN_ACK;
		return;
	case HYPHA_FLOW_CLOSED:
		if (!dir && (tcp & (SYN | ACK)) == SYN)
			begin_anew(life);
		return;
	case HYPHA_FLOW_SYN_ACK:
		if (!dir && tcp & ACK)
			life->state = HYPHA_FLOW_ESTABLISHED;
		break;
	}
	if (tcp & FIN)
		fin(life, dir);
}

static void begin_tcp(struct hypha_life *life, u8 tcp)
{
	life->state = HYPHA_FLOW_ESTABLISHED;
	if (tcp & RST)
		reset(life);
	else if ((tcp & (SYN | ACK)) == SYN)
		life->state = HYPHA_FLOW_SYN;
	else if (tcp & FIN)
		fin(life, 0);
}

void hypha_life_begin(const struct hypha_flow *flow, const struct hypha_packet *p, struct hypha_life *life)
{
	*life = (struct hypha_life){ .flags = flow->flags & ~HYPHA_FLOW_REPLIED, .state = HYPHA_FLOW_NEW };
	if (is_tcp(flow))
		begin_tcp(life, p->tcp_flags);
}

bool hypha_life_next(const struct hypha_flow *flow, unsigned int dir, const struct hypha_packet *p, struct hypha_life *life)
{
	u32 flags = READ_ONCE(flow->flags);
	u8 state = READ_ONCE(flow->state), ends = READ_ONCE(flow->ends);

	*life = (struct hypha_life){ .flags = flags | (dir ? HYPHA_FLOW_REPLIED : 0), .state = state, .ends = ends };
	if (is_tcp(flow))
		step_tcp(life, dir, p->tcp_flags);
	else if (dir)
		life->state = HYPHA_FLOW_ANSWERED;
	return life->flags != flags || life->state != state || life->ends != ends;
}

static u64 tcp_timeout(const struct hypha_flow *flow)
{
	bool replied = READ_ONCE(flow->flags) & HYPHA_FLOW_REPLIED;

	switch (READ_ONCE(flow->state)) {
	case HYPHA_FLOW_SYN:
	case HYPHA_FLOW_SYN_ACK:
		return SECONDS(60);
	case HYPHA_FLOW_ESTABLISHED:
		return replied ? SECONDS(2 * 3600 + 4 * 60) : SECONDS(4 * 60);
	case HYPHA_FLOW_CLOSED:
		return READ_ONCE(flow->ends) & HYPHA_FLOW_RESET ? SECONDS(10) : SECONDS(4 * 60);
	default:
		return SECONDS(4 * 60);
	}
}

u64 hypha_life_timeout(const struct hypha_flow *flow)
{
	switch (flow->tuple[0].proto) {
	case IPPROTO_TCP:
		return tcp_timeout(flow);
	case IPPROTO_UDP:
		if (is_dns(flow))
			return SECONDS(30);
		return READ_ONCE(flow->state) == HYPHA_FLOW_ANSWERED ? SECONDS(3 * 60) : SECONDS(2 * 60);
	default:
		return SECONDS(60);
	}
}

int hypha_life_rank(const struct hypha_flow *flow)
{
	switch (flow->state) {
	case HYPHA_FLOW_CLOSED:
		return HYPHA_FLOW_RANK_OVER;
	case HYPHA_FLOW_SYN:
		return HYPHA_FLOW_RANK_SYN;
	case HYPHA_FLOW_SYN_ACK:
		return HYPHA_FLOW_RANK_SYN_ACK;
	}
	if (!(flow->flags & HYPHA_FLOW_REPLIED))
		return HYPHA_FLOW_RANK_UNREPLIED;
	return is_dns(flow) ? HYPHA_FLOW_RANK_OVER : -1;
}
