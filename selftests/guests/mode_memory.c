// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest finds in the memory it was given, and in what dom0 gives it later. The word that is looked for is told as
 * its complement, not=N, so that the guest's own memory never holds it.
 */
#include "guest.h"

#define PTE_LOOK	0x65UL	/* as PTE_RW, but read-only: page tables may be mapped so */

static u64 frame(u64 pfn)
{
	return ((const u64 *)boot->mfn_list)[pfn] * PAGE_SIZE;
}

static u64 count_in(const volatile u64 *words, u64 not)
{
	u64 i, n = 0;

	for (i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		n += ~words[i] == not;
	return n;
}

/* Everything dom0 sends: the store's and the console's rings, disk blocks, frames. */
static void meet_dom0(void)
{
	static struct blk blk;
	static struct net net;
	static struct reply reply;
	u32 i;

	for (i = 0; i < 200; i++)
		store_read(0, "name", &reply);
	for (i = 0; i < 200; i++)
		say("a line of no importance, number %u", (u64)i);
	if (net_find(&net) && net_connect(&net))
		net_pings(&net);
	if (blk_find(&blk, 51712))
		blk_connect(&blk);
}

static void scan(void)
{
	u64 not = word("not", 0), pfn, n, found = 0, seen = 0;
	u8 *view = page(PAGES - 1);
	u64 own = mfn_of(view) * PAGE_SIZE;

	meet_dom0();
	for (pfn = 0; pfn < boot->nr_pages; pfn++) {
		if (hypercall4(HC_UPDATE_VA_MAPPING, (u64)view, frame(pfn) | PTE_LOOK, UVMF_INVLPG, 0))
			continue;
		seen++;
		n = count_in((const volatile u64 *)view, not);
		if (n && !found)
			finding("frame %u has %u words that are not ours", pfn, n);
		found += n;
	}
	hc_map(view, own);
	say("looked at %u of %u frames, found %u words", seen, (u64)boot->nr_pages, found);
	if (seen < boot->nr_pages)
		finding("%u frames could not be looked at", boot->nr_pages - seen);
}

/* What scan() must find: the word, put where nobody wrote it. */
static void plant(void)
{
	*(volatile u64 *)page(PAGES - 2) = ~word("not", 0);
	scan();
}

/* Leave the word in every frame there is, the ones that are in use apart. */
static void fill(void)
{
	u64 value = ~word("not", 0), pfn, filled = 0;
	u8 *view = page(PAGES - 1);
	u32 i;

	for (pfn = word("from", 2048); pfn < boot->nr_pages; pfn++) {
		if (hc_map(view, frame(pfn)))
			continue;
		for (i = 0; i < PAGE_SIZE / sizeof(value); i++)
			((volatile u64 *)view)[i] = value;
		filled++;
	}
	say("filled %u frames", filled);
}

const struct mode memory_modes[] = {
	{ "memory-scan", scan },
	{ "memory-plant", plant },
	{ "memory-fill", fill },
	{ },
};
