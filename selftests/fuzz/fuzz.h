/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzzers share: main, numbers of the sort that breaks things, a check that names the seed. Included once. */
#ifndef FUZZ_H
#define FUZZ_H

#ifdef HYPHA_HOST
#include <kernel.h>	/* a core of the module */
#else
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef unsigned int u32;
typedef unsigned long long u64;
#endif

static u64 fuzz_state, fuzz_seed;
static int fuzz_nr_files;
static char **fuzz_files;

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline u64 fuzz_random(void)
{
	u64 z = fuzz_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline u64 fuzz_below(u64 n)
{
	return fuzz_random() % n;
}

static inline u64 fuzz_odd(void)
{
	static const u64 odd[] = {
		0, 1, 2, 3, 4, 7, 8, 63, 64, 127, 128, 255, 256, 4095, 4096, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 1ULL << 39, 1ULL << 40, 1ULL << 47, 1ULL << 62, 1ULL << 63, 0xffff800000000000, 0xffffffff80000000,
		-4096ULL, -8ULL, -1ULL,
	};
	u64 r = fuzz_random();

	return r & 1 ? odd[(r >> 8) % (sizeof(odd) / sizeof(odd[0]))] + (r >> 40) % 3 - 1 : r >> (r >> 1) % 64;
}

#define fuzz_check(cond) do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: seed %llu: not true: %s\n", __FILE__, __LINE__, fuzz_seed, #cond); \
		abort(); \
	} \
} while (0)

/* The fuzzer: one run, all of whose choices come from the seed. */
static void fuzz_one(void);
/* What was seen in all runs, so that a fuzzer that reaches nothing shows. */
static void fuzz_report(void);

/* PROGRAM [FIRST-SEED [COUNT [FILE…]]] */
int main(int argc, char **argv)
{
	u64 first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, count = argc > 2 ? strtoull(argv[2], NULL, 0) : 100, i;

	fuzz_nr_files = argc > 3 ? argc - 3 : 0;
	fuzz_files = argv + 3;
	for (i = first; i < first + count; i++) {
		fuzz_seed = i;
		/* Not i times splitmix's own step: then each seed would be the last one's, a number later. */
		fuzz_state = i;
		fuzz_state = fuzz_random();
		fuzz_one();
	}
	fuzz_report();
	return 0;
}

#endif
