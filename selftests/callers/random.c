// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers by seed: any, few, and those that are forgotten. */
#include "callers.h"

#include <string.h>

uint64_t any(struct caller *c)
{
	uint64_t x = c->random += 0x9e3779b97f4a7c15;	/* splitmix64 */

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

uint32_t below(struct caller *c, uint32_t end)
{
	return (any(c) >> 32) % end;
}

bool one_in(struct caller *c, uint32_t n)
{
	return !below(c, n);
}

uint64_t odd_number(struct caller *c)
{
	static const uint64_t odd[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 511, 512, 1023, 1024, 4095, 4096, 4097,
		0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
		0x8000000000000000, 0xfffffffffffff000, 0xfffffffffffffffe, 0xffffffffffffffff,
	};

	switch (below(c, 8)) {
	case 0:
		return any(c);
	case 1:
		return 1ULL << below(c, 64);
	default:
		return pick(c, odd);
	}
}

void noise(struct caller *c, void *to, size_t len)
{
	uint8_t *bytes = to;
	uint64_t word;
	size_t now;

	for (; len; bytes += now, len -= now) {
		now = len < sizeof(word) ? len : sizeof(word);
		word = any(c);
		memcpy(bytes, &word, now);
	}
}
