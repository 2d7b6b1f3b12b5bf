// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hostile guest sends: packets in others' names, and such as nobody may send. After each it must still be able to ping. */
#include "guest.h"

static struct net net;
static u8 frame[FRAME_MAX];

static const u8 far_away[4] = { 198, 51, 100, 2 };

static void send_many(u32 len)
{
	u32 i;

	for (i = 0; i < 10; i++)
		net_send(&net, frame, len);
}

static void udp(u8 *at, u16 port, u32 len)
{
	memset(at, 0, 8);
	at[0] = 0x40;
	at[2] = port >> 8;
	at[3] = port;
	at[4] = len >> 8;
	at[5] = len;
}

/* In another's name nobody is answered. */
static void echo_as(const u8 *source, u8 mac)
{
	static u16 seq = 0x8000;
	u32 len = net_fill_echo(&net, frame, ++seq, 100);

	frame[6] ^= mac;
	memcpy(frame + 26, source, 4);
	fill_sum(frame + 24, frame + 14, 20);
	net_send(&net, frame, len);
	if (net_wait_echo(&net, seq, 200 * MS))
		finding("an echo in another's name is answered, the %u.", (u64)seq - 0x8000);
}

static void spoof4(void)
{
	static const u8 others[][4] = {
		{ 10, 75, 0, 1 }, { 10, 75, 0, 2 }, { 10, 75, 255, 255 }, { 127, 0, 0, 1 }, { 0, 0, 0, 0 }, { 224, 0, 0, 1 },
		{ 255, 255, 255, 255 }, { 198, 51, 100, 2 },
	};
	u32 i;

	for (i = 0; i < COUNT(others); i++) {	/* from others, to others, from and to the same */
		net_fill_ip(&net, frame, 17, far_away, 100);
		udp(frame + 34, 9, 100);
		memcpy(frame + 26, others[i], 4);
		fill_sum(frame + 24, frame + 14, 20);
		send_many(134);
		memcpy(frame + 30, others[i], 4);
		fill_sum(frame + 24, frame + 14, 20);
		send_many(134);
		memcpy(frame + 26, net.ip, 4);
		fill_sum(frame + 24, frame + 14, 20);
		send_many(134);
		echo_as(others[i], 0);
	}
	echo_as(net.ip, 2);
	net_fill_ip(&net, frame, 17, net.ip, 100);	/* land */
	udp(frame + 34, 9, 100);
	send_many(134);
	net_fill_ip(&net, frame, 17, far_away, 100);
	frame[6] ^= 2;					/* another MAC */
	send_many(134);
}

static void dhcp(void)
{
	static const u8 all[4] = { 255, 255, 255, 255 };

	net_fill_ip(&net, frame, 17, all, 308);
	memset(frame, 0xff, 6);
	memset(frame + 26, 0, 4);
	udp(frame + 34, 67, 308);
	frame[34] = 0;
	frame[35] = 68;
	fill_sum(frame + 24, frame + 14, 20);
	send_many(342);
	frame[35] = 67;			/* and as a server */
	frame[37] = 68;
	send_many(342);
}

static void options4(void)
{
	static const u8 options[][4] = { { 0x83, 7, 4, 10 }, { 0x89, 3, 0, 0 }, { 7, 3, 4, 0 }, { 0x44, 0, 0, 0 }, { 0x94, 255, 0, 0 }, { 1, 1, 1, 1 } };
	u32 i, words;

	for (i = 0; i < COUNT(options); i++)
		for (words = 4; words < 16; words++) {
			net_fill_ip(&net, frame, 17, far_away, 100);
			frame[14] = 0x40 | words;
			memset(frame + 34, 0, 100);
			memcpy(frame + 34, options[i], 4);
			fill_sum(frame + 24, frame + 14, words * 4);
			send_many(134);
		}
}

static void fragments4(void)
{
	static const struct { u16 at, len; } parts[] = { { 0, 800 }, { 50, 800 }, { 0, 8 }, { 1, 800 }, { 8191, 100 }, { 8100, 1000 }, { 0, 800 } };
	u32 round, i;

	for (round = 0; round < 50; round++)
		for (i = 0; i < COUNT(parts); i++) {
			net_fill_ip(&net, frame, 17, far_away, parts[i].len);
			udp(frame + 34, 9, 2000);
			frame[19] = round;	/* identification */
			frame[20] = (i % 3 ? 0x20 : 0) | parts[i].at >> 8;
			frame[21] = parts[i].at;
			fill_sum(frame + 24, frame + 14, 20);
			net_send(&net, frame, 34 + parts[i].len);
		}
}

/* An IPv6 header and then whatever: chains of extension headers, neighbour and router advertisements, redirects. */
static void fill_ip6(u8 next, u32 len, u8 to)
{
	memset(frame + 14, 0, 40 + len);
	frame[12] = 0x86;
	frame[13] = 0xdd;
	frame[14] = 0x60;
	frame[18] = len >> 8;
	frame[19] = len;
	frame[20] = next;
	frame[21] = 255;
	memcpy(frame + 22, net.ip6, 16);
	frame[38] = 0xff;
	frame[39] = 2;
	frame[53] = to;
	memcpy(frame, net.gateway_mac, 6);
	memcpy(frame + 6, net.mac, 6);
}

/* Does the gateway, prefix::1, answer an echo from @source? */
static bool answers6(const u8 *source)
{
	enum { LEN = 16 };
	static u8 seq;
	u8 summed[40 + LEN] = { [35] = LEN, [39] = 58, [40] = 128, [44] = 0x75, [47] = ++seq };

	fill_ip6(58, LEN, 1);
	memcpy(frame + 22, source, 16);
	memcpy(frame + 38, net.ip6, 16);
	frame[53] = 1;
	memcpy(summed, frame + 22, 32);
	memcpy(frame + 54, summed + 40, LEN);
	fill_sum(frame + 56, summed, sizeof(summed));
	net_send(&net, frame, 54 + LEN);
	while (net_receive(&net, frame, 500 * MS))
		if (frame[12] == 0x86 && frame[20] == 58 && frame[54] == 129 && frame[61] == seq)
			return true;
	return false;
}

static void packets6(void)
{
	static const u8 nexts[] = { 0, 43, 44, 50, 51, 60, 135, 59, 58, 17, 6, 41 };
	u8 other[16];
	u32 i, j, type;

	for (i = 0; i < 5 && !answers6(net.ip6); i++)
		;
	if (i == 5)
		finding("the gateway does not answer by IPv6");
	memcpy(other, net.ip6, 16);
	other[15] ^= 1;
	if (answers6(other))
		finding("an echo of IPv6 in another's name is answered");

	for (i = 0; i < COUNT(nexts); i++)
		for (j = 1; j < 160; j += 8) {		/* @j of them one after another */
			u32 k;

			fill_ip6(nexts[i], j * 8, 1);
			for (k = 0; k < j; k++)
				frame[54 + 8 * k] = nexts[(i + (k & j)) % COUNT(nexts)];
			if (j & 16)
				frame[55] = 255;
			net_send(&net, frame, 54 + j * 8);
			frame[38] = 0x20;		/* to somewhere, not to a group */
			net_send(&net, frame, 54 + j * 8);
		}
	for (type = 0; type < 256; type++) {		/* 133..137 are NDP's, 134 the router's */
		fill_ip6(58, 64, 1);
		frame[54] = type;
		frame[54 + 24] = type & 3;		/* an option, of length 0 */
		frame[54 + 25] = type & 1;
		net_send(&net, frame, 54 + 64);
	}
}

static void arps(void)
{
	u32 i;

	for (i = 0; i < 500; i++) {
		u32 j, len = 14 + random64() % 50;

		memset(frame, 0xff, 6);
		memcpy(frame + 6, net.mac, 6);
		frame[12] = 8;
		frame[13] = 6;
		memcpy(frame + 14, (u8[]){ 0, 1, 8, 0, 6, 4, 0, 1 + i % 2 }, 8);
		memcpy(frame + 22, net.mac, 6);
		memcpy(frame + 28, (u8[]){ 10, 75, 0, i % 5 }, 4);
		memcpy(frame + 38, net.gateway, 4);
		for (j = i & 3; j; j--)
			frame[12 + random64() % 30] = random64();
		net_send(&net, frame, len);
	}
	while (net_receive(&net, frame, 200 * MS))	/* a changed byte may have made one of them honest */
		if (frame[12] == 8 && frame[13] == 6 && frame[21] == 2 && memcmp(frame + 38, net.ip, 4)) {
			finding("a question in another's name is answered, by ARP");
			break;
		}
}

static void spoof(void)
{
	static void (*const all[])(void) = { spoof4, dhcp, options4, fragments4, packets6, arps };
	u32 i;

	if (!net_up(&net))
		return;
	for (i = 0; i < COUNT(all); i++) {
		all[i]();
		if (!net_pings(&net))
			say("after %u", (u64)i);
	}
	say("told lies of all kinds");
}

/* Flows from random ports to random places. count=N */
static void many_flows(void)
{
	u32 i, j, count = word("count", 100000);

	if (!net_up(&net))
		return;
	for (i = 0; i < count; i += 100) {
		for (j = 0; j < 100; j++) {
			u8 *at = page(NET_DATA + j % NET_PAGES) + j / NET_PAGES * 256;
			u8 dst[4] = { 198, 51, 100, 2 };

			net_fill_ip(&net, at, 17, dst, 20);
			udp(at + 34, random64(), 20);
			at[34] = random64();
			at[35] = random64();
			net_queue(&net, &(struct net_tx_request){
				.gref = net.data[j % NET_PAGES], .offset = j / NET_PAGES * 256, .size = 54, .id = net.tx_prod });
		}
		net_push(&net);
		if (!net_answered(&net, 10000 * MS)) {
			finding("not answered after %u packets", (u64)i);
			return;
		}
	}
	net_pings(&net);
	say("%u flows begun", (u64)count);
}

const struct mode net_modes[] = {
	{ "net-spoof", spoof },
	{ "net-flows", many_flows },
	{ }
};
