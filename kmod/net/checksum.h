/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The internet checksum: one's complement sums (RFC 1071) and what a change does to them (RFC 1624, equation 3). Words are
 * taken as they lie in memory, so byte order never shows; sums are unfolded u64, far from overflow for any packet.
 */
#ifndef HYPHA_NET_CHECKSUM_H
#define HYPHA_NET_CHECKSUM_H

#include <asm/byteorder.h>
#include <linux/types.h>

#include "compat/unaligned.h"

/* 16 bits that are the same sum; 0 only for a sum of nothing but zeros. */
static inline u16 hypha_sum_fold(u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* What is written into a header: the sum's complement. */
static inline u16 hypha_sum_finish(u64 sum)
{
	return ~hypha_sum_fold(sum);
}

/* @sum and @len bytes, which begin at an even place of what is summed. */
static inline u64 hypha_sum_bytes(u64 sum, const void *data, u32 len)
{
	const u8 *at = data;

	for (; len >= 4; at += 4, len -= 4)
		sum += get_unaligned((u32 *)at);
	if (len >= 2) {
		sum += get_unaligned((u16 *)at);
		at += 2;
	}
	if (len & 1)
		sum += (__force u16)htons(*at << 8);
	return sum;
}

/* @sum with @new where @old was. */
static inline u64 hypha_sum_change(u64 sum, u32 old, u32 new)
{
	return sum + (u32)~old + new;
}

/* A checksum of a header after a change of what it covers. */
static inline u16 hypha_sum_update(u16 check, u64 change)
{
	return hypha_sum_finish((u16)~check + change);
}

/* The pseudo header, but for its addresses. Both versions' come to the same sum. */
static inline u64 hypha_sum_pseudo(u64 sum, u32 len, u8 proto)
{
	return sum + (__force u32)htonl(len) + (__force u32)htonl(proto);
}

#endif
