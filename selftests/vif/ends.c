// SPDX-License-Identifier: GPL-2.0-only
/* The other side of a vif in place of the network. */
#include "ends.h"

#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

struct hypha_endpoint {
	const struct hypha_endpoint_ops *ops;
	void *ctx;
};

static struct hypha_endpoint end;
struct sk_buff_head received;
u64 drops[HYPHA_DROP_COUNT];

struct hypha_endpoint *hypha_endpoint_add(struct hypha_endpoint_config *config, const struct hypha_endpoint_ops *ops, void *ctx)
{
	end = (struct hypha_endpoint){ ops, ctx };
	skb_queue_head_init(&received);
	return &end;
}

void hypha_endpoint_del(struct hypha_endpoint *ep)
{
	skb_queue_purge(&received);
}

void hypha_endpoint_receive(struct hypha_endpoint *ep, struct sk_buff *skb)
{
	skb_queue_tail(&received, skb);
}

void hypha_endpoint_drop(struct hypha_endpoint *ep, enum hypha_drop reason)
{
	drops[reason]++;
}

void deliver(struct sk_buff *skb)
{
	local_bh_disable();
	end.ops->deliver(end.ctx, skb);
	local_bh_enable();
}

static u32 fill_ip(u8 *at, u8 version, u8 proto, u32 len)
{
	struct iphdr *ip4 = (void *)at;
	struct ipv6hdr *ip6 = (void *)at;

	if (version == 4) {
		*ip4 = (struct iphdr){
			.version = 4, .ihl = 5, .tot_len = htons(len), .frag_off = htons(IP_DF), .ttl = 64, .protocol = proto,
			.saddr = htonl(0x0a4b0105), .daddr = htonl(0xc6336402),
		};
		ip_send_check(ip4);
		return sizeof(*ip4);
	}
	*ip6 = (struct ipv6hdr){ .version = 6, .payload_len = htons(len - sizeof(*ip6)), .nexthdr = proto, .hop_limit = 64 };
	ip6->saddr.s6_addr[0] = 0xfd;
	ip6->daddr.s6_addr[0] = 0x20;
	return sizeof(*ip6);
}

void fill_frame(u8 *at, u8 version, u8 proto, u32 len)
{
	struct ethhdr *eth = (void *)at;
	struct tcphdr *tcp;
	u32 i, l4;

	for (i = 0; i < len; i++)
		at[i] = i * 7 + (i >> 8);
	eth->h_proto = version == 4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	if (len < ETH_HLEN + 60)
		return;
	l4 = ETH_HLEN + fill_ip(at + ETH_HLEN, version, proto, len - ETH_HLEN);
	tcp = (void *)(at + l4);
	if (proto == IPPROTO_TCP) {
		tcp->doff = 5;
		tcp->check = 0;
		if (version == 4)
			tcp->check = ~tcp_v4_check(len - l4, htonl(0x0a4b0105), htonl(0xc6336402), 0);
		else
			tcp->check = ~tcp_v6_check(len - l4, &((struct ipv6hdr *)(at + ETH_HLEN))->saddr,
						   &((struct ipv6hdr *)(at + ETH_HLEN))->daddr, 0);
	}
}

/* In pieces of odd sizes, so that no boundary of theirs is one of the guest's buffers. */
static int add_frags(struct sk_buff *skb, const u8 *from, u32 len)
{
	u32 n, i;

	for (i = 0; len; i++, from += n, len -= n) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);

		if (!page || i == MAX_SKB_FRAGS)
			return -ENOMEM;
		n = min_t(u32, len, 5003);	/* over the end of a page */
		memcpy(page_address(page) + 77, from, n);
		skb_add_rx_frag(skb, i, page, 77, n, 2 * PAGE_SIZE);
	}
	return 0;
}

static struct sk_buff *piece(const u8 *from, u32 len)
{
	struct sk_buff *skb = alloc_skb(len + 100, GFP_KERNEL);

	if (skb) {
		skb_reserve(skb, 100);
		skb_put_data(skb, from, len);
	}
	return skb;
}

static int add_list(struct sk_buff *skb, const u8 *from, u32 len)
{
	struct sk_buff **at = &skb_shinfo(skb)->frag_list;
	u32 n;

	for (; len; from += n, len -= n, at = &(*at)->next) {
		n = min_t(u32, len, 1111);
		*at = piece(from, n);
		if (!*at)
			return -ENOMEM;
		skb->len += n;
		skb->data_len += n;
		skb->truesize += (*at)->truesize;
	}
	return 0;
}

struct sk_buff *make_frame(u8 version, u32 len, u32 head, bool listed)
{
	u32 l4 = ETH_HLEN + (version == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	struct sk_buff *skb = NULL;
	u8 *bytes = kmalloc(len, GFP_KERNEL);

	if (!bytes)
		return NULL;
	fill_frame(bytes, version, IPPROTO_TCP, len);
	skb = piece(bytes, min(len, head));
	if (skb && len > head &&
	    (listed ? add_list(skb, bytes + head, len - head) : add_frags(skb, bytes + head, len - head))) {
		kfree_skb(skb);
		skb = NULL;
	}
	if (skb && len >= ETH_HLEN + 60) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) + l4;
		skb->csum_offset = offsetof(struct tcphdr, check);
	}
	kfree(bytes);
	return skb;
}
