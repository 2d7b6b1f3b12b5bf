// SPDX-License-Identifier: GPL-2.0-or-later
/* What guests have used up to a moment. */
#include "hyphactl/sample.h"

#include "hyphactl/net.h"
#include "hyphactl/quantity.h"
#include "util/cleanup.h"
#include "util/hex.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static bool wanted(uint32_t id, const uint32_t *ids, size_t nr_ids)
{
	for (size_t i = 0; i < nr_ids; i++)
		if (ids[i] == id)
			return true;
	return !nr_ids;
}

void sample_from_guest(struct sample *to, const struct guest *g)
{
	*to = (struct sample) {
		.id = g->id, .cpu_time = g->cpu_time, .memory = g->memory, .memory_max = g->memory_max,
	};
	memcpy(to->name, g->name, sizeof(to->name));
	memcpy(to->uuid, g->uuid, sizeof(to->uuid));
	for (size_t i = 0; i < g->nr_disks; i++) {
		to->rd_bytes += g->disks[i].rd_bytes;
		to->wr_bytes += g->disks[i].wr_bytes;
	}
}

/* Guests without an interface have none of this. */
static void add_vif(struct samples *s, const struct net_vif *v)
{
	for (size_t i = 0; i < s->nr; i++) {
		if (s->all[i].id != v->guest)
			continue;
		s->all[i].has_net = true;
		s->all[i].net = net_vif_total(v);
		s->all[i].nr_flows = v->nr_flows;
	}
}

int samples_take(struct samples *s, const uint32_t *ids, size_t nr_ids)
{
	auto_free struct net_vif *vifs = NULL;
	struct guest *guests;
	size_t nr, nr_vifs;
	int err = guest_dump(&guests, &nr);

	*s = (struct samples) { .time = monotonic(), .wall = quantity_now() };
	if (err)
		return err;
	s->all = mem_alloc((nr + 1) * sizeof(*s->all));
	for (size_t i = 0; i < nr; i++)
		if (guests[i].state < GUEST_EXITED && wanted(guests[i].id, ids, nr_ids))
			sample_from_guest(&s->all[s->nr++], &guests[i]);
	guests_free(guests, nr);
	err = net_vifs(0, &vifs, &nr_vifs);
	if (err) {
		samples_clean(s);
		return err;
	}
	for (size_t i = 0; i < nr_vifs; i++)
		add_vif(s, &vifs[i]);
	return 0;
}

static const struct sample *find(const struct samples *s, uint32_t id)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->all[i].id == id)
			return &s->all[i];
	return NULL;
}

/* Of one processor: two that are busy make 200. */
static double cpu_percent(const struct sample *before, const struct sample *now, uint64_t ns)
{
	uint64_t used = now->cpu_time - (before ? before->cpu_time : 0);

	if (!ns || (before && now->cpu_time < before->cpu_time))
		return 0;
	return round((double)used / (double)ns * 1000) / 10;
}

static void set_number(json_t *o, const char *key, bool known, uint64_t value)
{
	json_object_set_new(o, key, known ? json_integer(value) : json_null());
}

static json_t *compare(const struct sample *before, const struct sample *now, uint64_t ns, uint64_t wall)
{
	char uuid[UUID_TEXT], time[QUANTITY_TEXT];
	json_t *o = json_object();

	uuid_format(now->uuid, uuid);
	json_object_set_new(o, "time", json_string(quantity_format_time(wall, time)));
	json_object_set_new(o, "name", json_string(now->name));
	json_object_set_new(o, "uuid", json_string(uuid));
	json_object_set_new(o, "id", json_integer(now->id));
	json_object_set_new(o, "cpuPercent", json_real(cpu_percent(before, now, ns)));
	json_object_set_new(o, "cpuTimeNs", json_integer(now->cpu_time));
	json_object_set_new(o, "memory", json_integer(now->memory));
	json_object_set_new(o, "memoryMax", json_integer(now->memory_max));
	set_number(o, "netRxBytes", now->has_net, now->net.rx_bytes);
	set_number(o, "netTxBytes", now->has_net, now->net.tx_bytes);
	set_number(o, "netRxPackets", now->has_net, now->net.rx_packets);
	set_number(o, "netTxPackets", now->has_net, now->net.tx_packets);
	set_number(o, "netDrops", now->has_net, now->net.drops);
	set_number(o, "flows", now->has_net, now->nr_flows);
	set_number(o, "blockReadBytes", true, now->rd_bytes);
	set_number(o, "blockWriteBytes", true, now->wr_bytes);
	return o;
}

json_t *samples_compare(const struct samples *before, const struct samples *now)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < now->nr; i++)
		json_array_append_new(rows, compare(find(before, now->all[i].id), &now->all[i], now->time - before->time, now->wall));
	return rows;
}

void samples_clean(struct samples *s)
{
	free(s->all);
	s->all = NULL;
	s->nr = 0;
}
