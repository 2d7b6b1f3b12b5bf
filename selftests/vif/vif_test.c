// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vif does with a guest's rings, without Xen: kmod/net/vif*.c between a guest made by hand and an end in place of the
 * network, with a kernel's own packets. Loading the module runs it; KTAP in the kernel's log.
 *
 *	front (rings, buffers) ── fake (grants, channels in memory) ── vif ── ends (what came, what to deliver)
 */
#include <linux/delay.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/vmalloc.h>

#include "ends.h"
#include "front.h"
#include "fake.h"

#define ALL	(HYPHA_VIF_SG | HYPHA_VIF_GSO4 | HYPHA_VIF_GSO6 | HYPHA_VIF_CSUM4 | HYPHA_VIF_CSUM6)

static bool failed;
static struct frame *frame;
static u8 bytes[70000];

#define expect(what) \
	do { \
		if (!(what)) { \
			pr_info("# line %d: not so: %s\n", __LINE__, #what); \
			failed = true; \
		} \
	} while (0)
#define expect_eq(a, b) \
	do { \
		long long a_ = (a), b_ = (b); \
		if (a_ != b_) { \
			pr_info("# line %d: %s is %lld, not %lld\n", __LINE__, #a, a_, b_); \
			failed = true; \
		} \
	} while (0)

static void connected(u32 features, bool split)
{
	front_reset();
	skb_queue_purge(&received);
	memset(drops, 0, sizeof(drops));
	expect_eq(front_connect(features, split), 0);
}

/* Send what is in @bytes as a packet whose first slot has @first bytes of it, at offsets that differ. */
static void send(u32 len, u32 first, u32 flags, u16 gso_size, u8 gso_type)
{
	u32 page, done = min(len, first), n;

	memcpy(grants[DATA_REF].page + 4096 - done, bytes, done);
	put_request(0, 4096 - done, len, flags | (done < len ? XEN_NETTXF_more_data : 0) |
		    (gso_size ? XEN_NETTXF_extra_info : 0));
	if (gso_size)
		put_extra(XEN_NETIF_EXTRA_TYPE_GSO, 0, gso_size, gso_type);
	for (page = 1; done < len; page++, done += n) {
		n = min_t(u32, len - done, 4096);
		memcpy(grants[DATA_REF + page].page + (4096 - n) / 2, bytes + done, n);
		put_request(page, (4096 - n) / 2, n, done + n < len ? XEN_NETTXF_more_data : 0);
	}
}

static bool same_bytes(struct sk_buff *skb, u32 len)
{
	u8 *got = vmalloc(len);
	bool same = got && skb->len == len && !skb_copy_bits(skb, 0, got, len) && !memcmp(got, bytes, len);

	vfree(got);
	return same;
}

static void refuses_what_it_cannot_serve(void)
{
	struct hypha_vif_rings r = { .nr_queues = 1, .rx_copy = true, .rx_notify = true, .queues[0] = { TX_REF, RX_REF, TX_PORT, RX_PORT } };
	struct hypha_vif_rings bad;

	front_reset();
#define refused(err, ...) do { bad = r; __VA_ARGS__; expect_eq(hypha_vif_connect(front.vif, &bad), err); } while (0)
	refused(-EINVAL, bad.nr_queues = 0);
	refused(-EINVAL, bad.nr_queues = 3);
	refused(-EINVAL, bad.nr_queues = 1000000000);
	refused(-EINVAL, bad.rx_copy = false);
	refused(-EINVAL, bad.rx_notify = false);
	refused(-EACCES, bad.queues[0].tx_ref = 0);
	refused(-EACCES, bad.queues[0].rx_ref = U32_MAX);
	refused(-EINVAL, bad.queues[0].tx_port = 0);
	refused(-EINVAL, bad.queues[0].rx_port = 1000);
	front.tx.sring->req_prod = 257;
	refused(-EPROTO, );
	front.tx.sring->req_prod = 0;
	front.rx.sring->rsp_prod = 1000;
	refused(-EPROTO, );
	front.rx.sring->rsp_prod = 0;
	expect_eq(nr_mapped, 0);
	expect(!is_bound(TX_PORT) && !is_bound(RX_PORT));
	expect_eq(hypha_vif_connect(front.vif, &r), 0);
	expect_eq(hypha_vif_connect(front.vif, &r), -EBUSY);
	expect_eq(nr_mapped, 2);
	hypha_vif_disconnect(front.vif);
	expect_eq(nr_mapped, 0);
	expect(!is_bound(TX_PORT) && !is_bound(RX_PORT));
}

static void frames_of_any_length_arrive(void)
{
	static const u32 lens[] = { 14, 60, 269, 270, 271, 1514, 1536, 1537, 4096, 4097, 9014, 60000, 65535 };
	static const u32 firsts[] = { 1, 13, 66, 4096 };
	struct sk_buff *skb;
	u32 i, j;

	connected(ALL, true);
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		for (j = 0; j < ARRAY_SIZE(firsts); j++) {
			fill_frame(bytes, 4, IPPROTO_UDP, lens[i]);
			send(lens[i], firsts[j], XEN_NETTXF_data_validated, 0, 0);
			expect_eq(push(), 0);
			skb = skb_dequeue(&received);
			expect(skb);
			if (!skb)
				return;
			expect(same_bytes(skb, lens[i]));
			expect(skb_headlen(skb) >= min(lens[i], 270U));
			expect_eq(skb->ip_summed, CHECKSUM_UNNECESSARY);
			kfree_skb(skb);
		}
	expect_eq(front.errors, 0);
	expect(!is_masked(TX_PORT));
}

static void many_frames_cost_one_hypercall_and_one_event(void)
{
	u32 i, before;

	connected(ALL, true);
	fill_frame(bytes, 4, IPPROTO_UDP, 100);
	take_events(TX_PORT);
	before = nr_hypercalls;
	for (i = 0; i < 60; i++)
		send(100, 100, 0, 0, 0);
	expect_eq(push(), 0);
	expect_eq(nr_hypercalls - before, 1);
	expect_eq(take_events(TX_PORT), 1);
	expect_eq(skb_queue_len(&received), 60);
	for (i = 0; i < 256; i++)
		send(100, 100, 0, 0, 0);
	expect_eq(push(), 0);
	expect_eq(skb_queue_len(&received), 316);
}

static void checksums_are_as_the_guest_says(void)
{
	struct sk_buff *skb;
	u8 version;

	for (version = 4; version <= 6; version += 2) {
		connected(ALL, true);
		fill_frame(bytes, version, IPPROTO_TCP, 1000);
		send(1000, 60, XEN_NETTXF_csum_blank | XEN_NETTXF_data_validated, 0, 0);
		expect_eq(push(), 0);
		skb = skb_dequeue(&received);
		expect(skb);
		if (!skb)
			return;
		expect_eq(skb->ip_summed, CHECKSUM_PARTIAL);
		expect_eq(skb_checksum_start_offset(skb), version == 4 ? 34 : 54);
		expect_eq(skb->csum_offset, 16);
		expect(same_bytes(skb, 1000));
		kfree_skb(skb);
	}
	fill_frame(bytes, 4, IPPROTO_TCP, 100);
	send(100, 100, 0, 0, 0);
	push();
	skb = skb_dequeue(&received);
	expect(skb && skb->ip_summed == CHECKSUM_NONE);
	kfree_skb(skb);
	fill_frame(bytes, 4, IPPROTO_ICMP, 100);	/* whose checksum cannot be blank */
	send(100, 100, XEN_NETTXF_csum_blank, 0, 0);
	expect_eq(push(), 0);
	expect_eq(drops[HYPHA_DROP_CHECKSUM], 1);
}

static void super_packets_cross_whole(void)
{
	struct sk_buff *skb;
	u8 version;

	for (version = 4; version <= 6; version += 2) {
		u32 headers = version == 4 ? 54 : 74;

		connected(ALL, true);
		fill_frame(bytes, version, IPPROTO_TCP, 60000);
		send(60000, 66, XEN_NETTXF_csum_blank, 1400, version == 4 ? XEN_NETIF_GSO_TYPE_TCPV4 : XEN_NETIF_GSO_TYPE_TCPV6);
		expect_eq(push(), 0);
		expect_eq(front.nulls, 1);
		expect_eq(front.errors, 0);
		skb = skb_dequeue(&received);
		expect(skb);
		if (!skb)
			return;
		expect(same_bytes(skb, 60000));
		expect_eq(skb_shinfo(skb)->gso_size, 1400);
		expect_eq(skb_shinfo(skb)->gso_segs, DIV_ROUND_UP(60000 - headers, 1400));
		expect_eq(skb_shinfo(skb)->gso_type, (version == 4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) | SKB_GSO_DODGY);
		expect_eq(skb->ip_summed, CHECKSUM_PARTIAL);
		kfree_skb(skb);
	}
}

static void super_packets_that_are_none_are_dropped(void)
{
	struct sk_buff *skb;

	connected(ALL, true);
	fill_frame(bytes, 4, IPPROTO_TCP, 3000);
	send(3000, 66, XEN_NETTXF_csum_blank, 1400, XEN_NETIF_GSO_TYPE_TCPV6);
	send(3000, 66, XEN_NETTXF_csum_blank, 8, XEN_NETIF_GSO_TYPE_TCPV4);
	expect_eq(push(), 0);
	fill_frame(bytes, 4, IPPROTO_UDP, 3000);
	send(3000, 66, XEN_NETTXF_csum_blank, 1400, XEN_NETIF_GSO_TYPE_TCPV4);
	fill_frame(bytes, 4, IPPROTO_TCP, 3000);
	bytes[14 + 20 + 12] = 0xf0;	/* options up to the end and beyond */
	expect_eq(push(), 0);
	send(100, 66, XEN_NETTXF_csum_blank, 1400, XEN_NETIF_GSO_TYPE_TCPV4);
	expect_eq(push(), 0);
	expect_eq(drops[HYPHA_DROP_GSO], 3);
	skb = skb_dequeue(&received);	/* 100 bytes: 94 of headers, 6 of data: no super-packet, but good */
	expect(skb && !skb_is_gso(skb));
	kfree_skb(skb);
	expect(skb_queue_empty(&received));
	expect_eq(front.errors, 0);
}

static void a_bad_grant_costs_its_packet_only(void)
{
	connected(ALL, true);
	fill_frame(bytes, 4, IPPROTO_UDP, 5000);
	send(1000, 1000, 0, 0, 0);
	send(5000, 100, 0, 0, 0);
	grants[DATA_REF + 2].valid = false;
	put_request(0, 0, 100, 0);
	expect_eq(push(), 0);
	grants[DATA_REF + 2].valid = true;
	expect_eq(skb_queue_len(&received), 2);
	expect_eq(drops[HYPHA_DROP_GRANT], 1);
	expect_eq(front.errors, 3);
}

static void what_slots_refuse_is_answered(void)
{
	connected(ALL, true);
	put_request(0, 4000, 97, 0);
	put_request(0, 0, 13, 0);
	put_request(0, 0, 100, XEN_NETTXF_extra_info);
	put_extra(9, 0, 0, 0);
	put_request(0, 0, 100, 0);
	expect_eq(push(), 0);
	expect_eq(front.errors, 3);
	expect_eq(front.nulls, 1);
	expect_eq(drops[HYPHA_DROP_SLOT], 1);
	expect_eq(drops[HYPHA_DROP_RUNT], 1);
	expect_eq(drops[HYPHA_DROP_EXTRA], 1);
	expect_eq(skb_queue_len(&received), 1);
	put_request(0, 0, 100, XEN_NETTXF_more_data);	/* the rest comes later */
	expect_eq(push(), 1);
	expect_eq(skb_queue_len(&received), 1);
	put_request(1, 0, 50, 0);
	expect_eq(push(), 0);
	expect_eq(skb_queue_len(&received), 2);
}

static enum hypha_vif_state state(void)
{
	struct hypha_vif_stats stats;

	hypha_vif_stats(front.vif, &stats);
	return stats.state;
}

static void wild_indices_switch_it_off(void)
{
	static const u32 ahead[] = { 257, 1000, 0x7fffffff, 0x80000000, 0xffffffff };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(ahead); i++)
		for (j = 0; j < 2; j++) {
			connected(ALL, j);
			expect_eq(state(), HYPHA_VIF_CONNECTED);
			if (j)
				front.rx.sring->req_prod = ahead[i];
			else
				front.tx.sring->req_prod = ahead[i];
			send_event(j ? RX_PORT : TX_PORT);
			expect_eq(state(), HYPHA_VIF_BROKEN);
			expect_eq(drops[HYPHA_DROP_RING], 1);
			send_event(TX_PORT);
			deliver(make_frame(4, 100, 100, false));
			expect_eq(drops[HYPHA_DROP_NOT_CONNECTED], 1);
			expect(is_masked(j ? RX_PORT : TX_PORT));
		}
	connected(ALL, true);
	for (i = 0; i < 20; i++)
		put_request(0, 0, 1000, XEN_NETTXF_more_data);
	push();
	expect_eq(state(), HYPHA_VIF_BROKEN);
	connected(ALL, true);
	expect_eq(state(), HYPHA_VIF_CONNECTED);
	send(100, 100, 0, 0, 0);
	expect_eq(push(), 0);
	expect_eq(skb_queue_len(&received), 1);
}

static void delivered_frames_arrive(void)
{
	static const u32 lens[] = { 14, 60, 100, 1514, 4095, 4096, 4097, 9014, 65535, 65549 };
	static const u32 heads[] = { 100, 1000, 100000 };
	u32 i, j;

	connected(ALL, true);
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		for (j = 0; j < 2 * ARRAY_SIZE(heads); j++) {
			fill_frame(bytes, 6, IPPROTO_TCP, lens[i]);
			post_buffers(20);
			deliver(make_frame(6, lens[i], heads[j / 2], j & 1));
			expect(take_frame(frame));
			expect(!frame->error);
			expect_eq(frame->len, lens[i]);
			expect(!memcmp(frame->data, bytes, lens[i]));
			expect_eq(frame->nr_buffers, DIV_ROUND_UP(lens[i], 4096));
			expect_eq(frame->flags & (XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated),
				  lens[i] < 74 ? 0 : XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated);
			if (front.rx.req_prod_pvt - front.rx.rsp_cons > 200)
				connected(ALL, true);
		}
	for (i = 0; i < HYPHA_DROP_COUNT; i++)
		expect_eq(drops[i], 0);
}

static struct sk_buff *make_super(u8 version, u32 len, u16 size)
{
	struct sk_buff *skb = make_frame(version, len, 1000, false);

	skb_shinfo(skb)->gso_size = size;
	skb_shinfo(skb)->gso_type = version == 4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(len - (version == 4 ? 54 : 74), size);
	return skb;
}

static void super_packets_are_delivered_as_the_guest_takes_them(void)
{
	u32 nr, len;

	connected(ALL, true);
	post_buffers(250);
	fill_frame(bytes, 4, IPPROTO_TCP, 60000);
	deliver(make_super(4, 60000, 1448));
	expect(take_frame(frame));
	expect_eq(frame->gso_size, 1448);
	expect_eq(frame->gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
	expect_eq(frame->len, 60000);
	expect(!frame->error && !memcmp(frame->data, bytes, 60000));
	deliver(make_super(6, 60000, 1428));
	expect(take_frame(frame));
	expect_eq(frame->gso_type, XEN_NETIF_GSO_TYPE_TCPV6);

	connected(HYPHA_VIF_SG | HYPHA_VIF_CSUM4, true);	/* in segments */
	post_buffers(250);
	deliver(make_super(4, 10054, 1000));
	for (nr = len = 0; take_frame(frame); nr++) {
		len += frame->len - 54;
		expect(!frame->gso_size && frame->len <= 1054 && !frame->error);
		expect(frame->flags & XEN_NETRXF_csum_blank);
	}
	expect_eq(nr, 10);
	expect_eq(len, 10000);

	connected(0, true);	/* in segments whose checksums are right */
	post_buffers(250);
	deliver(make_super(4, 10054, 1000));
	for (nr = 0; take_frame(frame); nr++) {
		struct iphdr *ip = (void *)frame->data + 14;

		expect(!(frame->flags & XEN_NETRXF_csum_blank));
		expect_eq(csum_tcpudp_magic(ip->saddr, ip->daddr, frame->len - 34, IPPROTO_TCP,
					    csum_partial(frame->data + 34, frame->len - 34, 0)), 0);
	}
	expect_eq(nr, 10);
	deliver(make_frame(4, 5000, 1000, false));	/* no scatter-gather: one buffer */
	expect_eq(drops[HYPHA_DROP_TOO_BIG], 1);
}

static void waits_for_buffers(void)
{
	struct hypha_vif_stats stats;
	u32 i;

	connected(ALL, true);
	for (i = 0; i < 10; i++)
		deliver(make_frame(4, 9000, 1000, false));
	hypha_vif_stats(front.vif, &stats);
	expect(stats.queues[0].backlog > 90000);
	expect(!take_frame(frame));
	post_buffers(2);
	expect(!take_frame(frame));
	post_buffers(1);
	expect(take_frame(frame) && frame->len == 9000);
	expect(!take_frame(frame));
	post_buffers(27);
	for (i = 0; i < 9; i++)
		expect(take_frame(frame) && frame->len == 9000 && !frame->error);
	hypha_vif_stats(front.vif, &stats);
	expect_eq(stats.queues[0].backlog, 0);
	expect(!is_masked(RX_PORT));
}

static void backlog_has_an_end(void)
{
	u32 i;

	connected(ALL, true);
	for (i = 0; i < 1000; i++)
		deliver(make_frame(4, 9000, 9000, false));
	expect(drops[HYPHA_DROP_BACKLOG] > 700 && drops[HYPHA_DROP_BACKLOG] < 1000);
	i = drops[HYPHA_DROP_BACKLOG];
	hypha_vif_disconnect(front.vif);
	expect_eq(drops[HYPHA_DROP_NOT_CONNECTED], 1000 - i);

	connected(ALL, true);
	deliver(make_frame(4, 100, 100, false));
	msleep(5500);
	expect_eq(drops[HYPHA_DROP_STALE], 1);
	post_buffers(10);
	deliver(make_frame(4, 100, 100, false));
	expect(take_frame(frame) && !frame->error);
}

static void buffers_that_are_not_granted_cost_their_packet_only(void)
{
	connected(ALL, true);
	grants[BUFFER_REF + 1].readonly = true;
	post_buffers(20);
	deliver(make_frame(4, 9000, 1000, false));
	deliver(make_frame(4, 9000, 1000, false));
	expect(take_frame(frame) && frame->error);
	expect(take_frame(frame) && !frame->error && frame->len == 9000);
	expect_eq(drops[HYPHA_DROP_GRANT], 1);
	grants[BUFFER_REF + 1].readonly = false;
}

static void one_channel_serves_both_ways(void)
{
	connected(ALL, false);
	fill_frame(bytes, 4, IPPROTO_UDP, 100);
	send(100, 100, 0, 0, 0);
	expect_eq(push(), 0);
	expect_eq(skb_queue_len(&received), 1);
	deliver(make_frame(4, 1000, 1000, false));
	expect(!take_frame(frame));
	take_events(TX_PORT);
	post_buffers(1);
	expect(take_frame(frame) && frame->len == 1000);
	expect_eq(take_events(TX_PORT), 1);
	expect(!is_masked(TX_PORT));
}

static void counters_outlive_a_connection(void)
{
	struct hypha_vif_stats before, after;

	connected(ALL, true);
	hypha_vif_stats(front.vif, &before);
	send(100, 100, 0, 0, 0);
	push();
	post_buffers(4);
	deliver(make_frame(4, 1000, 1000, false));
	hypha_vif_disconnect(front.vif);
	hypha_vif_stats(front.vif, &after);
	expect_eq(after.state, HYPHA_VIF_WAITING);
	expect_eq(after.queues[0].tx_packets - before.queues[0].tx_packets, 1);
	expect_eq(after.queues[0].tx_bytes - before.queues[0].tx_bytes, 100);
	expect_eq(after.queues[0].rx_packets - before.queues[0].rx_packets, 1);
	expect_eq(after.queues[0].rx_bytes - before.queues[0].rx_bytes, 1000);
}

#define TEST(name) { #name, name }

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	TEST(refuses_what_it_cannot_serve),
	TEST(frames_of_any_length_arrive),
	TEST(many_frames_cost_one_hypercall_and_one_event),
	TEST(checksums_are_as_the_guest_says),
	TEST(super_packets_cross_whole),
	TEST(super_packets_that_are_none_are_dropped),
	TEST(a_bad_grant_costs_its_packet_only),
	TEST(what_slots_refuse_is_answered),
	TEST(wild_indices_switch_it_off),
	TEST(delivered_frames_arrive),
	TEST(super_packets_are_delivered_as_the_guest_takes_them),
	TEST(waits_for_buffers),
	TEST(backlog_has_an_end),
	TEST(buffers_that_are_not_granted_cost_their_packet_only),
	TEST(one_channel_serves_both_ways),
	TEST(counters_outlive_a_connection),
};

static int __init vif_test_init(void)
{
	struct hypha_endpoint_config config = { .guest = 1 };
	u32 i;

	frame = vmalloc(sizeof(*frame));
	if (!frame || front_init())
		return -ENOMEM;
	front.vif = hypha_vif_alloc(7, 2, &config);
	if (IS_ERR(front.vif))
		return PTR_ERR(front.vif);

	pr_info("KTAP version 1\n");
	pr_info("1..%zu\n", ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		failed = false;
		tests[i].run();
		pr_info("%sok %u %s\n", failed ? "not " : "", i + 1, tests[i].name);
	}
	hypha_vif_free(front.vif);
	front_clean();
	vfree(frame);
	return 0;
}

static void __exit vif_test_exit(void)
{
}

module_init(vif_test_init);
module_exit(vif_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("hypha's vif between a guest and a network made up");
