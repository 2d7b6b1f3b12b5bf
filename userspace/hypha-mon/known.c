// SPDX-License-Identifier: GPL-2.0-or-later
/* What was told so far, in a table that grows. */
#include "hypha-mon/known.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 64

static const size_t sizes[] = {
	[KNOWN_GUEST] = sizeof(struct guest), [KNOWN_FLOW] = sizeof(struct net_flow),
	[KNOWN_FORWARD] = sizeof(struct net_forward),
};

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static uint64_t hash_forward(uint64_t h, const struct net_forward *f)
{
	uint64_t addr[2];

	memcpy(addr, f->spec.addr, sizeof(addr));
	h = mix(mix(h, addr[0]), addr[1]);
	return mix(mix(h, f->guest), (uint64_t)f->spec.host_port << 16 | f->spec.proto);
}

static uint64_t hash(enum known_kind kind, const void *thing)
{
	switch (kind) {
	case KNOWN_GUEST:
		return mix(kind, ((const struct guest *)thing)->id);
	case KNOWN_FLOW:
		return mix(kind, ((const struct net_flow *)thing)->id);
	default:
		return hash_forward(kind, thing);
	}
}

static bool same_forward(const struct net_forward *a, const struct net_forward *b)
{
	const struct forward_spec *x = &a->spec, *y = &b->spec;

	return a->guest == b->guest && x->proto == y->proto && x->version == y->version && x->nr_ports == y->nr_ports &&
	       x->host_port == y->host_port && x->guest_port == y->guest_port && !memcmp(x->addr, y->addr, sizeof(x->addr));
}

static bool same(enum known_kind kind, const void *a, const void *b)
{
	switch (kind) {
	case KNOWN_GUEST:
		return ((const struct guest *)a)->id == ((const struct guest *)b)->id;
	case KNOWN_FLOW:
		return ((const struct net_flow *)a)->id == ((const struct net_flow *)b)->id;
	default:
		return same_forward(a, b);
	}
}

static struct known_item **bucket(const struct known_table *t, enum known_kind kind, const void *thing)
{
	return &t->buckets[hash(kind, thing) & (t->nr_buckets - 1)];
}

struct known_item *known_get(const struct known_table *t, enum known_kind kind, const void *thing)
{
	struct known_item *item = t->nr_buckets ? *bucket(t, kind, thing) : NULL;

	while (item && (item->kind != kind || !same(kind, item->thing, thing)))
		item = item->next;
	return item;
}

static void grow(struct known_table *t)
{
	struct known_table larger = *t;

	larger.nr_buckets = t->nr_buckets ? 2 * t->nr_buckets : FIRST_BUCKETS;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): buckets are pointers */
	larger.buckets = mem_alloc(larger.nr_buckets * sizeof(*larger.buckets));
	for (size_t i = 0; i < t->nr_buckets; i++) {
		while (t->buckets[i]) {
			struct known_item *item = t->buckets[i], **to = bucket(&larger, item->kind, item->thing);

			t->buckets[i] = item->next;
			item->next = *to;
			*to = item;
		}
	}
	free(t->buckets);
	*t = larger;
}

void known_update(struct known_item *item, const void *thing)
{
	memcpy(item->thing, thing, sizes[item->kind]);
	if (item->kind == KNOWN_GUEST)
		item->guest->labels = NULL;
}

struct known_item *known_add(struct known_table *t, enum known_kind kind, const void *thing)
{
	struct known_item *item = mem_alloc(sizeof(*item)), **to;

	if (t->nr >= t->nr_buckets)
		grow(t);
	item->kind = kind;
	item->thing = mem_alloc(sizes[kind]);
	known_update(item, thing);
	to = bucket(t, kind, thing);
	item->next = *to;
	*to = item;
	t->nr++;
	t->nr_of[kind]++;
	return item;
}

/* Takes what @at points to out of its bucket. */
static void drop(struct known_table *t, struct known_item **at)
{
	struct known_item *item = *at;

	*at = item->next;
	t->nr--;
	t->nr_of[item->kind]--;
	free(item->thing);
	free(item);
}

void known_del(struct known_table *t, struct known_item *item)
{
	struct known_item **at = bucket(t, item->kind, item->thing);

	while (*at != item)
		at = &(*at)->next;
	drop(t, at);
}

int known_sweep(struct known_table *t, enum known_kind kind, unsigned int round, int (*fn)(struct known_item *item, void *arg),
		void *arg)
{
	for (size_t i = 0; i < t->nr_buckets; i++) {
		struct known_item **at = &t->buckets[i];

		while (*at) {
			int err;

			if ((*at)->kind != kind || (*at)->round == round) {
				at = &(*at)->next;
				continue;
			}
			err = fn(*at, arg);
			drop(t, at);
			if (err)
				return err;
		}
	}
	return 0;
}

void known_clean(struct known_table *t)
{
	for (size_t i = 0; i < t->nr_buckets; i++)
		while (t->buckets[i])
			drop(t, &t->buckets[i]);
	free(t->buckets);
	*t = (struct known_table) { 0 };
}
