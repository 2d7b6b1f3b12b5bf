/* SPDX-License-Identifier: GPL-2.0-only */
/* The other side of a vif in place of the network: keeps the frames that come, and makes frames to deliver. */
#ifndef ENDS_H
#define ENDS_H

#include <linux/skbuff.h>

#include "net/vif.h"

extern struct sk_buff_head received;	/* what the guest sent */
extern u64 drops[HYPHA_DROP_COUNT];

/* Give the guest a frame, with bottom halves off as the network does. */
void deliver(struct sk_buff *skb);
/* A frame of @len bytes: TCP over IPv4 or IPv6 with a partial checksum, its data a pattern; of the first bytes only @head are
 * linear, the others in pages and, with @listed, in a list of further buffers. */
struct sk_buff *make_frame(u8 version, u32 len, u32 head, bool listed);
/* The same frame's bytes. */
void fill_frame(u8 *at, u8 version, u8 proto, u32 len);

#endif
