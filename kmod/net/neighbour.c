// SPDX-License-Identifier: GPL-2.0-only
/* ARP and neighbour discovery on a guest's wire, where the gateway is the only other party. */
#include "neighbour.h"

#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "checksum.h"
#include "compat/unaligned.h"
#include "headers.h"

#define ARP_ETHERNET	1
#define ARP_REQUEST	1
#define ARP_REPLY	2

#define HOP_LIMIT	255	/* RFC 4861: so it is from this wire */
#define OPTION_SOURCE	1	/* link-layer addresses */
#define OPTION_TARGET	2
#define OPTION_MTU	5
#define OPTION_LEN	8	/* bytes of each of these */
#define ADVERT_FLAGS	0xe0000000	/* a router, asked, and its word counts */
#define ADVERT_UNASKED	0xa0000000
#define ROUTER_LIFETIME	1800	/* s */
#define ROUTER_HOPS	64

/* Bytes of an ICMPv6 message before its options. */
#define FIXED_SOLICIT	24	/* advertisements too */
#define FIXED_ROUTER_SOLICIT 8
#define FIXED_ROUTER_ADVERT 16

static const struct in6_addr unspecified;
static const struct in6_addr all_nodes = { .s6_addr = { 0xff, 2, [15] = 1 } };

static bool same_addr(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool same_mac(const u8 *a, const u8 *b)
{
	return !memcmp(a, b, ETH_ALEN);
}

static void fill_ethernet(const struct hypha_wire *w, void *out, const u8 *dst, u16 type)
{
	struct hypha_ethernet *eth = out;

	memcpy(eth->dst, dst, ETH_ALEN);
	memcpy(eth->src, w->gateway_mac, ETH_ALEN);
	eth->type = htons(type);
}

/* --- ARP --- */

static int check_arp(const struct hypha_wire *w, const struct hypha_arp *arp)
{
	u16 op = ntohs(arp->op);

	if (arp->hardware != htons(ARP_ETHERNET) || arp->protocol != htons(ETH_P_IP) || arp->hardware_len != ETH_ALEN ||
	    arp->protocol_len != 4 || (op != ARP_REQUEST && op != ARP_REPLY))
		return -HYPHA_DROP_HEADER;
	/* From 0.0.0.0 comes the question whether somebody has an address (RFC 5227). */
	if (!same_mac(arp->sender_mac, w->guest_mac) || (arp->sender && arp->sender != w->guest4))
		return -HYPHA_DROP_SPOOF_ARP;
	return 0;
}

static u32 fill_arp(const struct hypha_wire *w, const struct hypha_arp *asked, void *out)
{
	struct hypha_arp *arp = out + sizeof(struct hypha_ethernet);

	fill_ethernet(w, out, w->guest_mac, ETH_P_ARP);
	*arp = *asked;
	arp->op = htons(ARP_REPLY);
	memcpy(arp->sender_mac, w->gateway_mac, ETH_ALEN);
	arp->sender = w->gateway4;
	memcpy(arp->target_mac, w->guest_mac, ETH_ALEN);
	arp->target = asked->sender;
	return sizeof(struct hypha_ethernet) + sizeof(*arp);
}

int hypha_neighbour_arp(const struct hypha_wire *w, const void *frame, u32 len, void *out)
{
	const struct hypha_arp *arp = frame + sizeof(struct hypha_ethernet);
	int err;

	if (len < sizeof(struct hypha_ethernet) + sizeof(*arp))
		return -HYPHA_DROP_HEADER;
	err = check_arp(w, arp);
	if (err)
		return err;
	if (!w->guest4 || arp->op != htons(ARP_REQUEST) || arp->target != w->gateway4)
		return 0;
	return fill_arp(w, arp, out);
}

/* --- neighbour discovery --- */

/* An ICMPv6 message that was found sound. */
struct message {
	struct in6_addr src, dst, target;	/* @target of solicitations and advertisements */
	const struct hypha_icmp *icmp;
	u32 len;
	bool has_source;	/* option */
};

static u64 sum_pseudo(u64 sum, const struct in6_addr *src, const struct in6_addr *dst, u32 len)
{
	sum = hypha_sum_bytes(sum, src, sizeof(*src));
	sum = hypha_sum_bytes(sum, dst, sizeof(*dst));
	return hypha_sum_pseudo(sum, len, IPPROTO_ICMPV6);
}

static int open_message(const void *frame, u32 len, struct message *m)
{
	const struct hypha_ip6 *ip = frame + sizeof(struct hypha_ethernet);
	u32 headers = sizeof(struct hypha_ethernet) + sizeof(*ip);

	*m = (struct message){ };
	if (len < headers + sizeof(*m->icmp))
		return -HYPHA_DROP_HEADER;
	m->len = ntohs(ip->payload_len);
	if (ntohl(ip->version_class_flow) >> 28 != 6 || ip->next != IPPROTO_ICMPV6 || ip->hop_limit != HOP_LIMIT ||
	    m->len < sizeof(*m->icmp) || m->len > len - headers)
		return -HYPHA_DROP_HEADER;
	m->src = ip->src;
	m->dst = ip->dst;
	m->icmp = (const void *)(ip + 1);
	if (m->icmp->code)
		return -HYPHA_DROP_HEADER;
	if (hypha_sum_fold(sum_pseudo(hypha_sum_bytes(0, m->icmp, m->len), &m->src, &m->dst, m->len)) != 0xffff)
		return -HYPHA_DROP_CHECKSUM;
	return 0;
}

static int check_options(const struct hypha_wire *w, struct message *m, u32 fixed)
{
	const u8 *at = (const u8 *)m->icmp + fixed;
	u32 left = m->len - fixed;

	while (left) {
		u32 size = left < 2 ? 0 : at[1] * 8;

		if (!size || size > left)
			return -HYPHA_DROP_HEADER;
		if (at[0] == OPTION_SOURCE || at[0] == OPTION_TARGET) {
			if (size != OPTION_LEN)
				return -HYPHA_DROP_HEADER;
			if (!same_mac(at + 2, w->guest_mac))
				return -HYPHA_DROP_SPOOF_ND;
			m->has_source |= at[0] == OPTION_SOURCE;
		}
		at += size;
		left -= size;
	}
	return 0;
}

static bool is_guests(const struct hypha_wire *w, const struct in6_addr *a)
{
	return same_addr(a, &w->guest_ll) || same_addr(a, &w->guest6);
}

static bool is_gateways(const struct hypha_wire *w, const struct in6_addr *a)
{
	return same_addr(a, &w->gateway_ll) || same_addr(a, &w->gateway6);
}

/* ff02::1:ffXX:XXXX, where an address is asked for. */
static bool is_solicited(const struct in6_addr *dst, const struct in6_addr *target)
{
	static const u8 prefix[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	return !memcmp(dst, prefix, sizeof(prefix)) && !memcmp(&dst->s6_addr[13], &target->s6_addr[13], 3);
}

/* From :: somebody asks who does not have the address yet (RFC 4861, 7.1.1). */
static int check_sender(const struct hypha_wire *w, const struct message *m)
{
	if (same_addr(&m->src, &unspecified))
		return m->has_source ? -HYPHA_DROP_HEADER : 0;
	return is_guests(w, &m->src) ? 0 : -HYPHA_DROP_SPOOF_ND;
}

/* Ethernet, IPv6 and ICMPv6 headers around @len bytes of ICMPv6 that are in place. Return: bytes in all. */
static u32 fill_headers(const struct hypha_wire *w, const struct in6_addr *src, const struct in6_addr *asker, u32 len,
			void *out)
{
	static const u8 everybody[ETH_ALEN] = { 0x33, 0x33, [5] = 1 };
	struct hypha_ip6 *ip = out + sizeof(struct hypha_ethernet);
	struct hypha_icmp *icmp = (void *)(ip + 1);
	bool nobody = same_addr(asker, &unspecified);
	const struct in6_addr *dst = nobody ? &all_nodes : asker;

	fill_ethernet(w, out, nobody ? everybody : w->guest_mac, ETH_P_IPV6);
	*ip = (struct hypha_ip6){
		.version_class_flow = htonl(6U << 28), .payload_len = htons(len),
		.next = IPPROTO_ICMPV6, .hop_limit = HOP_LIMIT, .src = *src, .dst = *dst,
	};
	icmp->check = 0;
	icmp->check = hypha_sum_finish(sum_pseudo(hypha_sum_bytes(0, icmp, len), src, dst, len));
	return sizeof(struct hypha_ethernet) + sizeof(*ip) + len;
}

static void fill_mac_option(u8 *at, u8 type, const u8 *mac)
{
	at[0] = type;
	at[1] = OPTION_LEN / 8;
	memcpy(at + 2, mac, ETH_ALEN);
}

static u32 fill_advert(const struct hypha_wire *w, const struct message *m, void *out)
{
	u8 *at = out + sizeof(struct hypha_ethernet) + sizeof(struct hypha_ip6);
	struct hypha_icmp *icmp = (void *)at;

	*icmp = (struct hypha_icmp){
		.type = HYPHA_ICMP6_ADVERT,
		.rest = htonl(same_addr(&m->src, &unspecified) ? ADVERT_UNASKED : ADVERT_FLAGS),
	};
	memcpy(at + sizeof(*icmp), &m->target, sizeof(m->target));
	fill_mac_option(at + FIXED_SOLICIT, OPTION_TARGET, w->gateway_mac);
	return fill_headers(w, &m->target, &m->src, FIXED_SOLICIT + OPTION_LEN, out);
}

static u32 fill_router_advert(const struct hypha_wire *w, const struct message *m, void *out)
{
	u8 *at = out + sizeof(struct hypha_ethernet) + sizeof(struct hypha_ip6);
	u8 *mtu = at + FIXED_ROUTER_ADVERT + OPTION_LEN;

	memset(at, 0, FIXED_ROUTER_ADVERT + 2 * OPTION_LEN);	/* reachable and retransmission times are the guest's */
	at[0] = HYPHA_ICMP6_ROUTER_ADVERT;
	at[4] = ROUTER_HOPS;
	put_unaligned_be16(ROUTER_LIFETIME, at + 6);
	fill_mac_option(at + FIXED_ROUTER_ADVERT, OPTION_SOURCE, w->gateway_mac);
	mtu[0] = OPTION_MTU;
	mtu[1] = OPTION_LEN / 8;
	put_unaligned_be32(w->mtu, mtu + 4);
	return fill_headers(w, &w->gateway_ll, &m->src, FIXED_ROUTER_ADVERT + 2 * OPTION_LEN, out);
}

static int take_router_solicit(const struct hypha_wire *w, const struct message *m, void *out)
{
	int err = check_sender(w, m);

	return err ? err : (int)fill_router_advert(w, m, out);
}

static int take_solicit(const struct hypha_wire *w, const struct message *m, void *out)
{
	int err = check_sender(w, m);

	if (err)
		return err;
	if (m->target.s6_addr[0] == 0xff || (same_addr(&m->src, &unspecified) && !is_solicited(&m->dst, &m->target)))
		return -HYPHA_DROP_HEADER;
	return is_gateways(w, &m->target) ? fill_advert(w, m, out) : 0;
}

/* The wire tells all that an advertisement could. */
static int take_advert(const struct hypha_wire *w, const struct message *m, void *out)
{
	return is_guests(w, &m->src) && is_guests(w, &m->target) ? 0 : -HYPHA_DROP_SPOOF_ND;
}

static int refuse_router(const struct hypha_wire *w, const struct message *m, void *out)
{
	return -HYPHA_DROP_SPOOF_ND;
}

static const struct kind {
	int (*take)(const struct hypha_wire *w, const struct message *m, void *out);
	u32 fixed;	/* bytes; options follow. 0: nobody looks */
	bool target;
} kinds[] = {
	{ take_router_solicit, FIXED_ROUTER_SOLICIT },
	{ refuse_router },
	{ take_solicit, FIXED_SOLICIT, true },
	{ take_advert, FIXED_SOLICIT, true },
	{ refuse_router },
};

int hypha_neighbour_nd(const struct hypha_wire *w, const void *frame, u32 len, void *out)
{
	const struct kind *kind;
	struct message m;
	int err;

	err = open_message(frame, len, &m);
	if (err)
		return err;
	if (m.icmp->type < HYPHA_ICMP6_ROUTER_SOLICIT || m.icmp->type > HYPHA_ICMP6_REDIRECT)
		return -HYPHA_DROP_HEADER;
	kind = &kinds[m.icmp->type - HYPHA_ICMP6_ROUTER_SOLICIT];
	if (m.len < kind->fixed)
		return -HYPHA_DROP_HEADER;
	if (kind->fixed) {
		err = check_options(w, &m, kind->fixed);
		if (err)
			return err;
	}
	if (kind->target)
		memcpy(&m.target, m.icmp + 1, sizeof(m.target));
	/* Without IPv6 the guest gets no answers. */
	if (kind->fixed && same_addr(&w->guest6, &unspecified))
		return 0;
	return kind->take(w, &m, out);
}

void hypha_wire_link_local(const u8 *mac, struct in6_addr *ll)
{
	/* RFC 4291, appendix A */
	*ll = (struct in6_addr){ .s6_addr = {
		0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5],
	} };
}
